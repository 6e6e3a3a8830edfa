"""Nothing that floats is ever on land (Natural Earth 1:10m, as the base map draws it)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from picture.geo.coast import read_coast
from tests.data_sources.demo.world import scenario

Places = dict[str, tuple[float, float]]


def ashore(land: Iterable[shapely.Geometry]) -> Places:
    """Who is on land anywhere in its plan, and where first; longitudes of `land` run 0..360."""
    parts = [piece for polygon in land for piece in shapely.get_parts(polygon)]
    tree = shapely.STRtree(parts)
    found: Places = {}
    for craft in scenario().fleet:
        if craft.rescue:
            continue
        times = np.arange(0.0, craft.plan.period, max(120.0, craft.plan.period / 1500)) - craft.plan.offset
        states = craft.plan.at(times)
        points = shapely.points(states.lon % 360, states.lat)
        on_land = tree.query(points, predicate="within")[0]
        if len(on_land):
            found[craft.name] = (round(float(states.lat[on_land[0]]), 3), round(float(states.lon[on_land[0]]), 3))
    return found


def test_every_plan_stays_off_the_land_of_the_base_map() -> None:
    assert ashore(read_coast("NZ").land) == {}


@pytest.mark.parametrize("name", ["nz_land_10m", "south_pacific_land_10m"])
def test_every_plan_stays_off_land_abroad_as_well(shared_data: Path, name: str) -> None:
    document = json.loads((shared_data / "geo" / f"{name}.geojson").read_text())
    parts = [shapely.make_valid(shape(feature["geometry"])) for feature in document["features"]]
    # the Chathams and others lie west of the antimeridian
    assert ashore([*parts, *(shapely.transform(part, _eastwards) for part in parts)]) == {}


def _eastwards(points: np.ndarray) -> np.ndarray:
    return points + np.array([360.0, 0.0])
