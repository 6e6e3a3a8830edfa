"""The land of a country, and the coasts of everybody else: Natural Earth 1:10m, shipped as compressed TopoJSON.

The coastline is generalised: headlands are off by up to about a mile, and islets are missing. Islets that carry
weight for a country's limits are added from `islets.csv`, by hand and to about half a mile.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shapely.geometry import Polygon

from picture.geo.topology import Topology, near_longitude, parts_of

HERE = Path(__file__).parent
# Territories that Natural Earth counts to a country but that keep their own waters and border: (west, south, east,
# north) in degrees.
APART = {"NZ": ((-174.0, -11.0, -170.0, -7.0),)}  # Tokelau


class UnknownCountry(Exception):
    """No land is known under this ISO 3166 code."""


@dataclass(frozen=True, slots=True)
class Coast:
    """A country's land in continuous longitudes around `centre_lon`, which may leave ±180."""

    country: str
    centre_lon: float
    land: tuple[Polygon, ...]


def has_land(country: str) -> bool:
    """Whether any land is known under this code: an answer in a fraction of the time that the coast takes."""
    with gzip.open(HERE / "countries-10m.json.gz") as file:
        document = json.load(file)
    return any(found["properties"]["code"] == country for found in document["objects"]["countries"]["geometries"])


def read_coast(country: str) -> Coast:
    """The land of one country (ISO 3166 alpha-2), islets added, all within 180° of its largest part."""
    topology = _world()
    found = [
        part
        for feature in topology.features("countries")
        if feature["properties"]["code"] == country
        for part in topology.polygons(feature)
        if not _is_apart(country, part)
    ]
    if not found:
        raise UnknownCountry(f"{country}: no land is known under this country code (ISO 3166 alpha-2)")
    west, _, east, _ = max(found, key=lambda part: part.area).bounds
    centre = (west + east) / 2
    land = [near_longitude(part, centre) for part in [*found, *_islets(country)]]
    return Coast(country, centre, tuple(piece for part in land for piece in parts_of(part)))


def read_neighbours(coast: Coast, within_nm: float) -> tuple[Polygon, ...]:
    """Land of all others whose bounding box comes within a distance of this coast's own boxes."""
    topology = _world()
    reach = [_grown(part, within_nm) for part in coast.land]
    near = []
    for feature in topology.features("countries"):
        for part in topology.polygons(feature):
            if feature["properties"]["code"] == coast.country and not _is_apart(coast.country, part):
                continue
            moved = near_longitude(part, coast.centre_lon)
            west, south, east, north = moved.bounds
            if any(west <= e and east >= w and south <= n and north >= s for w, s, e, n in reach):
                near += parts_of(moved)
    return tuple(near)


def _grown(part: Polygon, nautical_miles: float) -> tuple[float, float, float, float]:
    west, south, east, north = part.bounds
    up = nautical_miles / 60
    across = up / max(0.05, math.cos(math.radians(min(89.0, max(abs(south), abs(north)) + up))))
    return west - across, south - up, east + across, north + up


def _is_apart(country: str, part: Polygon) -> bool:
    west, south, east, north = part.bounds
    return any(w <= west and east <= e and s <= south and north <= n for w, s, e, n in APART.get(country, ()))


def _islets(country: str) -> list[Polygon]:
    with (HERE / "islets.csv").open(newline="", encoding="utf-8") as file:
        return [
            _octagon(float(row["lat"]), float(row["lon"]), float(row["radius_nm"]))
            for row in csv.DictReader(file)
            if row["country"] == country
        ]


def _octagon(lat: float, lon: float, radius_nm: float) -> Polygon:
    up, across = radius_nm / 60, radius_nm / 60 / math.cos(math.radians(lat))
    turns = [math.radians(45 * n) for n in range(8)]
    return Polygon([(lon + across * math.sin(turn), lat + up * math.cos(turn)) for turn in turns])


@lru_cache(maxsize=1)
def _world() -> Topology:
    with gzip.open(HERE / "countries-10m.json.gz") as file:
        return Topology(json.load(file))
