"""What goes over the air between two moments, as lines: every message with the receivers that hear it.

`full` keeps the reporting intervals of ITU-R M.1371-5 (live); without it they are thinned for a back-fill.
Which moments a craft transmits at depends on the moment only, so two runs over the same window agree.
"""

from __future__ import annotations

import time as clock_time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_sources.demo import aivdm
from data_sources.demo.craft import Craft, particulars_at
from data_sources.demo.fixtures import AIDS, STATIONS
from data_sources.demo.motion import NO_HEADING, States
from data_sources.demo.receivers import IN_HARBOUR, NAMES, SATELLITE, heard_by, scatter

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Spoken = tuple[Array, NDArray[np.bool_], list[bytes]]  # moments, of the harbour feed, lines

STATIC_EVERY = 360.0  # seconds, M.1371-5 table 1
STATIC_THINNED = 1800.0
UNDER_WAY_THINNED, STILL_THINNED = 180.0, 900.0
SATELLITE_EVERY = 900.0  # how often the satellite picks one vessel up
MINUTE = 60.0


@dataclass(slots=True)
class OnAir:
    """Lines in order of time. `harbour` tells the feed; `bare` (harbour, live) has no time in its tag block."""

    times: Array
    harbour: NDArray[np.bool_]
    lines: list[bytes]

    @classmethod
    def of(cls, parts: Sequence[Spoken]) -> OnAir:
        times = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0)
        harbour = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, bool)
        order = np.argsort(times, kind="stable")
        everything = [line for part in parts for line in part[2]]
        return cls(times[order], harbour[order], [everything[i] for i in order.tolist()])


def _interval(craft: Craft, speed: float, status: int, turn: float) -> float:
    """Reporting interval in seconds: class A by speed and turn, class B by speed (tables 1 and 2)."""
    if craft.rescue:
        return 10.0
    if craft.class_b:
        return 30.0 if speed > 2 else 180.0
    if status in (1, 5) and speed < 3:
        return 180.0
    turning = abs(turn) > 5
    if speed > 23:
        return 2.0
    if speed > 14:
        return 2.0 if turning else 6.0
    return 10.0 / 3 if turning else 10.0


def _moments(start: float, end: float, every: float, offset: float) -> Array:
    first = np.ceil((start - offset) / every)
    last = np.ceil((end - offset) / every)
    return np.arange(first, last) * every + offset


def _offset(craft: Craft, every: float) -> float:
    return (craft.mmsi * 0.6180339887 + craft.seed * 1.37) % every


def _position_times(craft: Craft, start: float, end: float, full: bool) -> Array:
    if not full:
        # every third minute under way, every fifteenth when still: the same grid for both
        grid = _moments(start, end, UNDER_WAY_THINNED, _offset(craft, UNDER_WAY_THINNED))
        if craft.rescue or not len(grid):
            return grid
        speed = craft.plan.at(grid).speed
        fifth = np.round(grid / UNDER_WAY_THINNED).astype(np.int64) % round(STILL_THINNED / UNDER_WAY_THINNED)
        return grid[(speed > 0.6) | (fifth == craft.seed % 5)]
    minute = np.floor(start / MINUTE) * MINUTE
    times = []
    while minute < end:
        state = craft.plan.at(np.array([minute]))
        every = _interval(craft, float(state.speed[0]), int(state.status[0]), float(state.turn[0]))
        grid = _moments(max(start, minute), min(end, minute + MINUTE), every, _offset(craft, every))
        times.append(grid)
        minute += MINUTE
    return np.concatenate(times)


@dataclass(slots=True)
class _Sent:
    """Messages of one sort before they are lines: columns, the moment, the transmitter, where it is."""

    craft: Numbers  # index into the fleet
    mmsi: Numbers
    times: Array
    lat: Array
    lon: Array
    columns: dict[str, NDArray]

    def take(self, rows: NDArray[np.intp]) -> _Sent:
        """The chosen messages, without their columns."""
        return _Sent(self.craft[rows], self.mmsi[rows], self.times[rows], self.lat[rows], self.lon[rows], {})


def _gathered(fleet: Sequence[Craft], parts: Sequence[tuple[int, Array, States]]) -> _Sent | None:
    """What single vessels send, as columns of all of them."""
    if not parts:
        return None
    who = np.concatenate([np.full(len(times), index, np.int64) for index, times, _ in parts])
    mmsi = np.array([craft.mmsi for craft in fleet], np.int64)[who]
    columns = {
        name: np.concatenate([getattr(state, name) for _, _, state in parts])
        for name in ("speed", "course", "heading", "turn", "status", "lat", "lon")
    }
    lat, lon = columns.pop("lat"), columns.pop("lon")
    return _Sent(who, mmsi, np.concatenate([times for _, times, _ in parts]), lat, lon, columns)


def _positions(fleet: Sequence[Craft], start: float, end: float, full: bool) -> _Sent | None:
    parts: list[tuple[int, Array, States]] = []
    for index, craft in enumerate(fleet):
        times = _position_times(craft, start, end, full)
        if craft.plan.silent and len(times):
            times = times[craft.plan.speaks(times)]
        if len(times):
            parts.append((index, times, craft.plan.at(times)))
    return _gathered(fleet, parts)


def _spread(sent: _Sent) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Row and receiver of every reception on land, and which rows only a satellite could hear."""
    slot = np.floor(sent.times).astype(np.int64)
    hears, far = heard_by(sent.lat, sent.lon, sent.mmsi, slot)
    rows, receivers = np.nonzero(hears)
    return rows, receivers, far


def _as_lines(
    table: int, sent: _Sent, rows: NDArray[np.intp], receivers: NDArray[np.intp], fields: dict[str, aivdm.Field],
    *, bare_harbour: bool,
) -> list[Spoken]:  # fmt: skip
    """Payloads made once a message, sentences once a reception; harbour lines without a time when bare."""
    if not len(rows):
        return []
    characters, fill = aivdm.payload(table, len(sent.times), fields)
    second = np.floor(sent.times).astype(np.int64)
    channel = np.where((second + sent.mmsi) % 2, ord("B"), ord("A")).astype(np.uint8)
    result = []
    harbour = IN_HARBOUR[receivers]
    for chosen, bare in ((~harbour, False), (harbour, bare_harbour)):
        r, who = rows[chosen], receivers[chosen]
        if len(r):
            tags = aivdm.tag_blocks(NAMES, who, None if bare else sent.times[r])
            sequence = (second[r] + sent.craft[r] + who) % 10
            lines = aivdm.lines(characters[r], fill, tags=tags, channel=channel[r], sequence=sequence)
            result.append((sent.times[r], IN_HARBOUR[who], lines))
    return result


def _reports(fleet: Sequence[Craft], sent: _Sent, full: bool) -> list[Spoken]:
    class_b = np.array([craft.class_b for craft in fleet])[sent.craft]
    rescue = np.array([craft.rescue for craft in fleet])[sent.craft]
    rows, receivers, _ = _spread(sent)
    if not full and len(rows):
        # one receiver for every message, a second for a third of them
        first = np.concatenate(([True], rows[1:] != rows[:-1]))
        again = scatter(sent.mmsi[rows] + receivers, np.floor(sent.times[rows]).astype(np.int64)) < 0.33
        kept = first | (again & np.concatenate(([False], first[:-1])))
        rows, receivers = rows[kept], receivers[kept]
    c = sent.columns
    second = np.floor(sent.times).astype(np.int64) % 60
    speed = np.clip(np.round(c["speed"] * 10), 0, 1022).astype(np.int64)
    course = np.round(c["course"] * 10).astype(np.int64) % 3600
    heading = np.where(c["heading"] == NO_HEADING, 511, np.round(c["heading"]).astype(np.int64) % 360)
    place = {
        "lon": aivdm.degrees(sent.lon),
        "lat": aivdm.degrees(sent.lat),
        "accuracy": 1,
        "mmsi": sent.mmsi,
        "second": second,
    }
    turn = aivdm.turn_indicator(c["turn"])
    tables: tuple[tuple[int, NDArray[np.bool_], dict[str, aivdm.Field]], ...] = (
        (1, ~class_b & ~rescue, {"type": np.where(np.abs(c["turn"]) > 5, 3, 1), "status": c["status"], "turn": turn,
                                 "speed": speed, "course": course, "heading": heading, **place}),
        (18, class_b, {"type": 18, "speed": speed, "course": course, "heading": 511, "cs": 1, "display": 0, "dsc": 1,
                       "band": 1, "message_22": 1, **place}),
        (9, rescue, {"type": 9, "altitude": 350, "speed": np.minimum(speed // 10, 1022), "course": course, **place}),
    )  # fmt: skip
    result = []
    for table, which, fields in tables:
        part = which[rows]
        if part.any():
            wanted = np.flatnonzero(which)
            renumber = np.cumsum(which) - 1
            few = _Sent(
                sent.craft[wanted], sent.mmsi[wanted], sent.times[wanted], sent.lat[wanted], sent.lon[wanted], {}
            )
            cut = {name: value[wanted] if isinstance(value, np.ndarray) else value for name, value in fields.items()}
            result += _as_lines(table, few, renumber[rows[part]], receivers[part], cut, bare_harbour=full)
    return result


def _from_orbit(fleet: Sequence[Craft], start: float, end: float) -> list[Spoken]:
    """Type 27 from class A out of reach of land, each time the satellite passes over the vessel."""
    parts: list[tuple[int, Array, States]] = []
    for index, craft in enumerate(fleet):
        if craft.class_b or craft.rescue:
            continue
        times = _moments(start, end, SATELLITE_EVERY, _offset(craft, SATELLITE_EVERY))
        if len(times):
            parts.append((index, times, craft.plan.at(times)))
    sent = _gathered(fleet, parts)
    if sent is None:
        return []
    _, _, far = _spread(sent)
    rows = np.flatnonzero(far)
    few, c = sent.take(rows), sent.columns
    fields: dict[str, aivdm.Field] = {
        "type": 27,
        "repeat": 3,
        "mmsi": few.mmsi,
        "status": c["status"][rows],
        "lon": aivdm.degrees(few.lon, 600.0),
        "lat": aivdm.degrees(few.lat, 600.0),
        "speed": np.clip(np.round(c["speed"][rows]), 0, 62).astype(np.int64),
        "course": np.round(c["course"][rows]).astype(np.int64) % 360,
    }
    return _as_lines(27, few, np.arange(len(rows)), np.full(len(rows), SATELLITE), fields, bare_harbour=False)


def _static_reports(fleet: Sequence[Craft], start: float, end: float, full: bool) -> list[Spoken]:
    """Types 5 (class A), 24 A and B, and now and then 19 (class B)."""
    every = STATIC_EVERY if full else STATIC_THINNED
    who: list[int] = []
    times: list[float] = []
    for index, craft in enumerate(fleet):
        if craft.rescue:
            continue
        moments = _moments(start, end, every, _offset(craft, every))
        if len(moments):
            moments = moments[craft.plan.speaks(moments)]
        who += [index] * len(moments)
        times += moments.tolist()
    if not who:
        return []
    at = np.array(times)
    lat, lon = np.empty(len(at)), np.empty(len(at))
    speed, course = np.empty(len(at)), np.empty(len(at))
    index = np.array(who, np.int64)
    for craft_index in np.unique(index).tolist():
        rows = np.flatnonzero(index == craft_index)
        state = fleet[craft_index].plan.at(at[rows])
        lat[rows], lon[rows], speed[rows], course[rows] = state.lat, state.lon, state.speed, state.course
    mmsi = np.array([craft.mmsi for craft in fleet], np.int64)[index]
    sent = _Sent(index, mmsi, at, lat, lon, {"speed": speed, "course": course})
    rows, receivers, far = _spread(sent)
    if not full and len(rows):
        first = np.concatenate(([True], rows[1:] != rows[:-1]))
        rows, receivers = rows[first], receivers[first]
    # the satellite hears the static reports of vessels far out, one in two
    orbit = np.flatnonzero(far & (scatter(mmsi, np.floor(at).astype(np.int64)) < 0.5))
    rows = np.concatenate((rows, orbit))
    receivers = np.concatenate((receivers, np.full(len(orbit), SATELLITE)))
    class_b = np.array([craft.class_b for craft in fleet])[index]
    result = []
    for which, tables in ((~class_b, (5,)), (class_b, (24, aivdm.PART_B, 19))):
        wanted = np.flatnonzero(which)
        if not len(wanted):
            continue
        renumber = np.cumsum(which) - 1
        part = which[rows]
        few = _Sent(index[wanted], mmsi[wanted], at[wanted], lat[wanted], lon[wanted], {})
        for table in tables:
            fields = _words(fleet, few, table, speed[wanted], course[wanted])
            some = renumber[rows[part]]
            who_hears = receivers[part]
            if table == 19:  # the older, longer report: one in six
                now_and_then = np.round(few.times[some] / every).astype(np.int64) % 6 == 0
                some, who_hears = some[now_and_then], who_hears[now_and_then]
            result += _as_lines(table, few, some, who_hears, fields, bare_harbour=full)
    return result


def _words(fleet: Sequence[Craft], sent: _Sent, table: int, speed: Array, course: Array) -> dict[str, aivdm.Field]:
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
            "speed": np.round(speed * 10).astype(np.int64), "course": np.round(course * 10).astype(np.int64) % 3600,
            "second": np.floor(sent.times).astype(np.int64) % 60,
        }  # fmt: skip
    return fields


def _fixtures(start: float, end: float, full: bool) -> list[Spoken]:
    result = []
    for table, things, every in ((4, STATIONS, 10.0 if full else 1800.0), (21, AIDS, 180.0 if full else 1800.0)):
        who, at = [], []
        for index, _ in enumerate(things):
            moments = _moments(start, end, every, (index * 1.7) % every)
            who += [index] * len(moments)
            at += moments.tolist()
        if not who:
            continue
        index, times = np.array(who, np.int64), np.array(at)
        lat = np.array([thing.lat for thing in things])[index]
        lon = np.array([thing.lon for thing in things])[index]
        sent = _Sent(index, np.array([thing.mmsi for thing in things], np.int64)[index], times, lat, lon, {})
        fields: dict[str, aivdm.Field] = {
            "type": table, "mmsi": sent.mmsi, "lon": aivdm.degrees(lon), "lat": aivdm.degrees(lat), "accuracy": 1,
        }  # fmt: skip
        if table == 4:
            clocks = [clock_time.gmtime(t) for t in at]
            fields |= {
                name: np.array([getattr(moment, "tm_" + short) for moment in clocks])
                for name, short in (
                    ("year", "year"),
                    ("month", "mon"),
                    ("day", "mday"),
                    ("hour", "hour"),
                    ("minute", "min"),
                    ("second", "sec"),
                )
            }
            fields["epfd"] = 7
            rows, receivers = np.arange(len(who)), index.astype(np.intp)  # each hears itself
        else:
            fields |= {
                "aid_type": np.array([aid.aid_type for aid in AIDS])[index], "name": [AIDS[i].name for i in who],
                "virtual": np.array([aid.virtual for aid in AIDS], np.int64)[index], "epfd": 7, "second": 61,
            }  # fmt: skip
            rows, receivers, _ = _spread(sent)
        result += _as_lines(table, sent, rows, receivers, fields, bare_harbour=full)
    return result


def on_air(fleet: Sequence[Craft], start: float, end: float, *, full: bool) -> OnAir:
    """Every line sent in [start, end), in order of time."""
    parts = []
    sent = _positions(fleet, start, end, full)
    if sent is not None:
        parts += _reports(fleet, sent, full)
    parts += _from_orbit(fleet, start, end)
    parts += _static_reports(fleet, start, end, full)
    parts += _fixtures(start, end, full)
    return OnAir.of(parts)
