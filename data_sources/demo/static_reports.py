"""What vessels say of themselves: types 5 (class A), 24 A and B and now and then 19 (class B)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data_sources.demo import aivdm
from data_sources.demo.craft import Craft, particulars_at
from data_sources.demo.motion import States
from data_sources.demo.receivers import SATELLITE, scatter
from data_sources.demo.wire import Array, Rows, Sent, Spoken, as_lines, gathered, moments, offset_of, spread

EVERY = 360.0  # seconds, M.1371-5 table 1
EVERY_THINNED = 1800.0
LONG_REPORT_SHARE = 6  # one class B report in so many is also sent as type 19


def static_reports(fleet: Sequence[Craft], start: float, end: float, *, full: bool) -> list[Spoken]:
    """Every static report of [start, end)."""
    every = EVERY if full else EVERY_THINNED
    sent = _said(fleet, start, end, every)
    if sent is None:
        return []
    rows, receivers = _heard(sent, full)
    class_b = np.array([craft.class_b for craft in fleet])[sent.craft]
    result = []
    for which, tables in ((~class_b, (5,)), (class_b, (24, aivdm.PART_B, 19))):
        renumber = np.cumsum(which) - 1
        part = which[rows]
        few = sent.take(np.flatnonzero(which))
        some, who = renumber[rows[part]], receivers[part]
        if not len(some):
            continue
        for table in tables:
            if table == 19:
                now_and_then = np.round(few.times[some] / every).astype(np.int64) % LONG_REPORT_SHARE == 0
                some, who = some[now_and_then], who[now_and_then]
            result += as_lines(table, few, some, who, _fields(fleet, few, table), bare_harbour=full)
    return result


def _said(fleet: Sequence[Craft], start: float, end: float, every: float) -> Sent | None:
    parts: list[tuple[int, Array, States]] = []
    for index, craft in enumerate(fleet):
        times = moments(start, end, every, offset_of(craft, every))
        if len(times):
            times = times[craft.plan.speaks(times)]
        if len(times) and not craft.rescue:
            parts.append((index, times, craft.plan.at(times)))
    return gathered(fleet, parts)


def _heard(sent: Sent, full: bool) -> tuple[Rows, NDArray[np.intp]]:
    """Receptions on land (one a report when thinned), and by the satellite one in two of what is far out."""
    rows, receivers, far = spread(sent)
    if not full and len(rows):
        first = np.concatenate(([True], rows[1:] != rows[:-1]))
        rows, receivers = rows[first], receivers[first]
    orbit = np.flatnonzero(far & (scatter(sent.mmsi, np.floor(sent.times).astype(np.int64)) < 0.5))
    return np.concatenate((rows, orbit)), np.concatenate((receivers, np.full(len(orbit), SATELLITE)))


def _fields(fleet: Sequence[Craft], sent: Sent, table: int) -> dict[str, aivdm.Field]:
    crafts = [fleet[i] for i in sent.craft.tolist()]
    words = [particulars_at(craft, time) for craft, time in zip(crafts, sent.times.tolist(), strict=True)]
    sizes = np.array([craft.size for craft in crafts], np.int64)
    fields: dict[str, aivdm.Field] = {
        "type": {aivdm.PART_B: 24}.get(table, table), "mmsi": sent.mmsi, "name": [w.name for w in words],
        "call_sign": [w.call_sign for w in words], "ship_type": np.array([c.ship_type for c in crafts], np.int64),
        "bow": sizes[:, 0], "stern": sizes[:, 1], "port": sizes[:, 2], "starboard": sizes[:, 3], "epfd": 1,
    }  # fmt: skip
    if table == aivdm.PART_B:
        fields |= {"part": 1, "vendor": "DEMO"}
    elif table == 5:
        fields |= {
            "imo": np.array([c.imo for c in crafts], np.int64), "version": 1,
            "month": np.array([w.month for w in words]), "day": np.array([w.day for w in words]),
            "hour": np.array([w.hour for w in words]), "minute": np.array([w.minute for w in words]),
            "draught": np.array([w.draught for w in words]), "destination": [w.destination for w in words],
        }  # fmt: skip
    elif table == 19:
        fields |= {
            "lon": aivdm.degrees(sent.lon), "lat": aivdm.degrees(sent.lat), "heading": 511,
            "speed": np.round(sent.columns["speed"] * 10).astype(np.int64), "course": np.round(sent.columns["course"] * 10).astype(np.int64) % 3600,
            "second": np.floor(sent.times).astype(np.int64) % 60,
        }  # fmt: skip
    return fields
