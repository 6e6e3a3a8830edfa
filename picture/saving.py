"""Bringing the picture over a restart: whole tracks out, the same tracks back in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from picture.changes import Checkpoint, Tick
from picture.identity import imo_valid
from picture.observations import Namespace, Particulars, namespace_of
from picture.rows import states_of
from picture.state import REPORT, STATE, TrackFlag

if TYPE_CHECKING:
    from picture.store import TrackStore

# How often a track was heard is not saved. One that told its particulars is no flood of made-up numbers;
# the others must be heard again before they count as known.
_HEARD_NAMED, _HEARD_UNNAMED = 3, 1
_FIXES = 2  # a saved position is no longer a first fix


def checkpoint(store: TrackStore, ids: Iterable[int] | None) -> Checkpoint:
    if ids is None:
        rows = store.table.living()
    else:
        wanted = {track for track in ids if track in store.row_of}
        wanted |= {part for part, whole in store.parts.items() if whole in wanted}
        rows = np.array(sorted(store.row_of[track] for track in wanted), np.intp)
    states = states_of(store.table.take(rows))
    tracks = states["id"].tolist()
    return Checkpoint(
        states=states,
        reports=store.reports.of(rows),
        particulars={track: store.particulars[track] for track in tracks if track in store.particulars},
        reporters=dict(store.reporters),
        merged=dict(store.parts),
        next_id=store.next_id,
    )


def restore(store: TrackStore, saved: Checkpoint, ticks: Iterable[Tick]) -> None:
    if len(store.table):
        raise ValueError("only an empty store can be restored")
    ticks = list(ticks)
    reporters, merged, particulars = dict(saved.reporters), dict(saved.merged), dict(saved.particulars)
    gone: set[int] = set()
    for tick in ticks:
        reporters.update(tick.reporters)
        merged.update(tick.merged)
        particulars.update(tick.particulars)
        gone.update(tick.removed)
        for track in tick.states["id"].tolist():
            if track in merged:  # a part is never sent: it was split off
                del merged[track]
                gone.discard(track)
    gone -= merged.keys()  # parts leave the screens, not the store, unless their whole left
    for part in list(merged):
        if _root(merged, part) in gone:
            gone.add(part)
    states = _last(np.concatenate([saved.states, *(tick.states for tick in ticks)]), ("id",), STATE)
    reports = _last(np.concatenate([saved.reports, *(tick.reports for tick in ticks)]), ("track", "reporter"), REPORT)
    states = states[~np.isin(states["id"], np.fromiter(gone, np.uint32, len(gone)))]
    store.known_reporters(reporters)
    store.next_id = max(saved.next_id, int(states["id"].max(initial=0)) + 1)
    _put(store, states, particulars)
    _put_reports(store, reports)
    for part, whole in merged.items():
        if part in store.row_of and whole in store.row_of:
            store.parts[part] = whole
            store.claims.claim(part, None)
            store.table.cells["into"][store.row_of[part]] = store.row_of[whole]


def _root(merged: dict[int, int], track: int) -> int:
    while track in merged:
        track = merged[track]
    return track


def _put(store: TrackStore, states: NDArray[np.void], particulars: dict[int, Particulars]) -> None:
    states = states[np.lexsort((states["id"], states["hull"]))]  # the first hull of a key leads
    rows = store.table.add(len(states))
    cells = store.table.cells
    for name in STATE.names or ():
        cells[name][rows] = states[name]
    cells["moving_at"][rows] = np.where(np.isfinite(states["positioned_at"]), states["positioned_at"], -np.inf)
    cells["told_at"][rows] = -np.inf
    cells["fixes"][rows] = np.where(np.isfinite(states["positioned_at"]), _FIXES, 0)
    cells["heard"][rows] = _HEARD_UNNAMED
    cells["flags"][rows] &= ~np.uint16(TrackFlag.JUMP)  # what waited to be confirmed is forgotten
    store.row_of.update(zip(states["id"].tolist(), rows.tolist(), strict=True))
    for row, key in zip(rows.tolist(), states["key"].tolist(), strict=True):
        first = store.index.setdefault(key, row)
        if first != row:
            store.hulls.setdefault(key, [first]).append(row)
    for hulls in store.hulls.values():
        cells["odd"][np.array(hulls)] = True
    for track, known in particulars.items():
        row = store.row_of.get(track)
        if row is None:
            continue
        store.particulars[track] = known
        cells["heard"][row] = _HEARD_NAMED
        if namespace_of(int(cells["key"][row])) is Namespace.MMSI and imo_valid(known.get("imo", 0)):
            store.claims.claim(track, known["imo"])
    store.table.dirty[rows] = False


def _put_reports(store: TrackStore, reports: NDArray[np.void]) -> None:
    there = np.fromiter((track in store.row_of for track in reports["track"].tolist()), np.bool_, len(reports))
    reports = reports[there]
    reports = reports[np.argsort(-reports["received_at"], kind="stable")]  # the newest when there are too many
    rows = np.fromiter((store.row_of[track] for track in reports["track"].tolist()), np.intp, len(reports))
    if len(rows):
        store.reports.load(rows, reports)


def _last(rows: NDArray[np.void], names: tuple[str, ...], dtype: np.dtype) -> NDArray[np.void]:
    """The last of the rows that agree in the named fields."""
    if not len(rows):
        return np.empty(0, dtype)
    order = np.lexsort((np.arange(len(rows)), *(rows[name] for name in reversed(names))))
    ordered = rows[order]
    last = np.ones(len(rows), np.bool_)
    last[:-1] = np.logical_or.reduce([ordered[name][1:] != ordered[name][:-1] for name in names])
    return ordered[last]
