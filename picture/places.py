"""Ports and airports: where they are, which is nearest, and which one a typed AIS destination means.

Ports come from `picture/geo/ports.csv` (made by `picture/geo/build/gazetteer.py`), airports from the `airportsdata`
package. Positions of ports of the home region are those of the berths; elsewhere in the world they are rough
(a few nautical miles). Distances are in nautical miles on a sphere (error below 0.5 %).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import airportsdata
import numpy as np
from geopy.distance import great_circle
from numpy.typing import NDArray

EARTH_NM = 3440.065  # mean radius of the Earth in nautical miles
_PORTS = Path(__file__).parent / "geo" / "ports.csv"
# Airports with scheduled or regular international traffic and border control. Elsewhere: those that call themselves
# international and have an IATA code.
_MAIN_AIRPORTS = {
    "NZ": frozenset({"NZAA", "NZWN", "NZCH", "NZQN", "NZDN", "NZHN", "NZRO", "NZPM", "NZNS"}),
}


@dataclass(frozen=True, slots=True)
class Port:
    """A seaport. Inside `radius_nm` a vessel is in port; inside `approach_nm` it is at the pilot or an anchorage."""

    locode: str  # UN/LOCODE without the blank, "" where none is known
    name: str
    country: str  # ISO 3166 alpha-2
    lat: float
    lon: float
    radius_nm: float
    approach_nm: float
    rank: int  # 1 main, 2 regular, 3 small, 4 not known
    alternatives: tuple[str, ...] = ()
    province: str = ""


@dataclass(frozen=True, slots=True)
class Airport:
    icao: str
    iata: str  # "" where there is none
    name: str
    city: str
    country: str
    lat: float
    lon: float
    main: bool  # border control and international traffic


def nautical_miles(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance."""
    return float(great_circle((lat, lon), (other_lat, other_lon)).nautical)


class Places:
    """The gazetteer, seen from one country. Read once, never changed, safe to share between threads."""

    def __init__(self, country: str, ports: Iterable[Port], airports: Iterable[Airport]) -> None:
        from picture.destinations import Destinations  # it needs Port; imported here so that both stay small

        self.country = country
        self.ports = tuple(ports)
        self.airports = tuple(airports)
        self._port_points = _unit_vectors([(port.lat, port.lon) for port in self.ports])
        self._airport_points = _unit_vectors([(airport.lat, airport.lon) for airport in self.airports])
        self._by_code = {code: airport for airport in self.airports for code in (airport.iata, airport.icao) if code}
        self._by_locode = {port.locode: port for port in self.ports if port.locode}
        self._destinations = Destinations(country, self.ports)

    @classmethod
    def load(cls, country: str) -> Places:
        """The shipped gazetteer for a centre in `country` (ISO 3166 alpha-2)."""
        return cls(country, _read_ports(), _read_airports())

    def port(self, locode: str) -> Port | None:
        return self._by_locode.get(locode.upper().replace(" ", ""))

    def airport(self, code: str) -> Airport | None:
        """By ICAO or IATA code."""
        return self._by_code.get(code.upper())

    def nearest_port(self, lat: float, lon: float, within_nm: float) -> Port | None:
        found = _nearest(self._port_points, lat, lon, within_nm)
        return None if found is None else self.ports[found]

    def port_at(self, lat: float, lon: float, *, approaches: bool = False) -> Port | None:
        """The port whose own radius (berths; with `approaches` also pilot and anchorage) reaches this position."""
        near = [
            (nautical_miles(lat, lon, port.lat, port.lon) / (port.approach_nm if approaches else port.radius_nm), port)
            for port in (self.ports[row] for row in _within(self._port_points, lat, lon, 45.0))
        ]
        inside = [pair for pair in near if pair[0] <= 1]
        return min(inside, key=lambda pair: pair[0])[1] if inside else None

    def nearest_airport(self, lat: float, lon: float, within_nm: float, *, main_only: bool = False) -> Airport | None:
        if not main_only:
            found = _nearest(self._airport_points, lat, lon, within_nm)
            return None if found is None else self.airports[found]
        rows = [row for row in _within(self._airport_points, lat, lon, within_nm) if self.airports[row].main]
        return self.airports[rows[0]] if rows else None

    def resolve_destination(self, text: str | None) -> Port | None:
        """The port that an AIS destination, as typed on board, means; None rather than a guess."""
        return self._destinations.resolve(text)

    def is_place(self, text: str) -> bool:
        """Whether an AIS destination could be a place at all, known or not."""
        return self._destinations.is_place(text)

    def features(self) -> dict[str, Any]:
        """Ports and airports of the country and of its main neighbours as GeoJSON, for API clients."""
        ports = [
            _feature(port.lon, port.lat, kind="port", code=port.locode, name=port.name, country=port.country,
                     main=port.rank == 1, radius_nm=port.radius_nm, approach_nm=port.approach_nm)
            for port in self.ports if port.country == self.country or port.rank < 4
        ]  # fmt: skip
        airports = [
            _feature(airport.lon, airport.lat, kind="airport", code=airport.iata or airport.icao, name=airport.name,
                     country=airport.country, main=airport.main)
            for airport in self.airports if airport.country == self.country and airport.iata
        ]  # fmt: skip
        return {"type": "FeatureCollection", "features": ports + airports}


def main_airports(country: str) -> frozenset[str]:
    """ICAO codes of a country's international airports."""
    return _MAIN_AIRPORTS.get(country) or _named_international().get(country, frozenset())


def _feature(lon: float, lat: float, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": properties}


@cache
def _read_ports() -> tuple[Port, ...]:
    with _PORTS.open(newline="", encoding="utf-8") as file:
        return tuple(
            Port(
                locode=row["locode"],
                name=row["name"],
                country=row["country"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                radius_nm=float(row["radius_nm"]),
                approach_nm=float(row["approach_nm"]),
                rank=int(row["rank"]),
                alternatives=tuple(filter(None, row["alternatives"].split("|"))),
                province=row["province"],
            )
            for row in csv.DictReader(file)
        )


@cache
def _airport_rows() -> dict[str, dict[str, Any]]:
    return {icao: dict(row) for icao, row in airportsdata.load("ICAO").items()}


@cache
def _named_international() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for icao, row in _airport_rows().items():
        if row["iata"] and "International" in row["name"]:
            found.setdefault(row["country"], set()).add(icao)
    return {country: frozenset(codes) for country, codes in found.items()}


@cache
def _read_airports() -> tuple[Airport, ...]:
    return tuple(
        Airport(icao, row["iata"], row["name"], row["city"], row["country"], row["lat"], row["lon"],
                icao in main_airports(row["country"]))
        for icao, row in _airport_rows().items()
    )  # fmt: skip


def _unit_vectors(positions: list[tuple[float, float]]) -> NDArray[np.float64]:
    """Positions as points on the unit sphere: the nearest of thousands is then one matrix product."""
    lat, lon = np.radians(np.asarray(positions, dtype=np.float64).reshape(-1, 2)).T
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def _cosines(points: NDArray[np.float64], lat: float, lon: float) -> NDArray[np.float64]:
    return points @ _unit_vectors([(lat, lon)])[0]


def _nearest(points: NDArray[np.float64], lat: float, lon: float, within_nm: float) -> int | None:
    rows = _within(points, lat, lon, within_nm)
    return rows[0] if rows else None


def _within(points: NDArray[np.float64], lat: float, lon: float, within_nm: float) -> list[int]:
    """Rows of the points within a distance, nearest first."""
    cosines = _cosines(points, lat, lon)
    rows = np.flatnonzero(cosines >= math.cos(min(within_nm / EARTH_NM, math.pi)))
    return [int(row) for row in rows[np.argsort(-cosines[rows], kind="stable")]]
