"""What a report changes in its track: freshest position wins, quality breaks ties, nothing goes backwards.

Works on whole columns: `was` are rows taken out of the store, one per observation and each track once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from picture.observations import Kind, Observations, ReportFlag
from picture.plausibility import Floats
from picture.state import POINT, PointFlag, TrackFlag

LANDED_BELOW = 40.0  # knots on the ground: slower than any airliner or light aircraft still rolling out

# A position moves a track that something better located within this time only by being newer: a person's
# report ("white launch off the heads") is coarse, and leads only when the instruments have gone quiet.
CONTACT_LEADS_AFTER = 600.0  # s

# A position dated this far after the receipt of the next report came from a clock that ran ahead: it must not
# hold the track fast until the world catches up with it.
CLOCK_AHEAD = 600.0  # s

Mask = NDArray[np.bool_]

_MOTION = ("speed", "course", "heading", "turn")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of each observation, side by side with them."""

    moved: Mask  # its position is now the track's
    late: Mask  # located, but the track was there or further already
    repeated: Mask  # exactly what the track says already
    changed: Mask  # the row is not what it was


def fresher(
    observed_at: Floats, quality: NDArray[np.uint8], positioned_at: Floats, positioned_quality: NDArray[np.uint8]
) -> Mask:
    """True where a position beats the one held: later second, else better quality, else later within the second.

    Whole seconds make this one order for all reports, so that the outcome does not depend on who came first.
    """
    second, held = np.floor(observed_at), np.floor(positioned_at)
    tie = (quality > positioned_quality) | ((quality == positioned_quality) & (observed_at > positioned_at))
    answer: Mask = np.isnan(held) | (second > held) | ((second == held) & tie)
    return answer


def fuse(was: NDArray[np.void], seen: Observations, reporter: NDArray[np.uint16]) -> Outcome:
    """Bring the reports into the rows `was` (changed in place)."""
    at = seen.observed_at
    located = np.isfinite(seen.lat) & np.isfinite(seen.lon)
    _forget_future(was, seen)
    moved = located & fresher(at, seen.quality, was["positioned_at"], was["quality"])
    contact_about_other = (seen.kind == Kind.CONTACT) & (was["kind"] != Kind.CONTACT)
    if contact_about_other.any():
        quiet = ~(at - was["positioned_at"] < CONTACT_LEADS_AFTER)  # True too for what was never located
        moved &= ~contact_about_other | quiet
    stale = located & ~moved
    repeated = stale & (at == was["positioned_at"]) & (seen.lat == was["lat"]) & (seen.lon == was["lon"])
    newer = ~repeated & (moved | (at >= was["moving_at"]))  # says something about now
    heard = ~repeated & (at > was["heard_at"])

    _take_motion(was, seen, moved, newer & ~stale)
    _take_flags(was, seen, moved, newer & ~stale)
    for name in ("lat", "lon", "quality"):
        was[name] = np.where(moved, getattr(seen, name), was[name])
    was["positioned_at"] = np.where(moved, at, was["positioned_at"])
    was["source"] = np.where(moved, reporter, was["source"])
    was["fixes"] += moved & (was["fixes"] < 255)
    was["heard_at"] = np.where(heard, at, was["heard_at"])
    was["heard"] += ~repeated & (was["heard"] < 255)
    return Outcome(moved=moved, late=stale & ~repeated, repeated=repeated, changed=moved | heard | (newer & ~stale))


def _forget_future(was: NDArray[np.void], seen: Observations) -> None:
    ahead = np.fmax(was["positioned_at"], was["heard_at"]) > seen.received_at + CLOCK_AHEAD
    if ahead.any():
        was["positioned_at"] = np.where(ahead, np.nan, was["positioned_at"])
        for name in ("heard_at", "moving_at", "told_at"):
            was[name] = np.where(ahead, -np.inf, was[name])


def _take_motion(was: NDArray[np.void], seen: Observations, moved: Mask, newer: Mask) -> None:
    """Speed, course, heading, turn, height, status.

    A vessel's belong to its position: what the newest position report calls not available is not known.
    An aircraft sends position and speed in separate messages, so there silence is not a statement.
    """
    at = seen.observed_at
    aircraft = was["kind"] == Kind.AIRCRAFT
    own = newer & (at >= was["moving_at"])
    for name in _MOTION:
        value = getattr(seen, name)
        known = np.isfinite(value)
        was[name] = np.where((moved & ~aircraft) | (own & known), value, was[name])
    for name in ("altitude", "climb"):
        value = getattr(seen, name)
        was[name] = np.where(own & np.isfinite(value), value, was[name])
    was["status"] = np.where((own | (moved & ~aircraft)) & (seen.status != -1), seen.status, was["status"])
    says = np.isfinite(seen.speed) | np.isfinite(seen.course) | moved
    was["moving_at"] = np.where(newer & says, np.fmax(was["moving_at"], at), was["moving_at"])


def _take_flags(was: NDArray[np.void], seen: Observations, moved: Mask, newer: Mask) -> None:
    """Flags of the reports into flags of the tracks.

    Distress ends when a vessel reports another status; for an aircraft when it sends another squawk, which is
    seen with the particulars, because most of its messages carry none.
    """
    said, flags = seen.flags, was["flags"]
    aircraft = was["kind"] == Kind.AIRCRAFT

    def put(flag: TrackFlag, where: Mask, value: Mask) -> None:
        flags[:] = np.where(where, np.where(value, flags | flag, flags & ~np.uint16(flag)), flags)

    distress = (said & ReportFlag.DISTRESS) != 0
    put(TrackFlag.DISTRESS, newer & (distress | (seen.status != -1)), distress)
    own_ship = (said & ReportFlag.OWN_SHIP) != 0
    put(TrackFlag.OWN_SHIP, newer & own_ship, own_ship)
    virtual = (said & ReportFlag.VIRTUAL) != 0
    put(TrackFlag.VIRTUAL, newer & virtual, virtual)
    put(TrackFlag.LOW_ACCURACY, moved, (said & (ReportFlag.LOW_ACCURACY | ReportFlag.LONG_RANGE)) != 0)
    if aircraft.any():
        on_ground = (said & ReportFlag.ON_GROUND) != 0
        says = newer & aircraft & (moved | on_ground | np.isfinite(seen.altitude))
        put(TrackFlag.ON_GROUND, says, on_ground)
        slow = ~(was["speed"] >= LANDED_BELOW)
        put(TrackFlag.LANDED, says, on_ground & slow)


def points_of(
    ids: NDArray[np.uint32], seen: Observations, reporter: NDArray[np.uint16], flag: PointFlag | int = 0
) -> NDArray[np.void]:
    """The observations as points of history."""
    points = np.empty(len(ids), POINT)
    points["track"], points["reporter"] = ids, reporter
    on_ground = (seen.flags & ReportFlag.ON_GROUND) != 0
    points["flags"] = np.where(on_ground, int(PointFlag.ON_GROUND), 0) | int(flag)
    for name in ("status", "observed_at", "received_at", "lat", "lon", "speed", "course", "altitude"):
        points[name] = getattr(seen, name)
    return points
