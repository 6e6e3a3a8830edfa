"""Which hull an odd report is of: several transponders on one identity, impossible jumps in waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picture.conflict import CANDIDATES_A_KEY, CONFLICT_TERM, Candidate, Verdict, judge, nearest_possible
from picture.observations import Observations, Particulars
from picture.state import TrackFlag

if TYPE_CHECKING:
    from picture.store import TrackStore

IMPLAUSIBLE = -1  # kept as history, not used
HEARD_BEFORE = -2  # an impossible report that is on record already

_NAMES = ("imo", "call_sign", "name")


class Hulls:
    """The hulls and candidates of the store's odd identities, one report at a time."""

    def __init__(self, store: TrackStore) -> None:
        self._store = store

    def settle(self, row: int, seen: Observations) -> int:
        """The row of the hull that the one observation is of; IMPLAUSIBLE or HEARD_BEFORE when of none."""
        store = self._store
        key = int(store.table.cells["key"][row])
        rows = store.hulls.get(key, [row])
        if not (np.isfinite(seen.lat[0]) and np.isfinite(seen.lon[0])):
            return self._by_name(rows, seen.particulars.get(0, {}))
        hulls = store.table.take(np.array(rows))
        best = nearest_possible(hulls, seen)
        waiting = store.candidates.get(key, [])
        if best >= 0:
            if seen.observed_at[0] > hulls["positioned_at"][best]:
                for candidate in waiting:
                    candidate.others += 1
            self._heard_again(key, rows[best], float(seen.observed_at[0]))
            return rows[best]
        return self._impossible(key, rows, hulls, seen)

    def nearest(self, row: int, seen: Observations) -> int:
        """The hull that a repeated message is of, without consequences; -1 when of none."""
        rows = self._store.hulls.get(int(self._store.table.cells["key"][row]), [row])
        best = nearest_possible(self._store.table.take(np.array(rows)), seen)
        return rows[best] if best >= 0 else -1

    def forget(self, row: int, key: int) -> None:
        """A track leaves: its identity passes to the next hull, or ends."""
        store = self._store
        rest = [other for other in store.hulls.get(key, ()) if other != row]
        if not rest:
            store.hulls.pop(key, None)
            store.candidates.pop(key, None)
            store.index.pop(key, None)
            return
        store.index[key] = rest[0]
        store.hulls[key] = rest
        if len(rest) == 1:
            del store.hulls[key]
            store.flag(rest[0], clear=TrackFlag.CONFLICT)
            self.calm(key)

    def calm(self, key: int) -> None:
        """Judge the reports of an identity all at once again, when nothing odd is left of it."""
        store = self._store
        if key in store.candidates or key in store.hulls:
            return
        row = store.index[key]
        store.table.cells["odd"][row] = False
        store.flag(row, clear=TrackFlag.JUMP)

    def _impossible(self, key: int, rows: list[int], hulls: np.ndarray, seen: Observations) -> int:
        store = self._store
        waiting = store.candidates.setdefault(key, [])
        for row in rows:
            store.table.cells["odd"][row] = True
        store.flag(rows[0], set_=TrackFlag.JUMP)
        for candidate in waiting:
            if candidate.agrees(seen):
                break
        else:
            if len(waiting) >= CANDIDATES_A_KEY:
                waiting.remove(min(waiting, key=lambda candidate: candidate.at))
            waiting.append(
                Candidate(
                    kind=int(hulls["kind"][0]),
                    lat=float(seen.lat[0]),
                    lon=float(seen.lon[0]),
                    at=float(seen.observed_at[0]),
                    speed=float(seen.speed[0]),
                )
            )
            return IMPLAUSIBLE
        if (float(seen.observed_at[0]), float(seen.lat[0])) == (candidate.at, candidate.lat):
            return HEARD_BEFORE
        candidate.follow(seen)
        verdict = judge(candidate, hulls)
        if verdict is Verdict.WAIT:
            return IMPLAUSIBLE
        waiting.remove(candidate)
        if verdict is Verdict.ADOPT:
            del store.candidates[key]
            self.calm(key)
            return rows[0]
        return self._new_hull(key, rows, hulls)

    def _new_hull(self, key: int, rows: list[int], hulls: np.ndarray) -> int:
        store = self._store
        if len(store.table) >= store.max_tracks:
            return IMPLAUSIBLE
        new = int(store.add(np.array([key]), hulls["kind"][:1])[0])
        cells = store.table.cells
        cells["hull"][new] = min(set(range(len(rows) + 1)) - set(hulls["hull"].tolist()))
        cells["odd"][new] = True
        store.hulls[key] = [*rows, new]
        if not store.candidates.get(key):
            store.candidates.pop(key, None)
            store.flag(rows[0], clear=TrackFlag.JUMP)
        for row in store.hulls[key]:
            store.flag(row, set_=TrackFlag.CONFLICT)
        return new

    def _heard_again(self, key: int, row: int, at: float) -> None:
        """A hull that was silent until the conflict ended speaks again: conflict."""
        store = self._store
        rows = store.hulls.get(key)
        cells = store.table.cells
        if not rows or cells["flags"][row] & TrackFlag.CONFLICT:
            return
        if any(hull != row and cells["heard_at"][hull] > at - CONFLICT_TERM for hull in rows):
            for hull in rows:
                store.flag(hull, set_=TrackFlag.CONFLICT)

    def _by_name(self, rows: list[int], told: Particulars) -> int:
        """The hull of a message without position: that which calls itself so, the nameless, the last heard."""
        if len(rows) == 1:
            return rows[0]
        store = self._store
        cells = store.table.cells

        def fits(row: int) -> tuple[int, bool, float]:
            known = store.particulars.get(int(cells["id"][row]), {})
            agree = sum(name in told and known.get(name) == told.get(name) for name in _NAMES)
            return agree, not any(name in known for name in _NAMES), float(cells["heard_at"][row])

        return max(rows, key=fits)
