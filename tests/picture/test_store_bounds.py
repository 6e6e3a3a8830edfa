"""What leaves the picture, what is kept of the way, what a flood costs."""

from __future__ import annotations

import time

import numpy as np
import pytest

from picture.observations import Kind, Namespace, Observations, ReportFlag, key_of
from picture.state import TrackFlag
from picture.store import TrackStore
from tests.picture.store_scenes import AUCKLAND, T0, aircraft, hear, north_of, only, report, tracks

HOUR = 3600.0


@pytest.fixture
def store() -> TrackStore:
    return TrackStore()


def crowd(numbers: np.ndarray, at: float = 0.0) -> Observations:
    seen = Observations.blank(len(numbers))
    seen.key[:], seen.kind[:] = key_of(Namespace.MMSI, 0) + numbers, Kind.VESSEL
    seen.observed_at[:] = seen.received_at[:] = T0 + at
    seen.lat[:], seen.lon[:] = AUCKLAND
    return seen


def run(store: TrackStore, way: list[tuple[float, dict]], make=report) -> int:
    """Points kept of a way: (seconds, columns) each."""
    for at, columns in way:
        hear(store, make(at=at, **columns))
    return len(store.flush(T0).points)


# ---- history


def test_a_straight_run_keeps_a_point_each_six_minutes(store: TrackStore) -> None:
    way = [
        (n * 10.0, {"position": north_of(AUCKLAND, 12.0 * n / 360), "speed": 12.0, "course": 0.0}) for n in range(361)
    ]
    assert run(store, way) == 11


def test_a_moored_vessel_keeps_a_point_each_half_hour(store: TrackStore) -> None:
    assert run(store, [(n * 180.0, {"speed": 0.0, "course": float(n * 77 % 360), "status": 5}) for n in range(41)]) == 5


def test_a_turn_and_a_change_of_speed_and_of_status_are_kept(store: TrackStore) -> None:
    way = [(0.0, {"speed": 12.0, "course": 0.0, "status": 0}), (10.0, {"speed": 12.0, "course": 0.0, "status": 0})]
    way += [(20.0, {"speed": 12.0, "course": 8.0, "status": 0}), (30.0, {"speed": 10.5, "course": 8.0, "status": 0})]
    way += [(40.0, {"speed": 10.5, "course": 8.0, "status": 7}), (50.0, {"speed": 10.5, "course": 8.0, "status": 7})]
    kept = run(store, [(at, {**columns, "position": north_of(AUCKLAND, 12 * at / 3600)}) for at, columns in way])
    assert kept == 4


def test_a_vessel_that_leaves_the_line_without_saying_so_is_kept(store: TrackStore) -> None:
    assert run(store, [(0.0, {"speed": 12.0, "course": 0.0}), (60.0, {"speed": 12.0, "course": 0.0})]) == 2


def test_an_aircraft_keeps_a_point_each_minute_and_each_five_hundred_feet(store: TrackStore) -> None:
    level = [
        (n * 1.0, {"position": north_of(AUCKLAND, n / 8), "speed": 450.0, "course": 0.0, "altitude": 3e4})
        for n in range(121)
    ]
    assert run(store, level, aircraft) == 3
    climbing = [(121.0 + n, {**level[-1][1], "position": north_of(AUCKLAND, 15 + (n + 1) / 8)}) for n in range(31)]
    for n, (_, columns) in enumerate(climbing):
        columns["altitude"] = 3e4 + 50.0 * n
    assert run(store, climbing, aircraft) == 2


# ---- leaving


def test_the_silent_leave_after_their_term(store: TrackStore) -> None:
    hear(store, report(512_000_111), aircraft(0xC80001, altitude=30_000.0), report(5_120_001, kind=Kind.BASE_STATION))
    hear(store, aircraft(0xC80002, speed=5.0, flags=ReportFlag.ON_GROUND))
    left = []
    for hours in (0.2, 0.3, 1.9, 2.1, 23.9, 24.1, 71.9, 72.1):
        store.sweep(T0 + hours * HOUR)
        left.append(len(tracks(store)))
    assert left == [4, 3, 3, 2, 2, 1, 1, 0]
    assert sorted(store.flush(T0).tick.removed) == [1, 2, 3, 4]
    assert not store.index and not store.row_of and not len(store.table)


def test_terms_are_the_operators(store: TrackStore) -> None:
    short = TrackStore(vessel_hours=1.0)
    hear(short, report())
    short.sweep(T0 + 1.1 * HOUR)
    assert len(short) == 0


def test_an_aircraft_that_falls_silent_low_and_descending_has_landed(store: TrackStore) -> None:
    hear(store, aircraft(0xC80001, altitude=1_500.0, climb=-700.0), aircraft(0xC80002, altitude=9_000.0, climb=-700.0))
    store.sweep(T0 + 130)
    assert [bool(flags & TrackFlag.LANDED) for flags in tracks(store)["flags"].tolist()] == [True, False]


def test_a_number_that_left_comes_back_as_a_new_track(store: TrackStore) -> None:
    hear(store, report(told={"name": "GARNET"}))
    store.sweep(T0 + 100 * HOUR)
    hear(store, report(at=101 * HOUR))
    assert only(store)["id"] == 2 and 2 not in store.particulars


# ---- floods


def test_a_million_numbers_cost_bounded_memory_and_evict_no_one_who_is_known() -> None:
    store = TrackStore(max_tracks=20_000)
    known = 512_000_000 + np.arange(500)
    for n in range(3):
        store.apply("coast", crowd(known, at=n * 10.0), T0)
    began = time.perf_counter()
    for first in range(0, 1_000_000, 5_000):
        store.apply("hostile", crowd(200_000_000 + first + np.arange(5_000), at=100 + first / 5_000), T0)
        store.flush(T0)
    spent = time.perf_counter() - began
    assert len(store) <= 20_000 and len(store.table.cells) <= 32_768 and len(store.reports.pool) <= 32_768
    assert len(store.index) == len(store.row_of) == len(store.table)
    assert store.evicted >= 980_000
    assert set((key_of(Namespace.MMSI, 0) + known).tolist()) <= store.index.keys()
    assert spent < 60, "each identity in well under 0.1 ms"


def test_full_of_known_tracks_the_next_is_refused_and_counted() -> None:
    store = TrackStore(max_tracks=1_000)
    for n in range(3):
        store.apply("coast", crowd(512_000_000 + np.arange(1_000), at=n), T0)
    outcome = store.apply("coast", crowd(512_900_000 + np.arange(10), at=5), T0)
    assert outcome.refused == {"picture full": 10} and len(store) == 1_000


def test_what_is_being_heard_is_not_evicted_in_the_same_batch() -> None:
    store = TrackStore(max_tracks=1_000)
    store.apply("coast", crowd(512_000_000 + np.arange(1_000)), T0)
    both = np.concatenate([512_000_000 + np.arange(10), 512_900_000 + np.arange(10)])
    outcome = store.apply("coast", crowd(both, at=10), T0)
    assert outcome.accepted == 20
    assert set((key_of(Namespace.MMSI, 0) + both).tolist()) <= store.index.keys()


def test_receivers_without_end_cost_bounded_memory(store: TrackStore) -> None:
    for n in range(5_000):
        hear(store, report(at=n, receiver=f"r{n}"))
    assert len(store.reporters) <= 4_097


def test_a_flush_of_nothing_is_nothing(store: TrackStore) -> None:
    hear(store, report())
    assert store.flush(T0)
    assert not store.flush(T0 + 1)


def test_a_clock_that_ran_ahead_does_not_hold_the_track_fast(store: TrackStore) -> None:
    hear(store, report(at=5 * HOUR, received_at=T0))
    hear(store, report(at=60, position=north_of(AUCKLAND, 0.2)))
    assert only(store)["positioned_at"] == T0 + 60 and only(store)["heard_at"] == T0 + 60
