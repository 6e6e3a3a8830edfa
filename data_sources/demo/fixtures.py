"""What does not move: base stations (type 4) and aids to navigation (type 21), one of them virtual."""

from __future__ import annotations

import time as clock_time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data_sources.demo import aivdm
from data_sources.demo.receivers import COAST, RECEIVERS
from data_sources.demo.wire import Sent, Spoken, as_lines, moments, spread


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
    receiver: int  # it is heard by the receiver it stands beside


# 99 MID 1xxx: a real aid, 6xxx: a virtual one; 999 and down is the end of the block
AIDS: tuple[Aid, ...] = (
    Aid(995_121_999, "EXAMPLE FAIRWAY BUOY", -37.555, 176.235, 28),
    Aid(995_121_998, "SAMPLE NORTH MARK", -36.700, 174.960, 20),
    Aid(995_121_997, "SAMPLE EAST MARK", -43.560, 172.960, 21),
    Aid(995_121_996, "SPECIMEN HEADS LIGHT", -41.350, 174.835, 14),
    Aid(995_121_995, "SPECIMEN PORT HAND", -36.833, 174.845, 24),
    Aid(995_121_994, "NOTIONAL STBD HAND", -36.829, 174.850, 25),
    Aid(995_121_993, "EXAMPLE OFFSHORE RIG", -39.650, 173.300, 3),
    Aid(995_126_999, "NOTIONAL WRECK MARK", -35.850, 174.750, 18, virtual=True),
)  # fmt: skip

STATIONS: tuple[Station, ...] = tuple(
    Station(5_129_999 - index, receiver.lat, receiver.lon, index)
    for index, receiver in enumerate(RECEIVERS)
    if receiver.feed == COAST and receiver.reach
)

_CLOCK = (
    ("year", "tm_year"), ("month", "tm_mon"), ("day", "tm_mday"), ("hour", "tm_hour"), ("minute", "tm_min"),
    ("second", "tm_sec"),
)  # fmt: skip


def fixture_reports(start: float, end: float, *, full: bool) -> list[Spoken]:
    """Types 4 and 21 of [start, end)."""
    return _stations(start, end, 10.0 if full else 1800.0, full) + _aids(start, end, 180.0 if full else 1800.0, full)


def _said(things: Sequence[Aid] | Sequence[Station], start: float, end: float, every: float) -> Sent:
    each = [moments(start, end, every, (index * 1.7) % every) for index in range(len(things))]
    index = np.repeat(np.arange(len(things), dtype=np.int64), [len(times) for times in each])
    lat, lon = np.array([thing.lat for thing in things]), np.array([thing.lon for thing in things])
    mmsi = np.array([thing.mmsi for thing in things], np.int64)
    return Sent(index, mmsi[index], np.concatenate(each), lat[index], lon[index], {})


def _place(sent: Sent) -> dict[str, aivdm.Field]:
    return {"mmsi": sent.mmsi, "lon": aivdm.degrees(sent.lon), "lat": aivdm.degrees(sent.lat), "accuracy": 1, "epfd": 7}


def _stations(start: float, end: float, every: float, full: bool) -> list[Spoken]:
    sent = _said(STATIONS, start, end, every)
    clocks = [clock_time.gmtime(t) for t in sent.times.tolist()]
    fields = _place(sent) | {"type": 4}
    fields |= {name: np.array([getattr(clock, part) for clock in clocks], np.int64) for name, part in _CLOCK}
    receivers = np.array([station.receiver for station in STATIONS], np.intp)[sent.craft]
    return as_lines(4, sent, np.arange(len(clocks)), receivers, fields, bare_harbour=full)


def _aids(start: float, end: float, every: float, full: bool) -> list[Spoken]:
    sent = _said(AIDS, start, end, every)
    aids = [AIDS[index] for index in sent.craft.tolist()]
    fields = _place(sent) | {
        "type": 21,
        "aid_type": np.array([aid.aid_type for aid in aids], np.int64),
        "name": [aid.name for aid in aids],
        "virtual": np.array([aid.virtual for aid in aids], np.int64),
        "second": 61,  # manual input mode: a fixed place
    }
    rows, receivers, _ = spread(sent)
    return as_lines(21, sent, rows, receivers, fields, bare_harbour=full)
