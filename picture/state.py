"""What a track is, in columns: the record that the store owns, the database keeps and every screen mirrors."""

from __future__ import annotations

from enum import IntFlag

import numpy as np


class TrackFlag(IntFlag):
    """What is to be known of a track at a glance."""

    CONFLICT = 1  # two hulls on this identity
    JUMP = 2  # an impossible jump is on record, unconfirmed
    ON_GROUND = 4
    DISTRESS = 8
    OWN_SHIP = 16
    VIRTUAL = 32
    IDENTITY_CHANGED = 64  # name, call sign, IMO or ship type changed within the last 24 h
    MERGED = 128  # an officer merged a contact into it
    LOW_ACCURACY = 256
    LANDED = 512  # aircraft whose flight has ended: it may leave the picture without being LAST SEEN


# One row per track. Floats NaN and status -1 when not known; times are epoch seconds UTC.
STATE = np.dtype(
    [
        ("id", "<u4"),  # never reused
        ("kind", "u1"),  # picture.observations.Kind
        ("ship_class", "u1"),  # picture.state.ship_class of the AIS type; 0 unknown
        ("hull", "u1"),  # 0 the first, 1 the second hull on one identity, ...
        ("status", "i1"),  # AIS navigational status
        ("flags", "<u2"),  # TrackFlag
        ("source", "<u2"),  # the reporter whose position this is (picture.reporters)
        ("key", "<i8"),  # identity key (picture.observations.key_of)
        ("positioned_at", "<f8"),  # when it was where it is said to be; NaN: never located
        ("heard_at", "<f8"),  # newest report of any sort, from anyone
        ("lat", "<f8"),
        ("lon", "<f8"),
        ("speed", "<f4"),
        ("course", "<f4"),
        ("heading", "<f4"),
        ("turn", "<f4"),
        ("altitude", "<f4"),
        ("climb", "<f4"),
    ],
    align=False,
)

# The newest report of one track from one reporter: what "sources agree" and "disagree" is read from.
REPORT = np.dtype(
    [
        ("track", "<u4"),
        ("reporter", "<u2"),
        ("quality", "u1"),
        ("pad", "u1"),
        ("observed_at", "<f8"),
        ("received_at", "<f8"),
        ("lat", "<f8"),
        ("lon", "<f8"),
        ("speed", "<f4"),
        ("course", "<f4"),
        ("altitude", "<f4"),
    ],
    align=False,
)

# One kept point of a track's history, as the store hands it over.
POINT = np.dtype(
    [
        ("track", "<u4"),
        ("reporter", "<u2"),
        ("flags", "u1"),  # PointFlag
        ("status", "i1"),
        ("observed_at", "<f8"),
        ("received_at", "<f8"),
        ("lat", "<f8"),
        ("lon", "<f8"),
        ("speed", "<f4"),
        ("course", "<f4"),
        ("altitude", "<f4"),
    ],
    align=False,
)


class PointFlag(IntFlag):
    LATE = 1  # arrived after a newer one: on record, never moved the track
    IMPLAUSIBLE = 2  # needed an impossible speed when it came
    CARRIED = 4  # last known point carried into a new bucket
    ON_GROUND = 8


class ShipClass:
    """Draw and filter classes of vessels, from the tens digit of the AIS ship type (ITU-R M.1371-5 table 53)."""

    UNKNOWN, FISHING, TUG, SAIL_PLEASURE, HIGH_SPEED, PASSENGER, CARGO, TANKER, AUTHORITY, OTHER = range(10)

    LABELS = (
        "vessel", "fishing vessel", "tug or service craft", "yacht", "high-speed craft",
        "passenger ship", "cargo ship", "tanker", "authority vessel", "vessel",
    )  # fmt: skip


def ship_class(ship_type: int | None) -> int:
    """The draw class of an AIS ship and cargo type (0..99); UNKNOWN when not reported."""
    if ship_type is None or not 10 <= ship_type <= 99:
        return ShipClass.UNKNOWN
    if ship_type == 30:
        return ShipClass.FISHING
    if ship_type in (31, 32, 33, 34, 50, 52, 53, 54):
        return ShipClass.TUG
    if ship_type in (36, 37):
        return ShipClass.SAIL_PLEASURE
    if ship_type in (35, 51, 55, 58):
        return ShipClass.AUTHORITY
    return {
        4: ShipClass.HIGH_SPEED, 6: ShipClass.PASSENGER, 7: ShipClass.CARGO, 8: ShipClass.TANKER,
    }.get(ship_type // 10, ShipClass.OTHER)  # fmt: skip
