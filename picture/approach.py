"""Which airport an aircraft is aimed at, from its course, height and distance. Said on screen to be inferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, hypot, isnan, radians, sin, sqrt

import numpy as np

EARTH_NM = 3440.065  # mean radius, IUGG 6371.0 km
FARTHEST_NM = 1_300.0  # Sydney to Auckland: further out, courses still fit too many airports
WIDEST = 8.0  # degrees off the bearing that still counts as aimed at
CORRIDOR_NM = 12.0  # or this far abeam, close in
CRUISE_FEET = 24_000.0
OVERHEAD_NM = 70.0  # at cruise this close it is passing over: it should have come down
PATTERN_SECONDS = 300.0  # from the airfield's overhead to the runway


@dataclass(frozen=True, slots=True)
class Field:
    """An airport of ours."""

    name: str
    lat: float
    lon: float
    main: bool = True  # international: only these are inferred as destinations

    # By hand, because each aircraft asks it of each airport each minute: the library takes seventy times as long, which
    # made the back-fill of a day a minute longer.

    def distance_nm(self, lat: float, lon: float) -> float:
        """Great circle on the sphere (haversine), good to 0.5 %."""
        half = sin(radians(lat - self.lat) / 2) ** 2
        half += cos(radians(self.lat)) * cos(radians(lat)) * sin(radians(lon - self.lon) / 2) ** 2
        return 2 * EARTH_NM * asin(sqrt(half))

    def bearing_from(self, lat: float, lon: float) -> float:
        """Initial great-circle bearing from a point to this airport, degrees true."""
        across = radians(self.lon - lon)
        y = sin(across) * cos(radians(self.lat))
        x = cos(radians(lat)) * sin(radians(self.lat)) - sin(radians(lat)) * cos(radians(self.lat)) * cos(across)
        return degrees(atan2(y, x)) % 360.0


@dataclass(frozen=True, slots=True)
class Aim:
    field: Field
    seconds: float  # until it could be on the ground


def aimed_at(fields: Sequence[Field], state: np.void) -> Aim | None:
    """The airport this aircraft is aimed at, or None where that would be a guess."""
    lat, lon, course, speed = (float(state[name]) for name in ("lat", "lon", "course", "speed"))
    altitude, climb = float(state["altitude"]), float(state["climb"])
    if isnan(course) or isnan(speed) or speed < 80 or climb > 300:
        return None
    best: tuple[float, Aim] | None = None
    for field in fields:
        distance = field.distance_nm(lat, lon)
        if distance > FARTHEST_NM or (altitude > CRUISE_FEET and distance < OVERHEAD_NM and not climb < -300):
            continue
        off = abs((field.bearing_from(lat, lon) - course + 180) % 360 - 180)
        abeam = distance * sin(radians(off)) if off < 90 else distance
        if off > WIDEST and not (abeam < CORRIDOR_NM and off < 45):
            continue
        aim = Aim(field, distance / speed * 3600 + PATTERN_SECONDS)
        score = hypot(off, distance / 100)  # straight ahead first, then the nearer of two in line
        if best is None or score < best[0]:
            best = (score, aim)
    return best[1] if best else None
