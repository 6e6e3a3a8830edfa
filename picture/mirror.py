"""The mirror: a web process' own copy of the live picture, in columns, fed by ticks.

One thread writes (`apply`, `load`), many read; a lock holds each of them for a few milliseconds at most. Rows
are dense: a track that leaves is replaced by the last row, so a box query is one pass over live rows only.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from picture import portrait
from picture.changes import Tick
from picture.observations import Kind, Particulars
from picture.search import SearchIndex
from picture.state import REPORT, STATE
from picture.views import TrackView

if TYPE_CHECKING:
    from picture.changes import Checkpoint

REMOVALS_KEPT = 200_000  # remembered departures; a screen that is further behind is sent everything
_FIRST_ROWS = 1_024

Box = tuple[float, float, float, float]  # west, south, east, north in degrees; west > east crosses 180
ResolvePort = Callable[[str, int], str | None]  # destination as typed, track id -> port in words


@dataclass(frozen=True, slots=True)
class Change:
    """What changed after a sequence number, or everything."""

    full: bool
    seq_from: int
    seq_to: int
    states: NDArray[np.void]
    removed: list[int]
    labels: dict[int, str]


class Mirror:
    """The live picture as this process knows it. `seq` is the newest tick applied, `picture_at` its time."""

    def __init__(self, *, resolve_port: ResolvePort | None = None) -> None:
        self._lock = threading.RLock()
        self._resolve_port = resolve_port
        self.seq = 0
        self.picture_at = 0.0
        self.identity = 0  # of the picture database that this is the mirror of
        self.run = 0  # of the feed process that numbers the ticks
        self._clear()

    @property
    def picture(self) -> int:
        """Whose sequence numbers these are. Another run may number anew what the one before gave out, but never wrote."""
        return self.identity ^ self.run

    def _clear(self) -> None:
        self._states = np.zeros(_FIRST_ROWS, STATE)
        self._changed = np.zeros(_FIRST_ROWS, np.int64)  # seq of the last change of the row
        self._labelled = np.zeros(_FIRST_ROWS, np.int64)  # seq of the last change of its label
        self._n = 0
        self._row: dict[int, int] = {}
        self._labels: dict[int, str] = {}
        self._particulars: dict[int, Particulars] = {}
        self._reports = np.zeros(_FIRST_ROWS, REPORT)
        self._report_row: dict[int, int] = {}  # track << 16 | reporter -> row
        self._report_free: list[int] = []
        self._reporters: dict[int, tuple[str, str]] = {}
        self._merged: dict[int, int] = {}
        self._search = SearchIndex()
        self._removed: deque[tuple[int, int]] = deque()
        self._complete_since = 0  # changes after this seq are all known here

    # --- feeding -----------------------------------------------------------------------------------------

    def load(self, seq: int, checkpoint: Checkpoint, identity: int = 0, run: int = 0) -> None:
        """Forget everything and begin from a checkpoint that is complete to `seq`."""
        with self._lock:
            self._clear()
            self.identity, self.run = identity, run
            self._merged = dict(checkpoint.merged)
            states = checkpoint.states
            if self._merged:  # what is part of another is kept in the checkpoint, but is no track of its own
                states = states[~np.isin(states["id"], list(self._merged))]
            self._take(seq, states, checkpoint.reports, checkpoint.particulars, checkpoint.reporters)
            self._complete_since = seq
            self.seq = seq
            heard = self._states["heard_at"][: self._n]
            self.picture_at = float(np.nanmax(heard)) if self._n and not np.all(np.isnan(heard)) else 0.0

    def apply(self, seq: int, tick: Tick) -> None:
        """Apply the next tick. One that was applied before is ignored."""
        with self._lock:
            if seq <= self.seq:
                return
            self._merged.update(tick.merged)
            self._drop(seq, tick.removed)
            self._take(seq, tick.states, tick.reports, tick.particulars, tick.reporters)
            self.seq = seq
            self.picture_at = tick.at

    def _take(
        self,
        seq: int,
        states: NDArray[np.void],
        reports: NDArray[np.void],
        particulars: dict[int, Particulars],
        reporters: dict[int, tuple[str, str]],
    ) -> None:
        self._reporters.update(reporters)
        fresh = self._put_states(seq, states)
        self._put_reports(reports)
        self._particulars.update(particulars)
        for track in {*fresh, *particulars}:
            self._relabel(seq, track)

    def _put_states(self, seq: int, states: NDArray[np.void]) -> list[int]:
        """Write changed rows; returns the ids that are new here."""
        if not len(states):
            return []
        ids = states["id"].tolist()
        rows = np.fromiter(map(self._row.get, ids, [-1] * len(ids)), np.intp, len(ids))
        fresh: list[int] = []
        for position in np.flatnonzero(rows < 0).tolist():
            track = ids[position]
            row = self._row.get(track)
            if row is None:
                row = self._new_row(track)
                fresh.append(track)
            rows[position] = row
        was_lost = np.isnan(self._states["lat"][rows])
        self._states[rows] = states
        self._changed[rows] = seq
        first_located = rows[was_lost & ~np.isnan(states["lat"])]
        self._labelled[first_located] = seq  # its label was never sent: rows without a place are not
        for track in fresh:
            self._merged.pop(track, None)  # an officer split it again
        return fresh

    def _new_row(self, track: int) -> int:
        if self._n == len(self._states):
            self._states = _doubled(self._states)
            self._changed = _doubled(self._changed)
            self._labelled = _doubled(self._labelled)
        row = self._n
        self._n += 1
        self._row[track] = row
        self._states[row] = np.zeros((), STATE)
        self._states["lat"][row] = np.nan
        return row

    def _put_reports(self, reports: NDArray[np.void]) -> None:
        if not len(reports):
            return
        keys = ((reports["track"].astype(np.int64) << 16) | reports["reporter"]).tolist()
        rows = np.fromiter(map(self._report_row.get, keys, [-1] * len(keys)), np.intp, len(keys))
        for position in np.flatnonzero(rows < 0).tolist():
            key = keys[position]
            row = self._report_row.get(key)
            if row is None:
                row = self._report_free.pop() if self._report_free else len(self._report_row)
                self._report_row[key] = row
                if row >= len(self._reports):
                    self._reports = _doubled(self._reports)
            rows[position] = row
        self._reports[rows] = reports

    def _relabel(self, seq: int, track: int) -> None:
        row = self._row.get(track)
        if row is None:
            return
        state, known = self._states[row], self._particulars.get(track, {})
        label = portrait.label(state, known)
        self._search.put(track, portrait.words_to_find(state, known))
        if self._labels.get(track) != label:
            self._labels[track] = label
            self._labelled[row] = seq
            self._changed[row] = seq

    def _drop(self, seq: int, removed: Collection[int]) -> None:
        gone = [track for track in removed if track in self._row]
        if not gone:
            return
        held = np.flatnonzero(np.isin(self._reports["track"], np.array(gone, np.uint32)))
        for row in held.tolist():
            track, reporter = int(self._reports["track"][row]), int(self._reports["reporter"][row])
            if self._report_row.pop((track << 16) | reporter, None) is not None:
                self._report_free.append(row)
        self._reports["track"][held] = 0
        for track in gone:
            self._drop_row(track)
            self._removed.append((seq, track))
        while len(self._removed) > REMOVALS_KEPT:
            self._complete_since = max(self._complete_since, self._removed.popleft()[0])

    def _drop_row(self, track: int) -> None:
        row, last = self._row.pop(track), self._n - 1
        if row != last:
            for column in (self._states, self._changed, self._labelled):
                column[row] = column[last]
            self._row[int(self._states["id"][row])] = row
        self._n = last
        self._labels.pop(track, None)
        self._search.drop(track)
        if track not in self._merged:  # what was merged stays readable on the card of what it became part of
            self._particulars.pop(track, None)

    def still(self) -> AbstractContextManager[bool]:
        """Hold the picture still while several answers are to be of the same moment."""
        return self._lock

    # --- reading -----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._n

    def states(self) -> NDArray[np.void]:
        """A copy of every live row."""
        with self._lock:
            return self._states[: self._n].copy()

    def label(self, track: int) -> str:
        """What an officer calls it, "" when it is not in the picture."""
        with self._lock:
            return self._labels.get(self.current_id(track), "")

    def current_id(self, track: int) -> int:
        """The id that a track goes by now: itself, or what an officer merged it into."""
        for _ in range(16):  # merges of merges; a ring would be an error and must not hang a screen
            if track in self._row or track not in self._merged:
                break
            track = self._merged[track]
        return track

    def changed_since(self, seq: int) -> Change:
        """What a screen that has everything up to `seq` lacks; everything when that can't be told."""
        with self._lock:
            live = self._states[: self._n]
            full = seq <= 0 or not self._complete_since <= seq <= self.seq
            if full:
                ids = live["id"].tolist()
                return Change(True, 0, self.seq, live.copy(), [], {t: self._labels.get(t, "") for t in ids})
            rows = self._changed[: self._n] > seq
            named = live["id"][self._labelled[: self._n] > seq].tolist()
            removed = []
            for at, track in reversed(self._removed):
                if at <= seq:
                    break
                if track not in self._row:
                    removed.append(track)
            return Change(False, seq, self.seq, live[rows], removed, {t: self._labels.get(t, "") for t in named})

    def track(self, track: int, now: float) -> TrackView | None:
        """One track with everything known of it; follows a merge. None when it is not in the live picture."""
        with self._lock:
            row = self._row.get(self.current_id(track))
            material = None if row is None else self._material(row, now, in_full=True)
        return None if material is None else portrait.draw(material)

    def find(self, text: str, limit: int = 20, *, now: float | None = None) -> list[TrackView]:
        """Tracks by name, MMSI, IMO, call sign, ICAO24, flight or registration; the best match first."""
        with self._lock:
            live = self._states
            found = self._search.find(text, lambda track: float(live["heard_at"][self._row[track]]))
            materials = [self._material(self._row[track], now) for track in found[: max(0, limit)]]
        return [portrait.draw(material) for material in materials]

    def within(
        self,
        box: Box | None = None,
        kinds: Iterable[Kind] | None = None,
        text: str = "",
        limit: int = 1000,
        after_id: int = 0,
        *,
        now: float | None = None,
    ) -> list[TrackView]:
        """Tracks in a box (it may cross the antimeridian), by kind and text, in the order of their ids."""
        with self._lock:
            live = self._states[: self._n]
            wanted = live["id"] > after_id
            if box is not None:
                wanted &= inside(box, live["lat"], live["lon"])
            if kinds is not None:
                wanted &= np.isin(live["kind"], [int(kind) for kind in kinds])
            rows = np.flatnonzero(wanted)
            rows = rows[np.argsort(live["id"][rows])]
            if text.strip():
                matching = set(self._search.find(text, lambda _track: 0.0))
                rows = np.array([row for row in rows.tolist() if int(live["id"][row]) in matching], np.intp)
            materials = [self._material(row, now) for row in rows[: max(0, limit)].tolist()]
        return [portrait.draw(material) for material in materials]

    def ids_within(self, box: Box | None, limit: int) -> list[int]:
        """Ids of located tracks in a box, the most recently heard first."""
        with self._lock:
            live = self._states[: self._n]
            wanted = ~np.isnan(live["lat"]) if box is None else inside(box, live["lat"], live["lon"])
            rows = np.flatnonzero(wanted)
            if len(rows) > limit:
                rows = rows[np.argsort(live["heard_at"][rows])[::-1][:limit]]
            return [int(track) for track in live["id"][rows]]

    def reporter(self, number: int) -> tuple[str, str]:
        """Feed and receiver of a reporter; ("", "") when not known."""
        return self._reporters.get(number, ("", ""))

    def counts(self) -> dict[str, int]:
        """Live tracks by kind, in words."""
        with self._lock:
            kinds, numbers = np.unique(self._states["kind"][: self._n], return_counts=True)
            return {portrait.kind_word(int(k)): int(n) for k, n in zip(kinds, numbers, strict=True)}

    def _material(self, row: int, now: float | None, *, in_full: bool = False) -> portrait.Material:
        """What a view is drawn from, copied: drawing a thousand takes longer than the lock should be held."""
        state = self._states[row].copy()
        track = int(state["id"])
        material = portrait.Material(
            state=state,
            known=self._particulars.get(track, {}),
            reporters=self._reporters,
            resolve_port=self._resolve_port,
            now=self.picture_at if now is None else now,
        )
        if in_full:
            material.reports = self._reports[self._reports["track"] == track]
            live = self._states[: self._n]
            same = live["id"][(live["key"] == state["key"]) & (live["id"] != track)]
            material.conflict_with = tuple(int(other) for other in same)
            material.merged = tuple(
                portrait.name_of(self._particulars.get(part, {}), part)
                for part, into in self._merged.items()
                if into == track
            )
        return material


def inside(box: Box, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which positions lie in a box; west > east means that the box crosses the antimeridian."""
    west, south, east, north = box
    between = (lat >= south) & (lat <= north)
    if west > east:
        return between & ((lon >= west) | (lon <= east))
    return between & (lon >= west) & (lon <= east)


def _doubled(column: NDArray[np.void] | NDArray[np.int64]) -> NDArray:
    return np.concatenate((column, np.zeros(len(column), column.dtype)))
