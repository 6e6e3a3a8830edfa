"""AIS messages to observation columns: one field table per message type (ITU-R M.1371-5 annex 8), in batches.

Every decoder fills its rows of the batch's columns and answers which of its messages could not be used and why.
Not available on the wire (91 N, 181 E, 102.3 kn, 511 degrees, ...) becomes NaN or -1 here and is seen nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_sources.contract import Reason
from data_sources.nmea.identity import kind_of, usable
from data_sources.nmea.sixbit import Bits
from data_sources.nmea.statics import aid, class_a_static, class_b_extended, class_b_static
from picture.observations import Kind, Namespace, Observations, Particulars, ReportFlag

FEET_PER_METRE = 1 / 0.3048

HIGHEST_TYPE = 27
_NONE = frozenset[int]()

# Which of two positions of the same moment is believed: accuracy of the sender, then coarseness of the message.
QUALITY_HIGH, QUALITY_LOW, QUALITY_CLASS_B_HIGH, QUALITY_CLASS_B, QUALITY_LONG_RANGE = 90, 80, 75, 70, 40

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a message type keeps what it has: first bit of each field; 0 where it has none.

    `least` is how many bits must be there for the fields we use; `bits` how many are read.
    """

    least: int
    bits: int
    lon: int = 0
    lat: int = 0
    accuracy: int = 0
    speed: int = 0
    course: int = 0
    heading: int = 0
    status: int = 0
    turn: int = 0
    altitude: int = 0
    quality_high: int = QUALITY_HIGH
    quality_low: int = QUALITY_LOW
    kind: Kind | None = None  # what the sender is when its number says no more than "vessel"
    about: Callable[[Bits, Observations, Rows, frozenset[int]], dict[int, Particulars]] | None = None


_CLASS_A = Layout(
    least=137, bits=168, status=38, turn=42, speed=50, accuracy=60, lon=61, lat=89, course=116, heading=128
)
_UTC_REPORT = Layout(least=134, bits=168, accuracy=78, lon=79, lat=107)

LAYOUTS: dict[int, Layout] = {
    1: _CLASS_A,
    2: _CLASS_A,
    3: _CLASS_A,
    4: Layout(least=134, bits=168, accuracy=78, lon=79, lat=107, kind=Kind.BASE_STATION),
    5: Layout(least=302, bits=424, about=class_a_static),
    9: Layout(
        least=128, bits=168, altitude=38, speed=50, accuracy=60, lon=61, lat=89, course=116, kind=Kind.RESCUE_AIRCRAFT
    ),
    11: _UTC_REPORT,
    18: Layout(
        least=133, bits=168, speed=46, accuracy=56, lon=57, lat=85, course=112, heading=124,
        quality_high=QUALITY_CLASS_B_HIGH, quality_low=QUALITY_CLASS_B,
    ),
    19: Layout(
        least=301, bits=312, speed=46, accuracy=56, lon=57, lat=85, course=112, heading=124,
        quality_high=QUALITY_CLASS_B_HIGH, quality_low=QUALITY_CLASS_B, about=class_b_extended,
    ),
    21: Layout(least=249, bits=360, accuracy=163, lon=164, lat=192, kind=Kind.AID, about=aid),
    24: Layout(least=160, bits=168, about=class_b_static),
    27: Layout(
        least=94, bits=96, status=40, accuracy=38, lon=44, lat=62, speed=79, course=85,
        quality_high=QUALITY_LONG_RANGE, quality_low=QUALITY_LONG_RANGE,
    ),
}  # fmt: skip


def type_verdict(message_type: int) -> Reason | None:
    """Why messages of this type say nothing to the picture, or None when they do."""
    if message_type in LAYOUTS:
        return None
    return Reason.UNUSED_TYPE if 1 <= message_type <= HIGHEST_TYPE else Reason.UNKNOWN_TYPE


def decode(
    message_type: int,
    payloads: Sequence[bytes],
    fills: Sequence[int],
    rows: Rows,
    into: Observations,
    silent: frozenset[int] = _NONE,
) -> dict[int, Reason]:
    """Fill `rows` of `into` from messages of one type. `silent` rows (repeats) need no particulars.

    Answers {position in `payloads`: reason} for what could not be used; those rows are to be dropped.
    """
    layout = LAYOUTS[message_type]
    bits = Bits(payloads, fills, layout.bits)
    mmsi = bits.unsigned(8, 30)
    refused: dict[int, Reason] = {}
    _refuse(refused, bits.lengths < layout.least, Reason.BAD_LENGTH)
    _refuse(refused, ~usable(mmsi), Reason.BAD_IDENTITY)

    kind = kind_of(mmsi)
    if layout.kind is not None:
        kind[kind == Kind.VESSEL] = layout.kind
    into.key[rows] = mmsi | (int(Namespace.MMSI) << 40)
    into.kind[rows] = kind
    if layout.lon:
        _refuse(refused, _position(bits, layout, rows, into, message_type), Reason.BAD_POSITION)
        _movement(bits, layout, rows, into, message_type)
        _status(bits, layout, rows, into, kind)
    if layout.about is not None:
        unread = silent | frozenset(rows[index] for index in refused)
        into.particulars.update(layout.about(bits, into, rows, unread))
    return refused


def _refuse(refused: dict[int, Reason], where: NDArray[np.bool_], reason: Reason) -> None:
    if where.any():
        for index in np.flatnonzero(where).tolist():
            refused.setdefault(index, reason)


def _position(bits: Bits, layout: Layout, rows: Rows, into: Observations, message_type: int) -> NDArray[np.bool_]:
    """Position, accuracy and quality. Answers where the position is outside the Earth."""
    if message_type == 27:  # tenths of a minute
        lon, lat = bits.signed(layout.lon, 18) / 600.0, bits.signed(layout.lat, 17) / 600.0
    else:  # ten-thousandths of a minute
        lon, lat = bits.signed(layout.lon, 28) / 600_000.0, bits.signed(layout.lat, 27) / 600_000.0
    missing = (lon == 181.0) | (lat == 91.0)
    outside = ~missing & ((np.abs(lon) > 180.0) | (np.abs(lat) > 90.0))
    lon[missing] = np.nan
    lat[missing] = np.nan
    into.lon[rows], into.lat[rows] = lon, lat
    high = bits.flag(layout.accuracy)
    into.quality[rows] = np.where(high, layout.quality_high, layout.quality_low)
    flags = np.where(high, 0, int(ReportFlag.LOW_ACCURACY)).astype(np.uint16)
    if message_type == 27:
        flags |= int(ReportFlag.LONG_RANGE)
    into.flags[rows] |= flags
    return outside


def _movement(bits: Bits, layout: Layout, rows: Rows, into: Observations, message_type: int) -> None:
    """Speed, course, heading, turn, altitude, each where the type has it."""
    if message_type == 27:
        _fill(into.speed, rows, bits.unsigned(layout.speed, 6), highest=62)
        _fill(into.course, rows, bits.unsigned(layout.course, 9), highest=359)
        return
    if layout.speed:
        # Rescue aircraft report whole knots, everything else tenths; 1022 means "or more" and is kept as it is.
        _fill(into.speed, rows, bits.unsigned(layout.speed, 10), 1.0 if message_type == 9 else 0.1, highest=1022)
    if layout.course:
        _fill(into.course, rows, bits.unsigned(layout.course, 12), 0.1, highest=3599)
    if layout.heading:
        _fill(into.heading, rows, bits.unsigned(layout.heading, 9), highest=359)
    if layout.altitude:
        _fill(into.altitude, rows, bits.unsigned(layout.altitude, 12), FEET_PER_METRE, highest=4094)
    if layout.turn:
        raw = bits.signed(layout.turn, 8).astype(np.float64)
        turn = np.sign(raw) * (raw / 4.733) ** 2  # ITU-R M.1371-5 table 48
        # +-127: more than 5 degrees in 30 s, from a ship without a turn indicator.
        turn = np.where(np.abs(raw) == 127, np.sign(raw) * 10.0, turn)
        into.turn[rows] = np.where(raw == -128, np.nan, turn)


def _fill(column: NDArray[np.float32], rows: Rows, raw: NDArray[np.int64], step: float = 1.0, *, highest: int) -> None:
    column[rows] = np.where(raw <= highest, raw * step, np.nan)


def _status(bits: Bits, layout: Layout, rows: Rows, into: Observations, kind: NDArray[np.uint8]) -> None:
    """Navigational status, and whether somebody may be in distress.

    Status 15 is "not defined", except from a beacon, where it says that the beacon is being tested.
    """
    beacon = kind == Kind.BEACON
    if layout.status:
        raw = bits.unsigned(layout.status, 4)
        distress = (raw == 14) | (beacon & (raw != 15))
        into.status[rows] = np.where((raw == 15) & ~beacon, -1, raw)
    else:
        distress = beacon
    if distress.any():
        into.flags[rows[distress]] |= int(ReportFlag.DISTRESS)
