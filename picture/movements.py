"""Arrivals and departures, watched from what changes in the picture.

Three sources, each said on screen as what it is: *seen* (a vessel that stops in a port, an aircraft that touches
down), *reported* (destination and ETA typed on board), *inferred* (an aircraft aimed at an airport). The watcher
is fed every tick, live and in a back-fill alike, and answers with the movements that changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from picture.approach import Aim, Field, aimed_at
from picture.changes import Tick
from picture.models import MovementRow
from picture.observations import Kind, Particulars
from picture.places import Places, nautical_miles
from picture.portrait import eta_near, label
from picture.state import ShipClass, TrackFlag
from picture.views import Basis, Direction

AT_SEA = -1  # in place of a port's index
STOPPED_KNOTS = 1.0  # slower than this inside a port's circle is stopped there
STOPPED_STATUS = (1, 5)  # AIS: at anchor, moored
OVERDUE_AFTER = timedelta(hours=1)  # an ETA typed on board is rarely finer
FORGET_VOYAGE_AFTER = timedelta(hours=24)  # an ETA long past was not updated rather than missed
FAR_AHEAD = timedelta(days=45)
REPORTING = (ShipClass.PASSENGER, ShipClass.CARGO, ShipClass.TANKER, ShipClass.FISHING, ShipClass.HIGH_SPEED)
AIM_EVERY = 60.0  # seconds between two looks at where one aircraft is heading
AIM_CHANGED = timedelta(minutes=5)
NEAR_FIELD_NM = 6.0
LOW_FEET = 6_000.0


@dataclass(frozen=True, slots=True)
class Movement:
    """One arrival or departure as it now stands. `ref` names it: the same ref again replaces it."""

    ref: str
    track_id: int
    title: str
    kind: str
    direction: Direction
    place: str
    resolved: bool
    at: datetime
    basis: Basis
    overdue: bool = False
    state: str = "open"  # "open" may still change, "done" happened, "dropped" is no longer so


class MovementWatcher:
    """Remembers where each craft was, and says when that becomes an arrival or a departure."""

    def __init__(self, places: Places) -> None:
        """Over the ports and airports of the gazetteer's own country."""
        ports = [port for port in places.ports if port.country == places.country]
        fields = [
            Field(airport.city or airport.name, airport.lat, airport.lon, airport.main)
            for airport in places.airports
            if airport.country == places.country and airport.iata
        ]
        self._places = places
        self._ports = ports
        self._port_lat = np.array([port.lat for port in ports])
        self._port_lon = np.array([port.lon for port in ports])
        self._port_radius = np.array([port.radius_nm for port in ports])
        self._fields = fields
        self._main_fields = [field for field in fields if field.main] or self._fields
        self._country = places.country
        self._known: dict[int, Particulars] = {}
        self._berth: dict[int, int] = {}  # vessel -> index of its port, or AT_SEA
        self._grounded: dict[int, bool] = {}
        self._aim: dict[int, Aim] = {}
        self._aimed_at: dict[int, float] = {}
        self._open: dict[str, Movement] = {}
        self._checked = 0.0

    def watch(self, tick: Tick) -> list[Movement]:
        """The movements that this tick changed, in no order."""
        now = datetime.fromtimestamp(tick.at, UTC)
        changed: list[Movement] = []
        states = tick.states
        for track, known in tick.particulars.items():
            self._known[track] = known
        if len(states):
            located = states[~np.isnan(states["lat"])]
            vessels = located[located["kind"] == Kind.VESSEL]
            changed += self._calls(vessels)
            changed += self._flights(located[located["kind"] == Kind.AIRCRAFT], tick.at)
            changed += self._voyages(vessels, set(tick.particulars), now)
        if tick.at - self._checked >= AIM_EVERY:
            self._checked = tick.at
            changed += self._grow_late(now)
        for track in tick.removed:
            self._forget(track)
        return changed

    def remember(self, movements: Iterable[Movement]) -> None:
        """Takes up the open movements of the database after a restart."""
        self._open.update({movement.ref: movement for movement in movements if movement.state == "open"})

    # vessels -----------------------------------------------------------------------------------------------

    def _calls(self, vessels: NDArray[np.void]) -> list[Movement]:
        if not len(vessels) or not self._ports:
            return []
        port = self._port_of(vessels["lat"], vessels["lon"])
        stopped = (vessels["speed"] < STOPPED_KNOTS) | np.isin(vessels["status"], STOPPED_STATUS)
        rows = np.flatnonzero((port == AT_SEA) | stopped)  # moving inside a port's circle is neither there nor away
        changed: list[Movement] = []
        for row, track, here in zip(rows.tolist(), vessels["id"][rows].tolist(), port[rows].tolist(), strict=True):
            before = self._berth.get(track)
            if before == here:
                continue
            self._berth[track] = here
            if before is None or not _calls_count(vessels[row]):
                continue  # first seen where it is: nothing was watched happening
            if before != AT_SEA:
                changed.append(self._seen(vessels[row], Direction.DEPARTURE, self._ports[before].name))
            if here != AT_SEA:
                changed.append(self._seen(vessels[row], Direction.ARRIVAL, self._ports[here].name))
                changed += self._drop(f"{track}:voyage")
        return changed

    def _port_of(self, lat: NDArray[np.float64], lon: NDArray[np.float64]) -> NDArray[np.intp]:
        """Index of the port whose circle each point lies in, else AT_SEA. Flat-earth: circles are a few miles."""
        found = np.full(len(lat), AT_SEA, np.intp)
        for number in range(len(self._ports)):
            north = (lat - self._port_lat[number]) * 60.0
            east = (lon - self._port_lon[number]) * 60.0 * np.cos(np.radians(self._port_lat[number]))
            found[(north * north + east * east) <= self._port_radius[number] ** 2] = number
        return found

    def _voyages(self, vessels: NDArray[np.void], told: set[int], now: datetime) -> list[Movement]:
        changed: list[Movement] = []
        for row in np.flatnonzero(np.isin(vessels["id"], list(told))).tolist() if told else ():
            track = int(vessels["id"][row])
            movement = self._voyage(vessels[row], now)
            ref = f"{track}:voyage"
            if movement is None:
                changed += self._drop(ref)
            elif self._open.get(ref) != movement:
                self._open[ref] = movement
                changed.append(movement)
        return changed

    def _voyage(self, vessel: np.void, now: datetime) -> Movement | None:
        track = int(vessel["id"])
        known = self._known.get(track, {})
        typed = known.get("destination", "").strip()
        eta = eta_near(known.get("eta"), now.timestamp())
        if not typed or eta is None or not now - FORGET_VOYAGE_AFTER < eta < now + FAR_AHEAD:
            return None
        port = self._places.resolve_destination(typed)
        if port is None and not self._places.is_place(typed):
            return None
        if port is not None and port.country != self._country:
            return None
        berth = self._berth.get(track, AT_SEA)
        if berth != AT_SEA and port is not None and self._ports[berth].name == port.name:
            return None  # it is there
        return Movement(
            ref=f"{track}:voyage", track_id=track, title=label(vessel, known), kind="vessel",
            direction=Direction.ARRIVAL, place=port.name if port else typed, resolved=port is not None, at=eta,
            basis=Basis.REPORTED, overdue=now > eta + OVERDUE_AFTER,
        )  # fmt: skip

    # aircraft ----------------------------------------------------------------------------------------------

    def _flights(self, aircraft: NDArray[np.void], at: float) -> list[Movement]:
        changed: list[Movement] = []
        grounded = (aircraft["flags"] & (TrackFlag.ON_GROUND | TrackFlag.LANDED)) != 0
        for row, (track, ground) in enumerate(zip(aircraft["id"].tolist(), grounded.tolist(), strict=True)):
            before = self._grounded.get(track)
            self._grounded[track] = ground
            due = not ground and at - self._aimed_at.get(track, 0.0) >= AIM_EVERY
            if before == ground and not due:
                continue
            state = aircraft[row]
            if before is not None and ground != before:
                changed += self._touched(state, Direction.ARRIVAL if ground else Direction.DEPARTURE)
            elif before is None and not ground and state["altitude"] < LOW_FEET and state["climb"] > 300:
                changed += self._touched(state, Direction.DEPARTURE)  # first heard just after take-off
            if due:
                self._aimed_at[track] = at
                changed += self._inferred(state, at)
        return changed

    def _touched(self, state: np.void, direction: Direction) -> list[Movement]:
        field = _nearest(self._fields, float(state["lat"]), float(state["lon"]))
        if field is None:
            return []
        ended = self._drop(f"{int(state['id'])}:flight") if direction is Direction.ARRIVAL else []
        return [self._seen(state, direction, field.name), *ended]

    def _inferred(self, state: np.void, at: float) -> list[Movement]:
        """Due at an airport if the same one was aimed at twice in a row; dropped when it no longer is."""
        track, ref = int(state["id"]), f"{int(state['id'])}:flight"
        aim = aimed_at(self._main_fields, state)
        before = self._aim.pop(track, None)
        if aim is None:
            return [] if before is not None else self._drop(ref)
        self._aim[track] = aim
        if before is None or before.field.name != aim.field.name:
            return []
        eta = datetime.fromtimestamp(at + aim.seconds, UTC).replace(second=0, microsecond=0)
        held = self._open.get(ref)
        if held is not None and held.place == aim.field.name and abs(held.at - eta) < AIM_CHANGED:
            return []
        movement = Movement(
            ref=ref, track_id=track, title=label(state, self._known.get(track, {})), kind="aircraft",
            direction=Direction.ARRIVAL, place=aim.field.name, resolved=True, at=eta, basis=Basis.INFERRED,
        )  # fmt: skip
        self._open[ref] = movement
        return [movement]

    # both --------------------------------------------------------------------------------------------------

    def _seen(self, state: np.void, direction: Direction, place: str) -> Movement:
        track, moment = int(state["id"]), float(state["positioned_at"])
        return Movement(
            ref=f"{track}:{direction.value}:{moment:.0f}",
            track_id=track,
            title=label(state, self._known.get(track, {})),
            kind="vessel" if state["kind"] == Kind.VESSEL else "aircraft",
            direction=direction,
            place=place,
            resolved=True,
            at=datetime.fromtimestamp(moment, UTC),
            basis=Basis.SEEN,
            state="done",
        )

    def _grow_late(self, now: datetime) -> list[Movement]:
        """What was due and is not there becomes overdue; what nobody corrected for a day is dropped."""
        changed: list[Movement] = []
        for ref, movement in list(self._open.items()):
            if now > movement.at + FORGET_VOYAGE_AFTER or (
                movement.basis is Basis.INFERRED and now > movement.at + OVERDUE_AFTER
            ):
                changed += self._drop(ref)
            elif movement.basis is Basis.REPORTED and not movement.overdue and now > movement.at + OVERDUE_AFTER:
                self._open[ref] = replace(movement, overdue=True)
                changed.append(self._open[ref])
        return changed

    def _drop(self, ref: str) -> list[Movement]:
        held = self._open.pop(ref, None)
        return [replace(held, state="dropped")] if held else []

    def _forget(self, track: int) -> None:
        for memory in (self._known, self._berth, self._grounded, self._aim, self._aimed_at):
            memory.pop(track, None)


def record_movements(session: Session, movements: Sequence[Movement], *, now: datetime) -> None:
    """Writes what the watcher said: a ref seen before changes its row. The newest word on a ref wins."""
    newest = {movement.ref: movement for movement in movements}
    if not newest:
        return
    rows = {row.ref: row for row in session.scalars(select(MovementRow).where(MovementRow.ref.in_(list(newest))))}
    for ref, movement in newest.items():
        row = rows.get(ref)
        if row is None:
            if movement.state == "dropped":
                continue
            row = MovementRow(ref=ref)
            session.add(row)
        row.track_id, row.title, row.kind = movement.track_id, movement.title[:200], movement.kind
        row.direction, row.place, row.resolved = movement.direction.value, movement.place[:200], movement.resolved
        row.at, row.basis, row.overdue = movement.at, movement.basis.value, movement.overdue
        row.state, row.updated_at = movement.state, now


def open_movements(session: Session) -> list[Movement]:
    """The movements that may still change, for a watcher that starts anew."""
    return [
        Movement(
            ref=row.ref, track_id=row.track_id, title=row.title, kind=row.kind, direction=Direction(row.direction),
            place=row.place, resolved=row.resolved, at=row.at, basis=Basis(row.basis), overdue=row.overdue,
            state=row.state,
        )
        for row in session.scalars(select(MovementRow).where(MovementRow.state == "open"))
    ]  # fmt: skip


def _calls_count(vessel: np.void) -> bool:
    """Ships, not the port's own launches and yachts, whose comings and goings would bury the others."""
    return int(vessel["ship_class"]) in REPORTING


def _nearest(fields: Sequence[Field], lat: float, lon: float) -> Field | None:
    near = [(nautical_miles(lat, lon, field.lat, field.lon), field) for field in fields]
    close = [pair for pair in near if pair[0] <= NEAR_FIELD_NM]
    return min(close, key=lambda pair: pair[0])[1] if close else None
