"""What is one thing under two identities: reports known only by IMO number, contacts, an officer's merge.

The part keeps its own row, hidden from screens: what is heard of it goes into both. A split shows it again
as it is by then, without loss. Nothing is ever joined on a name alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from picture.identity import CLAIMANTS_NAMED, imo_key, imo_valid, learn
from picture.observations import Kind, Namespace, Observations, Particulars, key_of, namespace_of, number_of
from picture.state import TrackFlag

if TYPE_CHECKING:
    from picture.store import TrackStore


def attach(store: TrackStore, part: int, into: int) -> None:
    """Make track `part` a part of track `into`. KeyError: there is no such track."""
    row, whole = store.row_of[part], store.row_of[_root(store, into)]
    into = int(store.table.cells["id"][whole])
    if part == into or part in store.parts:
        return
    store.parts[part] = into
    cells = store.table.cells
    cells["into"][row] = whole
    for touched in store.claims.claim(part, None):  # what is one ship has no rival in itself
        _note_rivals(store, touched)
    known = store.particulars.get(part, {})
    if known.get("apart"):
        store.tell(row, _without(known, "apart"))
    _retell(store, row, whole)
    if cells["kind"][row] == Kind.CONTACT:
        store.flag(whole, set_=TrackFlag.MERGED)
    elif known:
        merged, _ = learn(store.particulars.get(into, {}), _without(known, "apart"), newest=False, at=0.0)
        store.tell(whole, merged)
    store.table.dirty[whole] = True
    store.merged_now(part, into)


def detach(store: TrackStore, part: int) -> None:
    """Let track `part` stand by itself again, and stay so. KeyError: it is no part of anything."""
    into = store.parts.pop(part)
    row, whole = store.row_of[part], store.row_of[into]
    cells = store.table.cells
    cells["into"][row] = -1
    store.tell(row, {**store.particulars.get(part, {}), "apart": True})
    _take_back(store, row, whole)
    if namespace_of(int(cells["key"][row])) is Namespace.MMSI:
        identity_told(store, row)
    store.split_now(part)
    contacts = [other for other, root in store.parts.items() if root == into and _kind(store, other) == Kind.CONTACT]
    if not contacts:
        store.flag(whole, clear=TrackFlag.MERGED)
    for touched in (row, whole):
        store.table.dirty[touched] = True
    store.reports.touch(np.array([row, whole], np.intp))


def imo_heard(store: TrackStore, row: int) -> None:
    """A report known only by an IMO number made a new track: the one ship that claims the number is it."""
    number = number_of(int(store.table.cells["key"][row]))
    store.tell(row, {"imo": number} if imo_valid(number) else {"imo_invalid": number})
    claimants = store.claims.of(number)
    if imo_valid(number) and len(claimants) == 1:
        attach(store, int(store.table.cells["id"][row]), claimants[0])


def identity_told(store: TrackStore, row: int) -> None:
    """A track told its IMO number, or a contact whose number it is: join what is the same, note who disputes."""
    cells = store.table.cells
    track, key = int(cells["id"][row]), int(cells["key"][row])
    known = store.particulars[track]
    if namespace_of(key) is Namespace.CONTACT:
        _join_contact(store, track, known)
        return
    if namespace_of(key) is not Namespace.MMSI or track in store.parts:
        return
    imo = known.get("imo")
    if imo is not None and not imo_valid(imo):
        imo = None
    for touched in store.claims.claim(track, imo):
        _note_rivals(store, touched)
    if imo is None or len(store.claims.of(imo)) != 1:
        return
    waiting = store.index.get(imo_key(imo))
    if waiting is not None:
        part = int(cells["id"][waiting])
        if part not in store.parts and not store.particulars.get(part, {}).get("apart"):
            attach(store, part, track)


def forget(store: TrackStore, track: int) -> None:
    """A track leaves the picture."""
    store.parts.pop(track, None)
    for touched in store.claims.claim(track, None):
        if touched != track:
            _note_rivals(store, touched)


def _join_contact(store: TrackStore, track: int, known: Particulars) -> None:
    """A contact that carries a number joins the one track of that number, unless an officer parted them."""
    if track in store.parts or known.get("apart"):
        return
    rows = []
    if "mmsi" in known:
        rows = [store.index.get(key_of(Namespace.MMSI, known["mmsi"]))]
    if rows in ([], [None]) and imo_valid(known.get("imo", 0)):
        rows = [store.row_of[claimant] for claimant in store.claims.of(known["imo"])]
    if len(rows) == 1 and rows[0] is not None:
        attach(store, track, int(store.table.cells["id"][rows[0]]))


def _note_rivals(store: TrackStore, track: int) -> None:
    """Name in the particulars who else claims the same IMO number: two ships cannot both be it."""
    row = store.row_of.get(track)
    if row is None:
        return
    keys = [int(store.table.cells["key"][store.row_of[other]]) for other in store.claims.rivals(track)]
    own = int(store.table.cells["key"][row])  # two hulls on one MMSI are in conflict anyway
    rivals = sorted({number_of(key) for key in keys if key != own})[:CLAIMANTS_NAMED]
    known = store.particulars.get(track, {})
    if rivals != known.get("imo_also", []):
        store.tell(row, {**known, "imo_also": rivals} if rivals else _without(known, "imo_also"))


def _retell(store: TrackStore, row: int, whole: int) -> None:
    """Tell the whole what each reporter last said of the part, oldest first."""
    reports = store.reports.of(np.array([row], np.intp))
    reports = np.sort(reports[np.isfinite(reports["lat"])], order="observed_at")
    if not len(reports):
        return
    seen = Observations.blank(len(reports))
    for name in ("observed_at", "received_at", "lat", "lon", "speed", "course", "altitude", "quality"):
        getattr(seen, name)[:] = reports[name]
    seen.key[:] = store.table.cells["key"][row]
    seen.kind[:] = store.table.cells["kind"][row]
    store.retell(whole, seen, reports["reporter"].astype(np.uint16))


def _take_back(store: TrackStore, row: int, whole: int) -> None:
    """Where the whole stands only because of the part, put it back to its own newest report."""
    cells = store.table.cells
    store.reports.drop(whole, store.reports.of(np.array([row], np.intp)))
    same = all(cells[name][row] == cells[name][whole] for name in ("positioned_at", "lat", "lon"))
    if not same:
        return
    own = store.reports.of(np.array([whole], np.intp))
    own = own[np.isfinite(own["lat"])]
    for name in ("lat", "lon", "positioned_at", "speed", "course", "heading", "turn"):
        cells[name][whole] = np.nan
    cells["moving_at"][whole] = -np.inf
    if len(own):
        newest = own[own["observed_at"].argmax()]
        for name in ("lat", "lon", "speed", "course", "quality"):
            cells[name][whole] = newest[name]
        cells["positioned_at"][whole] = cells["moving_at"][whole] = newest["observed_at"]
        cells["source"][whole] = newest["reporter"]


def _root(store: TrackStore, track: int) -> int:
    while track in store.parts:
        track = store.parts[track]
    return track


def _kind(store: TrackStore, track: int) -> int:
    return int(store.table.cells["kind"][store.row_of[track]])


def _without(known: Particulars, key: str) -> Particulars:
    return {name: value for name, value in known.items() if name != key}  # type: ignore[return-value]
