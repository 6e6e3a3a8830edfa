"""The aircraft of the demonstration: airframes whose days repeat, as functions of time.

An airframe flies a round of sectors within one or two days and stands at the gate between them with its
transponder off. Tracks are great circles; climb, cruise and descent follow simple profiles. Feet, knots,
feet per minute, nautical miles, epoch seconds.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_sources.demo import names

Array = NDArray[np.float64]
DAY = 86_400.0
HOUR = 3_600.0
TAXI = 360.0  # seconds on the ground with the transponder on, before take-off and after landing


class Airport(NamedTuple):
    code: str
    lat: float
    lon: float
    elevation: float = 30.0


AIRPORTS = {
    airport.code: airport
    for airport in (
        Airport("AKL", -37.008, 174.792, 23), Airport("WLG", -41.327, 174.805, 41), Airport("CHC", -43.489, 172.532, 123),
        Airport("ZQN", -45.021, 168.739, 1171), Airport("DUD", -45.928, 170.198, 4), Airport("NSN", -41.298, 173.221, 17),
        Airport("PMR", -40.321, 175.617, 151), Airport("HLZ", -37.867, 175.332, 172), Airport("ROT", -38.109, 176.317, 935),
        Airport("TRG", -37.672, 176.196, 13), Airport("NPE", -39.466, 176.870, 6), Airport("NPL", -39.009, 174.179, 97),
        Airport("IVC", -46.412, 168.313, 5), Airport("KKE", -35.263, 173.912, 492), Airport("GIS", -38.663, 177.978, 15),
        Airport("SYD", -33.946, 151.177, 21), Airport("MEL", -37.673, 144.843, 434), Airport("BNE", -27.384, 153.117, 13),
        Airport("OOL", -28.164, 153.505, 21), Airport("NAN", -17.755, 177.443, 59), Airport("RAR", -21.203, 200.194, 19),
        Airport("TBU", -21.241, 184.850, 126), Airport("APW", -13.830, 187.992, 58), Airport("NOU", -22.015, 166.213, 52),
        Airport("PPT", -17.554, 210.394, 5), Airport("HNL", 21.319, 202.078, 13), Airport("LAX", 33.943, 241.592, 125),
        Airport("SFO", 37.619, 237.625, 13), Airport("SIN", 1.359, 103.990, 22), Airport("SCL", -33.393, 289.214, 1555),
        Airport("NRT", 35.765, 140.386, 141), Airport("NLK", -29.041, 167.939, 371),
    )
}  # fmt: skip


class Type(NamedTuple):
    designator: str
    speed: float  # cruise, knots over the ground
    ceiling: float  # cruise, feet
    climb: float  # feet per minute
    category: str


JET = Type("A320", 445, 36_000, 2_100, "A3")
BIG = Type("B789", 485, 38_000, 1_900, "A5")
PROP = Type("AT76", 270, 20_000, 1_300, "A2")
LIGHT = Type("C172", 105, 2_500, 600, "A1")
HELI = Type("EC30", 120, 1_500, 700, "A7")
TYPES = (JET, BIG, PROP, LIGHT, HELI)

DIVERSION = "diversion"
EMERGENCY = "7700"


def great_circle(a: Airport, b: Airport, steps: int) -> tuple[Array, Array]:
    """Latitudes and (unwrapped) longitudes of steps+1 points on the great circle."""

    def unit(lat: float, lon: float) -> Array:
        la, lo = math.radians(lat), math.radians(lon)
        return np.array([math.cos(la) * math.cos(lo), math.cos(la) * math.sin(lo), math.sin(la)])

    u, v = unit(a.lat, a.lon), unit(b.lat, b.lon)
    angle = math.acos(float(np.clip(u @ v, -1, 1)))
    k = np.linspace(0, 1, steps + 1)[:, None]
    if angle < 1e-6:
        return np.full(steps + 1, a.lat), np.full(steps + 1, a.lon)
    w = (np.sin((1 - k) * angle) * u + np.sin(k * angle) * v) / math.sin(angle)
    lat, lon = np.degrees(np.arcsin(w[:, 2])), np.degrees(np.unwrap(np.arctan2(w[:, 1], w[:, 0])))
    return lat, lon + 360 * round((a.lon - lon[0]) / 360)


@dataclass(slots=True)
class Sector:
    """One flight: from off-blocks at `start` (seconds into the airframe's round) to engines off at `end`."""

    number: str
    origin: str
    end_at: str  # where it lands: another airport than planned when it diverts
    planned: str
    start: float
    kind: Type
    story: str = ""
    along: Array = field(default_factory=lambda: np.zeros(0))
    lat: Array = field(default_factory=lambda: np.zeros(0))
    lon: Array = field(default_factory=lambda: np.zeros(0))
    course: Array = field(default_factory=lambda: np.zeros(0))
    when: Array = field(default_factory=lambda: np.zeros(0))
    gone: Array = field(default_factory=lambda: np.zeros(0))
    level: Array = field(default_factory=lambda: np.zeros(0))
    pace: Array = field(default_factory=lambda: np.zeros(0))
    turned_at: float = math.inf  # seconds into the sector when it turned off

    @property
    def end(self) -> float:
        return self.start + float(self.when[-1])

    def lay(self) -> Sector:
        """Work out the track over ground and the profile."""
        a, b, to = AIRPORTS[self.origin], AIRPORTS[self.planned], AIRPORTS[self.end_at]
        lat, lon = great_circle(a, b, 60)
        turn_point = 0
        if self.end_at != self.planned:
            turn_point = 34
            here = Airport("", float(lat[turn_point]), float(lon[turn_point]))
            back = great_circle(here, to, 40)
            lat, lon = _curved(lat[: turn_point + 1], lon[: turn_point + 1], back[0], back[1])
        north = np.diff(lat) * 60
        east = np.diff(lon) * 60 * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
        self.lat, self.lon = lat, lon
        self.along = np.concatenate(([0.0], np.cumsum(np.hypot(north, east))))
        self.course = np.degrees(np.unwrap(np.arctan2(east, north)))
        self._profile(a.elevation, to.elevation)
        if turn_point:
            self.turned_at = float(np.interp(self.along[turn_point - 1], self.gone, self.when))
        return self

    def _profile(self, from_level: float, to_level: float) -> None:
        length = float(self.along[-1])
        top = min(self.kind.ceiling, max(3_000.0, length * 105.0))
        if self.kind.ceiling < 5_000:
            top = self.kind.ceiling
        slow = min(150.0, self.kind.speed * 0.75)
        up = max((top - from_level) / self.kind.climb / 60 * (self.kind.speed * 0.75), 1.0)
        down = max((top - to_level) / 1_000 * 3.2, 1.0)
        if up + down > length * 0.9:
            shrink = length * 0.9 / (up + down)
            top, up, down = to_level + (top - to_level) * shrink, up * shrink, down * shrink
        marks = np.unique(np.concatenate(
            (np.linspace(0, up, 14), np.linspace(length - down, length, 16), np.linspace(up, length - down, 4))
        ))  # fmt: skip
        level = np.interp(marks, [0, up, length - down, length], [from_level, top, top, to_level])
        rise = np.clip(np.minimum(marks / up, (length - marks) / down), 0, 1)
        pace = slow + (self.kind.speed - slow) * np.sqrt(rise)
        legs = np.diff(marks) / ((pace[1:] + pace[:-1]) / 2) * HOUR
        flying = TAXI + np.concatenate(([0.0], np.cumsum(legs)))
        self.when = np.concatenate(([0.0], flying, [flying[-1] + TAXI]))
        self.gone = np.concatenate(([0.0], marks, [length]))
        self.level = np.concatenate(([from_level], level, [to_level]))
        self.pace = np.concatenate(([8.0], pace, [8.0]))


def _curved(lat: Array, lon: Array, lat_on: Array, lon_on: Array) -> tuple[Array, Array]:
    """The two legs joined by a curve instead of a corner (quadratic, over the neighbouring points)."""
    k = np.linspace(0, 1, 14)
    a, b, c = (1 - k) ** 2, 2 * k * (1 - k), k**2
    curve_lat = a * lat[-2] + b * lat[-1] + c * lat_on[1]
    curve_lon = a * lon[-2] + b * lon[-1] + c * lon_on[1]
    return (
        np.concatenate((lat[:-2], curve_lat, lat_on[2:])),
        np.concatenate((lon[:-2], curve_lon, lon_on[2:])),
    )


@dataclass(slots=True)
class Airframe:
    """One aircraft and its repeating round. `offset` seconds shift the round (seconds after midnight UTC)."""

    icao: int
    registration: str
    kind: Type
    sectors: list[Sector]
    period: float = DAY
    offset: float = 0.0
    mode_s_only: bool = False  # heard without a position

    def sector_at(self, time: float) -> tuple[Sector, float] | None:
        """The flight it is on at `time` and the seconds into it; None while it stands switched off."""
        into = (time - self.offset) % self.period
        for sector in self.sectors:
            for shift in (0.0, self.period):  # a flight that runs over the end of the round
                if sector.start <= into + shift < sector.end:
                    return sector, into + shift - sector.start
        return None


@dataclass(slots=True)
class Seen:
    """One airborne (or taxiing) aircraft at a moment."""

    airframe: Airframe
    sector: Sector
    lat: float
    lon: float
    altitude: float
    speed: float
    course: float
    climb: float
    on_ground: bool
    squawk: str


def state(airframe: Airframe, time: float) -> Seen | None:
    """Where an airframe is at `time` and how it moves; None when its transponder is off."""
    found = airframe.sector_at(time)
    if found is None:
        return None
    sector, into = found
    gone = float(np.interp(into, sector.when, sector.gone))
    level = float(np.interp(into, sector.when, sector.level))
    on_ground = into < TAXI or into > float(sector.when[-1]) - TAXI
    ahead = float(np.interp(into + 10, sector.when, sector.level))
    # the last half of the taxi is a stand still short of the runway or at the gate
    speed = float(np.interp(into, sector.when, sector.pace)) if not on_ground else 12.0 * (1 + math.sin(into / 40)) / 2
    middles = (sector.along[1:] + sector.along[:-1]) / 2
    return Seen(
        airframe, sector,
        float(np.interp(gone, sector.along, sector.lat)),
        (float(np.interp(gone, sector.along, sector.lon)) + 180) % 360 - 180,
        level, speed, float(np.interp(gone, middles, sector.course)) % 360,
        0.0 if on_ground else round((ahead - level) * 6 / 64) * 64.0, on_ground, _squawk(airframe, sector, into),
    )  # fmt: skip


def _squawk(airframe: Airframe, sector: Sector, into: float) -> str:
    if sector.story == EMERGENCY and into >= sector.turned_at:
        return "7700"
    number = (airframe.icao * 131 + int(sector.start)) % 3500 + 64  # octal digits, never 75xx-77xx
    return f"{number:04o}"


class _Timetable:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed + 77)
        self.airframes: list[Airframe] = []
        self.flights = 0

    def airframe(self, kind: Type, *, period: float = DAY, offset: float = 0.0) -> Airframe:
        index = len(self.airframes)
        frame = Airframe(names.icao24(index), names.registration(index + 1), kind, [], period, offset)
        self.airframes.append(frame)
        return frame

    def sector(
        self, frame: Airframe, origin: str, to: str, start: float, *, end_at: str = "", story: str = ""
    ) -> float:
        """Adds a flight; answers when it ends."""
        self.flights += 1
        sector = Sector(names.flight(100 + self.flights), origin, end_at or to, to, start, frame.kind, story).lay()
        frame.sectors.append(sector)
        return sector.end

    def shuttle(self, frame: Airframe, stops: list[str], first: float, until: float, ground: float) -> None:
        """Flies the round of stops again and again from `first` to `until`, home at the end."""
        at = first
        while True:
            flown = len(frame.sectors)
            for origin, to in zip(stops, [*stops[1:], stops[0]], strict=True):
                at = self.sector(frame, origin, to, at) + ground
            if at > until:
                if flown:
                    del frame.sectors[flown:]
                return


DOMESTIC: tuple[tuple[Type, list[str], int], ...] = (
    (JET, ["AKL", "WLG"], 6), (JET, ["AKL", "CHC"], 7), (JET, ["AKL", "ZQN"], 4), (JET, ["WLG", "CHC"], 3),
    (JET, ["AKL", "DUD"], 2), (JET, ["CHC", "ZQN"], 1), (JET, ["AKL", "WLG", "CHC"], 2), (JET, ["WLG", "ZQN"], 1),
    (PROP, ["AKL", "NSN"], 2), (PROP, ["AKL", "PMR"], 2), (PROP, ["WLG", "HLZ"], 2), (PROP, ["AKL", "ROT"], 2),
    (PROP, ["AKL", "TRG"], 2), (PROP, ["AKL", "NPE"], 2), (PROP, ["AKL", "NPL"], 2), (PROP, ["CHC", "DUD"], 2),
    (PROP, ["CHC", "IVC"], 2), (PROP, ["WLG", "NSN"], 2), (PROP, ["AKL", "KKE"], 2), (PROP, ["AKL", "GIS"], 2),
    (PROP, ["CHC", "PMR"], 2), (PROP, ["WLG", "NPE", "AKL"], 2), (PROP, ["CHC", "NSN"], 2), (PROP, ["WLG", "ROT"], 2),
    (PROP, ["CHC", "NPL"], 2), (PROP, ["CHC", "ROT"], 2), (PROP, ["WLG", "TRG"], 2),
)  # fmt: skip
TASMAN = (("AKL", "SYD", 7), ("AKL", "MEL", 5), ("AKL", "BNE", 4), ("CHC", "SYD", 3), ("CHC", "MEL", 2), ("WLG", "SYD", 3),
          ("WLG", "MEL", 1), ("ZQN", "SYD", 2), ("ZQN", "MEL", 1), ("AKL", "OOL", 1), ("CHC", "BNE", 1), ("WLG", "BNE", 1))  # fmt: skip
PACIFIC = (("AKL", "NAN", 3), ("AKL", "RAR", 2), ("AKL", "TBU", 2), ("AKL", "APW", 2), ("AKL", "NOU", 2), ("AKL", "PPT", 2),
           ("AKL", "NLK", 1), ("CHC", "NAN", 1))  # fmt: skip
LONG_HAUL = (("AKL", "LAX", 3), ("AKL", "SFO", 2), ("AKL", "SIN", 3), ("AKL", "SCL", 1), ("AKL", "NRT", 2), ("AKL", "HNL", 2),
             ("CHC", "SIN", 1))  # fmt: skip
OVERHEAD = (("SYD", "SCL", 2), ("SYD", "LAX", 4), ("BNE", "LAX", 3), ("MEL", "LAX", 3), ("SYD", "PPT", 2), ("SYD", "NAN", 3),
            ("BNE", "NAN", 2), ("SYD", "HNL", 2), ("MEL", "NAN", 2))  # fmt: skip


def build_flights(seed: int = 1, scale: float = 1.0) -> list[Airframe]:
    """Every airframe; `scale` repeats the timetable with other aircraft and times."""
    table = _Timetable(seed)
    _stories(table)
    for _ in range(max(1, round(scale))):
        _domestic(table)
        _international(table)
        _local(table)
    return table.airframes


def _domestic(table: _Timetable) -> None:
    for kind, stops, count in DOMESTIC:
        for index in range(count):
            frame = table.airframe(kind)
            # most fly by day (New Zealand, 18Z to 10Z), every other aircraft round the clock
            first = 17.5 * HOUR + table.rng.uniform(0, 2.0) * HOUR
            until = first + (21.5 if index % 2 == 0 else 15.0) * HOUR
            table.shuttle(frame, stops, first, until, table.rng.uniform(28, 50) * 60)


def _international(table: _Timetable) -> None:
    for pairs, kind, wait in ((TASMAN, JET, 1.1), (PACIFIC, JET, 1.2), (LONG_HAUL, BIG, 2.0), (OVERHEAD, BIG, 2.0)):
        for origin, to, count in pairs:
            for index in range(count):
                probe = Sector("", origin, to, to, 0.0, kind).lay().end
                both = 2 * (probe + wait * HOUR)
                period = DAY * math.ceil((both + 0.5 * HOUR) / DAY)
                start = table.rng.uniform(0, DAY)
                # one airframe for each day of the round, so that the flight goes daily
                for day in range(round(period / DAY)):
                    frame = table.airframe(kind, period=period, offset=day * DAY)
                    at = start
                    while at + both <= start + period:
                        at = table.sector(frame, origin, to, at) + wait * HOUR
                        at = table.sector(frame, to, origin, at) + wait * HOUR
                        if index % 2:
                            break


def _local(table: _Timetable) -> None:
    """Light aircraft and a helicopter between near airfields, one heard without a position."""
    for kind, stops, first in (
        (LIGHT, ["HLZ", "TRG"], 20.0), (LIGHT, ["NSN", "WLG"], 21.5), (LIGHT, ["PMR", "NPL"], 22.5), (HELI, ["AKL", "TRG"], 19.0),
        (HELI, ["WLG", "NSN"], 7.0), (LIGHT, ["KKE", "AKL"], 1.0), (LIGHT, ["NPE", "GIS"], 3.0),
    ):  # fmt: skip
        table.shuttle(table.airframe(kind), stops, first * HOUR, (first + 8) * HOUR, 1500)
    for _ in range(4):
        frame = table.airframe(LIGHT)
        frame.mode_s_only = True
        first = table.rng.uniform(0, 24) * HOUR
        table.shuttle(frame, ["HLZ", "ROT"], first, first + 12 * HOUR, 1200)


def _stories(table: _Timetable) -> None:
    """Four times a day a flight turns to another airport; once a day the one that does squawks 7700."""
    for index, (origin, planned, instead) in enumerate(
        (("WLG", "AKL", "PMR"), ("AKL", "CHC", "WLG"), ("AKL", "SYD", "AKL"), ("CHC", "AKL", "NPL"))
    ):
        frame = table.airframe(JET)
        start = (1.0 + 6.0 * index) * HOUR
        story = EMERGENCY if index == 2 else DIVERSION
        landed = table.sector(frame, origin, planned, start, end_at=instead, story=story)
        if instead != origin:
            table.sector(frame, instead, origin, landed + 2.5 * HOUR)
