"""Observations: what a feed hands to the picture, in columns.

One `Observations` holds n reports as NumPy columns of length n, so that a batch of thousands costs a few
vector operations. Units are the field's: knots, degrees true, feet, feet per minute, epoch seconds UTC.
Not available is NaN (floats) or -1 (integers), never a magic value of the wire format.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum, IntFlag
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray


class Kind(IntEnum):
    """What a thing is. The first three move and are counted; the others are recognised for what they are."""

    VESSEL = 1
    AIRCRAFT = 2
    CONTACT = 3  # reported by a person
    BASE_STATION = 4  # AIS shore station, MMSI 00MIDxxxx
    AID = 5  # aid to navigation, MMSI 99MIDxxxx
    RESCUE_AIRCRAFT = 6  # search and rescue aircraft on AIS, MMSI 111MIDxxx
    BEACON = 7  # AIS-SART 970, man overboard 972, EPIRB-AIS 974: somebody may be in distress
    TENDER = 8  # craft of a parent ship, MMSI 98MIDxxxx


class Namespace(IntEnum):
    """Whose number a key is. A key is `namespace << 40 | number`, one int64 (see `key_of`)."""

    MMSI = 1
    ICAO24 = 2
    IMO = 3  # report known only by IMO number
    CONTACT = 4
    NON_ICAO = 5  # readsb '~' addresses: TIS-B track files, anonymous; unique only per receiver


class ReportFlag(IntFlag):
    """What is odd about one observation."""

    DUPLICATE = 1  # same message heard again (other receiver): proves reception, changes no state
    TIME_OF_RECEIPT = 2  # carried no time of its own; observed_at is received_at
    ON_GROUND = 4
    LONG_RANGE = 8  # AIS type 27: position to a tenth of a minute
    OWN_SHIP = 16  # AIVDO: the receiver's own vessel
    DISTRESS = 32  # active beacon, nav status 14, squawk 7500/7600/7700 or emergency set
    VIRTUAL = 64  # virtual aid to navigation: nothing is there
    LOW_ACCURACY = 128  # worse than 10 m (AIS), MLAT/TIS-B/ADS-C (aircraft)


class Particulars(TypedDict, total=False):
    """Identity and voyage as last reported; a key that is absent was not reported."""

    name: str
    call_sign: str
    imo: int  # check digit verified; a wrong one is reported as imo_invalid
    imo_invalid: int
    ship_type: int  # AIS ship and cargo type 0..99
    aid_type: int
    length: float  # metres
    beam: float  # metres
    draught: float  # metres
    destination: str  # as typed on board
    eta: str  # "MM-DDTHH:MM" UTC as sent: AIS sends no year
    registration: str
    flight: str
    aircraft_type: str  # ICAO type designator
    category: str  # ADS-B emitter category, A1..D7
    squawk: str
    emergency: str
    country: str  # as the feed states it
    mothership: int  # MMSI of the parent of a tender
    remark: str
    # What the picture adds itself:
    was: list[dict]  # former identities: [{"name": .., "until": epoch s}, ..], newest last, at most eight
    imo_also: list[int]  # MMSI of other vessels that claim the same IMO number
    mmsi: int  # of a contact whose MMSI the caller knew
    uncertainty: float  # nautical miles around a contact's position
    apart: bool  # an officer split it off: it does not join again by itself


def key_of(namespace: Namespace, number: int) -> int:
    """The int64 identity key of a number within its namespace."""
    return (int(namespace) << 40) | number


def namespace_of(key: int) -> Namespace:
    return Namespace(key >> 40)


def number_of(key: int) -> int:
    return key & ((1 << 40) - 1)


_COLUMNS: dict[str, np.dtype] = {
    "key": np.dtype(np.int64),
    "kind": np.dtype(np.uint8),
    "flags": np.dtype(np.uint16),
    "status": np.dtype(np.int8),  # AIS navigational status 0..15, -1 not available
    "quality": np.dtype(np.uint8),  # higher wins a tie in time (see picture.fusion)
    "receiver": np.dtype(np.uint16),  # index into `receivers`
    "observed_at": np.dtype(np.float64),
    "received_at": np.dtype(np.float64),
    "lat": np.dtype(np.float64),
    "lon": np.dtype(np.float64),
    "speed": np.dtype(np.float32),
    "course": np.dtype(np.float32),
    "heading": np.dtype(np.float32),
    "turn": np.dtype(np.float32),  # degrees per minute, right positive
    "altitude": np.dtype(np.float32),  # feet
    "climb": np.dtype(np.float32),  # feet per minute
}


@dataclass(slots=True)
class Observations:
    """n observations of one feed, in columns. `particulars` is sparse: row -> what was reported."""

    key: NDArray[np.int64]
    kind: NDArray[np.uint8]
    flags: NDArray[np.uint16]
    status: NDArray[np.int8]
    quality: NDArray[np.uint8]
    receiver: NDArray[np.uint16]
    observed_at: NDArray[np.float64]
    received_at: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    speed: NDArray[np.float32]
    course: NDArray[np.float32]
    heading: NDArray[np.float32]
    turn: NDArray[np.float32]
    altitude: NDArray[np.float32]
    climb: NDArray[np.float32]
    particulars: dict[int, Particulars] = field(default_factory=dict)
    receivers: tuple[str, ...] = ("",)

    def __len__(self) -> int:
        return len(self.key)

    @classmethod
    def blank(cls, n: int, *, receivers: Sequence[str] = ("",)) -> Observations:
        """n rows with nothing known: floats NaN, status -1, everything else 0."""
        columns = {
            name: np.full(n, np.nan if dtype.kind == "f" else (-1 if name == "status" else 0), dtype)
            for name, dtype in _COLUMNS.items()
        }
        return cls(**columns, particulars={}, receivers=tuple(receivers))

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Observations:
        """The chosen rows, in the order given."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        particulars = (
            {new: self.particulars[old] for new, old in enumerate(index.tolist()) if old in self.particulars}
            if self.particulars
            else {}
        )
        columns = {name: getattr(self, name)[index] for name in _COLUMNS}
        return Observations(**columns, particulars=particulars, receivers=self.receivers)

    @classmethod
    def join(cls, parts: Iterable[Observations]) -> Observations:
        """All parts one after the other, receivers renumbered."""
        parts = [part for part in parts if len(part)]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.blank(0)
        names: dict[str, int] = {}
        particulars: dict[int, Particulars] = {}
        receiver = []
        offset = 0
        for part in parts:
            renumber = np.array([names.setdefault(name, len(names)) for name in part.receivers], np.uint16)
            receiver.append(renumber[part.receiver])
            particulars.update({row + offset: what for row, what in part.particulars.items()})
            offset += len(part)
        columns = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS if name != "receiver"
        }
        return cls(**columns, receiver=np.concatenate(receiver), particulars=particulars, receivers=tuple(names))


assert {f.name for f in fields(Observations)} == {*_COLUMNS, "particulars", "receivers"}
