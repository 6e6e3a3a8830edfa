"""Where a vessel is at a moment: a plan that repeats, made of phases, each a function of time and of nothing else.

Nothing here keeps state: `Plan.at(times)` gives the same answer in a back-fill, in live running and after a
restart. Units: epoch seconds, nautical miles, knots, degrees true.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data_sources.demo.waters import NM_PER_DEGREE, Point

Array = NDArray[np.float64]
Times = NDArray[np.float64]

UNDER_WAY, AT_ANCHOR, MOORED, FISHING, SAILING = 0, 1, 5, 7, 8  # AIS navigational status
NO_HEADING = 511.0


@dataclass(slots=True)
class States:
    """What one vessel does at n moments."""

    lat: Array
    lon: Array  # -180..180
    speed: Array  # knots over the ground
    course: Array  # degrees over the ground
    heading: Array  # degrees true; NO_HEADING when not available
    turn: Array  # degrees per minute, right positive
    status: NDArray[np.int64]
    phase: NDArray[np.int64]  # index into the plan's phases


def wobble(times: Times, seed: int, period: float) -> Array:
    """Smooth noise within about -1..1: three sines whose periods never meet."""
    phase = (seed * 0.754877666) % 1.0 * 2 * math.pi
    turn = 2 * math.pi / period
    return (
        np.sin(times * turn + phase) + 0.6 * np.sin(times * turn * 1.618 + 2.1 * phase)
        + 0.4 * np.sin(times * turn * 2.732 + 3.7 * phase)
    ) / 2.0  # fmt: skip


class Phase:
    """One thing a vessel does for a while. `here(since, times)` answers for moments within the phase."""

    duration: float  # seconds
    status: int = UNDER_WAY  # AIS navigational status

    def here(self, since: Times, times: Times, seed: int) -> States:
        raise NotImplementedError


def rounded(points: Sequence[Point], radius: float = 1.5) -> list[Point]:
    """The polyline with its corners rounded, so that a turn takes time; radius in nautical miles."""
    if len(points) < 3:
        return list(points)
    result = [points[0]]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        stretch = math.cos(math.radians(at.lat)) or 1e-6
        arms = []
        for other in (before, after):
            length = NM_PER_DEGREE * math.hypot(other.lat - at.lat, (other.lon - at.lon) * stretch)
            share = min(radius / length, 0.4) if length else 0.0
            arms.append(Point(at.lat + (other.lat - at.lat) * share, at.lon + (other.lon - at.lon) * share))
        for step in range(9):
            k = step / 8
            a, b, c = (1 - k) ** 2, 2 * k * (1 - k), k * k
            result.append(
                Point(a * arms[0].lat + b * at.lat + c * arms[1].lat, a * arms[0].lon + b * at.lon + c * arms[1].lon)
            )
    result.append(points[-1])
    return result


class Path:
    """A polyline with the distance along it (nautical miles) and the course at every vertex, unwrapped."""

    def __init__(self, points: Sequence[Point]) -> None:
        kept = [points[0]]
        for point in points[1:]:
            if abs(point.lat - kept[-1].lat) + abs(point.lon - kept[-1].lon) > 1e-9:
                kept.append(point)
        self.lat = np.array([p.lat for p in kept])
        self.lon = np.array([p.lon for p in kept])
        north = np.diff(self.lat) * NM_PER_DEGREE
        middle = np.radians((self.lat[1:] + self.lat[:-1]) / 2)
        east = np.diff(self.lon) * NM_PER_DEGREE * np.cos(middle)
        self.along = np.concatenate(([0.0], np.cumsum(np.hypot(north, east))))
        self.length = float(self.along[-1])
        leg = np.unwrap(np.arctan2(east, north))
        # course is steady on a leg and swings over the middle of the joint to the next
        self.course_at = (self.along[1:] + self.along[:-1]) / 2
        self.course = np.degrees(leg)

    def at(self, distance: Array) -> tuple[Array, Array]:
        return np.interp(distance, self.along, self.lat), np.interp(distance, self.along, self.lon)

    def course_over(self, distance: Array) -> Array:
        return np.interp(distance, self.course_at, self.course)


class Sail(Phase):
    """Under way along a path: slow out of port, at sea speed, slow into the next."""

    def __init__(
        self, points: Sequence[Point], speed: float, *, slow_start: float = 0.0, slow_end: float = 0.0,
        status: int = UNDER_WAY, corner: float = 1.5,
    ) -> None:  # fmt: skip
        self.path = Path(rounded(points, corner))
        self.status = status
        length = self.path.length
        slow_start, slow_end = min(slow_start, length * 0.3), min(slow_end, length * 0.3)
        # speed against distance, taken over small steps: 35 % of sea speed at the berth, rising evenly
        marks = np.unique(np.concatenate((
            np.linspace(0, slow_start, 9), np.linspace(length - slow_end, length, 9), [0.0, length]
        )))  # fmt: skip
        middle = (marks[1:] + marks[:-1]) / 2
        from_start = np.clip(middle / slow_start, 0, 1) if slow_start else np.ones_like(middle)
        to_end = np.clip((length - middle) / slow_end, 0, 1) if slow_end else np.ones_like(middle)
        pace = speed * (0.3 + 0.7 * np.minimum(from_start, to_end))
        self.marks = marks
        self.when = np.concatenate(([0.0], np.cumsum(np.diff(marks) / pace * 3600.0)))
        self.pace = pace
        self.duration = float(self.when[-1])

    def here(self, since: Times, times: Times, seed: int) -> States:
        distance = np.interp(since, self.when, self.marks)
        lat, lon = self.path.at(distance)
        step = np.clip(np.searchsorted(self.when, since, side="right") - 1, 0, len(self.pace) - 1)
        speed = self.pace[step] + 0.25 * wobble(times, seed, 900.0)
        course = self.path.course_over(distance)
        ahead = self.path.course_over(distance + speed / 120.0)  # half a minute on
        turn = np.clip((ahead - course) * 2.0, -60, 60)
        drift = 1.2 * wobble(times, seed + 1, 600.0)
        n = len(since)
        return States(
            lat, lon, np.maximum(speed, 0.3), (course + 0.4 * drift) % 360, (course + drift) % 360, turn,
            np.full(n, self.status), np.zeros(n, np.int64),
        )  # fmt: skip


class Stay(Phase):
    """Alongside or at anchor. At anchor the vessel rides round on its chain with wind and tide."""

    def __init__(
        self, at: Point, duration: float, *, heading: float = 0.0, anchored: bool = False,
        status: int | None = None,
    ) -> None:  # fmt: skip
        self.at, self.duration, self.heading, self.anchored = at, duration, heading, anchored
        self.status = status if status is not None else (AT_ANCHOR if anchored else MOORED)

    def here(self, since: Times, times: Times, seed: int) -> States:
        n = len(since)
        if self.anchored:
            bearing = self.heading + 70 * wobble(times, seed, 6.2 * 3600)
            chain = 0.045  # nautical miles, about 80 m
            north = -chain * np.cos(np.radians(bearing))
            east = -chain * np.sin(np.radians(bearing))
            speed = np.abs(0.15 + 0.15 * wobble(times, seed + 2, 700.0))
            course = (bearing + 90) % 360
        else:
            bearing = self.heading + 0.6 * wobble(times, seed, 1800.0)
            north, east = 0.002 * wobble(times, seed + 3, 2400.0), 0.002 * wobble(times, seed + 4, 2100.0)
            speed = np.where(wobble(times, seed + 5, 1500.0) > 0.75, 0.1, 0.0)
            course = (self.heading + 180 * wobble(times, seed + 6, 1000.0)) % 360
        lat = self.at.lat + north / NM_PER_DEGREE
        lon = self.at.lon + east / NM_PER_DEGREE / math.cos(math.radians(self.at.lat))
        return States(
            lat, lon, speed, course, bearing % 360, np.zeros(n), np.full(n, self.status), np.zeros(n, np.int64)
        )


class Roam(Phase):
    """Working a ground: two sines that never close, at about `speed`; ends where it began."""

    def __init__(
        self, centre: Point, reach: tuple[float, float], speed: float, duration: float, *, status: int = FISHING,
        turned: float = 0.0,
    ) -> None:  # fmt: skip
        self.centre, self.reach, self.status = centre, reach, status
        self.turned = math.radians(turned)
        # whole turns of both sines fit the duration, so that the phase ends where it began
        mean = 4 * math.hypot(*reach)  # nautical miles of one round, roughly
        rounds = max(1, round(duration / 3600.0 * speed / mean))
        self.duration = duration
        self.w_east = 2 * math.pi * rounds / duration
        self.w_north = 2 * math.pi * (rounds + max(1, rounds // 3)) / duration

    def here(self, since: Times, times: Times, seed: int) -> States:
        a = since * self.w_east
        b = since * self.w_north
        east, north = self.reach[0] * np.sin(a), self.reach[1] * np.sin(b)
        v_east = self.reach[0] * self.w_east * np.cos(a) * 3600
        v_north = self.reach[1] * self.w_north * np.cos(b) * 3600
        a_east = -self.reach[0] * self.w_east**2 * np.sin(a) * 3600
        a_north = -self.reach[1] * self.w_north**2 * np.sin(b) * 3600
        cos, sin = math.cos(self.turned), math.sin(self.turned)
        east, north = east * cos + north * sin, -east * sin + north * cos
        v_east, v_north = v_east * cos + v_north * sin, -v_east * sin + v_north * cos
        a_east, a_north = a_east * cos + a_north * sin, -a_east * sin + a_north * cos
        speed = np.hypot(v_east, v_north)
        course = np.degrees(np.arctan2(v_east, v_north)) % 360
        turn = np.degrees((v_north * a_east - v_east * a_north) / np.maximum(speed, 0.05) ** 2) * 60.0
        lat = self.centre.lat + north / NM_PER_DEGREE
        lon = self.centre.lon + east / NM_PER_DEGREE / math.cos(math.radians(self.centre.lat))
        heading = (course + 3 * wobble(times, seed, 300.0)) % 360
        n = len(since)
        return States(
            lat, lon, speed, course, heading, np.clip(turn, -90, 90), np.full(n, self.status), np.zeros(n, np.int64)
        )


class Drift(Phase):
    """Not under command of its engine: the wind carries it, beam on, while it still says "under way"."""

    def __init__(self, start: Point, end: Point, duration: float, *, status: int = UNDER_WAY) -> None:
        self.path, self.duration, self.status = Path([start, end]), duration, status

    def here(self, since: Times, times: Times, seed: int) -> States:
        share = since / self.duration
        lat, lon = self.path.at(share * self.path.length)
        speed = self.path.length / (self.duration / 3600) + 0.15 * wobble(times, seed, 1200.0)
        course = self.path.course[0] + 12 * wobble(times, seed + 1, 2400.0)
        heading = self.path.course[0] + 95 + 30 * wobble(times, seed + 2, 5400.0)
        n = len(since)
        return States(
            lat, lon, np.maximum(speed, 0.1), course % 360, heading % 360, np.zeros(n),
            np.full(n, self.status), np.zeros(n, np.int64),
        )  # fmt: skip


@dataclass
class Plan:
    """Phases one after the other, for ever. `offset` seconds says how far in the plan epoch 0 is."""

    phases: Sequence[Phase]
    offset: float = 0.0
    seed: int = 0
    silent: Sequence[tuple[float, float]] = field(default=())  # within the period: sends nothing from..to

    @cached_property
    def ends(self) -> Array:
        return np.cumsum([phase.duration for phase in self.phases])

    @property
    def period(self) -> float:
        return float(self.ends[-1])

    def clock(self, times: Times) -> Times:
        """Seconds into the plan."""
        return (times + self.offset) % self.period

    def phase_at(self, times: Times) -> NDArray[np.int64]:
        index = np.searchsorted(self.ends, self.clock(times), side="right")
        return np.minimum(index, len(self.phases) - 1).astype(np.int64)

    def speaks(self, times: Times) -> NDArray[np.bool_]:
        into = self.clock(times)
        heard = np.ones(len(times), bool)
        for start, end in self.silent:
            heard &= ~((into >= start) & (into < end))
        return heard

    def at(self, times: Times) -> States:
        times = np.asarray(times, np.float64)
        index = self.phase_at(times)
        into = self.clock(times)
        n = len(times)
        columns = [np.empty(n) for _ in range(6)]
        status = np.empty(n, np.int64)
        for which in np.unique(index).tolist():
            rows = np.flatnonzero(index == which)
            phase = self.phases[which]
            since = into[rows] - (self.ends[which] - phase.duration)
            part = phase.here(since, times[rows], self.seed)
            for column, values in zip(
                columns, (part.lat, part.lon, part.speed, part.course, part.heading, part.turn), strict=True
            ):
                column[rows] = values
            status[rows] = part.status
        columns[1] = (columns[1] + 180.0) % 360.0 - 180.0
        lat, lon, speed, course, heading, turn = columns
        return States(lat, lon, speed, course, heading, turn, status, index)
