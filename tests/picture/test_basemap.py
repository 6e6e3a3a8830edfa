"""The shipped map data: what the browser will fetch can be read, and nothing jumps at the antimeridian."""

from __future__ import annotations

import gzip
import json
import struct
from itertools import pairwise
from pathlib import Path

import pytest
import shapely
from shapely.geometry import LineString, Polygon

from picture.geo.coast import read_coast
from picture.geo.topology import Topology, cut_at_antimeridian, cut_line, unwrapped

ROOT = Path(__file__).resolve().parents[2]
BASEMAP = ROOT / "assets" / "basemap"


def test_the_tiles_are_one_readable_archive() -> None:
    """PMTiles version 3: fixed header of 127 bytes, then directories, metadata, tiles."""
    archive = (BASEMAP / "world.pmtiles").read_bytes()
    assert archive[:7] == b"PMTiles" and archive[7] == 3
    root, root_length, metadata, metadata_length, _, _, tiles, tiles_length = struct.unpack("<8Q", archive[8:72])
    assert root == 127 and tiles + tiles_length == len(archive)
    compression, tile_compression, tile_type, first_zoom, last_zoom = archive[97:102]
    assert (compression, tile_compression, tile_type) == (2, 2, 1)  # gzip, gzip, vector tiles
    assert (first_zoom, last_zoom) == (0, 7)
    west, south, east, north = (value / 1e7 for value in struct.unpack("<4i", archive[102:118]))
    assert west == pytest.approx(-180, abs=0.01) and east == pytest.approx(180, abs=0.01)
    assert south < -80 and north > 80
    described = json.loads(gzip.decompress(archive[metadata : metadata + metadata_length]))
    assert {layer["id"] for layer in described["vector_layers"]} == {"land", "coast", "borders"}
    assert root_length and len(archive) < 5_000_000


def test_the_script_asks_for_the_zoom_that_the_file_has() -> None:
    assert "const DATA_ZOOM = 7;" in (ROOT / "assets" / "map" / "basemap.js").read_text()


def test_names_are_on_the_globe_and_in_order_of_importance() -> None:
    labels = json.loads((BASEMAP / "places.json").read_text())["labels"]
    assert {kind for kind, *_ in labels} == {"c", "s", "p", "t", "a"}
    assert all(-180 <= lon <= 180 and -90 < lat < 90 and first < last for _, _, lon, lat, first, last in labels)
    assert [label[4] for label in labels] == sorted(label[4] for label in labels)
    names = {(kind, name) for kind, name, *_ in labels}
    assert {("c", "New Zealand"), ("p", "Auckland"), ("a", "AKL"), ("t", "Hamilton"), ("p", "Suva")} <= names
    assert len([1 for kind, name, *_ in labels if name == "Auckland"]) == 1  # the town is not written over its port


def test_what_is_shipped_has_its_licence() -> None:
    notice = (ROOT / "NOTICE").read_text()
    for folder in ("assets/vendor", "assets/fonts", "assets/basemap"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "LICENSE" not in path.name:
                assert str(path.relative_to(ROOT)) in notice, path
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_a_ring_across_the_antimeridian_is_unwrapped_and_cut() -> None:
    ring = [(179.0, -17.0), (-179.0, -17.0), (-179.0, -16.0), (179.0, -16.0), (179.0, -17.0)]
    continuous = unwrapped(ring)
    assert max(abs(b[0] - a[0]) for a, b in pairwise(continuous)) == 2.0
    flat = cut_at_antimeridian(Polygon(continuous))
    assert flat.bounds == (-180, -17, 180, -16)
    assert flat.area == pytest.approx(2.0) and len(flat.geoms) == 2


def test_a_shore_is_not_drawn_along_the_edge_of_the_sheet() -> None:
    drawn = cut_line([(170.0, 65.0), (180.0, 66.0), (180.0, 68.0), (180.0, 69.0), (170.0, 70.0)])
    assert drawn.length == pytest.approx(2 * LineString([(170, 65), (180, 66)]).length)


def test_land_that_runs_round_the_pole_is_closed_there() -> None:
    ring = [(lon, -70.0) for lon in (-180.0, -90.0, 0.0, 90.0, 180.0)]
    quantized = {"transform": {"scale": [1, 1], "translate": [0, 0]}, "arcs": [_deltas(ring)],
                 "objects": {"land": {"type": "Polygon", "arcs": [[0]]}}}  # fmt: skip
    topology = Topology(quantized)
    (polygon,) = topology.polygons(next(topology.features("land")))
    assert polygon.area == pytest.approx(360 * 20)


def test_new_zealand_is_one_country_on_both_sides_of_the_antimeridian() -> None:
    coast = read_coast("NZ")
    west, south, east, north = shapely.MultiPolygon(coast.land).bounds
    assert 165 < west < 167 and 183 < east < 185  # Auckland Islands to the Forty-Fours
    assert -53 < south < -52 and -30 < north < -29  # Campbell Island to Raoul
    assert any(part.contains(shapely.Point(183.5, -44.03)) for part in coast.land)  # Chatham Island


def _deltas(ring: list[tuple[float, float]]) -> list[list[int]]:
    whole = [(int(lon), int(lat)) for lon, lat in ring]
    return [list(whole[0])] + [[b[0] - a[0], b[1] - a[1]] for a, b in pairwise(whole)]
