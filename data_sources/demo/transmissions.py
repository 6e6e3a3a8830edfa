"""What goes over the air between two moments, as lines: every message with the receivers that hear it.

`full` keeps the reporting intervals of ITU-R M.1371-5 (live); without it they are thinned for a back-fill.
Which moments a craft transmits at depends on the moment only, so two runs over the same window agree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data_sources.demo import aivdm
from data_sources.demo.craft import Craft
from data_sources.demo.fixtures import fixture_reports
from data_sources.demo.motion import NO_HEADING, States
from data_sources.demo.receivers import SATELLITE, scatter
from data_sources.demo.static_reports import static_reports
from data_sources.demo.wire import Array, OnAir, Rows, Sent, Spoken, as_lines, gathered, moments, offset_of, spread

UNDER_WAY_THINNED, STILL_THINNED = 180.0, 900.0  # seconds
SATELLITE_EVERY = 900.0  # how often the satellite picks one vessel up
HEARD_TWICE_THINNED = 0.33
MINUTE = 60.0

Fields = dict[str, aivdm.Field]


def on_air(fleet: Sequence[Craft], start: float, end: float, *, full: bool) -> OnAir:
    """Every line sent in [start, end), in order of time."""
    parts = []
    sent = _positions(fleet, start, end, full)
    if sent is not None:
        parts += _reports(fleet, sent, full)
    parts += _from_orbit(fleet, start, end)
    parts += static_reports(fleet, start, end, full=full)
    parts += fixture_reports(start, end, full=full)
    return OnAir.of(parts)


def _interval(craft: Craft, speed: float, status: int, turn: float) -> float:
    """Reporting interval in seconds: class A by speed and turn, class B by speed (tables 1 and 2)."""
    if craft.rescue:
        return 10.0 if speed > 2 else 180.0
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


def _position_times(craft: Craft, start: float, end: float, full: bool) -> Array:
    if not full:
        # every third minute under way, every fifteenth when still: the same grid for both
        grid = moments(start, end, UNDER_WAY_THINNED, offset_of(craft, UNDER_WAY_THINNED))
        if craft.rescue or not len(grid):
            return grid
        speed = craft.plan.at(grid).speed
        fifth = np.round(grid / UNDER_WAY_THINNED).astype(np.int64) % round(STILL_THINNED / UNDER_WAY_THINNED)
        return grid[(speed > 0.6) | (fifth == craft.seed % 5)]
    minute = start - start % MINUTE
    times = []
    while minute < end:
        state = craft.plan.at(np.array([minute]))
        every = _interval(craft, float(state.speed[0]), int(state.status[0]), float(state.turn[0]))
        grid = moments(max(start, minute), min(end, minute + MINUTE), every, offset_of(craft, every))
        times.append(grid)
        minute += MINUTE
    return np.concatenate(times)


def _positions(fleet: Sequence[Craft], start: float, end: float, full: bool) -> Sent | None:
    parts: list[tuple[int, Array, States]] = []
    for index, craft in enumerate(fleet):
        times = _position_times(craft, start, end, full)
        if craft.plan.silent and len(times):
            times = times[craft.plan.speaks(times)]
        if len(times):
            parts.append((index, times, craft.plan.at(times)))
    return gathered(fleet, parts)


def _heard(sent: Sent, full: bool) -> tuple[Rows, Rows]:
    """Row and receiver of every reception; thinned, one receiver a message and a second for a third of them."""
    rows, receivers, _ = spread(sent)
    if full or not len(rows):
        return rows, receivers
    first = np.concatenate(([True], rows[1:] != rows[:-1]))
    last = np.concatenate((rows[1:] != rows[:-1], [True]))  # a harbour receiver where one hears it
    luck = scatter(sent.mmsi[rows] + receivers, np.floor(sent.times[rows]).astype(np.int64))
    kept = first | (last & (luck < HEARD_TWICE_THINNED))
    return rows[kept], receivers[kept]


def _fields(sent: Sent) -> dict[int, Fields]:
    """The columns as the wire has them, for types 1 and 3, 18 and 9."""
    c = sent.columns
    speed = np.clip(np.round(c["speed"] * 10), 0, 1022).astype(np.int64)
    shared: Fields = {
        "mmsi": sent.mmsi,
        "accuracy": 1,
        "lon": aivdm.degrees(sent.lon),
        "lat": aivdm.degrees(sent.lat),
        "course": np.round(c["course"] * 10).astype(np.int64) % 3600,
        "second": np.floor(sent.times).astype(np.int64) % 60,
    }
    heading = np.where(c["heading"] == NO_HEADING, 511, np.round(c["heading"]).astype(np.int64) % 360)
    class_a: Fields = {
        "type": np.where(np.abs(c["turn"]) > 5, 3, 1),
        "status": c["status"],
        "heading": heading,
        "speed": speed,
        "turn": aivdm.turn_indicator(c["turn"]),
    }
    class_b: Fields = {"type": 18, "speed": speed, "heading": 511, "cs": 1, "dsc": 1, "band": 1, "message_22": 1}
    rescue: Fields = {"type": 9, "speed": speed // 10, "altitude": np.where(speed > 20, 350, 10)}  # metres
    return {1: class_a | shared, 18: class_b | shared, 9: rescue | shared}


def _reports(fleet: Sequence[Craft], sent: Sent, full: bool) -> list[Spoken]:
    class_b = np.array([craft.class_b for craft in fleet])[sent.craft]
    rescue = np.array([craft.rescue for craft in fleet])[sent.craft]
    rows, receivers = _heard(sent, full)
    fields = _fields(sent)
    result = []
    for table, which in ((1, ~class_b & ~rescue), (18, class_b), (9, rescue)):
        wanted = np.flatnonzero(which)
        renumber = np.cumsum(which) - 1
        part = which[rows]
        some: Fields = {
            name: value[wanted] if isinstance(value, np.ndarray) else value for name, value in fields[table].items()
        }
        result += as_lines(table, sent.take(wanted), renumber[rows[part]], receivers[part], some, bare_harbour=full)
    return result


def _from_orbit(fleet: Sequence[Craft], start: float, end: float) -> list[Spoken]:
    """Type 27 from class A out of reach of land, each time the satellite passes over the vessel."""
    parts: list[tuple[int, Array, States]] = []
    for index, craft in enumerate(fleet):
        if craft.class_b or craft.rescue:
            continue
        times = moments(start, end, SATELLITE_EVERY, offset_of(craft, SATELLITE_EVERY))
        if len(times):
            times = times[craft.plan.speaks(times)]
        if len(times):
            parts.append((index, times, craft.plan.at(times)))
    sent = gathered(fleet, parts)
    if sent is None:
        return []
    _, _, far = spread(sent)
    few = sent.take(np.flatnonzero(far))
    c = few.columns
    fields: dict[str, aivdm.Field] = {
        "type": 27,
        "repeat": 3,
        "mmsi": few.mmsi,
        "status": c["status"],
        "lon": aivdm.degrees(few.lon, 600.0),
        "lat": aivdm.degrees(few.lat, 600.0),
        "speed": np.clip(np.round(c["speed"]), 0, 62).astype(np.int64),
        "course": np.round(c["course"]).astype(np.int64) % 360,
    }
    return as_lines(27, few, np.arange(len(few.times)), np.full(len(few.times), SATELLITE), fields, bare_harbour=False)
