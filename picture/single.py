"""The rules of `fusion`, `plausibility` and `thinning` once more, for a few reports of one track in a row.

A column operation costs the same for one report as for hundreds. Where a batch holds many reports of the same
few tracks (a replay of one vessel, a quiet night) they are taken in one by one here, about twenty times faster.
The tests hold both ways against the same plain model.
"""

from __future__ import annotations

from math import asin, cos, floor, inf, isfinite, isnan, nan, radians, sin, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from picture import fusion, plausibility, thinning
from picture.observations import Kind, Observations, ReportFlag
from picture.rows import ROW
from picture.state import POINT, PointFlag, TrackFlag

# Plain integers: an enum's & costs more than all the rest of the line.
_SAID_ON_GROUND, _SAID_DISTRESS = int(ReportFlag.ON_GROUND), int(ReportFlag.DISTRESS)
_SAID_OWN_SHIP, _SAID_VIRTUAL = int(ReportFlag.OWN_SHIP), int(ReportFlag.VIRTUAL)
_SAID_LONG_RANGE, _SAID_LOW_ACCURACY = int(ReportFlag.LONG_RANGE), int(ReportFlag.LOW_ACCURACY)
_DISTRESS, _OWN_SHIP, _VIRTUAL = int(TrackFlag.DISTRESS), int(TrackFlag.OWN_SHIP), int(TrackFlag.VIRTUAL)
_LOW_ACCURACY, _ON_GROUND, _LANDED = int(TrackFlag.LOW_ACCURACY), int(TrackFlag.ON_GROUND), int(TrackFlag.LANDED)
_POINT_ON_GROUND = int(PointFlag.ON_GROUND)
_VESSEL, _AIRCRAFT, _RESCUE, _CONTACT = map(int, (Kind.VESSEL, Kind.AIRCRAFT, Kind.RESCUE_AIRCRAFT, Kind.CONTACT))

SEEN = (
    "kind", "flags", "status", "quality", "observed_at", "received_at", "lat", "lon",
    "speed", "course", "heading", "turn", "altitude", "climb",
)  # fmt: skip


class One:
    """One row or one report as plain Python values."""

    def __init__(self, names: tuple[str, ...], values: tuple[Any, ...]) -> None:
        self.__dict__.update(zip(names, values, strict=True))

    if TYPE_CHECKING:  # the names are those of the columns

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...


def reports_of(seen: Observations) -> list[One]:
    """Each observation by itself."""
    columns = [getattr(seen, name).tolist() for name in SEEN]
    return [One(SEEN, values) for values in zip(*columns, strict=True)]


def row_of(row: np.void) -> One:
    return One(ROW.names or (), tuple(row.item()))


def values_of(row: One) -> tuple[Any, ...]:
    return tuple(row.__dict__.values())  # in the order of ROW, which made it


def distance_nm(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    p1, p2 = radians(lat1), radians(lat2)
    a = sin((p2 - p1) / 2) ** 2 + cos(p1) * cos(p2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * plausibility.EARTH_RADIUS * asin(sqrt(min(1.0, a)))


def believable(was: One, seen: One) -> bool:
    """True when there is nothing to compare with, or the comparison holds."""
    if not (isfinite(seen.lat) and isfinite(seen.lon)) or isnan(was.positioned_at) or seen.kind == _CONTACT:
        return True
    return possible(was, seen)


def possible(was: One, seen: One) -> bool:
    """`plausibility.possible`."""
    seconds = abs(seen.observed_at - was.positioned_at)
    fastest = plausibility.fastest_of(was.kind)
    if was.kind == _VESSEL and seconds < plausibility.SAID_SPEED_COUNTS:
        said = max(was.speed, seen.speed) if not (isnan(was.speed) or isnan(seen.speed)) else inf
        fastest = min(fastest, plausibility.SAID_SPEED_FACTOR * said + plausibility.SAID_SPEED_MARGIN)
    slack = plausibility.slack_of(was.kind)
    if seen.flags & _SAID_LONG_RANGE:
        slack += plausibility.LONG_RANGE_SLACK
    if was.kind == _AIRCRAFT and seen.flags & _SAID_LOW_ACCURACY:
        slack += plausibility.LOW_ACCURACY_SLACK
    reach = fastest * max(seconds, 1.0) / 3600.0 + slack
    return distance_nm(was.lat, was.lon, seen.lat, seen.lon) <= reach


def worth_keeping(was: One, seen: One) -> bool:
    """`thinning.worth_keeping`. Comparisons with what is not known are false."""
    if not isfinite(was.kept_at):
        return True
    aircraft = was.kind in (_AIRCRAFT, _RESCUE)
    error, turn, speed, gap = thinning.limits(aircraft)
    seconds = seen.observed_at - was.kept_at
    moving = _fmax(seen.speed, was.kept_speed) > thinning.UNDER_WAY
    if seconds >= (gap if aircraft or moving else thinning.GAP_MOORED):
        return True
    if moving and abs((seen.course - was.kept_course + 180.0) % 360.0 - 180.0) > turn:
        return True
    if abs(seen.speed - was.kept_speed) > speed or (seen.status not in (-1, was.kept_status)):
        return True
    if aircraft and (
        abs(seen.altitude - was.kept_altitude) > thinning.CLIMB_AIRCRAFT
        or bool(seen.flags & _SAID_ON_GROUND) != was.kept_on_ground
    ):
        return True
    lat, lon = was.kept_lat, was.kept_lon
    if not (isnan(was.kept_speed) or isnan(was.kept_course)):
        away = was.kept_speed * seconds / 3600.0 / 60.0
        bearing = radians(was.kept_course)
        lon += away * sin(bearing) / max(cos(radians(lat)), 0.01)
        lat = min(90.0, max(-90.0, lat + away * cos(bearing)))
    return distance_nm(lat, lon, seen.lat, seen.lon) * thinning.METRES_PER_NM > error


def fuse(was: One, seen: One, reporter: int) -> tuple[bool, bool, bool, bool]:
    """`fusion.fuse`: moved, late, repeated, changed."""
    at = seen.observed_at
    if max(_or(was.positioned_at, -inf), was.heard_at) > seen.received_at + fusion.CLOCK_AHEAD:
        was.positioned_at = nan
        was.heard_at = was.moving_at = was.told_at = -inf
    located = isfinite(seen.lat) and isfinite(seen.lon)
    moved = located and _fresher(was, seen)
    if moved and seen.kind == _CONTACT != was.kind:
        moved = not at - was.positioned_at < fusion.CONTACT_LEADS_AFTER
    stale = located and not moved
    repeated = stale and at == was.positioned_at and seen.lat == was.lat and seen.lon == was.lon
    newer = not stale and (moved or at >= was.moving_at)
    heard = not repeated and at > was.heard_at
    if newer:
        _take_motion(was, seen, moved)
        _take_flags(was, seen, moved)
    if moved:
        was.lat, was.lon, was.quality, was.positioned_at, was.source = seen.lat, seen.lon, seen.quality, at, reporter
        was.fixes = min(255, was.fixes + 1)
    if heard:
        was.heard_at = at
    if not repeated:
        was.heard = min(255, was.heard + 1)
    return moved, stale and not repeated, repeated, moved or heard or newer


def keep(was: One, seen: One) -> None:
    """The report is the last kept point now."""
    was.kept_at, was.kept_lat, was.kept_lon = seen.observed_at, seen.lat, seen.lon
    was.kept_speed, was.kept_course, was.kept_altitude = seen.speed, seen.course, seen.altitude
    was.kept_status, was.kept_on_ground = seen.status, bool(seen.flags & _SAID_ON_GROUND)


def point(track: int, seen: One, reporter: int, flag: int = 0) -> tuple[Any, ...]:
    """The report as a point of history, in the order of POINT."""
    on_ground = _POINT_ON_GROUND if seen.flags & _SAID_ON_GROUND else 0
    return (
        track, reporter, flag | on_ground, seen.status, seen.observed_at, seen.received_at,
        seen.lat, seen.lon, seen.speed, seen.course, seen.altitude,
    )  # fmt: skip


def points(made: list[tuple[Any, ...]]) -> NDArray[np.void]:
    return np.array(made, POINT)


def _fresher(was: One, seen: One) -> bool:
    if isnan(was.positioned_at):
        return True
    mine = (floor(seen.observed_at), seen.quality, seen.observed_at)
    return bool(mine > (floor(was.positioned_at), was.quality, was.positioned_at))


def _take_motion(was: One, seen: One, moved: bool) -> None:
    at = seen.observed_at
    own = at >= was.moving_at
    belongs = moved and was.kind != _AIRCRAFT
    if belongs:
        was.speed, was.course, was.heading, was.turn = seen.speed, seen.course, seen.heading, seen.turn
    elif own:
        was.speed, was.course = _or(seen.speed, was.speed), _or(seen.course, was.course)
        was.heading, was.turn = _or(seen.heading, was.heading), _or(seen.turn, was.turn)
    if own:
        was.altitude, was.climb = _or(seen.altitude, was.altitude), _or(seen.climb, was.climb)
    if (own or belongs) and seen.status != -1:
        was.status = seen.status
    if moved or not isnan(seen.speed) or not isnan(seen.course):
        was.moving_at = max(was.moving_at, at)


def _take_flags(was: One, seen: One, moved: bool) -> None:
    said, flags = seen.flags, was.flags
    if said & _SAID_DISTRESS:
        flags |= _DISTRESS
    elif seen.status != -1:
        flags &= ~_DISTRESS
    if said & _SAID_OWN_SHIP:
        flags |= _OWN_SHIP
    if said & _SAID_VIRTUAL:
        flags |= _VIRTUAL
    if moved:
        coarse = said & (_SAID_LOW_ACCURACY | _SAID_LONG_RANGE)
        flags = flags | _LOW_ACCURACY if coarse else flags & ~_LOW_ACCURACY
    on_ground = bool(said & _SAID_ON_GROUND)
    if was.kind == _AIRCRAFT and (moved or on_ground or not isnan(seen.altitude)):
        flags &= ~(_ON_GROUND | _LANDED)
        if on_ground:
            flags |= _ON_GROUND
            if not was.speed >= fusion.LANDED_BELOW:
                flags |= _LANDED
    was.flags = flags


def _or(value: float, otherwise: float) -> float:
    return otherwise if isnan(value) else value


def _fmax(a: float, b: float) -> float:
    if isnan(a):
        return b
    return a if isnan(b) else max(a, b)
