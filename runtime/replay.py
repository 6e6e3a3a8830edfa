"""Recordings through the very path that live data takes: translate, fuse, and what the caller does with it.

A recording brings its own time. What says when it was observed keeps that; what does not is given the newest time
the recording has told so far. The picture's `now` is the recording's, so ages and silences are those of then.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from data_sources.contract import Batch, Chunk, Clock
from data_sources.recordings import Recording, open_recording
from picture.observations import Observations, ReportFlag
from picture.store import Applied, TrackStore

STEP = 60.0  # seconds of recorded time fused at once when nothing is waited for
SMOOTH = 0.25  # seconds between steps when it is
CLOCK_SET_BACK = 300.0  # seconds; a recording whose time falls by more begins anew
LONGEST_WAIT = 3600.0  # seconds of recorded silence that are waited for; longer ones are skipped
HELD_ROWS = 50_000  # rows without a time held back in the hope that the recording tells one

OnBatch = Callable[[Observations, Applied, float], None]  # what was fused, what became of it, the recording's now
Progress = Callable[[Recording, "ReplayCounts"], None]


@dataclass(slots=True)
class ReplayCounts:
    """What recordings came to. Times are epoch seconds UTC, NaN when no recording told any."""

    lines: int = 0
    sentences: int = 0
    messages: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    observations: int = 0
    tracks: int = 0
    first_time: float = math.nan
    last_time: float = math.nan

    def add(self, batch: Batch) -> None:
        self.lines += batch.lines
        self.sentences += batch.sentences
        self.messages += batch.messages
        self.duplicates += batch.duplicates
        self.rejected.update({str(reason): count for reason, count in batch.rejected.items()})
        self.observations += len(batch.observations)
        seen = batch.observations
        timed = seen.observed_at[(seen.flags & ReportFlag.TIME_OF_RECEIPT) == 0]
        if len(timed):
            self.first_time = float(np.fmin(self.first_time, timed.min()))
            self.last_time = float(np.fmax(self.last_time, timed.max()))

    def as_json(self) -> dict[str, Any]:
        """For `replay --json`; times in ISO 8601 UTC, null when there is none."""
        return {
            "lines": self.lines,
            "sentences": self.sentences,
            "messages": self.messages,
            "duplicates": self.duplicates,
            "rejected": dict(sorted(self.rejected.items())),
            "observations": self.observations,
            "tracks": self.tracks,
            "first_time": _iso(self.first_time),
            "last_time": _iso(self.last_time),
        }


def _iso(epoch: float) -> str | None:
    if not math.isfinite(epoch):
        return None
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def replay(
    paths: Iterable[str | Path],
    *,
    speed: float,
    store: TrackStore,
    clock: Clock,
    sleep: Callable[[float], None],
    on_batch: OnBatch | None = None,
    progress: Progress | None = None,
) -> ReplayCounts:
    """Replay recordings one after the other: `speed` 1 as recorded, N times faster, 0 as fast as it goes.

    Raises data_sources.recordings.RecordingUnreadable; what came before it stays applied.
    """
    counts = ReplayCounts()
    pace = _Pace(speed, clock, sleep)
    for path in paths:
        with open_recording(path) as recording:
            timeline = _Timeline(clock, whole=recording.format.whole)
            feed = "standard input" if str(path) == "-" else Path(path).name
            for batch in _batches(recording, clock):
                counts.add(batch)
                for observations in timeline.take(batch.observations):
                    _apply(observations, feed, store, pace, timeline, on_batch)
                if progress is not None:
                    counts.tracks = len(store)
                    progress(recording, counts)
            for observations in timeline.rest():
                _apply(observations, feed, store, pace, timeline, on_batch)
    counts.tracks = len(store)
    return counts


def _batches(recording: Recording, clock: Clock) -> Iterator[Batch]:
    translator = recording.format.translator()
    for data in recording.chunks():
        yield translator.translate(Chunk(data, clock()))
    yield translator.flush(math.inf)


def _apply(
    observations: Observations,
    feed: str,
    store: TrackStore,
    pace: _Pace,
    timeline: _Timeline,
    on_batch: OnBatch | None,
) -> None:
    for rows in timeline.steps(observations, pace.step):
        step = observations if len(rows) == len(observations) else observations.take(rows)
        now = timeline.advance(step)
        if timeline.told:
            pace.wait(float(step.received_at.max()))
        applied = store.apply(feed, step, now)
        if on_batch is not None:
            on_batch(step, applied, now)


class _Timeline:
    """The time of one recording."""

    def __init__(self, clock: Clock, *, whole: bool) -> None:
        self._clock = clock
        self._whole = whole
        self._newest = math.nan  # newest recorded time that untimed reports are given
        self._now = -math.inf
        self._held: list[Observations] = []
        self._held_rows = 0
        self._given_up = False  # held as much as is sensible: this recording tells no time

    @property
    def told(self) -> bool:
        return not math.isnan(self._newest)

    def take(self, seen: Observations) -> Iterator[Observations]:
        """Observations with recorded times, as far as they can be known by now."""
        if not len(seen):
            return
        timed = (seen.flags & ReportFlag.TIME_OF_RECEIPT) == 0
        if not timed.any() and not self.told and not self._given_up:
            self._held.append(seen)
            self._held_rows += len(seen)
            if self._held_rows > HELD_ROWS:
                yield from self.rest()
            return
        if timed.any() and not self.told:
            self._newest = float(seen.observed_at[timed][0])
        for before in self._held:
            self._date(before)
            yield before
        self._held = []
        self._date(seen)
        yield seen

    def rest(self) -> Iterator[Observations]:
        """What is still held when no time was ever told: it happens now."""
        held, self._held = self._held, []
        self._given_up = self._given_up or bool(held)
        yield from held

    def _date(self, seen: Observations) -> None:
        """Give each report the recording's time: of receipt too, unless it told when it was delivered."""
        if not self.told:
            return
        timed = (seen.flags & ReportFlag.TIME_OF_RECEIPT) == 0
        last_timed = np.maximum.accumulate(np.where(timed, np.arange(len(seen)), -1))
        known = np.where(last_timed >= 0, seen.observed_at[last_timed], self._newest)
        undelivered = ~timed | (seen.received_at >= self._clock() - LONGEST_WAIT)
        seen.received_at = np.where(undelivered, known, seen.received_at)
        seen.observed_at = known
        self._newest = float(known[-1])

    def steps(self, seen: Observations, seconds: float) -> Iterator[np.ndarray]:
        """Row numbers of stretches at most `seconds` long. A document is put in order of time first."""
        times = seen.received_at
        order = np.argsort(times, kind="stable") if self._whole else np.arange(len(seen))
        for first, last in _stretches(np.diff(times[order]) < -CLOCK_SET_BACK):
            slot = np.floor(np.maximum.accumulate(times[order[first:last]]) / seconds)
            for start, end in _stretches(np.diff(slot) != 0):
                yield order[first + start : first + end]

    def advance(self, step: Observations) -> float:
        """The recording's now: it never goes back. Without recorded time it is ours."""
        if not self.told:
            return self._clock()
        self._now = max(self._now, float(step.received_at.max()))
        return self._now


def _stretches(breaks: np.ndarray) -> Iterator[tuple[int, int]]:
    """From and to of the stretches that `breaks` (between each row and the next) leaves."""
    return pairwise([0, *(np.flatnonzero(breaks) + 1).tolist(), len(breaks) + 1])


class _Pace:
    """Waits until a recorded moment has come."""

    def __init__(self, speed: float, clock: Clock, sleep: Callable[[float], None]) -> None:
        if speed < 0 or not math.isfinite(speed):
            raise ValueError("speed must be 0 (as fast as it goes) or more")
        self._speed, self._clock, self._sleep = speed, clock, sleep
        self._anchor: tuple[float, float] | None = None  # recorded time, our time
        self._latest = 0.0

    @property
    def step(self) -> float:
        return SMOOTH * self._speed if self._speed else STEP

    def wait(self, recorded: float) -> None:
        if not self._speed:
            return
        anew = recorded < self._latest - CLOCK_SET_BACK or recorded > self._latest + LONGEST_WAIT
        if self._anchor is None or anew:
            self._anchor, self._latest = (recorded, self._clock()), recorded
            return
        self._latest = max(self._latest, recorded)
        due = self._anchor[1] + (self._latest - self._anchor[0]) / self._speed
        if (seconds := due - self._clock()) > 0:
            self._sleep(seconds)
