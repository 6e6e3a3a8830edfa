"""Plans made of ports and waypoints: from berth to berth, with waiting at anchor, out and back again."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from data_sources.demo.motion import Phase, Sail, Stay
from data_sources.demo.waters import NM_PER_DEGREE, POINTS, PORTS, Point, Port, distance, room, way

# Ports whose anchorage lies inside, past the channel.
_ANCHOR_INSIDE = {"NZWLG", "NZPCN", "NZOPX"}
HOUR = 3600.0


def berth(port: Port, place: float) -> Point:
    """A berth in the row, place 0..1."""
    a, b = port.berths
    return Point(a.lat + (b.lat - a.lat) * place, a.lon + (b.lon - a.lon) * place)


def beside(name: str, rng: random.Random) -> Point:
    """A waypoint, a little to one side: lanes are bands, not lines."""
    at, half = POINTS[name], room(name)
    away, bearing = rng.uniform(0, half), rng.uniform(0, 2 * math.pi)
    return Point(
        at.lat + away * math.cos(bearing) / NM_PER_DEGREE,
        at.lon + away * math.sin(bearing) / NM_PER_DEGREE / math.cos(math.radians(at.lat)),
    )


def out_of(port: Port, place: Point) -> list[Point]:
    return [place, *reversed(port.channel)]


def sea_way(start: Port | str, end: Port | str, rng: random.Random) -> list[Point]:
    """The waypoints between two ports (or named waypoints), both ends' gates included."""
    first = start.gate if isinstance(start, Port) else start
    last = end.gate if isinstance(end, Port) else end
    return [beside(name, rng) for name in way(first, last)]


def passage(start: Port, from_place: Point, end: Port, to_place: Point, speed: float, rng: random.Random) -> Sail:
    points = [*out_of(start, from_place), *sea_way(start, end, rng), *end.channel, to_place]
    return Sail(points, speed, slow_start=12.0, slow_end=14.0)


def passage_with_wait(
    start: Port, from_place: Point, end: Port, to_place: Point, speed: float, rng: random.Random, wait: float
) -> list[Phase]:
    """A passage that waits `wait` seconds at the port's anchorage before it goes alongside."""
    at = Point(end.anchorage.lat + rng.uniform(-0.006, 0.006), end.anchorage.lon + rng.uniform(-0.006, 0.006))
    inside = end.locode in _ANCHOR_INSIDE
    approach = [*sea_way(start, end, rng), *(end.channel if inside else ())]
    inwards = [at, to_place] if inside else [at, *end.channel, to_place]
    return [
        Sail([*out_of(start, from_place), *approach, at], speed, slow_start=12.0, slow_end=10.0),
        Stay(at, wait, heading=rng.uniform(0, 360), anchored=True),
        Sail(inwards, 8.0, slow_start=1.0, slow_end=2.0, corner=0.4),
    ]


def calls(
    ports: Sequence[str], speed: float, rng: random.Random, *, stay: tuple[float, float], wait_share: float = 0.3
) -> tuple[list[Phase], list[str], list[str]]:
    """A round of port calls. Returns the phases and for each where it is bound for and where it comes from."""
    phases: list[Phase] = []
    bound: list[str] = []
    origin: list[str] = []
    places = [berth(PORTS[code], rng.random()) for code in ports]
    for index, code in enumerate(ports):
        after = (index + 1) % len(ports)
        port, following = PORTS[code], PORTS[ports[after]]
        phases.append(Stay(places[index], rng.uniform(*stay) * HOUR, heading=port.quay))
        bound.append(code)
        origin.append(ports[index - 1])
        if following.locode.startswith("NZ") and rng.random() < wait_share:
            legs = passage_with_wait(
                port, places[index], following, places[after], speed, rng, rng.uniform(2, 9) * HOUR
            )
        else:
            legs = [passage(port, places[index], following, places[after], speed, rng)]
        phases += legs
        bound += [following.locode] * len(legs)
        origin += [code] * len(legs)
    return phases, bound, origin


def shuttle(
    here: tuple[Point, ...], there: float, speed: float, period: float, *, heading: float, end_heading: float
) -> list[Phase]:
    """Out along `here`, `there` seconds at the far end, back, and alongside for what is left of the period."""
    out = Sail(here, speed, slow_start=1.5, slow_end=1.5, corner=0.3)
    back = Sail(tuple(reversed(here)), speed, slow_start=1.5, slow_end=1.5, corner=0.3)
    rest = period - out.duration - back.duration - there
    if rest < 300:
        raise ValueError(f"{distance(here[0], here[-1]):.0f} nm cannot be gone twice in {period / HOUR:.1f} h")
    return [out, Stay(here[-1], there, heading=end_heading), back, Stay(here[0], rest, heading=heading)]
