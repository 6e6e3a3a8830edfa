"""Could it be there? A report is impossible when the thing would have needed a speed it cannot have.

Distances in nautical miles, speeds in knots, times in epoch seconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from picture.observations import Kind, Observations, ReportFlag

Floats = NDArray[np.float64]

EARTH_RADIUS = 3440.065  # nm, mean radius 6,371.0088 km (IUGG)

# Fastest a thing of a kind goes, knots.
_FASTEST = np.full(256, 60.0)  # fastest ferries and patrol craft about 55 kn; also for what should not move at all
_FASTEST[Kind.AIRCRAFT] = 1200.0  # Mach 2 at height; leaves room for a 250 kn jet stream behind an airliner
_FASTEST[Kind.RESCUE_AIRCRAFT] = 400.0  # C-130, P-8 at search height, with wind
_FASTEST[Kind.CONTACT] = np.inf  # a person may correct what a person said

# Distance that needs no speed, nm: clocks and links are up to about a minute off.
_SLACK = np.full(256, 1.0)  # 60 kn for 60 s
_SLACK[Kind.AIRCRAFT] = 5.0  # 450 kn for 40 s
_SLACK[Kind.RESCUE_AIRCRAFT] = 3.0
LONG_RANGE_SLACK = 2.0  # AIS type 27: tenth of a minute, sent from memory up to some minutes old
LOW_ACCURACY_SLACK = 5.0  # aircraft by MLAT, TIS-B, ADS-C: seen to be miles off

# Between two reports less than this apart, what it said it does counts too: a vessel that says 0 kn twice
# did not do 50 kn in between. Twice the faster of both, and 10 kn for a manoeuvre.
SAID_SPEED_COUNTS = 900.0  # s
SAID_SPEED_FACTOR = 2.0
SAID_SPEED_MARGIN = 10.0  # kn


def fastest_of(kind: int) -> float:
    return float(_FASTEST[kind])


def slack_of(kind: int) -> float:
    return float(_SLACK[kind])


def distance_nm(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Great-circle distance (haversine; right across the antimeridian and near the poles)."""
    p1, p2 = np.radians(lat1), np.radians(lat2)
    a = np.sin((p2 - p1) / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    distance: Floats = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(a, 0.0, 1.0)))
    return distance


def carried_on(
    lat: Floats, lon: Floats, speed: NDArray[np.floating], course: NDArray[np.floating], seconds: Floats
) -> tuple[Floats, Floats]:
    """Where it is after `seconds` on its course, flat over the short way; where it was when it said neither."""
    known = np.isfinite(speed) & np.isfinite(course)
    away = np.where(known, speed, 0.0) * seconds / 3600.0 / 60.0  # degrees of latitude
    bearing = np.radians(np.where(known, course, 0.0))
    new_lat = np.clip(lat + away * np.cos(bearing), -90.0, 90.0)
    return new_lat, lon + away * np.sin(bearing) / np.maximum(np.cos(np.radians(lat)), 0.01)


def reach_nm(was: NDArray[np.void], seen: Observations) -> Floats:
    """How far from its last position each track can be when `seen`; time counts both ways, reports come late."""
    kind = was["kind"]
    seconds = np.abs(seen.observed_at - was["positioned_at"])
    fastest = _FASTEST[kind]
    said = SAID_SPEED_FACTOR * np.maximum(was["speed"], seen.speed) + SAID_SPEED_MARGIN  # NaN when either is
    counts = (kind == Kind.VESSEL) & (seconds < SAID_SPEED_COUNTS) & np.isfinite(said)
    fastest = np.where(counts, np.minimum(fastest, said), fastest)
    slack = _SLACK[kind]
    slack = slack + LONG_RANGE_SLACK * ((seen.flags & ReportFlag.LONG_RANGE) != 0)
    coarse = (kind == Kind.AIRCRAFT) & ((seen.flags & ReportFlag.LOW_ACCURACY) != 0)
    reach: Floats = fastest * np.maximum(seconds, 1.0) / 3600.0 + slack + LOW_ACCURACY_SLACK * coarse
    return reach


def possible(was: NDArray[np.void], seen: Observations) -> NDArray[np.bool_]:
    """True where the thing can be where it is said to be; tracks and observations side by side."""
    apart = distance_nm(was["lat"], was["lon"], seen.lat, seen.lon)
    answer: NDArray[np.bool_] = apart <= reach_nm(was, seen)
    return answer
