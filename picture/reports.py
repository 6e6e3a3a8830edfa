"""The newest report of each track from each reporter: what "sources agree" and "disagree" is read from.

Most tracks are heard by one or two reporters, some by thirty. Each track has places for eight; the reports
themselves lie in one pool that grows by doubling, so that 320,000 tracks do not pay for eight each.
"""

from __future__ import annotations

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from picture.observations import Observations
from picture.rows import Rows
from picture.single import One
from picture.state import REPORT

REPORTERS_A_TRACK = 8  # the oldest report leaves for a ninth reporter
_NONE = 0xFFFF


class Reports:
    """Pool of REPORT rows and, per track row, which reporter's report lies where."""

    def __init__(self, capacity: int = 1024) -> None:
        self.pool = np.zeros(capacity, REPORT)
        self.dirty = np.zeros(capacity, np.bool_)
        self.used = 0
        self._free: list[int] = []
        self._who = np.full((capacity, REPORTERS_A_TRACK), _NONE, np.uint16)
        self._where = np.full((capacity, REPORTERS_A_TRACK), -1, np.int32)

    def take_in(self, rows: Rows, ids: NDArray[np.uint32], seen: Observations, reporter: NDArray[np.uint16]) -> None:
        """Note what each reporter says; every row at most once. An older report than the known one changes nothing."""
        if not len(rows):
            return
        self._cover(int(rows.max()) + 1)
        slots = self._slots(rows, reporter, ids)
        pool = self.pool
        known_at = pool["observed_at"][slots]
        located = np.isfinite(seen.lat) & np.isfinite(seen.lon)
        never = ~np.isfinite(pool["lat"][slots])
        later = seen.observed_at >= known_at
        newer = np.where(located, never | later, never & later)  # a word without place does not outdate a place
        at, into = np.flatnonzero(newer), slots[newer]
        for name in ("quality", "observed_at", "lat", "lon", "speed", "course", "altitude"):
            pool[name][into] = getattr(seen, name)[at]
        pool["received_at"][slots] = np.fmax(pool["received_at"][slots], seen.received_at)
        self.dirty[slots] = True

    def take_in_one(self, row: int, track: int, seen: One, reporter: int) -> None:
        """`take_in` of one report."""
        self._cover(row + 1)
        who = self._who[row].tolist()
        if reporter in who:
            slot = int(self._where[row, who.index(reporter)])
        else:
            slot = int(self._slots(np.array([row]), np.array([reporter], np.uint16), np.array([track], np.uint32))[0])
        held = self.pool[slot]
        never, placed = held["lat"] != held["lat"], isfinite(seen.lat) and isfinite(seen.lon)
        later = seen.observed_at >= held["observed_at"]
        received_at = max(float(held["received_at"]), seen.received_at)
        if (never or later) if placed else (never and later):
            self.pool[slot] = (
                track, reporter, seen.quality, 0, seen.observed_at, received_at,
                seen.lat, seen.lon, seen.speed, seen.course, seen.altitude,
            )  # fmt: skip
        else:
            held["received_at"] = received_at
        self.dirty[slot] = True

    def said_already(self, rows: Rows, seen: Observations) -> NDArray[np.bool_]:
        """True where any reporter's newest report of the track has the very same time and position."""
        self._cover(int(rows.max(initial=-1)) + 1)
        where = self._where[rows]
        pool = self.pool
        same = (
            (where >= 0)
            & (pool["observed_at"][where] == seen.observed_at[:, None])
            & (pool["lat"][where] == seen.lat[:, None])
            & (pool["lon"][where] == seen.lon[:, None])
        )
        found: NDArray[np.bool_] = same.any(axis=1)
        return found

    def forget(self, rows: Rows) -> None:
        """Free every report of these tracks."""
        rows = rows[rows < len(self._who)]
        slots = self._where[rows]
        slots = slots[slots >= 0]
        self.dirty[slots] = False
        self._free.extend(slots.tolist())
        self._where[rows] = -1
        self._who[rows] = _NONE

    def touch(self, rows: Rows) -> None:
        """Hand out all reports of these tracks with the next flush."""
        slots = self._where[rows[rows < len(self._where)]]
        self.dirty[slots[slots >= 0]] = True

    def drop(self, row: int, told: NDArray[np.void]) -> None:
        """Forget those reports of a track that only repeat what was `told` of another."""
        if row >= len(self._where):
            return
        for place, slot in enumerate(self._where[row].tolist()):
            if slot < 0:
                continue
            mine = self.pool[slot]
            if any(mine["reporter"] == its["reporter"] and mine["observed_at"] == its["observed_at"] for its in told):
                self.dirty[slot] = False
                self._free.append(slot)
                self._where[row, place], self._who[row, place] = -1, _NONE

    def of(self, rows: Rows) -> NDArray[np.void]:
        """All reports of these tracks."""
        rows = rows[rows < len(self._where)]
        slots = self._where[rows]
        return self.pool[slots[slots >= 0]]

    def changed(self) -> NDArray[np.void]:
        """Reports changed since the last call."""
        slots = np.flatnonzero(self.dirty[: self.used])
        self.dirty[slots] = False
        return self.pool[slots]

    def load(self, rows: Rows, reports: NDArray[np.void]) -> None:
        """Put back saved reports; `rows` names the track row of each, a pair (row, reporter) comes once."""
        rank = rank_of(rows)
        for k in range(min(int(rank.max(initial=-1)) + 1, REPORTERS_A_TRACK)):
            some = rank == k
            self._cover(int(rows[some].max()) + 1)
            slots = self._slots(rows[some], reports["reporter"][some], reports["track"][some])
            self.pool[slots] = reports[some]
            self.dirty[slots] = False

    def _slots(self, rows: Rows, reporter: NDArray[np.uint16], ids: NDArray[np.uint32]) -> Rows:
        """The pool slot for each (track, reporter), made where there is none."""
        who = self._who[rows]
        match = who == reporter[:, None]
        place = match.argmax(axis=1)
        new = np.flatnonzero(~match.any(axis=1))
        if len(new):
            place[new] = self._places(rows[new], who[new])
            into = self._where[rows[new], place[new]]
            missing = new[into < 0]
            if len(missing):
                self._where[rows[missing], place[missing]] = self._allocate(len(missing))
            self._who[rows[new], place[new]] = reporter[new]
            slots = self._where[rows[new], place[new]]
            blank = np.zeros(len(new), REPORT)
            for name in ("lat", "lon", "speed", "course", "altitude"):
                blank[name] = np.nan
            blank["observed_at"] = blank["received_at"] = -np.inf
            blank["track"], blank["reporter"] = ids[new], reporter[new]
            self.pool[slots] = blank
        return self._where[rows, place].astype(np.intp)

    def _places(self, rows: Rows, who: NDArray[np.uint16]) -> Rows:
        """A free place of each track, else that of its oldest report."""
        free = who == _NONE
        oldest = self.pool["received_at"][self._where[rows]].argmin(axis=1)
        places: Rows = np.where(free.any(axis=1), free.argmax(axis=1), oldest)
        return places

    def _allocate(self, n: int) -> NDArray[np.int32]:
        reused = [self._free.pop() for _ in range(min(n, len(self._free)))]
        fresh = n - len(reused)
        while self.used + fresh > len(self.pool):
            self.pool = np.concatenate([self.pool, np.zeros_like(self.pool)])
            self.dirty = np.concatenate([self.dirty, np.zeros_like(self.dirty)])
        slots = np.array([*reused, *range(self.used, self.used + fresh)], np.int32)
        self.used += fresh
        return slots

    def _cover(self, rows: int) -> None:
        """Have places for track rows below `rows`."""
        while rows > len(self._who):
            self._who = np.concatenate([self._who, np.full_like(self._who, _NONE)])
            self._where = np.concatenate([self._where, np.full_like(self._where, -1)])


def rank_of(rows: Rows) -> Rows:
    """0 for the first time a row occurs, 1 for the second, ..."""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    first = np.ones(len(rows), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    start = np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
    rank = np.empty(len(rows), np.intp)
    rank[order] = np.arange(len(rows)) - start
    return rank
