"""What leaves the picture: the silent, the landed, and in a flood the hardly known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picture.conflict import CANDIDATE_TERM, CONFLICT_TERM
from picture.identity import IDENTITY_CHANGE_SHOWN, newest_change
from picture.observations import Kind
from picture.rows import Rows
from picture.state import TrackFlag

if TYPE_CHECKING:
    from picture.store import TrackStore

HOUR = 3600.0
FIXED_TERM = 24 * HOUR  # base stations repeat every 10 s, aids every 3 min (M.1371): a day is long enough
LANDED_TERM = 0.25 * HOUR  # parked with the transponder off

# An aircraft that falls silent this low has gone below the receivers' horizon to land. Height is pressure
# altitude above the sea, not above the field, so a landing at a high field is not seen this way.
LANDED_BELOW = 2000.0  # feet
LANDED_SILENT = 120.0  # s

HEARD_ENOUGH = 3  # reports; what was heard less often is the first to go when the picture is full
EVICTED_AT_ONCE = 0.01  # of all tracks, so that a flood of new identities is not a search each

_AIRBORNE = (Kind.AIRCRAFT, Kind.RESCUE_AIRCRAFT)
_FIXED = (Kind.BASE_STATION, Kind.AID)


def sweep(store: TrackStore, now: float) -> None:
    rows = store.table.living()
    if not len(rows):
        return
    cells = store.table.cells[rows[0] : rows[-1] + 1]
    at = rows - rows[0]
    kind, silent = cells["kind"][at], now - cells["heard_at"][at]
    _landed(store, rows, kind, silent)
    flags = cells["flags"][at]
    term = np.full(len(rows), store.vessel_hours * HOUR)
    term[np.isin(kind, _AIRBORNE)] = store.aircraft_hours * HOUR
    term[np.isin(kind, _FIXED)] = FIXED_TERM
    term[(flags & TrackFlag.LANDED) != 0] = LANDED_TERM
    gone = rows[silent > term]
    if store.parts:  # a part leaves with its whole, which hears all that the part hears
        gone = gone[store.table.cells["into"][gone] < 0]
    if len(gone):
        store.remove(gone)
    _end_candidates(store, now)
    _end_conflicts(store, now)
    changed = rows[(flags & TrackFlag.IDENTITY_CHANGED) != 0]
    for row in changed[store.table.live[changed]].tolist():
        known = store.particulars.get(int(store.table.cells["id"][row]), {})
        if now - newest_change(known) > IDENTITY_CHANGE_SHOWN:
            store.flag(row, clear=TrackFlag.IDENTITY_CHANGED)


def _landed(store: TrackStore, rows: Rows, kind: np.ndarray, silent: np.ndarray) -> None:
    cells = store.table.cells
    some = rows[(kind == Kind.AIRCRAFT) & (silent > LANDED_SILENT)]
    low = (cells["altitude"][some] < LANDED_BELOW) & ~(cells["climb"][some] > 0)
    for row in some[low & ((cells["flags"][some] & TrackFlag.LANDED) == 0)].tolist():
        store.flag(row, set_=TrackFlag.LANDED)


def _end_candidates(store: TrackStore, now: float) -> None:
    for key, waiting in list(store.candidates.items()):
        waiting[:] = [candidate for candidate in waiting if now - candidate.at <= CANDIDATE_TERM]
        if not waiting:
            del store.candidates[key]
            store.calm(key)


def _end_conflicts(store: TrackStore, now: float) -> None:
    heard_at = store.table.cells["heard_at"]
    for rows in store.hulls.values():
        if sum(now - heard_at[row] <= CONFLICT_TERM for row in rows) < 2:
            for row in rows:
                store.flag(row, clear=TrackFlag.CONFLICT)


def make_room(store: TrackStore, wanted: int, busy: Rows) -> int:
    """Room for up to `wanted` new tracks; when full, the stalest that were hardly heard go. How many fit.

    `busy` rows are being written to and stay.
    """
    free = store.max_tracks - len(store.table)
    if free >= wanted:
        return wanted
    rows = store.table.living()
    into = store.table.cells["into"]
    weak = (store.table.cells["heard"][rows] < HEARD_ENOUGH) & (into[rows] < 0)
    busy = busy[busy >= 0]
    while len(busy):  # what is written to, and what that is part of
        weak[np.isin(rows, busy)] = False
        busy = into[busy]
        busy = busy[busy >= 0]
    rows = rows[weak]
    n = min(len(rows), max(wanted - free, int(store.max_tracks * EVICTED_AT_ONCE)))
    if n:
        stalest = np.argpartition(store.table.cells["heard_at"][rows], n - 1)[:n]
        store.evicted += n
        store.remove(rows[stalest])
    return max(0, min(wanted, store.max_tracks - len(store.table)))
