from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.contract import Batch, FeedUnavailable, Reason
from data_sources.coordinator import Backoff, FeedRunner, make_feeds
from data_sources.opensky import OpenSky, OpenSkySettings, StateVectors
from picture.observations import ReportFlag
from picture.views import FeedState
from tests.data_sources.doors import LOCAL, HttpDoor, until
from tests.data_sources.doors import OpenSky as NetworkDoor
from tests.data_sources.flights import NOON, chunk, recording

STATE = [
    "c81234", "ANZ5    ", "New Zealand", NOON - 3, NOON - 1, 174.8, -36.8,
    10_000.0, False, 200.0, -72.5, 5.0, None, 10_100.0, "2000", False, 0, 5,
]  # fmt: skip


def state(**changed: Any) -> list[Any]:
    names = (
        "hex callsign country positioned heard lon lat height ground speed track climb sensors geo squawk spi source"
    )
    return [changed.get(name, value) for name, value in zip([*names.split(), "category"], STATE, strict=True)]


def read(*states: Any, time: Any = NOON, translator: StateVectors | None = None) -> Batch:
    return (translator or StateVectors()).translate(chunk(orjson.dumps({"time": time, "states": list(states)})))


def test_a_state_in_the_pictures_units() -> None:
    batch = read(STATE)
    seen = batch.observations
    assert (batch.lines, batch.messages, len(seen)) == (1, 1, 1)
    assert (seen.lat[0], seen.lon[0], seen.observed_at[0]) == (-36.8, 174.8, NOON - 3)
    assert seen.altitude[0] == pytest.approx(32808.4)
    assert seen.speed[0] == pytest.approx(388.77, abs=0.01)
    assert seen.climb[0] == pytest.approx(984.25, abs=0.01)
    assert seen.course[0] == 287.5
    assert seen.particulars[0] == {"flight": "ANZ5", "country": "New Zealand", "squawk": "2000", "category": "A4"}


def test_missing_barometric_height_is_taken_from_gnss() -> None:
    assert read(state(height=None)).observations.altitude[0] == pytest.approx(33136.5, abs=0.1)


def test_without_position_it_is_still_an_observation() -> None:
    seen = read(state(lat=None, lon=None, positioned=None)).observations
    assert math.isnan(seen.lat[0]) and seen.observed_at[0] == NOON - 1


def test_sources() -> None:
    adsb, asterix, mlat, flarm = (read(state(source=source)).observations for source in range(4))
    assert adsb.quality[0] > asterix.quality[0] > mlat.quality[0] > flarm.quality[0]
    assert mlat.flags[0] & ReportFlag.LOW_ACCURACY and not flarm.flags[0] & ReportFlag.LOW_ACCURACY


def test_the_same_time_is_nothing_new_and_nobody_in_the_box_is_alive() -> None:
    translator = StateVectors()
    assert len(read(STATE, translator=translator).observations) == 1
    assert read(STATE, translator=translator).duplicates == 1
    later = read(STATE, time=NOON + 10, translator=translator)
    assert (len(later.observations), later.duplicates) == (0, 1)
    assert translator.translate(chunk(b'{"time": 1700000020, "states": null}')).alive


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (STATE[:10], Reason.MALFORMED),
        ({"icao24": "c81234"}, Reason.MALFORMED),
        (state(hex="zz"), Reason.BAD_IDENTITY),
        (state(lat=-99), Reason.BAD_POSITION),
        (state(speed="fast"), Reason.BAD_VALUE),
        (state(heard=None), Reason.BAD_TIME),
        (state(heard=NOON - 4000), Reason.TOO_OLD),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(wrong: Any, reason: Reason) -> None:
    batch = read(wrong, STATE)
    assert batch.rejected == {reason: 1} and len(batch.observations) == 1


@pytest.mark.parametrize(
    ("name", "states", "usable", "located", "flarm"),
    [("opensky_mock_all_states.json", 6, 6, 5, 0), ("opensky_states_20230620_even.json", 3564, 3564, 3512, 10)],
)
def test_recordings(name: str, states: int, usable: int, located: int, flarm: int) -> None:
    batch = StateVectors().translate(chunk(recording(name)))
    seen = batch.observations
    assert (batch.lines, batch.messages, batch.rejected) == (states, usable, {})
    assert int((seen.lat == seen.lat).sum()) == located
    assert int(((seen.quality == 35) & (seen.lat == seen.lat)).sum()) == flarm


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.none() | st.booleans() | st.floats() | st.text(max_size=8), max_size=19) | st.text(), max_size=4
    )
    | st.dictionaries(st.sampled_from(["time", "states"]), st.none() | st.floats() | st.text() | st.lists(st.none()))
)
def test_any_json_is_counted_and_never_raises(document: Any) -> None:
    batch = StateVectors().translate(chunk(orjson.dumps(document)))
    assert batch.sentences == batch.messages + batch.rejected.total()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"south": -48.0}, "needs all of south, north, west and east"),
        ({"south": 1.0, "north": -1.0, "west": 1.0, "east": 2.0}, "south must be less than north"),
        ({"client_id": "me"}, "client_id and client_secret belong together"),
        ({"south": -91.0}, "greater than or equal to -90"),
    ],
)
def test_wrong_settings(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        OpenSkySettings(name="n", kind="opensky", **wrong)


def test_a_box_over_the_antimeridian_is_asked_for_in_two() -> None:
    boxes = OpenSkySettings(name="n", kind="opensky", south=-50, north=-30, west=160, east=-170).boxes
    assert [(box["lomin"], box["lomax"]) for box in boxes] == [("160.0", "180.0"), ("-180.0", "-170.0")]


class Network(NetworkDoor):
    """OpenSky as it behaves to those who have an account: tokens, and a limit when told."""

    tokens = 0

    def answer(self, request: bytes) -> bytes:
        if request.startswith(b"POST /token"):
            self.tokens += 1
            token = orjson.dumps({"access_token": f"t{self.tokens}", "expires_in": 1800})
            return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(token), token)
        if b"authorization: Bearer t1" in request and self.tokens == 1 and len(self.requests) > 2:
            return b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"  # the token was ended early
        return super().answer(request)


def network_feed(door: HttpDoor, **more: Any) -> OpenSky:
    given = {"kind": "opensky", "name": "n", "base_url": f"http://{LOCAL}:{door.port}/api", "interval": 0.1}
    (feed,) = make_feeds([given | more], time.time)
    assert isinstance(feed, OpenSky)
    return feed


def test_client_credentials_become_a_token_which_is_renewed_when_it_is_refused() -> None:
    async def check() -> None:
        door = Network()
        door.body = orjson.dumps({"time": int(time.time()), "states": [STATE]})
        await door.open()
        feed = network_feed(
            door, client_id="me", client_secret="s3cret&=", token_url=f"http://{LOCAL}:{door.port}/token",
            south=-48, north=-33, west=165, east=179,
        )  # fmt: skip
        chunks = feed.chunks()
        for _ in range(3):
            assert (await anext(chunks)).data == door.body
        await chunks.aclose()  # type: ignore[attr-defined]
        await door.close()
        asked = [request.split(b"\r\n")[0] for request in door.requests if request.startswith(b"GET")]
        assert door.tokens == 2
        assert asked[0].startswith(b"GET /api/states/all?lamin=-48.0&lamax=-33.0&lomin=165.0&lomax=179.0&extended=1")

    asyncio.run(check())


@pytest.mark.parametrize(
    ("status", "head", "why", "wait"),
    [
        (b"429 Too Many", b"X-Rate-Limit-Retry-After-Seconds: 1234\r\n", "credits are used up", 1234),
        (b"429 Too Many", b"Retry-After: 77\r\n", "credits are used up", 77),
        (b"401 Unauthorized", b"", "refused the credentials", 300),
        (b"503 Busy", b"Retry-After: 9\r\n", "answered 503", 9),
        (b"502 Bad", b"", "answered 502", None),
    ],
)
def test_what_the_network_refuses_is_waited_for_as_it_says(
    status: bytes, head: bytes, why: str, wait: float | None
) -> None:
    async def check() -> None:
        door = NetworkDoor()
        door.status, door.head = status, head
        await door.open()
        feed = network_feed(door, username="me", password="secret")
        with pytest.raises(FeedUnavailable, match=why) as gone:
            await anext(feed.chunks())
        await door.close()
        assert gone.value.retry_after == wait
        assert b"authorization: Basic bWU6c2VjcmV0" in door.requests[0]

    asyncio.run(check())


def test_the_coordinator_waits_as_long_as_the_network_asks() -> None:
    async def check() -> None:
        door = NetworkDoor()
        door.status, door.head = b"429 Too Many", b"Retry-After: 3600\r\n"
        await door.open()
        now = time.time()
        runner = FeedRunner(network_feed(door), lambda: now, backoff=Backoff(first=0.01))
        task = asyncio.create_task(runner.run())
        await until(lambda: "credits" in runner.health(now).why, "the limit is told")
        view = runner.health(now)
        assert view.state is FeedState.STARTING and "next try" in view.why
        assert len(door.requests) == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await door.close()

    asyncio.run(check())
