from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, ClassVar, Literal

import pytest
from structlog.testing import capture_logs

from data_sources import coordinator
from data_sources.contract import Batch, Chunk, Feed, FeedSettings, FeedUnavailable, Reason, Translator
from data_sources.coordinator import QUEUE_BYTES, Backoff, FeedRunner, discover, make_feeds
from data_sources.nmea.translator import AisTranslator
from picture.observations import Observations
from picture.views import FeedState
from settings import SettingsError
from tests.data_sources.doors import until

SWIFT = Backoff(first=0.001, longest=0.004)


class Told:
    """One observation a word; the word says from which receiver, and how old it is."""

    def translate(self, chunk: Chunk) -> Batch:
        if b"bug" in chunk.data:
            raise ZeroDivisionError("a bug in the translator")
        words = chunk.data.split()
        batch = Batch(lines=1, sentences=len(words), messages=len(words))
        batch.observations = Observations.blank(len(words), receivers=(chunk.receiver,))
        batch.observations.key[:] = 1
        batch.observations.received_at[:] = chunk.received_at
        batch.observations.observed_at[:] = [chunk.received_at - float(word) for word in words]
        return batch

    def flush(self, now: float) -> Batch:
        return Batch()


class ToldSettings(FeedSettings):
    kind: Literal["told"] = "told"


class ToldFeed(Feed):
    """Yields what the test puts in `script`; an exception in it is raised."""

    kind: ClassVar[str] = "told"
    title: ClassVar[str] = "told by a test"
    family: ClassVar[str] = "AIS"
    Settings = ToldSettings

    def __init__(self, script: list[Any], clock: Callable[[], float], **told: Any) -> None:
        super().__init__(ToldSettings(name="told", **told), clock)
        self.script = script
        self.tries = 0

    async def chunks(self) -> AsyncIterator[Chunk]:
        self.tries += 1
        while True:
            await until(lambda: self.script, "the test goes on")
            what = self.script.pop(0)
            if isinstance(what, BaseException):
                raise what
            yield what if isinstance(what, Chunk) else Chunk(what, self.clock())

    def translator(self) -> Translator:
        return Told()


class Bench:
    def __init__(self, *script: Any, **told: Any) -> None:
        self.at = 1_000_000.0
        self.feed = ToldFeed(list(script), lambda: self.at, **told)
        self.runner = FeedRunner(self.feed, lambda: self.at, backoff=SWIFT)

    async def ran(self, then: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(self.runner.run())
        try:
            await then()
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def taken(self) -> Batch:
        await until(lambda: not self.feed.script and self.runner.pending, "the feed has yielded all")
        return self.runner.collect(self.at)

    def view(self) -> Any:
        return self.runner.health(self.at)


def test_a_bug_in_a_translator_costs_one_chunk_and_is_logged_with_a_reference() -> None:
    bench = Bench(b"0 0", b"bug", b"0")

    async def then() -> None:
        with capture_logs() as logs:
            batch = await bench.taken()
        assert len(batch.observations) == 3, "what came with the culprit is not lost"
        assert batch.rejected == {Reason.OTHER: 1} and batch.rejections[0].raw == b"bug"
        assert logs[0]["reference"] and isinstance(logs[0]["exc_info"], ZeroDivisionError)
        assert bench.view().state is FeedState.LIVE

    asyncio.run(bench.ran(then))


def test_a_bug_in_a_feed_is_an_outage_with_a_reference() -> None:
    bench = Bench(KeyError("bug"), b"0", late_after=1000, dead_after=2000)

    async def then() -> None:
        await until(lambda: bench.feed.tries == 2, "it is tried again")
        await bench.taken()
        assert bench.view().state is FeedState.LIVE

    with capture_logs() as logs:
        asyncio.run(bench.ran(then))
    gone = next(entry for entry in logs if entry["event"] == "feed is gone")
    assert gone["why"].startswith("internal error, reference ")


def test_a_source_that_flaps_is_reported_once() -> None:
    bench = Bench(*[FeedUnavailable("refused")] * 30, b"0")

    async def then() -> None:
        await bench.taken()

    with capture_logs() as logs:
        asyncio.run(bench.ran(then))
    assert [entry["event"] for entry in logs] == ["feed is gone", "feed is back"]
    assert bench.feed.tries == 31


def test_waits_double_up_to_the_longest() -> None:
    waits = [Backoff(jitter=0).wait(failures) for failures in range(1, 9)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert Backoff().wait(10_000) <= 36
    assert len({Backoff().wait(3) for _ in range(20)}) > 1


def test_a_source_is_not_read_while_its_queue_is_full() -> None:
    mebibyte = b"0 " * 512 * 1024
    bench = Bench(*[mebibyte] * 40)

    async def then() -> None:
        await until(lambda: bench.runner.pending >= QUEUE_BYTES, "the queue fills")
        await asyncio.sleep(0)
        held = len(bench.feed.script)
        assert held > 20 and bench.runner.pending <= QUEUE_BYTES
        bench.runner.collect(bench.at)
        await until(lambda: len(bench.feed.script) < held, "there is room, it is read again")

    asyncio.run(bench.ran(then))


def test_a_sentence_is_not_torn_because_we_are_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordinator, "COLLECT_BYTES", 1)  # one chunk a time, as under a flood
    sentence = b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23\r\n"
    bench = Bench(sentence[:20], sentence[20:] + sentence[:30], sentence[30:])
    bench.feed.translator = AisTranslator  # type: ignore[method-assign]

    async def go() -> None:
        await until(lambda: not bench.feed.script, "all is queued")
        found = Batch()
        for _ in range(3):
            bench.at += 5.0  # each is translated seconds after it came
            batch = bench.runner.collect(bench.at)
            found.messages += batch.messages
            found.rejected += batch.rejected
        assert (found.messages, dict(found.rejected)) == (2, {})

    asyncio.run(bench.ran(go))


def test_times_that_cannot_be_are_refused() -> None:
    bench = Bench(b"-121 -119 0 172799 172801 nan")

    async def then() -> None:
        batch = await bench.taken()
        assert len(batch.observations) == 3
        assert batch.rejected == {Reason.BAD_TIME: 2, Reason.TOO_OLD: 1}
        assert bench.view().rejected == {"bad_time": 2, "too_old": 1}
        assert len(bench.runner.rejections) == 3

    asyncio.run(bench.ran(then))


def test_a_source_with_the_wrong_time_zone_is_late_and_the_reason_is_said() -> None:
    bench = Bench(b"-46800 -46800")

    async def then() -> None:
        await bench.taken()
        bench.at += 31
        view = bench.view()
        assert view.state is FeedState.LATE and view.last_data_at is None
        assert "bad time (is the clock or the time zone of the source right?)" in view.why

    asyncio.run(bench.ran(then))


def test_states_by_age_and_the_clock_set_back() -> None:
    bench = Bench(b"0", receivers_expected=0)

    async def then() -> None:
        assert bench.view().state is FeedState.STARTING
        await bench.taken()
        states = []
        for step in (0, 29, 2, 89, 2):
            bench.at += step
            states.append(bench.view().state)
        assert states == [FeedState.LIVE, FeedState.LIVE, FeedState.LATE, FeedState.LATE, FeedState.DEAD]
        assert bench.view().why == "connected, nothing usable for 2 min"
        bench.feed.script.append(b"0")
        await bench.taken()
        bench.at -= 86_400
        assert bench.view().state is FeedState.LIVE
        bench.at += 31
        assert bench.view().state is FeedState.LATE, "age goes on from where it was, not from the future"

    asyncio.run(bench.ran(then))


def test_a_refusal_is_given_for_the_reason_only_while_it_is_fresh() -> None:
    bench = Bench(b"-9999", late_after=5, dead_after=1000)

    async def then() -> None:
        await bench.taken()
        bench.at += 50
        assert "last refused for bad time" in bench.view().why
        bench.at += 15
        assert bench.view().why == "connected, nothing usable for 65 s"

    asyncio.run(bench.ran(then))


def test_a_source_that_is_back_is_not_dead_while_its_backlog_is_read() -> None:
    bench = Bench(b"0", late_after=5, dead_after=20)

    async def hang_up_and_send(text: bytes) -> None:
        bench.feed.script.append(FeedUnavailable("it hung up"))
        await until(lambda: "it hung up" in bench.view().why, "the outage is noted")
        bench.at += 100
        assert bench.view().state is FeedState.DEAD
        bench.feed.script.append(text)
        await until(lambda: bench.runner.pending, "it sends again")

    async def then() -> None:
        await bench.taken()
        await hang_up_and_send(b"-9999")
        assert bench.view().state is FeedState.LATE, "data arrives, though none of it was translated yet"
        bench.runner.collect(bench.at)
        bench.at += 3
        assert bench.view().state is FeedState.LATE
        bench.at += 18
        assert bench.view().state is FeedState.DEAD, "what arrives is of no use"
        await hang_up_and_send(b"-9999")
        assert bench.view().state is FeedState.DEAD, "a source that sends rubbish and hangs up stays dead"
        bench.runner.collect(bench.at)
        bench.feed.script.append(b"0")
        await bench.taken()
        assert bench.view().state is FeedState.LIVE

    asyncio.run(bench.ran(then))


def test_fewer_receivers_than_expected_is_partial() -> None:
    bench = Bench(Chunk(b"0", 1_000_000.0, "north"), Chunk(b"0", 1_000_000.0, "south"), receivers_expected=3)

    async def then() -> None:
        await bench.taken()
        assert bench.view().state is FeedState.LIVE, "they get time to be heard"
        bench.at += 40
        bench.feed.script.append(Chunk(b"0", bench.at, "north"))
        await bench.taken()
        view = bench.view()
        assert (view.state, view.receivers_heard, view.receivers_expected) == (FeedState.PARTIAL, 2, 3)
        assert view.why == "2 of 3 receivers heard in the last 10 min"
        bench.at += 600
        bench.feed.script.append(Chunk(b"0", bench.at, "west"))
        await bench.taken()
        assert bench.view().receivers_heard == 2, "south is missing now"

    asyncio.run(bench.ran(then))


def test_datagrams_that_were_never_read_are_counted_among_the_rejections() -> None:
    bench = Bench()
    bench.feed.overrun = 7
    assert bench.view().rejected == {"overrun": 7}


def test_old_reports_are_said_to_be_old() -> None:
    bench = Bench(b"43200")

    async def then() -> None:
        await bench.taken()
        assert bench.view().why.startswith("what arrives is 12 h old")

    asyncio.run(bench.ran(then))


def test_receivers_that_name_themselves_anew_each_time_cost_bounded_memory() -> None:
    bench = Bench()
    for number in range(20_000):
        batch = Told().translate(Chunk(b"0", bench.at, f"receiver {number}"))
        bench.runner._health.add(batch, bench.at + number / 1000)
    assert len(bench.runner._health._heard) <= 5_000


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    bench = Bench()
    for second in range(20):
        bench.runner._health.add(Told().translate(Chunk(b"0 " * 50, bench.at + second)), bench.at + second)
    assert bench.runner.health(bench.at + 19).per_second == pytest.approx(50, abs=6)
    assert bench.runner.health(bench.at + 60).per_second == 0


def test_every_module_that_is_a_feed_is_found() -> None:
    assert {"readsb", "sbs-tcp", "opensky", "ais-tcp", "ais-udp", "ais-file"} <= set(discover())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([{"kind": "sbs", "name": "a"}], "feeds[0] \"a\".kind = 'sbs': allowed are ais-file, ais-tcp"),
        ([{"name": "a"}], 'feeds[0] "a".kind = None: allowed are'),
        ([{"kind": "sbs-tcp", "name": "a"}], 'feeds[0] "a".host: is missing; sbs-tcp needs it'),
        ([{"kind": "sbs-tcp", "host": "h"}], "feeds[0].name: is missing"),
        (
            [{"kind": "sbs-tcp", "name": "a", "host": "h", "port": 99999}],
            'feeds[0] "a".port = 99999: Input should be less than or equal to 65535',
        ),
        (
            [{"kind": "sbs-tcp", "name": "a", "host": "h", "prot": 1}],
            'feeds[0] "a".prot: there is no such setting; allowed are name, kind, enabled',
        ),
        (
            [{"kind": "sbs-tcp", "name": "a", "host": "h", "timezone": "Mars/Base"}],
            "feeds[0] \"a\".timezone = 'Mars/Base': there is no such time zone",
        ),
        (
            [{"kind": "readsb", "name": "a", "url": "aircraft.json"}],
            "feeds[0] \"a\".url = 'aircraft.json': Input should be",
        ),
        (
            [{"kind": "sbs-tcp", "name": "a", "host": "h"}, {"kind": "sbs-tcp", "name": "a", "host": "i"}],
            "feeds[1] \"a\".name = 'a': another feed has this name",
        ),
        (
            [{"kind": "sbs-tcp", "name": "a", "host": "h", "late_after": 60, "dead_after": 60}],
            'feeds[0] "a".dead_after = 60: must be more than late_after (60)',
        ),
    ],
)
def test_wrong_settings_are_named(given: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        make_feeds(given, time.time)
    assert said in str(wrong.value)


def test_all_wrong_settings_are_named_at_once_and_secrets_are_not_shown() -> None:
    given = [
        {"kind": "opensky", "name": "a", "password": ["hunter2"]},
        {"kind": "sbs-tcp", "name": "b", "host": "h", "port": 0},
    ]
    with pytest.raises(SettingsError) as wrong:
        make_feeds(given, time.time)
    assert len(str(wrong.value).splitlines()) == 2
    assert "hunter2" not in str(wrong.value)


def test_a_feed_that_is_not_enabled_is_checked_but_not_made() -> None:
    assert make_feeds([{"kind": "sbs-tcp", "name": "a", "host": "h", "enabled": False}], time.time) == []
    assert math.isfinite(make_feeds([{"kind": "sbs-tcp", "name": "a", "host": "h"}], time.time)[0].settings.late_after)
