"""The store on random streams: order does not matter, a plain model agrees, a restart changes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import picture.store
from picture.changes import Tick
from picture.observations import Kind, Namespace, Observations, Particulars, ReportFlag, key_of
from picture.rows import ROW
from picture.state import POINT, REPORT, STATE
from picture.store import TrackStore
from tests.picture.reference_store import ReferenceStore
from tests.picture.store_scenes import AUCKLAND, T0, hear, report, same, tracks

WAYS = {"in columns": 0, "one by one": 1_000_000, "mixed": 4}  # reports below which a round is taken one by one
RECEIVERS = ("Bluff", "Dunedin", "Oamaru")


@st.composite
def streams(draw: st.DrawFn, *, duplicates: bool = True) -> Observations:
    """Ordinary traffic: every vessel within half a mile, every aircraft within four, so that nothing jumps."""
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    seen = Observations.blank(n, receivers=RECEIVERS)
    which = rng.integers(0, 5, n)
    air = which >= 3
    seen.key[:] = np.where(air, key_of(Namespace.ICAO24, 0xC80000), key_of(Namespace.MMSI, 512_000_000)) + which
    seen.kind[:] = np.where(air, Kind.AIRCRAFT, Kind.VESSEL)
    seen.observed_at[:] = T0 + rng.permutation(n * 3)[:n] * 0.5  # unique times, several in a second
    seen.received_at[:] = seen.observed_at + rng.uniform(0, 60, n)
    located = rng.random(n) < 0.75
    spread = np.where(air, 4.0, 0.5) / 60.0
    seen.lat[:] = np.where(located, AUCKLAND[0] + rng.uniform(-0.5, 0.5, n) * spread, np.nan)
    seen.lon[:] = np.where(located, AUCKLAND[1] + rng.uniform(-0.5, 0.5, n) * spread, np.nan)
    for name, top in (("speed", 40.0), ("course", 360.0), ("heading", 360.0), ("altitude", 40_000.0)):
        getattr(seen, name)[:] = np.where(rng.random(n) < 0.7, rng.uniform(0, top, n), np.nan)
    seen.status[:] = np.where(rng.random(n) < 0.5, rng.integers(0, 9, n), -1)
    seen.quality[:] = rng.integers(0, 4, n)
    seen.receiver[:] = rng.integers(0, 3, n)
    if duplicates:
        seen.flags[:] = np.where(rng.random(n) < 0.2, int(ReportFlag.DUPLICATE), 0)
    for row in np.flatnonzero(rng.random(n) < 0.2).tolist():
        seen.particulars[row] = {"name": f"NAME {rng.integers(3)}", "draught": float(rng.integers(5))}
    return seen


def in_batches(store: TrackStore, seen: Observations, sizes: list[int]) -> list[Tick]:
    ticks, first = [], 0
    while first < len(seen):
        size = sizes[len(ticks) % len(sizes)]
        store.apply("coast", seen.take(np.arange(first, min(first + size, len(seen)))), T0)
        ticks.append(store.flush(T0 + first).tick)
        first += size
    return ticks


@contextmanager
def taken(way: str) -> Iterator[None]:
    before, picture.store.SMALL_ROUND = picture.store.SMALL_ROUND, WAYS[way]
    try:
        yield
    finally:
        picture.store.SMALL_ROUND = before


def reports_of(store: TrackStore) -> set[tuple]:
    saved = store.checkpoint(None)
    return {
        (int(r["track"]), int(r["reporter"]), float(r["observed_at"]), str(r["lat"]), str(r["lon"]))
        for r in saved.reports
    }


@given(seen=streams(), order=st.randoms(use_true_random=False), size=st.integers(1, 60))
@settings(max_examples=150, deadline=None)
def test_any_order_ends_with_the_same_newest_position(seen: Observations, order, size: int) -> None:
    one, other = TrackStore(), TrackStore()
    in_batches(one, seen, [len(seen)])
    shuffled = list(range(len(seen)))
    order.shuffle(shuffled)
    in_batches(other, seen.take(np.array(shuffled)), [size])

    def places(store: TrackStore) -> set[tuple]:
        return {
            (int(t["key"]), float(t["positioned_at"]), float(t["lat"]), float(t["lon"]), int(t["quality"]))
            for t in store.table.take(store.table.living())
            if not math.isnan(t["lat"])
        }

    assert places(one) == places(other)


@given(seen=streams(), size=st.integers(1, 7))
@settings(max_examples=100, deadline=None)
def test_no_track_ever_moves_to_an_earlier_second(seen: Observations, size: int) -> None:
    store, last = TrackStore(), {}
    for first in range(0, len(seen), size):
        store.apply("coast", seen.take(np.arange(first, min(first + size, len(seen)))), T0)
        for track in tracks(store):
            if not math.isnan(track["positioned_at"]):
                second = math.floor(track["positioned_at"])
                assert second >= last.get(int(track["id"]), second)
                last[int(track["id"])] = second


@pytest.mark.parametrize("way", WAYS)
@given(seen=streams(), sizes=st.lists(st.integers(1, 30), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_the_store_agrees_with_the_plain_model(way: str, seen: Observations, sizes: list[int]) -> None:
    with taken(way):
        agrees(seen, sizes)


def agrees(seen: Observations, sizes: list[int]) -> None:
    store, plain = TrackStore(), ReferenceStore()
    counts, first, turn = [0, 0, 0], 0, 0
    while first < len(seen):
        batch = seen.take(np.arange(first, min(first + sizes[turn % len(sizes)], len(seen))))
        applied = store.apply("coast", batch, T0)
        counts = [a + b for a, b in zip(counts, (applied.accepted, applied.late, applied.repeated), strict=True)]
        plain.apply(batch)
        first, turn = first + len(batch), turn + 1
    assert counts == [plain.accepted, plain.late, plain.repeated]
    rows = {int(row["key"]): row for row in store.table.take(store.table.living())}
    assert rows.keys() == plain.tracks.keys()
    for key, track in plain.tracks.items():
        row = rows[key]
        held = [track.positioned_at, track.lat, track.lon, *track.motion.values(), track.altitude]
        ours = [row[name] for name in ("positioned_at", "lat", "lon", *track.motion, "altitude")]
        assert np.array_equal(np.float32(held), np.float32(ours), equal_nan=True)
        assert (row["heard_at"], row["status"]) == (track.heard_at, track.status)
    by_receiver = {
        (key, receiver): said for key, track in plain.tracks.items() for receiver, said in track.reports.items()
    }
    saved = store.checkpoint(None)
    keys = {int(state["id"]): int(state["key"]) for state in saved.states}
    ours = {
        (keys[int(r["track"])], saved.reporters[int(r["reporter"])][1]): (r["observed_at"], r["lat"], r["lon"])
        for r in saved.reports
    }
    assert ours.keys() == by_receiver.keys()
    for who, said in by_receiver.items():
        assert np.array_equal(ours[who], said, equal_nan=True), who


@given(seen=streams(duplicates=False), size=st.integers(1, 60), stretch=st.sampled_from([1.0, 20.0, 300.0]))
@settings(max_examples=150, deadline=None)
def test_columns_and_one_by_one_end_alike_and_keep_the_same_points(
    seen: Observations, size: int, stretch: float
) -> None:
    """With jumps, hulls, gaps and slow movers too."""
    seen.lat[:] = AUCKLAND[0] + (seen.lat - AUCKLAND[0]) * stretch
    seen.observed_at[:] = T0 + (seen.observed_at - T0) * 20
    seen.flags[:] = np.where(np.nan_to_num(seen.altitude) > 30_000, int(ReportFlag.ON_GROUND), 0)
    seen.flags[::7] |= int(ReportFlag.DISTRESS | ReportFlag.LOW_ACCURACY | ReportFlag.OWN_SHIP)
    seen.flags[::5] |= int(ReportFlag.LONG_RANGE | ReportFlag.VIRTUAL)
    ends = []
    for way in ("in columns", "one by one"):
        store = TrackStore()
        with taken(way):
            for first in range(0, len(seen), size):
                store.apply("coast", seen.take(np.arange(first, min(first + size, len(seen)))), T0)
        flush = store.flush(T0)
        rows = np.sort(store.table.take(store.table.living()), order="key")
        ends.append((rows, np.sort(flush.points, order=["observed_at", "track"]), reports_of(store)))
    assert same(*(end[0] for end in ends), ROW)
    assert same(*(end[1] for end in ends), POINT)
    assert ends[0][2] == ends[1][2]


@given(seen=streams(), size=st.integers(1, 20), cut=st.integers(0, 8), jump=st.booleans())
@settings(max_examples=100, deadline=None)
def test_checkpoint_and_later_ticks_bring_back_the_same_picture(
    seen: Observations, size: int, cut: int, jump: bool
) -> None:
    if jump:
        seen.lat[seen.kind == Kind.VESSEL] -= np.where(seen.receiver[seen.kind == Kind.VESSEL] == 1, 5.0, 0.0)
    store = TrackStore()
    saved, later = store.checkpoint(None), []
    for n, first in enumerate(range(0, len(seen), size)):
        store.apply("coast", seen.take(np.arange(first, min(first + size, len(seen)))), T0)
        later.append(Tick.unpack(store.flush(T0).tick.pack()))
        if n == cut:
            saved, later = store.checkpoint(None), []
    again = TrackStore()
    again.restore(saved, later)
    mine, theirs = tracks(store), tracks(again)
    mine["flags"] &= ~np.uint16(2)  # a jump that waits to be confirmed is forgotten
    assert same(mine, theirs)
    assert reports_of(store) == reports_of(again)
    assert store.particulars == again.particulars
    assert (store.next_id, store.reporters, len(store)) == (again.next_id, again.reporters, len(again))
    assert store.index.keys() == again.index.keys() and store.hulls.keys() == again.hulls.keys()


def scene() -> TrackStore:
    """Conflict, a join by IMO, a merged contact, a split one, a removal."""
    from picture.contacts import contact_observation

    store = TrackStore()
    hear(store, report(512_000_111, told={"name": "EXAMPLE TRADER", "imo": 9999993}, speed=4.0))
    hear(store, report(9999993, namespace=Namespace.IMO, at=30))
    for turn in range(12):
        hear(store, report(512_000_222, at=turn * 10, position=(-46.6, 168.3) if turn % 2 else AUCKLAND))
    for number in (7, 8):
        hear(store, contact_observation(number, observed_at=T0, received_at=T0, lat=-36.8, lon=174.9, title="launch"))
    hear(store, report(5_120_001, kind=Kind.BASE_STATION, at=-30 * 3600.0))
    store.sweep(T0 + 130)
    return store


def state_and_links(store: TrackStore) -> tuple:
    saved = store.checkpoint(None)
    order = np.sort(saved.states, order="id")
    return order, saved.merged, saved.particulars, saved.reporters, saved.next_id


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_merges_splits_and_hulls_survive_a_restart(when: str) -> None:
    store = scene()
    saved, later = store.checkpoint(None), []
    if when == "before":
        saved, later = TrackStore().checkpoint(None), [store.flush(T0).tick]
    contacts = [track for track in store.row_of if store.particulars.get(track, {}).get("name") == "launch"]
    for contact in contacts:
        store.merge(contact, 1, T0 + 140)
    later.append(store.flush(T0 + 140).tick)
    if when == "after":
        saved, later = store.checkpoint(None), []
    store.split(contacts[1], T0 + 150)
    later.append(store.flush(T0 + 150).tick)
    if when == "after":
        saved, later = store.checkpoint(None), []
    again = TrackStore()
    again.restore(saved, later)
    if when == "before":  # a part that never was a track of its own is in checkpoints only
        assert same(tracks(store), tracks(again))
        return
    mine, theirs = state_and_links(store), state_and_links(again)
    assert same(mine[0], theirs[0]) and mine[1:] == theirs[1:]
    hear(again, report(9999993, namespace=Namespace.IMO, at=900))
    assert len(again) == len(store)
    again.split(contacts[0], T0 + 901)
    assert len(again) == len(store) + 1


def test_what_left_with_its_whole_stays_gone() -> None:
    store = scene()
    saved = store.checkpoint(None)
    store.flush(T0)
    store.sweep(T0 + 100 * 3600.0)
    tick = store.flush(T0).tick
    again = TrackStore()
    again.restore(saved, [tick])
    assert len(again) == 0 and len(again.table) == 0


def test_a_checkpoint_of_some_brings_their_parts() -> None:
    store = scene()
    saved = store.checkpoint([1, 999])
    assert sorted(saved.states["id"].tolist()) == [1, 2] and saved.merged == {2: 1}
    assert len(store.checkpoint([]).states) == 0


def test_only_an_empty_store_is_restored() -> None:
    store = scene()
    with pytest.raises(ValueError, match="empty"):
        store.restore(store.checkpoint(None), [])


def test_a_saved_picture_goes_through_bytes() -> None:
    store = scene()
    tick = store.flush(T0).tick
    back = Tick.unpack(tick.pack())
    assert same(back.states, tick.states, STATE) and same(back.reports, tick.reports, REPORT)
    known: Particulars = back.particulars[1]
    assert known["name"] == "EXAMPLE TRADER" and back.merged == tick.merged
