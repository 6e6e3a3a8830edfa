"""Which positions are kept as history: those without which the trail would be drawn wrong.

A position is kept when the track left the straight line from the last kept point (dead-reckoning error),
turned, changed speed, height or status, or when the last kept point is too long ago.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from picture.observations import Kind, Observations, ReportFlag
from picture.plausibility import carried_on, distance_nm

# metres off the line drawn on from the last kept point. Vessel: about GNSS error plus a ship's length, one
# pixel at zoom 12 and 40 degrees; aircraft: one pixel at zoom 9.
ERROR_VESSEL, ERROR_AIRCRAFT = 50.0, 300.0
TURN_VESSEL, TURN_AIRCRAFT = 5.0, 10.0  # degrees; AIS itself reports faster above about 5 degrees (M.1371 rule)
SPEED_VESSEL, SPEED_AIRCRAFT = 1.0, 30.0  # knots
CLIMB_AIRCRAFT = 500.0  # feet: half a separation level
GAP_VESSEL, GAP_MOORED, GAP_AIRCRAFT = 360.0, 1800.0, 60.0  # seconds; 6 min is the AIS interval of type 5
UNDER_WAY = 0.5  # knots: slower, a GNSS course is noise (M.1371 takes 3 kn for its intervals; drifters matter here)
METRES_PER_NM = 1852.0


def limits(aircraft: bool) -> tuple[float, float, float, float]:
    """Error (m), turn (degrees), change of speed (kn) and gap (s) above which a position is kept."""
    if aircraft:
        return ERROR_AIRCRAFT, TURN_AIRCRAFT, SPEED_AIRCRAFT, GAP_AIRCRAFT
    return ERROR_VESSEL, TURN_VESSEL, SPEED_VESSEL, GAP_VESSEL


def worth_keeping(was: NDArray[np.void], seen: Observations) -> NDArray[np.bool_]:
    """True where the position just seen says something the kept ones do not; `was` as before this position."""
    aircraft = (was["kind"] == Kind.AIRCRAFT) | (was["kind"] == Kind.RESCUE_AIRCRAFT)
    seconds = seen.observed_at - was["kept_at"]
    expected = carried_on(was["kept_lat"], was["kept_lon"], was["kept_speed"], was["kept_course"], seconds)
    off = distance_nm(*expected, seen.lat, seen.lon) * METRES_PER_NM
    moving = np.fmax(seen.speed, was["kept_speed"]) > UNDER_WAY  # False when neither speed is known
    turned = np.abs((seen.course - was["kept_course"] + 180.0) % 360.0 - 180.0)
    with np.errstate(invalid="ignore"):
        keep = ~np.isfinite(was["kept_at"])
        keep |= off > np.where(aircraft, ERROR_AIRCRAFT, ERROR_VESSEL)
        keep |= moving & (turned > np.where(aircraft, TURN_AIRCRAFT, TURN_VESSEL))
        keep |= np.abs(seen.speed - was["kept_speed"]) > np.where(aircraft, SPEED_AIRCRAFT, SPEED_VESSEL)
        keep |= aircraft & (np.abs(seen.altitude - was["kept_altitude"]) > CLIMB_AIRCRAFT)
    keep |= aircraft & (((seen.flags & ReportFlag.ON_GROUND) != 0) != was["kept_on_ground"])
    keep |= (seen.status != -1) & (seen.status != was["kept_status"])
    keep |= seconds >= np.where(aircraft, GAP_AIRCRAFT, np.where(moving, GAP_VESSEL, GAP_MOORED))
    return keep
