"""Recordings through the live path, in their own time."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from data_sources.recordings import RecordingUnreadable
from picture.observations import Observations, ReportFlag
from picture.store import Applied, TrackStore
from runtime.replay import ReplayCounts, replay
from runtime.replay_progress import progress_bar

T0 = 1_700_000_000
ONE = b"!AIVDM,1,1,,A,15MrVH0000KH<:V:NtBLoqFP2H9:,0*2F"
TWO = b"!AIVDM,1,1,,A,14eGrSPP00ncMJTO5C6aBwvP2D0?,0*7A"
THREE = b"!AIVDM,1,1,,A,133sVfPP00PD>hRMDH@jNOvN20S8,0*7F"


class Watch:
    """A clock that only sleeping moves, and what was applied when."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.slept = 0.0
        self.applied: list[tuple[Observations, float, float]] = []  # observations, the recording's now, our time

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.slept += seconds

    def on_batch(self, observations: Observations, applied: Applied, now: float) -> None:
        self.applied.append((observations, now, self.now))

    def replay(self, *paths: Path, speed: float = 0.0, store: TrackStore | None = None) -> ReplayCounts:
        store = TrackStore() if store is None else store
        return replay(paths, speed=speed, store=store, clock=self.clock, sleep=self.sleep, on_batch=self.on_batch)


def at(second: float, sentence: bytes, station: str = "a") -> bytes:
    return f"\\s:{station},c:{T0 + second:.3f}*00\\".encode() + sentence + b"\r\n"


def written(path: Path, *lines: bytes) -> Path:
    path.write_bytes(b"".join(lines))
    return path


def test_counts_and_their_json(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a", b"# log\n", at(0, ONE), at(1, ONE, "b"), at(60, TWO), b"foobar\n", b"!AIVDM,1,1,,B,,0*25\n",
        at(90, ONE[:-1] + b"0"),
    )  # fmt: skip
    counts = Watch().replay(path)
    told = json.loads(json.dumps(counts.as_json()))
    assert list(told) == [
        "lines", "sentences", "messages", "duplicates", "rejected", "observations", "tracks", "first_time", "last_time",
    ]  # fmt: skip
    assert told == {
        "lines": 7, "sentences": 5, "messages": 3, "duplicates": 1, "observations": 3, "tracks": 2,
        "rejected": {"bad_checksum": 1, "empty_payload": 1, "not_recognised": 1},
        "first_time": "2023-11-14T22:13:20.000Z", "last_time": "2023-11-14T22:14:20.000Z",
    }  # fmt: skip


def test_times_are_null_when_there_are_none(tmp_path: Path) -> None:
    watch = Watch()
    told = watch.replay(written(tmp_path / "a", ONE + b"\n", TWO + b"\n")).as_json()
    assert (told["first_time"], told["last_time"], told["tracks"]) == (None, None, 2)
    assert {now for _, now, _ in watch.applied} == {watch.now}, "without a time of its own it happens now"


def test_recording_keeps_its_time_and_gives_it_to_what_has_none(tmp_path: Path) -> None:
    watch = Watch()
    watch.replay(written(tmp_path / "a", ONE + b"\n", at(10, TWO), THREE + b"\n", at(5, ONE)))
    seen = Observations.join(observations for observations, _, _ in watch.applied)
    assert (seen.observed_at - T0).tolist() == [10, 10, 10, 5]
    assert (seen.received_at == seen.observed_at).all()
    assert [bool(flag & ReportFlag.TIME_OF_RECEIPT) for flag in seen.flags.tolist()] == [True, False, True, False]
    assert [now - T0 for _, now, _ in watch.applied] == sorted(now - T0 for _, now, _ in watch.applied)


def test_reports_before_the_first_time_wait_for_it(tmp_path: Path) -> None:
    watch = Watch()
    filler = b"# " + b"-" * 1000 + b"\n"
    watch.replay(written(tmp_path / "a", ONE + b"\n", filler * 200, at(10, TWO)))
    assert [float(seen.observed_at[0]) - T0 for seen, _, _ in watch.applied] == [10, 10]


def test_delivered_time_is_kept(tmp_path: Path) -> None:
    watch = Watch()
    watch.replay(written(tmp_path / "a", f"\\c:{T0},t:{T0 + 70}*00\\".encode() + ONE + b"\n"))
    (seen, now, _) = watch.applied[0]
    assert (seen.observed_at[0], seen.received_at[0], now) == (T0, T0 + 70, T0 + 70)


@pytest.mark.parametrize("speed", [1.0, 10.0])
def test_pace_is_that_of_the_recording(tmp_path: Path, speed: float) -> None:
    watch = Watch()
    started = watch.now
    watch.replay(written(tmp_path / "a", at(0, ONE), at(30, TWO), at(120, THREE)), speed=speed)
    assert [round(when - started, 3) for _, _, when in watch.applied] == [0, 30 / speed, 120 / speed]


def test_as_fast_as_it_goes_waits_for_nothing(tmp_path: Path) -> None:
    watch = Watch()
    watch.replay(written(tmp_path / "a", at(0, ONE), at(3000, TWO)), speed=0)
    assert watch.slept == 0
    assert len(watch.applied) == 2, "the picture's now goes step by step"


def test_jumps_of_the_recordings_clock_are_not_waited_for(tmp_path: Path) -> None:
    watch = Watch()
    year = 365 * 86400
    watch.replay(written(tmp_path / "a", at(0, ONE), at(year, TWO), at(10, THREE), at(12, ONE)), speed=1)
    assert watch.slept == pytest.approx(2)


def test_several_recordings_make_one_picture(tmp_path: Path) -> None:
    store = TrackStore()
    first, second = written(tmp_path / "a", at(0, ONE)), written(tmp_path / "b", at(1, TWO))
    counts = Watch().replay(first, second, store=store)
    assert (counts.messages, counts.tracks, len(store)) == (2, 2, 2)
    assert {feed for feed, _ in store.reporters.values()} == {"a", "b"}


def test_unreadable_recording_stops_it_in_plain_words(tmp_path: Path) -> None:
    store = TrackStore()
    with pytest.raises(RecordingUnreadable, match="is no recording"):
        Watch().replay(written(tmp_path / "a", at(0, ONE)), written(tmp_path / "b", b"a letter\n"), store=store)
    assert len(store) == 1


@pytest.mark.parametrize("speed", [-1.0, math.nan, math.inf])
def test_impossible_speed_is_refused(tmp_path: Path, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Watch().replay(written(tmp_path / "a", at(0, ONE)), speed=speed)


def test_progress_is_shown_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "recording.txt", at(0, ONE), at(1, TWO))
    with progress_bar() as progress:
        replay([path], speed=0, store=TrackStore(), clock=Watch().clock, sleep=Watch().sleep, progress=progress)
    said = capsys.readouterr()
    assert said.out == ""
    assert "recording.txt" in said.err


def test_document_that_is_not_in_order_is_put_in_order(shared_data: Path) -> None:
    watch = Watch()
    counts = watch.replay(shared_data / "flights" / "traffic_zurich_airport.json.gz")
    times = np.concatenate([seen.received_at for seen, _, _ in watch.applied])
    assert (np.diff(times) >= 0).all()
    assert counts.tracks >= 1


def test_real_log_with_four_clocks_back(shared_data: Path) -> None:
    counts = Watch().replay(shared_data / "ais" / "nmea_hakefjord_2015.log")
    told = counts.as_json()
    assert (told["sentences"], told["messages"]) == (15912, 15824)
    assert told["duplicates"] > 0.7 * told["messages"], "it was played four times"
    assert (told["first_time"], told["last_time"]) == ("2015-07-20T09:22:11.000Z", "2015-07-20T09:44:06.000Z")
