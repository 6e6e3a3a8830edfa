"""Limits measured from a coast: what lies within so many nautical miles of a country's land.

A degree of longitude is not a distance, and one flat projection of a whole country bends distances by miles. So the
land is cut into cells of one degree; each is laid flat around its own centre (azimuthal equidistant, on the WGS84
ellipsoid by geographiclib), grown, and put back; the pieces are then united. Against geographiclib the boundary lies
within ERROR_NM of where it should from the land it was given; the coast itself (1:10m, and low-water lines, bays and
straight baselines that it does not know) is off by more than that. Hence: approximate, never for a prosecution.

Where another country's land is nearer than ours, the limit is drawn back to where both are equally near. Agreed
boundaries differ from that line.

Longitudes are continuous around the country (New Zealand: 160..193), so that a polygon that crosses the antimeridian
stays one piece and can be drawn on a map centred there. `wrap_longitude` brings a point into the same turn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import shapely
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray
from shapely import MultiPolygon
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from picture.geo.coast import Coast, read_neighbours
from picture.geo.topology import parts_of

METRES_PER_NM = 1852.0
ERROR_NM = 0.25  # largest deviation from the true distance, 200 nm line (12 and 24 nm: below 0.05); see the tests
CELL_DEGREES = 1.0
QUARTER_CIRCLE = 24  # segments; the chord of a 200 nm circle is then 0.05 nm inside it
STEP_NM = 4.0  # between points of a line that is drawn back to the equidistance
DECIMALS = 1e-5  # degrees, about a metre: what is written down
_SPECK = 1e-5  # square degrees, about a tenth of a square mile: what cutting leaves over
_SMOOTH_DEGREES = 0.0004  # about 40 m: thins what uniting leaves, far below the error of the coast


def grown(coast: Coast, nautical_miles: float) -> BaseGeometry:
    """Everything within a distance of the coast, land included."""
    pieces = [_grown_cell(cell, nautical_miles) for part in coast.land for cell in _cells(part)]
    return shapely.simplify(shapely.union_all(pieces), _SMOOTH_DEGREES)


def limits(coast: Coast, distances_nm: tuple[float, ...]) -> list[MultiPolygon]:
    """For each distance what lies within it of this coast, land included, and nearer to it than to any other.

    Empty for a country without a coast.
    """
    neighbours = read_neighbours(coast, 2 * max(distances_nm))
    own, foreign = _outline_points(coast.land), _outline_points(neighbours)
    not_ours = shapely.union_all([part if part.is_valid else part.buffer(0) for part in neighbours])
    found = []
    for distance in distances_nm:
        area = grown(coast, distance)
        if len(foreign):
            area = _drawn_back(area, own, foreign).difference(not_ours)
        area = shapely.set_precision(area, DECIMALS)
        found.append(MultiPolygon([part for part in parts_of(area) if part.area > _SPECK]))
    land = shapely.union_all([part if part.is_valid else part.buffer(0) for part in coast.land])
    return [MultiPolygon() if area.area < land.area * 1.001 else area for area in found]


def wrap_longitude(lon: float, centre_lon: float) -> float:
    """The same meridian, written within 180° of the centre."""
    return centre_lon + (lon - centre_lon + 180) % 360 - 180


def _cells(part: Polygon) -> Iterable[Polygon]:
    """A polygon cut along whole degrees, so that no piece is wide."""
    west, south, east, north = part.bounds
    if east - west <= CELL_DEGREES and north - south <= CELL_DEGREES:
        yield part
        return
    shapely.prepare(part)
    for x in np.arange(math.floor(west), east, CELL_DEGREES):
        for y in np.arange(math.floor(south), north, CELL_DEGREES):
            cell = box(x, y, x + CELL_DEGREES, y + CELL_DEGREES)
            if part.intersects(cell):
                yield from parts_of(part.intersection(cell))


def _grown_cell(cell: Polygon, nautical_miles: float) -> BaseGeometry:
    west, south, east, north = cell.bounds
    centre_lon, centre_lat = (west + east) / 2, (south + north) / 2

    def flat(points: NDArray[np.float64]) -> NDArray[np.float64]:
        lines = [Geodesic.WGS84.Inverse(centre_lat, centre_lon, lat, lon) for lon, lat in points]
        turns = [(line["s12"], math.radians(line["azi1"])) for line in lines]
        return np.array([(metres * math.sin(turn), metres * math.cos(turn)) for metres, turn in turns])

    def round_earth(points: NDArray[np.float64]) -> NDArray[np.float64]:
        back = [
            Geodesic.WGS84.Direct(centre_lat, centre_lon, math.degrees(math.atan2(x, y)), math.hypot(x, y))
            for x, y in points
        ]
        return np.array([(wrap_longitude(point["lon2"], centre_lon), point["lat2"]) for point in back])

    area = shapely.transform(cell, flat).buffer(nautical_miles * METRES_PER_NM, quad_segs=QUARTER_CIRCLE)
    grown_cell = shapely.transform(Polygon(area.exterior), round_earth)
    return grown_cell if grown_cell.is_valid else shapely.make_valid(grown_cell)


def _outline_points(parts: Iterable[Polygon]) -> NDArray[np.float64]:
    """Corner points of polygons as vectors from the centre of the Earth; long edges get points in between."""
    rings = [shapely.get_coordinates(shapely.segmentize(part.exterior, 0.05)) for part in parts]
    return _vectors(np.concatenate(rings)) if rings else np.empty((0, 3))


def _vectors(points: NDArray[np.float64]) -> NDArray[np.float64]:
    lon, lat = np.radians(points).T
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def _drawn_back(area: BaseGeometry, own: NDArray[np.float64], foreign: NDArray[np.float64]) -> BaseGeometry:
    """Moves every boundary point that is nearer to foreign land towards our nearest land, to half way between."""
    moved = []
    for part in parts_of(area):
        rings = [_ring_drawn_back(ring, own, foreign) for ring in (part.exterior, *part.interiors)]
        moved += parts_of(shapely.make_valid(Polygon(rings[0], [hole for hole in rings[1:] if len(hole) > 3])))
    return shapely.union_all(moved)


def _ring_drawn_back(ring: BaseGeometry, own: NDArray[np.float64], foreign: NDArray[np.float64]) -> NDArray[np.float64]:
    points = shapely.get_coordinates(shapely.segmentize(ring, STEP_NM / 60))
    at = _vectors(points)
    near_own, nearness_own = _nearest(at, own)
    _, nearness_foreign = _nearest(at, foreign)
    beyond = nearness_foreign > nearness_own
    if not beyond.any():
        return points
    inside, outside = own[near_own[beyond]], at[beyond]
    for _ in range(14):  # halving 400 nm fourteen times: 0.02 nm
        middle = inside + outside
        middle /= np.linalg.norm(middle, axis=1, keepdims=True)
        ours = _nearest(middle, own)[1] >= _nearest(middle, foreign)[1]
        inside = np.where(ours[:, None], middle, inside)
        outside = np.where(ours[:, None], outside, middle)
    lat = np.degrees(np.arcsin(np.clip(inside[:, 2], -1, 1)))
    lon = np.degrees(np.arctan2(inside[:, 1], inside[:, 0]))
    before = points[beyond, 0]
    points[beyond] = np.column_stack((before + (lon - before + 180) % 360 - 180, lat))
    return points


def _nearest(at: NDArray[np.float64], coast: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each point the row of the nearest coast point and the cosine of the angle to it."""
    rows = np.empty(len(at), dtype=np.int64)
    cosines = np.empty(len(at))
    for start in range(0, len(at), 512):  # bounds the memory of the product
        product = at[start : start + 512] @ coast.T
        best = product.argmax(axis=1)
        rows[start : start + 512] = best
        cosines[start : start + 512] = product[np.arange(len(best)), best]
    return rows, cosines
