"""Several sources of one thing are one track; nothing moves it backwards; what is not said changes nothing."""

from __future__ import annotations

import math

import pytest

from picture.observations import Kind, Namespace, Observations, ReportFlag
from picture.state import PointFlag, ShipClass, TrackFlag
from picture.store import TrackStore
from tests.picture.store_scenes import AUCKLAND, T0, aircraft, hear, north_of, only, report, same, tracks


@pytest.fixture
def store() -> TrackStore:
    return TrackStore()


def test_three_receivers_and_two_feeds_are_one_track_with_a_report_of_each(store: TrackStore) -> None:
    for second, receiver in enumerate(("Bluff", "Dunedin", "Oamaru")):
        hear(store, report(at=second * 10, receiver=receiver), feed="coast")
    hear(store, report(at=40, receiver=""), feed="satellite")
    track = only(store)
    assert track["positioned_at"] == T0 + 40
    saved = store.checkpoint(None)
    who = {saved.reporters[number] for number in saved.reports["reporter"].tolist()}
    assert who == {("coast", "Bluff"), ("coast", "Dunedin"), ("coast", "Oamaru"), ("satellite", "")}
    assert saved.reporters[int(track["source"])] == ("satellite", "")


def test_the_oldest_of_nine_reporters_leaves(store: TrackStore) -> None:
    for n in range(9):
        hear(store, report(at=n * 10, receiver=f"r{n}"))
    saved = store.checkpoint(None)
    assert {saved.reporters[number][1] for number in saved.reports["reporter"].tolist()} == {
        f"r{n}" for n in range(1, 9)
    }


def test_within_the_same_second_quality_decides_whoever_comes_first(store: TrackStore) -> None:
    better, worse = report(at=5.2, quality=9, lat=-36.801), report(at=5.7, quality=3, lat=-36.802)
    hear(store, better, worse)
    other = TrackStore()
    hear(other, worse, better)
    assert only(store)["lat"] == only(other)["lat"] == pytest.approx(-36.801)


def test_a_late_report_moves_nothing_and_is_kept_as_history(store: TrackStore) -> None:
    hear(store, report(at=100, position=north_of(AUCKLAND, 0.5)))
    store.flush(T0 + 100)
    outcome = hear(store, report(at=40))
    assert (outcome.accepted, outcome.late) == (0, 1)
    assert only(store)["positioned_at"] == T0 + 100
    flush = store.flush(T0 + 101)
    assert [int(flags) for flags in flush.points["flags"]] == [PointFlag.LATE]
    assert not len(flush.tick.states), "nothing about the track changed"


def test_an_exact_repeat_is_no_history(store: TrackStore) -> None:
    hear(store, report(at=0, receiver="a"), report(at=10, position=north_of(AUCKLAND, 0.03), receiver="b"))
    store.flush(T0)
    assert hear(store, report(at=10, position=north_of(AUCKLAND, 0.03), receiver="c")).repeated == 1
    assert hear(store, report(at=0, receiver="d")).repeated == 1, "said by a before"
    assert not len(store.flush(T0).points)


def test_a_duplicate_touches_only_who_hears_it(store: TrackStore) -> None:
    hear(store, report(at=0, receiver="a"))
    before = tracks(store)
    store.flush(T0)
    outcome = hear(store, report(at=20, position=north_of(AUCKLAND, 0.1), receiver="b", flags=ReportFlag.DUPLICATE))
    assert outcome.repeated == 1 and outcome.accepted == 0
    flush = store.flush(T0 + 20)
    assert same(tracks(store), before)
    assert not len(flush.tick.states) and not len(flush.points)
    assert len(flush.tick.reports) == 1


def test_a_duplicate_of_nothing_known_makes_no_track(store: TrackStore) -> None:
    hear(store, report(flags=ReportFlag.DUPLICATE))
    assert len(store) == 0


def test_what_a_position_report_calls_not_available_is_not_known(store: TrackStore) -> None:
    hear(store, report(at=0, speed=12.0, course=90.0, heading=91.0, status=0))
    hear(store, report(at=10))
    track = only(store)
    assert math.isnan(track["course"]) and math.isnan(track["heading"]) and math.isnan(track["speed"])
    assert track["status"] == 0, "a status that is not sent is not a new one"


def test_a_report_without_position_changes_other_fields_only(store: TrackStore) -> None:
    hear(store, report(at=0, speed=12.0, course=90.0))
    hear(store, report(at=10, position=None, speed=9.0, told={"name": "SAMPLE GARNET", "ship_type": 70}))
    track = only(store)
    assert track["positioned_at"] == T0 and track["lat"] == AUCKLAND[0]
    assert track["speed"] == 9.0 and track["course"] == 90.0
    assert track["heard_at"] == T0 + 10
    assert track["ship_class"] == ShipClass.CARGO
    assert store.flush(T0).tick.particulars[int(track["id"])]["name"] == "SAMPLE GARNET"


def test_an_aircraft_sends_position_and_speed_apart(store: TrackStore) -> None:
    hear(store, aircraft(at=0, altitude=35_000.0))
    hear(store, aircraft(at=0.4, position=None, speed=450.0, course=180.0, climb=0.0))
    hear(store, aircraft(at=0.8, position=north_of(AUCKLAND, -0.1), altitude=35_000.0))
    track = only(store)
    assert (track["speed"], track["course"], track["altitude"]) == (450.0, 180.0, 35_000.0)
    assert track["positioned_at"] == T0 + 0.8


def test_only_heard_never_located_is_a_track_without_place(store: TrackStore) -> None:
    hear(store, report(position=None, told={"name": "SAMPLE GARNET"}))
    assert math.isnan(only(store)["lat"]) and math.isnan(only(store)["positioned_at"])


def test_many_reports_of_one_track_in_one_batch_are_taken_in_order(store: TrackStore) -> None:
    parts = [report(at=n * 10, position=north_of(AUCKLAND, n * 0.05), speed=18.0, course=0.0) for n in range(20)]
    outcome = store.apply("coast", Observations.join(parts), T0 + 200)
    assert outcome.accepted == 20 and outcome.late == 0
    assert only(store)["positioned_at"] == T0 + 190


def test_distress_is_raised_and_ends_with_another_status(store: TrackStore) -> None:
    hear(store, report(at=0, status=14, flags=ReportFlag.DISTRESS))
    assert only(store)["flags"] & TrackFlag.DISTRESS
    hear(store, report(at=10, position=None, told={"name": "X"}))
    assert only(store)["flags"] & TrackFlag.DISTRESS, "a message that says nothing of it ends nothing"
    hear(store, report(at=20, status=0))
    assert not only(store)["flags"] & TrackFlag.DISTRESS


def test_an_aircraft_is_in_distress_until_it_sends_another_squawk(store: TrackStore) -> None:
    hear(store, aircraft(at=0, flags=ReportFlag.DISTRESS, told={"squawk": "7700"}))
    hear(store, aircraft(at=1))
    assert only(store)["flags"] & TrackFlag.DISTRESS
    hear(store, aircraft(at=2, told={"squawk": "2000"}))
    assert not only(store)["flags"] & TrackFlag.DISTRESS


def test_an_aircraft_slow_on_the_ground_has_landed(store: TrackStore) -> None:
    hear(store, aircraft(at=0, speed=120.0, flags=ReportFlag.ON_GROUND))
    assert only(store)["flags"] & TrackFlag.ON_GROUND and not only(store)["flags"] & TrackFlag.LANDED
    hear(store, aircraft(at=30, speed=12.0, flags=ReportFlag.ON_GROUND))
    assert only(store)["flags"] & TrackFlag.LANDED
    hear(store, aircraft(at=900, speed=160.0, altitude=900.0))
    assert not only(store)["flags"] & (TrackFlag.LANDED | TrackFlag.ON_GROUND)


def test_an_anonymous_address_is_one_thing_at_each_receiver_only(store: TrackStore) -> None:
    for receiver in ("north", "south", "north"):
        hear(store, report(0x123456, namespace=Namespace.NON_ICAO, kind=Kind.AIRCRAFT, receiver=receiver))
    assert len(store) == 2


def test_a_base_station_is_where_it_says(store: TrackStore) -> None:
    hear(store, report(5_120_001, kind=Kind.BASE_STATION))
    track = only(store)
    assert (track["kind"], track["lat"], track["lon"]) == (Kind.BASE_STATION, *AUCKLAND)


def test_time_or_identity_missing_is_refused_and_counted(store: TrackStore) -> None:
    outcome = hear(store, report(observed_at=math.nan), report(key=0))
    assert outcome.refused == {"no time or identity": 1}
    assert len(store) == 0
