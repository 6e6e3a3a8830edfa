"""What does not move: base stations (type 4) and aids to navigation (type 21), one of them virtual."""

from __future__ import annotations

from typing import NamedTuple

from data_sources.demo.receivers import COAST, RECEIVERS


class Aid(NamedTuple):
    mmsi: int
    name: str
    lat: float
    lon: float
    aid_type: int  # ITU-R M.1371-5 table 74
    virtual: bool = False


class Station(NamedTuple):
    mmsi: int
    lat: float
    lon: float


# 99 MID 1xxx: a real aid, 6xxx: a virtual one; 999 and down is the end of the block
AIDS: tuple[Aid, ...] = (
    Aid(995_121_999, "EXAMPLE FAIRWAY BUOY", -37.555, 176.235, 28),
    Aid(995_121_998, "SAMPLE NORTH CARDINAL", -36.700, 174.960, 20),
    Aid(995_121_997, "SAMPLE EAST CARDINAL", -43.560, 172.960, 21),
    Aid(995_121_996, "SPECIMEN BEACON", -41.350, 174.835, 14),
    Aid(995_121_995, "SPECIMEN PORT HAND", -36.833, 174.845, 24),
    Aid(995_121_994, "NOTIONAL STBD HAND", -36.829, 174.850, 25),
    Aid(995_121_993, "EXAMPLE OFFSHORE RIG", -39.650, 173.300, 3),
    Aid(995_126_999, "NOTIONAL WRECK MARK", -35.850, 174.750, 18, virtual=True),
)  # fmt: skip

STATIONS: tuple[Station, ...] = tuple(
    Station(5_129_999 - index, receiver.lat, receiver.lon)
    for index, receiver in enumerate(r for r in RECEIVERS if r.feed == COAST and r.reach)
)
