"""Everything at once, at random: the store stays whole."""

from __future__ import annotations

import contextlib

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from picture.changes import Checkpoint, Tick
from picture.observations import Kind, Namespace, Observations, ReportFlag, key_of
from picture.state import TrackFlag
from picture.store import TrackStore
from tests.picture.store_scenes import T0, hear, only, report, same, tracks

IMOS = (9999993, 9999981)
KINDS = {
    Namespace.MMSI: Kind.VESSEL, Namespace.ICAO24: Kind.AIRCRAFT, Namespace.IMO: Kind.VESSEL,
    Namespace.CONTACT: Kind.CONTACT, Namespace.NON_ICAO: Kind.AIRCRAFT,
}  # fmt: skip


def anything(rng: np.random.Generator, at: float) -> Observations:
    """A batch of a few identities at a few far places, in disorder."""
    n = int(rng.integers(1, 40))
    seen = Observations.blank(n, receivers=("a", "b", "c"))
    spaces = rng.choice(list(KINDS), n, p=[0.5, 0.15, 0.15, 0.1, 0.1])
    for i, space in enumerate(spaces.tolist()):
        number = IMOS[int(rng.integers(2))] if space == Namespace.IMO else 512_000_000 + int(rng.integers(6))
        if space in (Namespace.ICAO24, Namespace.NON_ICAO):
            number &= 0xFFFFFF
        seen.key[i], seen.kind[i] = key_of(Namespace(space), number), KINDS[Namespace(space)]
        if rng.random() < 0.3:
            seen.particulars[i] = {"name": f"N{rng.integers(4)}", "imo": IMOS[int(rng.integers(2))]}
            if space == Namespace.CONTACT and rng.random() < 0.5:
                seen.particulars[i]["mmsi"] = 512_000_000 + int(rng.integers(6))
    seen.observed_at[:] = T0 + at + rng.integers(-120, 60, n)
    seen.received_at[:] = T0 + at + 60
    place = rng.integers(0, 3, n)
    seen.lat[:] = np.where(rng.random(n) < 0.8, -40.0 + 2.0 * place, np.nan)
    seen.lon[:] = np.where(rng.random(n) < 0.98, 179.9 + 0.2 * (place == 2) - 360 * (place == 2), np.nan)
    seen.speed[:] = np.where(rng.random(n) < 0.8, rng.uniform(0, 20, n), np.nan)
    seen.course[:] = rng.uniform(0, 360, n)
    seen.quality[:], seen.receiver[:] = rng.integers(0, 3, n), rng.integers(0, 3, n)
    seen.flags[:] = np.where(rng.random(n) < 0.2, int(ReportFlag.DUPLICATE), 0)
    return seen


def whole(store: TrackStore) -> None:
    """Every link leads where it should, and nothing else is left behind."""
    rows = store.table.living()
    cells = store.table.cells
    assert sorted(store.row_of.values()) == rows.tolist()
    assert {int(cells["id"][row]): row for row in rows.tolist()} == store.row_of
    hulls: dict[int, set[int]] = {}
    for row in rows.tolist():
        hulls.setdefault(int(cells["key"][row]), set()).add(row)
    assert hulls.keys() == store.index.keys()
    assert {key: set(of) for key, of in store.hulls.items()} == {k: v for k, v in hulls.items() if len(v) > 1}
    for key, row in store.index.items():
        assert row in hulls[key]
        numbers = [int(cells["hull"][hull]) for hull in hulls[key]]
        assert len(set(numbers)) == len(numbers)
        odd = key in store.hulls or key in store.candidates
        assert all(bool(cells["odd"][hull]) == odd for hull in hulls[key])
    into = {int(cells["id"][r]): int(cells["id"][cells["into"][r]]) for r in rows.tolist() if cells["into"][r] >= 0}
    assert into == store.parts
    reports = store.reports.of(rows)
    assert set(reports["track"].tolist()) <= store.row_of.keys()
    assert store.particulars.keys() <= store.row_of.keys()
    assert len(store) == len(tracks(store)) <= store.max_tracks
    assert np.isfinite(cells["heard_at"][rows]).all()


class Screen:
    """A mirror as simple as can be: what the ticks say is shown."""

    def __init__(self) -> None:
        self.shown: dict[int, bytes] = {}

    def see(self, tick: Tick) -> None:
        for track in tick.removed:
            self.shown.pop(track, None)
        for state in tick.states:
            self.shown[int(state["id"])] = state.tobytes()


@given(seed=st.integers(0, 2**32 - 1), max_tracks=st.sampled_from([6, 12, 1000]))
@settings(max_examples=60, deadline=None)
def test_whatever_happens_links_hold_screens_agree_and_a_restart_brings_it_back(seed: int, max_tracks: int) -> None:
    rng = np.random.default_rng(seed)
    store, screen = TrackStore(max_tracks=max_tracks, vessel_hours=3.0), Screen()
    saved, later = Checkpoint(), []
    at = 0.0
    for _ in range(int(rng.integers(1, 25))):
        at += float(rng.choice([10.0, 60.0, 600.0, 4000.0, 40_000.0], p=[0.4, 0.3, 0.2, 0.05, 0.05]))
        act = rng.random()
        some = [int(track) for track in rng.choice(list(store.row_of) or [1], 2)]
        if act < 0.7:
            store.apply("feed", anything(rng, at), T0 + at)
        elif act < 0.8:
            store.sweep(T0 + at)
        else:
            with contextlib.suppress(KeyError):
                store.merge(*some, T0 + at) if act < 0.9 else store.split(some[0], T0 + at)
        whole(store)
        if rng.random() < 0.5:
            tick = store.flush(T0 + at).tick
            screen.see(tick)
            later.append(tick)
        if rng.random() < 0.2:
            tick = store.flush(T0 + at).tick
            screen.see(tick)
            saved, later = store.checkpoint(), []
    tick = store.flush(T0 + at).tick
    screen.see(tick)
    later.append(tick)
    shown = tracks(store)
    assert screen.shown == {int(state["id"]): state.tobytes() for state in shown}
    again = TrackStore(max_tracks=max_tracks)
    again.restore(saved, later)
    whole_but_odd = tracks(again)
    for states in (shown, whole_but_odd):
        states["flags"] &= ~np.uint16(TrackFlag.JUMP)
    assert same(shown, whole_but_odd)


def test_two_numbers_of_one_ship_that_an_officer_merged_are_no_rivals() -> None:
    store = TrackStore()
    hear(store, report(512_000_111, told={"imo": IMOS[0]}), report(352_000_111, at=60, told={"imo": IMOS[0]}))
    assert store.particulars[2]["imo_also"] == [512_000_111]
    store.merge(1, 2, T0 + 100)
    assert "imo_also" not in store.particulars[2]
    hear(store, report(IMOS[0], namespace=Namespace.IMO, at=200))
    assert only(store)["positioned_at"] == T0 + 200
    store.split(1, T0 + 300)
    assert store.particulars[2]["imo_also"] == [512_000_111] and store.particulars[1]["imo_also"] == [352_000_111]
