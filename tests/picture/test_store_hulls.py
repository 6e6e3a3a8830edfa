"""Impossible jumps and two hulls on one identity."""

from __future__ import annotations

import math

import numpy as np
import pytest

from picture.observations import Observations
from picture.state import PointFlag, TrackFlag
from picture.store import TrackStore
from tests.picture.store_scenes import AUCKLAND, T0, hear, north_of, only, report, tracks

BLUFF = (-46.60, 168.34)
HOUR = 3600.0


@pytest.fixture
def store() -> TrackStore:
    return TrackStore()


def alternate(store: TrackStore, other: tuple[float, float], *, n: int = 12, every: float = 10.0, **columns: float):
    """Two hulls, strictly in turn."""
    for turn in range(n):
        hear(store, report(at=turn * every, position=other if turn % 2 else AUCKLAND, **columns))


def test_an_impossible_jump_is_kept_flagged_and_not_used(store: TrackStore) -> None:
    hear(store, report(at=0), report(at=10))
    store.flush(T0)
    assert hear(store, report(at=20, position=BLUFF)).implausible == 1
    track = only(store)
    assert track["lat"] == AUCKLAND[0] and track["positioned_at"] == T0 + 10
    assert track["flags"] & TrackFlag.JUMP
    points = store.flush(T0 + 20).points
    assert points["flags"].tolist() == [PointFlag.IMPLAUSIBLE] and points["lat"][0] == BLUFF[0]


def test_one_wrong_position_heard_by_many_confirms_nothing(store: TrackStore) -> None:
    hear(store, report(at=0), report(at=10))
    for receiver in "abcdef":
        hear(store, report(at=20, position=BLUFF, receiver=receiver))
    assert only(store)["lat"] == AUCKLAND[0]
    assert (store.flush(T0).points["flags"] == PointFlag.IMPLAUSIBLE).sum() == 1


def test_a_jump_is_adopted_when_confirmed_and_the_track_is_silent_where_it_was(store: TrackStore) -> None:
    hear(store, report(at=0, speed=15.0), report(at=10, speed=15.0))
    for n in range(4):
        hear(store, report(at=600 + n * 10, position=BLUFF, speed=15.0))
    track = only(store)
    assert track["lat"] == BLUFF[0] and track["positioned_at"] == T0 + 630
    assert not track["flags"] & (TrackFlag.JUMP | TrackFlag.CONFLICT)


def test_a_wrong_first_position_is_left_as_soon_as_three_agree(store: TrackStore) -> None:
    hear(store, report(at=0, position=(0.0, 0.0)))
    for n in range(1, 4):
        hear(store, report(at=n * 10))
    assert only(store)["lat"] == AUCKLAND[0]


@pytest.mark.parametrize("apart", [5.0, 60.0, 590.0])
def test_two_hulls_in_strict_turn_are_two_tracks_in_conflict(store: TrackStore, apart: float) -> None:
    other = north_of(AUCKLAND, apart)
    alternate(store, other, speed=8.0)
    shown = tracks(store)
    assert len(shown) == 2
    assert sorted(shown["hull"].tolist()) == [0, 1]
    assert len(set(shown["key"].tolist())) == 1
    assert all(flags & TrackFlag.CONFLICT and not flags & TrackFlag.JUMP for flags in shown["flags"].tolist())
    assert sorted(shown["lat"].tolist()) == pytest.approx(sorted([AUCKLAND[0], other[0]]))


def test_two_moored_hulls_five_miles_apart_that_report_every_six_minutes(store: TrackStore) -> None:
    alternate(store, north_of(AUCKLAND, 5.0), n=16, every=360.0, speed=0.0)
    assert len(tracks(store)) == 2


def test_two_hulls_in_one_batch(store: TrackStore) -> None:
    parts = [report(at=n * 10, position=BLUFF if n % 2 else AUCKLAND) for n in range(12)]
    store.apply("coast", Observations.join(parts), T0 + 120)
    assert len(tracks(store)) == 2


def test_a_quick_hull_and_one_that_reports_rarely(store: TrackStore) -> None:
    for second in range(0, 1800, 10):
        hear(store, report(at=second, position=BLUFF, speed=12.0))
        if second % 180 == 0:
            hear(store, report(at=second + 5, speed=0.0))
    assert len(tracks(store)) == 2


def test_each_hull_then_goes_its_own_way(store: TrackStore) -> None:
    alternate(store, BLUFF)
    ids = {round(float(track["lat"])): int(track["id"]) for track in tracks(store)}
    for n in range(20):
        at = 200 + n * 10
        hear(store, report(at=at, position=north_of(AUCKLAND, n * 0.05), speed=18.0))
        hear(store, report(at=at + 5, position=north_of(BLUFF, -n * 0.05), speed=18.0))
    shown = tracks(store)
    assert len(shown) == 2
    by_id = {int(track["id"]): track for track in shown}
    assert by_id[ids[-37]]["lat"] == pytest.approx(AUCKLAND[0] + 0.95 / 60)
    assert by_id[ids[-47]]["lat"] == pytest.approx(BLUFF[0] - 0.95 / 60)


def test_names_stay_with_the_hull_that_calls_itself_so(store: TrackStore) -> None:
    hear(store, report(at=0, told={"name": "SAMPLE GARNET", "call_sign": "ZMTEST"}))
    alternate(store, BLUFF)
    hear(store, report(at=300, position=None, told={"name": "OTHER HULL", "call_sign": "ZMXXXX"}))
    hear(store, report(at=310, position=None, told={"name": "SAMPLE GARNET", "call_sign": "ZMTEST", "draught": 4.0}))
    names = {
        round(float(track["lat"])): store.particulars.get(int(track["id"]), {}).get("name") for track in tracks(store)
    }
    assert names == {-37: "SAMPLE GARNET", -47: "OTHER HULL"}


def test_the_conflict_is_over_when_one_hull_is_silent_for_a_day(store: TrackStore) -> None:
    alternate(store, BLUFF)
    for hour in range(1, 26):
        hear(store, report(at=hour * HOUR))
        store.sweep(T0 + hour * HOUR)
    shown = tracks(store)
    assert len(shown) == 2 and not any(flags & TrackFlag.CONFLICT for flags in shown["flags"].tolist())
    hear(store, report(at=25 * HOUR + 60, position=BLUFF))
    assert all(flags & TrackFlag.CONFLICT for flags in tracks(store)["flags"].tolist())


def test_the_hull_that_remains_is_judged_like_any_other(store: TrackStore) -> None:
    alternate(store, BLUFF)
    for hour in range(1, 75):
        hear(store, report(at=hour * HOUR))
        store.sweep(T0 + hour * HOUR)
    track = only(store)
    assert track["lat"] == AUCKLAND[0] and not track["flags"] & TrackFlag.CONFLICT
    assert not store.hulls and not store.candidates
    hear(store, report(at=75 * HOUR))
    assert only(store)["positioned_at"] == T0 + 75 * HOUR


def test_conflict_survives_a_restart(store: TrackStore) -> None:
    alternate(store, BLUFF)
    other = TrackStore()
    other.restore(store.checkpoint(None), [])
    for turn in range(10):
        hear(other, report(at=200 + turn * 10, position=BLUFF if turn % 2 else AUCKLAND))
    shown = tracks(other)
    assert len(shown) == 2 and shown["id"].tolist() == tracks(store)["id"].tolist()
    assert all(flags & TrackFlag.CONFLICT for flags in shown["flags"].tolist())


def test_a_shared_factory_number_costs_bounded_tracks(store: TrackStore) -> None:
    rng = np.random.default_rng(1)
    places = [(float(lat), float(lon)) for lat, lon in rng.uniform((-60, -180), (60, 180), (40, 2))]
    for turn in range(600):
        hear(store, report(1_193_046, at=turn * 2, position=places[turn % 40]))
    assert len(tracks(store)) <= 8
    assert sum(map(len, store.candidates.values())) <= 3


def test_a_forgotten_jump_leaves_no_flag(store: TrackStore) -> None:
    hear(store, report(at=0), report(at=10), report(at=20, position=BLUFF))
    hear(store, report(at=30))
    store.sweep(T0 + 2 * HOUR)
    assert not only(store)["flags"] & TrackFlag.JUMP and not store.candidates


def test_the_antimeridian_is_no_jump(store: TrackStore) -> None:
    hear(store, report(at=0, position=(-44.0, 179.999)), report(at=60, position=(-44.0, -179.999)))
    assert only(store)["lon"] == pytest.approx(-179.999)


def test_a_track_that_was_never_located_takes_any_first_position(store: TrackStore) -> None:
    hear(store, report(at=0, position=None), report(at=1, position=BLUFF))
    assert not math.isnan(only(store)["lat"]) and not only(store)["flags"] & TrackFlag.JUMP


@pytest.mark.parametrize("turn", [False, True])
def test_an_officer_may_say_that_two_hulls_are_one(store: TrackStore, turn: bool) -> None:
    alternate(store, north_of(AUCKLAND, 5.0))
    first, second = tracks(store)["id"].tolist()
    store.merge(*((second, first) if turn else (first, second)), T0 + 200)
    for n in range(6):
        hear(store, report(at=300 + n * 10, position=north_of(AUCKLAND, 5.0 if n % 2 else 0.0)))
    assert len(store) == 1
