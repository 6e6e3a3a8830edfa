"""Which airport an aircraft is aimed at, from its course, height and distance. Said on screen to be inferred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, isnan, radians, sin

import numpy as np
from geographiclib.geodesic import Geodesic

METRES_PER_NM = 1852.0
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

    def from_point(self, lat: float, lon: float) -> tuple[float, float]:
        """Distance in nautical miles and initial bearing in degrees true from a point to here, on the ellipsoid."""
        line = Geodesic.WGS84.Inverse(lat, lon, self.lat, self.lon, Geodesic.DISTANCE | Geodesic.AZIMUTH)
        return line["s12"] / METRES_PER_NM, line["azi1"] % 360.0


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
        distance, bearing = field.from_point(lat, lon)
        if distance > FARTHEST_NM or (altitude > CRUISE_FEET and distance < OVERHEAD_NM and not climb < -300):
            continue
        off = abs((bearing - course + 180) % 360 - 180)
        abeam = distance * sin(radians(off)) if off < 90 else distance
        if off > WIDEST and not (abeam < CORRIDOR_NM and off < 45):
            continue
        aim = Aim(field, distance / speed * 3600 + PATTERN_SECONDS)
        score = hypot(off, distance / 100)  # straight ahead first, then the nearer of two in line
        if best is None or score < best[0]:
            best = (score, aim)
    return best[1] if best else None
