"""Arrivals and departures: seen, reported, inferred."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from picture.changes import Tick
from picture.movements import Movement, MovementWatcher
from picture.observations import Kind, Namespace, key_of
from picture.places import Places
from picture.state import STATE, ShipClass, TrackFlag
from picture.views import Basis, Direction

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TAURANGA = (-37.655, 176.180)
OFF_TAURANGA = (-37.45, 176.45)
AUCKLAND_AIRPORT = (-37.008, 174.792)


@pytest.fixture(scope="module")
def places() -> Places:
    return Places.load("NZ")


@pytest.fixture
def watcher(places: Places) -> MovementWatcher:
    return MovementWatcher(places)


def row(track: int, at: datetime, place: tuple[float, float], **values: Any) -> np.void:
    state = np.zeros(1, STATE)
    for name in ("speed", "course", "heading", "turn", "altitude", "climb"):
        state[name] = np.nan
    state["id"], state["status"], state["kind"] = track, -1, Kind.VESSEL
    state["key"], state["ship_class"] = key_of(Namespace.MMSI, 512_000_000 + track), ShipClass.CARGO
    state["lat"], state["lon"] = place
    state["positioned_at"] = state["heard_at"] = at.timestamp()
    for name, value in values.items():
        state[name] = value
    return state[0]


def tick(at: datetime, *rows: np.void, particulars: dict[int, Any] | None = None) -> Tick:
    return Tick(at=at.timestamp(), states=np.array(list(rows), STATE), particulars=particulars or {})


def newest(movements: Iterable[Movement]) -> dict[str, Movement]:
    return {movement.ref: movement for movement in movements}


def test_a_ship_that_stops_in_port_has_arrived_and_leaves_again(watcher: MovementWatcher) -> None:
    assert watcher.watch(tick(NOON, row(1, NOON, OFF_TAURANGA, speed=12))) == []
    assert watcher.watch(tick(NOON, row(1, NOON + timedelta(minutes=40), TAURANGA, speed=6))) == []
    berthed = NOON + timedelta(hours=1)
    (arrival,) = watcher.watch(tick(berthed, row(1, berthed, TAURANGA, speed=0.1, status=5)))
    assert (arrival.direction, arrival.place, arrival.at, arrival.basis) == (
        Direction.ARRIVAL, "Tauranga", berthed, Basis.SEEN,
    )  # fmt: skip
    left = NOON + timedelta(hours=20)
    (departure,) = watcher.watch(tick(left, row(1, left, OFF_TAURANGA, speed=11)))
    assert (departure.direction, departure.place, departure.at) == (Direction.DEPARTURE, "Tauranga", left)


def test_a_ship_first_heard_at_its_berth_has_not_been_seen_to_arrive(watcher: MovementWatcher) -> None:
    assert watcher.watch(tick(NOON, row(1, NOON, TAURANGA, speed=0, status=5))) == []


def test_a_harbour_launch_makes_no_arrivals(watcher: MovementWatcher) -> None:
    watcher.watch(tick(NOON, row(1, NOON, OFF_TAURANGA, speed=12, ship_class=ShipClass.TUG)))
    assert watcher.watch(tick(NOON, row(1, NOON, TAURANGA, speed=0, ship_class=ShipClass.TUG))) == []


def test_a_typed_voyage_is_due_where_it_can_be_read_and_raw_where_not(watcher: MovementWatcher) -> None:
    known = {1: {"name": "EXAMPLE TRADER", "destination": "NZ TRG", "eta": "11-22T04:30"},
             2: {"name": "SAMPLE GARNET", "destination": "PINEAPPLE", "eta": "11-22T05:00"},
             3: {"name": "NOTIONAL STAR", "destination": "SYDNEY", "eta": "11-23T05:00"},
             4: {"name": "SPECIMEN", "destination": "NZAKL", "eta": "00-00T24:60"}}  # fmt: skip
    rows = [row(track, NOON, OFF_TAURANGA, speed=12) for track in known]
    due = newest(watcher.watch(tick(NOON, *rows, particulars=known)))
    assert set(due) == {"1:voyage", "2:voyage"}
    assert (due["1:voyage"].place, due["1:voyage"].resolved) == ("Tauranga", True)
    assert due["1:voyage"].at == datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
    assert (due["2:voyage"].place, due["2:voyage"].resolved) == ("PINEAPPLE", False)


def test_the_same_voyage_told_again_changes_nothing_and_a_new_one_replaces_it(watcher: MovementWatcher) -> None:
    known = {1: {"destination": "NZTRG", "eta": "11-22T04:30"}}
    assert len(watcher.watch(tick(NOON, row(1, NOON, OFF_TAURANGA, speed=12), particulars=known))) == 1
    assert watcher.watch(tick(NOON, row(1, NOON, OFF_TAURANGA, speed=12), particulars=known)) == []
    later = {1: {"destination": "NZTRG", "eta": "11-22T07:00"}}
    (changed,) = watcher.watch(tick(NOON, row(1, NOON, OFF_TAURANGA, speed=12), particulars=later))
    assert (changed.ref, changed.at.hour) == ("1:voyage", 7)


def test_what_is_due_and_not_there_grows_overdue_then_is_dropped(watcher: MovementWatcher) -> None:
    known = {1: {"destination": "NZTRG", "eta": "11-21T13:00"}}
    watcher.watch(tick(NOON, row(1, NOON, OFF_TAURANGA, speed=12), particulars=known))
    (late,) = watcher.watch(tick(NOON + timedelta(hours=2, minutes=1)))
    assert late.overdue and late.state == "open"
    (dropped,) = watcher.watch(tick(NOON + timedelta(hours=26)))
    assert dropped.state == "dropped"


def test_arriving_ends_the_voyage(watcher: MovementWatcher) -> None:
    known = {1: {"destination": "NZTRG", "eta": "11-21T13:00"}}
    watcher.watch(tick(NOON, row(1, NOON, OFF_TAURANGA, speed=12), particulars=known))
    berthed = NOON + timedelta(hours=1)
    said = newest(watcher.watch(tick(berthed, row(1, berthed, TAURANGA, speed=0, status=5))))
    assert said["1:voyage"].state == "dropped"
    assert [movement.basis for ref, movement in said.items() if ref != "1:voyage"] == [Basis.SEEN]


def test_an_aircraft_that_touches_down_has_arrived(watcher: MovementWatcher) -> None:
    up = row(7, NOON, AUCKLAND_AIRPORT, kind=Kind.AIRCRAFT, speed=130, altitude=600, climb=-700)
    down = row(
        7, NOON + timedelta(minutes=1), AUCKLAND_AIRPORT, kind=Kind.AIRCRAFT, speed=60, flags=TrackFlag.ON_GROUND
    )
    watcher.watch(tick(NOON, up))
    (arrival,) = watcher.watch(tick(NOON + timedelta(minutes=1), down))
    assert (arrival.direction, arrival.place, arrival.kind) == (Direction.ARRIVAL, "Auckland", "aircraft")


def test_an_aircraft_aimed_at_an_airport_twice_is_inferred_to_arrive_and_dropped_when_it_turns_away(
    watcher: MovementWatcher,
) -> None:
    over_tasman = (-36.3, 170.0)  # about 240 nm west of Auckland

    def flying(minutes: int, course: float, lon: float) -> list[Movement]:
        at = NOON + timedelta(minutes=minutes)
        state = row(
            9, at, (over_tasman[0], lon), kind=Kind.AIRCRAFT, speed=450, course=course, altitude=37_000, climb=0
        )
        return watcher.watch(tick(at, state))

    assert flying(0, 100, 170.0) == []
    (due,) = flying(2, 100, 170.3)
    assert (due.place, due.basis) == ("Auckland", Basis.INFERRED)
    assert timedelta(minutes=25) < due.at - NOON < timedelta(minutes=50)
    assert flying(4, 280, 170.2) == []  # once could be a vector by air traffic control
    (dropped,) = flying(6, 280, 170.0)
    assert dropped.state == "dropped"


def test_what_is_no_place_is_no_arrival(watcher: MovementWatcher) -> None:
    known = {1: {"destination": "FISHING GROUNDS", "eta": "11-22T04:30"}}
    assert watcher.watch(tick(NOON, row(1, NOON, OFF_TAURANGA, speed=5), particulars=known)) == []
