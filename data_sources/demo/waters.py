"""Where the demonstration's vessels may go: hand-made waypoints around New Zealand and the ways between them.

Positions are decimal degrees (south negative); longitudes east of the antimeridian run on past 180 so that a
way never jumps, and are wrapped only when a position is sent. No way crosses land of Natural Earth 1:10m
(tests/data_sources/demo/test_land.py holds it). Berths are therefore where that coarse coast has water, near
the real ones but not on them.
"""

from __future__ import annotations

import heapq
import math
from functools import cache
from itertools import pairwise
from typing import NamedTuple

NM_PER_DEGREE = 60.0


class Point(NamedTuple):
    lat: float
    lon: float


POINTS: dict[str, Point] = {
    name: Point(*at)
    for name, at in {
        # around the North Island, clockwise from the north-west
        "kings": (-34.00, 172.00), "north cape": (-34.20, 173.30), "karikari": (-34.65, 173.85),
        "brett": (-35.02, 174.60), "poor knights": (-35.60, 174.90), "bream": (-35.95, 174.72),
        "rodney": (-36.20, 175.00), "tiri": (-36.57, 174.97), "rangitoto": (-36.73, 174.84),
        "bean rock": (-36.805, 174.865), "hauraki": (-36.60, 175.18), "colville": (-36.36, 175.42),
        "mercury": (-36.45, 176.05), "mayor": (-37.15, 176.40), "white": (-37.30, 177.30),
        "runaway": (-37.35, 178.10), "east cape": (-37.50, 178.85), "gable": (-38.55, 178.60),
        "poverty": (-38.85, 178.15), "mahia": (-39.35, 178.10), "kidnappers": (-39.60, 177.40),
        "castlepoint": (-40.95, 176.55), "palliser": (-41.80, 175.35), "wellington heads": (-41.43, 174.83),
        # Cook Strait and the west
        "cook": (-41.47, 174.60), "narrows": (-41.23, 174.51), "stephens": (-40.45, 174.10),
        "farewell": (-40.25, 172.90), "tasman bay": (-40.90, 173.35), "bight": (-39.95, 173.90),
        "egmont": (-39.35, 173.45), "taranaki": (-38.90, 173.95), "raglan": (-37.80, 174.30),
        "manukau": (-37.05, 174.15), "kaipara": (-36.30, 173.70), "reef": (-35.20, 172.75),
        "reinga": (-34.45, 172.20),
        # around the South Island, clockwise from Cook Strait
        "campbell": (-41.85, 174.60), "kaikoura": (-42.50, 174.05), "pegasus": (-43.25, 173.40),
        "lyttelton heads": (-43.56, 172.98), "banks": (-43.86, 173.50), "canterbury": (-44.35, 172.00),
        "otago": (-45.70, 171.00), "saunders": (-45.98, 171.00), "nugget": (-46.60, 170.20), "ruapuke": (-46.80, 169.00),
        "foveaux": (-46.66, 168.42), "west foveaux": (-46.42, 167.50), "puysegur": (-46.35, 166.20),
        "fiordland": (-45.20, 166.20), "milford": (-44.40, 167.50), "haast": (-43.55, 168.40),
        "okarito": (-42.95, 169.90), "grey": (-42.40, 170.90), "foulwind": (-41.65, 171.20),
        "kahurangi": (-40.75, 171.95), "stewart": (-47.55, 168.60), "south cape": (-47.65, 167.30),
        # the open sea
        "tasman": (-36.50, 167.00), "west tasman": (-36.00, 159.50), "south tasman": (-41.20, 165.50),
        "north": (-30.50, 173.50), "north-east": (-31.00, 178.00), "kermadec": (-31.50, 183.50),
        "east": (-38.50, 185.50), "chatham rise": (-43.40, 178.50), "south-east": (-47.00, 178.00),
        "auckland islands": (-49.50, 168.00), "norfolk": (-28.50, 165.50),
    }.items()
}  # fmt: skip

# Ways: each line a chain of points.
_CHAINS = """
kings, north cape, karikari, brett, poor knights, bream, rodney, tiri, rangitoto, bean rock
poor knights, rodney, hauraki, tiri
poor knights, mercury
brett, north
karikari, north
brett, mercury
hauraki, colville, mercury, mayor, white, runaway, east cape, gable, mahia, castlepoint, palliser, wellington heads
rodney, colville
gable, poverty, mahia, kidnappers, castlepoint
palliser, cook, narrows, stephens, bight, egmont, taranaki, raglan, manukau, kaipara, reef, reinga, kings
wellington heads, cook
stephens, farewell, kahurangi, foulwind, grey, okarito, haast, milford, fiordland, puysegur, west foveaux, foveaux
stephens, tasman bay, farewell
stephens, egmont
farewell, egmont
narrows, bight
cook, campbell, kaikoura, banks, canterbury, otago, saunders, nugget, ruapuke, foveaux
palliser, kaikoura
kaikoura, pegasus, lyttelton heads
pegasus, banks, otago
nugget, stewart, south cape, puysegur
north cape, north
north, north-east, kermadec
north, mercury, north-east
mercury, east cape
mercury, kermadec
east cape, kermadec
east cape, east
gable, east
castlepoint, chatham rise
kaikoura, chatham rise, south-east
banks, chatham rise
banks, south-east
otago, south-east
castlepoint, east
kings, tasman, west tasman
reinga, tasman
kings, norfolk, north
raglan, tasman
taranaki, tasman
egmont, tasman
farewell, south tasman, west tasman
egmont, south tasman
foulwind, south tasman
puysegur, south tasman
fiordland, south tasman
south cape, auckland islands, stewart
puysegur, auckland islands
tasman, norfolk
"""


class Port(NamedTuple):
    """A port as vessels see it: the way in from a waypoint, a row of berths, and where one waits at anchor."""

    name: str
    locode: str
    gate: str  # the waypoint it hangs on
    channel: tuple[Point, ...]  # from the gate inwards
    berths: tuple[Point, Point]  # the two ends of the row of berths
    quay: float  # heading of vessels alongside, degrees
    anchorage: Point


def _port(name: str, locode: str, gate: str, channel: list, berths: tuple, quay: float, anchorage: tuple) -> Port:
    return Port(
        name, locode, gate, tuple(Point(*p) for p in channel), (Point(*berths[0]), Point(*berths[1])), quay,
        Point(*anchorage),
    )  # fmt: skip


PORTS: dict[str, Port] = {
    port.locode: port
    for port in (
        _port("Auckland", "NZAKL", "bean rock", [(-36.834, 174.830), (-36.8345, 174.805)],
              ((-36.8400, 174.762), (-36.8400, 174.797)), 95, (-36.735, 174.905)),
        _port("Tauranga", "NZTRG", "mayor", [(-37.565, 176.225), (-37.612, 176.186), (-37.632, 176.188)],
              ((-37.636, 176.197), (-37.660, 176.206)), 165, (-37.530, 176.320)),
        _port("Wellington", "NZWLG", "wellington heads", [(-41.360, 174.838), (-41.320, 174.845), (-41.290, 174.835)],
              ((-41.274, 174.791), (-41.262, 174.797)), 20, (-41.250, 174.845)),
        _port("Picton", "NZPCN", "narrows", [(-41.130, 174.480), (-41.082, 174.388), (-41.218, 174.184)],
              ((-41.2435, 174.056), (-41.241, 174.070)), 80, (-41.235, 174.120)),
        _port("Lyttelton", "NZLYT", "lyttelton heads", [(-43.600, 172.880), (-43.617, 172.830), (-43.620, 172.765)],
              ((-43.617, 172.734), (-43.617, 172.758)), 85, (-43.540, 172.900)),
        _port("Port Chalmers", "NZPOE", "otago", [(-45.760, 170.800), (-45.790, 170.755), (-45.806, 170.700)],
              ((-45.816, 170.683), (-45.836, 170.647)), 230, (-45.720, 170.860)),
        _port("New Plymouth", "NZNPL", "taranaki", [(-39.020, 174.020)],
              ((-39.050, 174.028), (-39.044, 174.040)), 60, (-38.985, 174.080)),
        _port("Nelson", "NZNSN", "tasman bay", [(-41.180, 173.260)],
              ((-41.236, 173.276), (-41.228, 173.288)), 40, (-41.170, 173.300)),
        _port("Napier", "NZNPE", "kidnappers", [(-39.500, 177.080)],
              ((-39.456, 176.930), (-39.444, 176.921)), 330, (-39.430, 176.990)),
        _port("Bluff", "NZBLU", "foveaux", [(-46.612, 168.405)],
              ((-46.592, 168.396), (-46.580, 168.391)), 340, (-46.665, 168.480)),
        _port("Timaru", "NZTIU", "canterbury", [(-44.380, 171.420)],
              ((-44.397, 171.287), (-44.388, 171.290)), 10, (-44.400, 171.350)),
        _port("Gisborne", "NZGIS", "poverty", [(-38.760, 178.050)],
              ((-38.703, 178.012), (-38.696, 178.004)), 320, (-38.740, 178.040)),
        _port("Marsden Point", "NZMAP", "bream", [(-35.870, 174.570), (-35.834, 174.527)],
              ((-35.828, 174.512), (-35.816, 174.482)), 290, (-35.900, 174.610)),
        _port("Bay of Islands", "NZOPX", "brett", [(-35.150, 174.250), (-35.220, 174.180)],
              ((-35.240, 174.135), (-35.236, 174.150)), 60, (-35.215, 174.160)),
        # abroad: only the approach is needed
        _port("Sydney", "AUSYD", "west tasman", [(-34.000, 152.50)], ((-33.97, 151.33), (-33.93, 151.36)), 0, (-34.00, 151.50)),
        _port("Brisbane", "AUBNE", "west tasman", [(-28.000, 154.60), (-26.75, 153.60)], ((-27.03, 153.30), (-26.99, 153.32)), 0, (-26.95, 153.45)),
        _port("Melbourne", "AUMEL", "south tasman", [(-40.300, 151.00), (-39.350, 147.30), (-39.45, 146.30)],
              ((-38.45, 144.60), (-38.42, 144.64)), 0, (-38.60, 144.70)),
        _port("Noumea", "NCNOU", "norfolk", [(-23.500, 166.20)], ((-22.55, 166.30), (-22.53, 166.33)), 0, (-22.70, 166.20)),
        _port("Suva", "FJSUV", "north-east", [(-22.00, 179.20), (-18.70, 179.00)], ((-18.21, 178.40), (-18.20, 178.43)), 0, (-18.26, 178.40)),
        _port("Nuku'alofa", "TOTBU", "kermadec", [(-24.50, 184.00), (-21.35, 184.40), (-20.96, 184.55)], ((-21.00, 184.78), (-20.99, 184.82)), 0, (-20.95, 184.80)),
        _port("Rarotonga", "CKRAR", "kermadec", [(-24.50, 194.00)], ((-21.16, 200.19), (-21.15, 200.21)), 0, (-21.12, 200.20)),
        _port("Papeete", "PFPPT", "east", [(-30.00, 198.00)], ((-17.48, 210.36), (-17.47, 210.40)), 0, (-17.45, 210.35)),
    )
}  # fmt: skip

# Waypoints with little room beside them: lanes do not spread there (nautical miles to either side).
_TIGHT = {
    "bean rock": 0.2, "rangitoto": 0.3, "tiri": 0.5, "rodney": 0.3, "colville": 0.3, "mercury": 0.5, "bream": 0.5,
    "hauraki": 0.5, "wellington heads": 0.3, "palliser": 0.6, "cook": 0.4, "narrows": 0.4, "foveaux": 0.3,
    "west foveaux": 0.5, "ruapuke": 0.4, "lyttelton heads": 0.4, "tasman bay": 1.0, "poverty": 1.0, "poor knights": 0.7,
    "brett": 0.7,
}  # fmt: skip

_OPEN = {
    "tasman", "west tasman", "south tasman", "north", "north-east", "kermadec", "east", "chatham rise", "south-east",
    "norfolk",
}  # fmt: skip


def room(name: str) -> float:
    """How far to either side of a waypoint a lane may spread, nautical miles."""
    return 12.0 if name in _OPEN else _TIGHT.get(name, 2.0)


def distance(a: Point, b: Point) -> float:
    """Nautical miles between two near points, on a plane stretched by the cosine of the latitude."""
    stretch = math.cos(math.radians((a.lat + b.lat) / 2))
    return NM_PER_DEGREE * math.hypot(a.lat - b.lat, (a.lon - b.lon) * stretch)


def _ways() -> dict[str, dict[str, float]]:
    ways: dict[str, dict[str, float]] = {name: {} for name in POINTS}
    for chain in _CHAINS.strip().splitlines():
        names = [name.strip() for name in chain.split(",")]
        for a, b in pairwise(names):
            ways[a][b] = ways[b][a] = distance(POINTS[a], POINTS[b])
    return ways


WAYS = _ways()


@cache
def way(start: str, end: str) -> tuple[str, ...]:
    """The shortest chain of waypoints from `start` to `end` (Dijkstra)."""
    best: dict[str, float] = {start: 0.0}
    came: dict[str, str] = {}
    queue = [(0.0, start)]
    while queue:
        so_far, at = heapq.heappop(queue)
        if at == end:
            break
        for other, length in WAYS[at].items():
            if so_far + length < best.get(other, math.inf):
                best[other], came[other] = so_far + length, at
                heapq.heappush(queue, (so_far + length, other))
    chain = [end]
    while chain[-1] != start:
        chain.append(came[chain[-1]])
    return tuple(reversed(chain))
