"""The picture as it is now: every track, fused from the observations of all feeds.

One owner: the feed process. `apply` takes batches in, `flush` hands out what changed since the last flush,
`sweep` lets go what fell silent. Time comes in with every call; nothing here reads a clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from picture import joining, saving, single, sweeping
from picture.changes import Checkpoint, Flush, Tick
from picture.conflict import Candidate
from picture.fusion import fuse, points_of
from picture.hulls import IMPLAUSIBLE, Hulls
from picture.identity import Claims, key_at_receiver, learn
from picture.observations import Kind, Namespace, Observations, Particulars, ReportFlag
from picture.plausibility import possible
from picture.reports import Reports, rank_of
from picture.rows import Rows, Table, states_of
from picture.state import POINT, PointFlag, TrackFlag, ship_class
from picture.thinning import worth_keeping

SMALL_ROUND = 24  # reports; fewer are cheaper one by one (12 microseconds each) than in columns (300 a round)
REPORTERS_KNOWN = 4096  # feeds times receivers; further receivers of a feed count as one


@dataclass(slots=True)
class Applied:
    """What became of a batch. `refused` counts by reason what could not be taken in."""

    accepted: int = 0
    late: int = 0
    implausible: int = 0
    repeated: int = 0
    refused: Counter[str] = field(default_factory=Counter)


class TrackStore:
    """All tracks, in columns. Not thread-safe: one process, one thread owns it."""

    def __init__(self, *, max_tracks: int = 400_000, vessel_hours: float = 72.0, aircraft_hours: float = 2.0) -> None:
        self.max_tracks = max_tracks
        self.vessel_hours, self.aircraft_hours = vessel_hours, aircraft_hours
        self.next_id = 1
        self.reporters: dict[int, tuple[str, str]] = {}
        self.evicted = 0
        self.table = Table()
        self.reports = Reports()
        self.index: dict[int, int] = {}  # identity key -> row of its first hull
        self.hulls: dict[int, list[int]] = {}  # identity key -> rows, where there are several
        self.candidates: dict[int, list[Candidate]] = {}  # identity key -> impossible reports in waiting
        self.row_of: dict[int, int] = {}  # track id -> row
        self.particulars: dict[int, Particulars] = {}
        self.claims = Claims()
        self.parts: dict[int, int] = {}  # track id -> id of the track it is part of
        self._reporter_of: dict[tuple[str, str], int] = {}
        self._hulls = Hulls(self)
        self._points: list[NDArray[np.void]] = []
        self._told: set[int] = set()
        self._removed: list[int] = []
        self._merged: dict[int, int] = {}
        self._new_reporters: dict[int, tuple[str, str]] = {}

    def __len__(self) -> int:
        return len(self.table) - len(self.parts)

    # ---- taking in

    def apply(self, feed: str, observations: Observations, now: float) -> Applied:
        """Fuse a batch of one feed into the picture."""
        applied = Applied()
        if not len(observations):
            return applied
        reporter = self._reporters(feed, observations)
        echo = (observations.flags & ReportFlag.DUPLICATE) != 0
        rows = self._rows(observations, reporter, echo, applied)
        fresh = (rows >= 0) & ~echo
        if fresh.all():
            self._take_in(rows, observations, reporter, applied)
            return applied
        self._take_in(rows[fresh], observations.take(fresh), reporter[fresh], applied)
        applied.repeated += int(echo.sum())
        echo &= rows >= 0
        self._echo(rows[echo], observations.take(echo), reporter[echo])
        return applied

    def retell(self, row: int, observations: Observations, reporter: NDArray[np.uint16]) -> None:
        """Fuse observations that are known already into another track, where a part is joined to it."""
        self._pass_on(np.full(len(observations), row, np.intp), observations, reporter)

    def _take_in(self, rows: Rows, seen: Observations, reporter: NDArray[np.uint16], applied: Applied) -> None:
        rows = self._fuse(rows, seen, reporter, applied)
        self._learn(rows, seen)
        while self.parts:  # what is heard of a part is heard of the whole; parts make no ring, so this ends
            whole = np.where(rows >= 0, self.table.cells["into"][rows], -1)
            some = np.flatnonzero(whole >= 0)
            if not len(some):
                break
            rows, seen, reporter = whole[some].astype(np.intp), seen.take(some), reporter[some]
            self._pass_on(rows, seen, reporter)
            self._learn(np.where(seen.kind == Kind.CONTACT, -1, rows), seen)

    def _pass_on(self, rows: Rows, seen: Observations, reporter: NDArray[np.uint16]) -> None:
        """Reports of parts into these very tracks, whatever other hulls they have; not what cannot be of them."""
        rank = rank_of(rows)
        for k in range(int(rank.max(initial=-1)) + 1):
            some = np.flatnonzero(rank == k)
            some = some[~self._jumps(self.table.take(rows[some]), seen.take(some))]
            if len(some):
                into = rows[some]
                self._accept(into, self.table.take(into), seen.take(some), reporter[some], Applied())

    def _fuse(self, rows: Rows, seen: Observations, reporter: NDArray[np.uint16], applied: Applied) -> Rows:
        """Round by round, so that each round has a track once. Returns the hull each report went to, < 0: none."""
        if len(rows) < SMALL_ROUND:
            return self._one_by_one(rows, seen, reporter, applied)
        rank = rank_of(rows)
        size = np.bincount(rank)
        if len(size) == 1:
            return self._round(rows, seen, reporter, applied)
        went = rows.copy()
        rounds = int((size >= SMALL_ROUND).sum())  # sizes fall from round to round
        for k in range(rounds):
            some = np.flatnonzero(rank == k)
            went[some] = self._round(rows[some], seen.take(some), reporter[some], applied)
        rest = np.flatnonzero(rank >= rounds)
        if len(rest):
            went[rest] = self._one_by_one(rows[rest], seen.take(rest), reporter[rest], applied)
        return went

    def _one_by_one(self, rows: Rows, seen: Observations, reporter: NDArray[np.uint16], applied: Applied) -> Rows:
        """As rounds, for few reports, or many of few tracks."""
        went = rows.copy()
        numbers, reports, who = rows.tolist(), single.reports_of(seen), reporter.tolist()
        made: list[tuple] = []
        held, was = -1, None
        for i in np.argsort(rows, kind="stable").tolist():
            report = reports[i]
            if was is None or numbers[i] != held:
                self._put_one(held, was)
                held = numbers[i]
                was = single.row_of(self.table.cells[held])
            if was.odd or not single.believable(was, report):
                self._put_one(held, was)
                one, was = np.array([i]), None
                went[i] = self._round(rows[one], seen.take(one), reporter[one], applied)[0]
                continue
            keep = single.worth_keeping(was, report)
            moved, late, repeated, changed = single.fuse(was, report, who[i])
            if late and self.reports.said_already(rows[i : i + 1], seen.take(np.array([i])))[0]:
                late, repeated = False, True
            applied.late += late
            applied.repeated += repeated
            applied.accepted += not (late or repeated)
            if moved and keep:
                single.keep(was, report)
                made.append(single.point(was.id, report, who[i]))
            elif late:
                made.append(single.point(was.id, report, who[i], int(PointFlag.LATE)))
            self.reports.take_in_one(held, was.id, report, who[i])
            if changed:
                self.table.dirty[held] = True
        self._put_one(held, was)
        if made:
            self._points.append(single.points(made))
        return went

    def _put_one(self, row: int, value: single.One | None) -> None:
        if value is not None:
            self.table.cells[row] = single.values_of(value)

    def _round(self, rows: Rows, seen: Observations, reporter: NDArray[np.uint16], applied: Applied) -> Rows:
        was = self.table.take(rows)
        odd = np.flatnonzero(was["odd"] | self._jumps(was, seen))
        if not len(odd):
            self._accept(rows, was, seen, reporter, applied)
            return rows
        went = rows.copy()
        for i in odd.tolist():
            went[i] = self._hulls.settle(int(rows[i]), seen.take(np.array([i])))
        lost = np.flatnonzero(went == IMPLAUSIBLE)
        if len(lost):
            applied.implausible += len(lost)
            self._points.append(points_of(was["id"][lost], seen.take(lost), reporter[lost], PointFlag.IMPLAUSIBLE))
        applied.repeated += int(((went < 0) & (went != IMPLAUSIBLE)).sum())
        good = np.flatnonzero(went >= 0)
        if len(good):
            rows = went[good]
            self._accept(rows, self.table.take(rows), seen.take(good), reporter[good], applied)
        return went

    @staticmethod
    def _jumps(was: NDArray[np.void], seen: Observations) -> NDArray[np.bool_]:
        located = np.isfinite(seen.lat + seen.lon + was["positioned_at"])
        jumps: NDArray[np.bool_] = located & (seen.kind != Kind.CONTACT) & ~possible(was, seen)
        return jumps

    def _accept(
        self, rows: Rows, was: NDArray[np.void], seen: Observations, reporter: NDArray[np.uint16], applied: Applied
    ) -> None:
        """The reports are of these tracks: fuse, keep what history needs."""
        keep = worth_keeping(was, seen)
        outcome = fuse(was, seen, reporter)
        keep &= outcome.moved
        late = np.flatnonzero(outcome.late)
        if len(late):
            late = late[~self.reports.said_already(rows[late], seen.take(late))]
            self._points.append(points_of(was["id"][late], seen.take(late), reporter[late], PointFlag.LATE))
        self.reports.take_in(rows, was["id"], seen, reporter)
        kept = np.flatnonzero(keep)
        if len(kept):
            chosen = seen.take(kept)
            self._points.append(points_of(was["id"][kept], chosen, reporter[kept]))
            for name, column in (
                ("kept_at", chosen.observed_at), ("kept_lat", chosen.lat), ("kept_lon", chosen.lon),
                ("kept_speed", chosen.speed), ("kept_course", chosen.course), ("kept_altitude", chosen.altitude),
                ("kept_status", chosen.status), ("kept_on_ground", (chosen.flags & ReportFlag.ON_GROUND) != 0),
            ):  # fmt: skip
                was[name][kept] = column
        self.table.put(rows, was)
        self.table.dirty[rows[outcome.changed]] = True
        repeated = int(outcome.repeated.sum()) + int(outcome.late.sum()) - len(late)
        applied.late += len(late)
        applied.repeated += repeated
        applied.accepted += len(rows) - len(late) - repeated

    def _echo(self, rows: Rows, seen: Observations, reporter: NDArray[np.uint16]) -> None:
        """The same messages heard by others: only who hears the track changes."""
        for i in np.flatnonzero(self.table.cells["odd"][rows]).tolist():
            rows[i] = self._hulls.nearest(int(rows[i]), seen.take(np.array([i])))
        some = np.flatnonzero(rows >= 0)
        rank = rank_of(rows[some])
        for k in range(int(rank.max(initial=-1)) + 1):
            one = some[rank == k]
            self.reports.take_in(rows[one], self.table.cells["id"][rows[one]], seen.take(one), reporter[one])

    def _learn(self, rows: Rows, seen: Observations) -> None:
        """Identity and voyage."""
        cells = self.table.cells
        for i, told in seen.particulars.items():
            row = int(rows[i])
            if row < 0:
                continue
            track, at = int(cells["id"][row]), float(seen.observed_at[i])
            newest = at >= cells["told_at"][row]
            known, changed = learn(self.particulars.get(track, {}), told, newest=newest, at=at)
            if newest:
                cells["told_at"][row] = at
                quiet = not seen.flags[i] & ReportFlag.DISTRESS and ("squawk" in told or "emergency" in told)
                if quiet and cells["flags"][row] & TrackFlag.DISTRESS and cells["kind"][row] == Kind.AIRCRAFT:
                    self.flag(row, clear=TrackFlag.DISTRESS)
            if known is self.particulars.get(track):
                continue
            self.tell(row, known)
            if changed:
                self.flag(row, set_=TrackFlag.IDENTITY_CHANGED)
            if "imo" in told or "mmsi" in told:
                joining.identity_told(self, row)

    def tell(self, row: int, known: Particulars) -> None:
        """Replace what is known of a track; it goes out with the next flush."""
        track = int(self.table.cells["id"][row])
        self.particulars[track] = known
        self._told.add(track)
        cells = self.table.cells
        if cells["kind"][row] == Kind.VESSEL:
            cells["ship_class"][row] = ship_class(known.get("ship_type"))
        self.table.dirty[row] = True

    def flag(self, row: int, *, set_: int = 0, clear: int = 0) -> None:
        flags = int(self.table.cells["flags"][row])
        new = (flags | set_) & ~clear
        if new != flags:
            self.table.cells["flags"][row] = new
            self.table.dirty[row] = True

    # ---- who is it

    def _reporters(self, feed: str, observations: Observations) -> NDArray[np.uint16]:
        ids = []
        for receiver in observations.receivers:
            who = (feed, receiver)
            number = self._reporter_of.get(who)
            if number is None:
                if len(self.reporters) >= REPORTERS_KNOWN:
                    who = (feed, "")
                    number = self._reporter_of.get(who)
                if number is None:
                    number = len(self.reporters) + 1
                    self.reporters[number] = self._reporter_of[who] = self._new_reporters[number] = who  # type: ignore[assignment]
                    self._reporter_of[who] = number
            ids.append(number)
        return np.array(ids, np.uint16)[observations.receiver]

    def _rows(
        self, seen: Observations, reporter: NDArray[np.uint16], echo: NDArray[np.bool_], applied: Applied
    ) -> Rows:
        """The row of each observation's identity, new where it was never heard; -1: refused."""
        keys = seen.key
        local = (keys >> 40) == Namespace.NON_ICAO
        if local.any():
            keys = np.where(local, key_at_receiver(keys, reporter), keys)
        rows = np.fromiter(map(self.index.get, keys.tolist(), repeat(-1)), np.intp, len(keys))
        usable = np.isfinite(seen.observed_at) & (keys > 0)
        if not usable.all():
            applied.refused["no time or identity"] += int((~usable).sum())
            rows[~usable] = -1
        new = np.flatnonzero((rows < 0) & ~echo & usable)
        if len(new):
            rows[new] = self._create(keys[new], seen.kind[new], rows, applied)
            for i in np.flatnonzero((rows < 0) & echo & usable).tolist():  # of what is new in this very batch
                rows[i] = self.index.get(int(keys[i]), -1)
        return rows

    def _create(self, keys: NDArray[np.int64], kinds: NDArray[np.uint8], busy: Rows, applied: Applied) -> Rows:
        _, first = np.unique(keys, return_index=True)
        first.sort()
        first = first[: sweeping.make_room(self, len(first), busy)]
        rows = self.add(keys[first], kinds[first])
        found = np.fromiter(map(self.index.get, keys.tolist(), repeat(-1)), np.intp, len(keys))
        applied.refused["picture full"] += int((found < 0).sum())
        for row in rows[(keys[first] >> 40) == Namespace.IMO].tolist():
            joining.imo_heard(self, row)
        return found

    def add(self, keys: NDArray[np.int64], kinds: NDArray[np.uint8]) -> Rows:
        """New tracks. A key that is known already gets a further row, which the caller makes a hull."""
        rows = self.table.add(len(keys))
        cells = self.table.cells
        ids = np.arange(self.next_id, self.next_id + len(keys))
        cells["id"][rows], cells["key"][rows], cells["kind"][rows] = ids, keys, kinds
        self.next_id += len(keys)
        self.row_of.update(zip(ids.tolist(), rows.tolist(), strict=True))
        for key, row in zip(keys.tolist(), rows.tolist(), strict=True):
            self.index.setdefault(key, row)
        return rows

    def remove(self, rows: Rows) -> None:
        """Let tracks go, with what is part of them."""
        if self.parts:
            gone = set(self.table.cells["id"][rows].tolist())
            inside = [self.row_of[part] for part, whole in self.parts.items() if whole in gone and part not in gone]
            if inside:
                self.remove(np.array(inside, np.intp))
        cells = self.table.cells
        for row, key, track in zip(rows.tolist(), cells["key"][rows].tolist(), cells["id"][rows].tolist(), strict=True):
            self._hulls.forget(row, key)
            joining.forget(self, track)
            self.particulars.pop(track, None)
            self._told.discard(track)
            del self.row_of[track]
            self._removed.append(track)
        self.reports.forget(rows)
        self.table.free(rows)

    # ---- handing out

    def flush(self, now: float) -> Flush:
        """Everything that changed since the last flush. What is part of another track stays inside."""
        states = states_of(self.table.take(self.table.changed()))
        reports = self.reports.changed()
        particulars = {track: self.particulars[track] for track in self._told}
        if self.parts:
            hidden = np.fromiter(self.parts, np.uint32, len(self.parts))
            states = states[~np.isin(states["id"], hidden)]
            reports = reports[~np.isin(reports["track"], hidden)]
        points = np.concatenate(self._points) if self._points else np.empty(0, POINT)
        tick = Tick(now, states, reports, particulars, self._removed, self._merged, self._new_reporters)
        self._points, self._told, self._removed, self._merged, self._new_reporters = [], set(), [], {}, {}
        return Flush(tick, points)

    def sweep(self, now: float) -> None:
        """Let go what is silent for too long; end conflicts, candidates and flags whose time is over."""
        sweeping.sweep(self, now)

    def merge(self, part: int, into: int, now: float) -> None:
        """An officer says that track `part` is `into`. Reversible by `split`; KeyError: no such track."""
        joining.attach(self, part, into)

    def split(self, part: int, now: float) -> None:
        """An officer says that track `part` stands by itself; it does not join again of its own accord."""
        joining.detach(self, part)

    def calm(self, key: int) -> None:
        self._hulls.calm(key)

    def merged_now(self, part: int, into: int) -> None:
        """The next tick says that `part` left the screens and where it went."""
        self._merged[part] = into
        self._removed.append(part)

    def split_now(self, part: int) -> None:
        if self._merged.pop(part, None) is not None:
            self._removed.remove(part)

    # ---- saving

    def checkpoint(self, ids: Iterable[int] | None = None) -> Checkpoint:
        """Whole tracks to be saved: those named and their parts, or all."""
        return saving.checkpoint(self, ids)

    def restore(self, checkpoint: Checkpoint, ticks: Iterable[Tick] = ()) -> None:
        """Bring an empty store to the picture of a checkpoint and the ticks after it."""
        saving.restore(self, checkpoint, ticks)

    def known_reporters(self, reporters: dict[int, tuple[str, str]]) -> None:
        self.reporters = dict(reporters)
        self._reporter_of = {who: number for number, who in reporters.items()}
