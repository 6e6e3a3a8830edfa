"""Reading TopoJSON, and rings that cross the antimeridian.

Natural Earth as packed in `world-atlas` is stitched: a ring that crosses 180° jumps from +179.9 to -179.9 in one
step, and Antarctica runs once around the globe without touching the pole. Planar geometry needs neither, so rings
are unwrapped into continuous longitudes (which may leave ±180) and, where a flat map is wanted, cut at 180° and the
parts shifted back.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import shapely
from shapely.affinity import translate
from shapely.geometry import LineString, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

Point = tuple[float, float]  # longitude, latitude in degrees
Ring = list[Point]


class Topology:
    """One TopoJSON document: its arcs decoded once, its objects handed out as rings and lines."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.objects: dict[str, Any] = document["objects"]
        self.arcs = [_decoded(arc, document["transform"]) for arc in document["arcs"]]

    def features(self, name: str) -> Iterator[dict[str, Any]]:
        """The geometries of one object, whole collection or single."""
        found = self.objects[name]
        yield from found["geometries"] if found["type"] == "GeometryCollection" else [found]

    def line(self, index: int) -> Ring:
        """One arc; ~index means the same arc backwards, as TopoJSON has it."""
        return self.arcs[index] if index >= 0 else self.arcs[~index][::-1]

    def ring(self, indexes: list[int]) -> Ring:
        points: Ring = []
        for index in indexes:
            line = self.line(index)
            points.extend(line[1:] if points else line)
        return points

    def polygons(self, feature: dict[str, Any]) -> list[Polygon]:
        """Polygons of one feature in continuous longitudes, each starting near its own first point."""
        groups = {"Polygon": lambda arcs: [arcs], "MultiPolygon": lambda arcs: arcs}.get(feature["type"])
        if groups is None:
            return []
        return [part for rings in groups(feature["arcs"]) for part in _polygons([self.ring(ring) for ring in rings])]

    def shared_arcs(self, name: str) -> Iterator[int]:
        """Arcs that two different features of an object share: borders on land."""
        owners: dict[int, set[int]] = {}
        for number, feature in enumerate(self.features(name)):
            for index in _flat(feature.get("arcs", [])):
                owners.setdefault(index if index >= 0 else ~index, set()).add(number)
        return (arc for arc, of in owners.items() if len(of) > 1)


def unwrapped(ring: Ring) -> Ring:
    """The same ring with steps of more than 180° taken the short way round. Longitudes may leave ±180."""
    points, turn = [ring[0]], 0.0
    for (before, _), (lon, lat) in pairwise(ring):
        if lon - before > 180:
            turn -= 360
        elif lon - before < -180:
            turn += 360
        points.append((lon + turn, lat))
    return points


def cut_at_antimeridian(shape: BaseGeometry) -> BaseGeometry:
    """A shape in continuous longitudes, cut at ±180° and moved into -180..180."""
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return shape
    parts = []
    for turn in range(int((west + 180) // 360), int((east + 180) // 360) + 1):
        part = shape.intersection(box(-180 + 360 * turn, -90, 180 + 360 * turn, 90))
        if not part.is_empty:
            parts.append(translate(part, xoff=-360 * turn))
    return shapely.unary_union(parts)


def cut_line(ring: Ring) -> BaseGeometry:
    """A line as TopoJSON has it, ready for a flat map.

    Stretches along ±180° or the pole are dropped: there the source was cut to fit a sheet, there is no shore.
    """
    points = unwrapped(ring)
    stretches: list[Ring] = [[]]
    for a, b in pairwise(points):
        if _on_sheet_edge(a) and _on_sheet_edge(b):
            stretches.append([])
        else:
            stretches[-1] += [b] if stretches[-1] else [a, b]
    lines = [cut_at_antimeridian(LineString(stretch)) for stretch in stretches if stretch]
    return shapely.union_all(lines) if len(lines) > 1 else lines[0] if lines else LineString()


def near_longitude(shape: BaseGeometry, centre: float) -> BaseGeometry:
    """The shape moved by whole turns so that its middle lies within 180° of `centre`."""
    west, _, east, _ = shape.bounds
    turns = round((centre - (west + east) / 2) / 360)
    return translate(shape, xoff=360 * turns) if turns else shape


def parts_of(shape: BaseGeometry) -> list[Polygon]:
    """The polygons in a shape, whatever it is; lines and points that cutting leaves behind are dropped."""
    if isinstance(shape, Polygon):
        return [] if shape.is_empty else [shape]
    if isinstance(shape, MultiPolygon) or hasattr(shape, "geoms"):
        return [polygon for part in shape.geoms for polygon in parts_of(part)]
    return []


def _on_sheet_edge(point: Point) -> bool:
    return abs(abs(point[0]) % 360 - 180) < 0.001 or abs(point[1]) > 89.9


def _polygons(rings: list[Ring]) -> list[Polygon]:
    """Usually one; rounding can fold a tiny island flat (none) or pinch one in two."""
    rings = [ring for ring in rings if len(ring) > 3]
    if not rings:
        return []
    outer = _closed_over_pole(unwrapped(rings[0]))
    middle = (min(lon for lon, _ in outer) + max(lon for lon, _ in outer)) / 2
    holes = [near_longitude(LineString(unwrapped(hole)), middle).coords for hole in rings[1:]]
    polygon = Polygon(outer, holes)
    return [polygon] if polygon.is_valid else parts_of(shapely.make_valid(polygon))


def _closed_over_pole(ring: Ring) -> Ring:
    """A ring that runs round the globe (Antarctica) is closed along the pole on its own side."""
    if abs(ring[-1][0] - ring[0][0]) < 180:
        return ring
    pole = -90.0 if sum(lat for _, lat in ring) < 0 else 90.0
    return [*ring, (ring[-1][0], pole), (ring[0][0], pole), ring[0]]


def _decoded(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    (scale_x, scale_y), (shift_x, shift_y) = transform["scale"], transform["translate"]
    x = y = 0
    points: Ring = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + shift_x, y * scale_y + shift_y))
    return points


def _flat(arcs: list[Any]) -> Iterator[int]:
    for item in arcs:
        if isinstance(item, int):
            yield item
        else:
            yield from _flat(item)
