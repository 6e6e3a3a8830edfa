"""What the API answers with: models for its description, and quick writers for what is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from starlette.responses import Response

from picture.views import FeedView, MovementView, RejectionView, TrackView

GEOJSON = "application/geo+json"


class Geometry(BaseModel):
    type: str = Field(examples=["Point"])
    coordinates: list[Any] = Field(examples=[[174.84, -36.83]])


class TrackFeature(BaseModel):
    """One track. `geometry` is null when it was never located."""

    type: Literal["Feature"] = "Feature"
    id: int
    geometry: Geometry | None
    properties: TrackView


class TrackCollection(BaseModel):
    """Tracks as GeoJSON. `next` is the cursor of the next page, null on the last one."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[TrackFeature]
    picture_at: datetime = Field(description="The newest change this answer knows of")
    next: str | None = Field(description="Give it as `cursor` for the next page")


class HistoryFeature(BaseModel):
    """Where one track has been. Columns of `properties` run beside the coordinates, one entry a point."""

    type: Literal["Feature"] = "Feature"
    id: int
    geometry: Geometry | None
    properties: dict[str, Any]


class FeatureCollection(BaseModel):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[dict[str, Any]]


class Trail(BaseModel):
    id: int
    points: list[tuple[float, float, float]] = Field(description="[longitude, latitude, epoch seconds], oldest first")


class Trails(BaseModel):
    """Short paths of many tracks, for drawing."""

    from_: datetime = Field(alias="from")
    to: datetime
    truncated: bool = Field(description="There are more tracks in the box than were asked for")
    trails: list[Trail]


class Feeds(BaseModel):
    feeds: list[FeedView]


class Rejections(BaseModel):
    rejections: list[RejectionView]
    next: int | None = Field(description="Give it as `before` for the next page")


class Movements(BaseModel):
    movements: list[MovementView]


class Picture(BaseModel):
    """What changed after `seq_from`; everything when `full`."""

    full: bool
    seq_from: int
    seq_to: int
    picture_at: datetime
    tracks: list[dict[str, Any]]
    removed: list[int]


def send(body: Any, *, media_type: str = "application/json", status: int = 200) -> Response:
    """Write JSON: times as ISO 8601 in UTC with Z, NumPy numbers as numbers."""
    option = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
    return Response(orjson.dumps(body, option=option), status, {"Cache-Control": "no-store"}, media_type)


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def track_feature(track: TrackView) -> dict[str, Any]:
    located = track.lat is not None and track.lon is not None
    geometry = {"type": "Point", "coordinates": [track.lon, track.lat]} if located else None
    return {"type": "Feature", "id": track.id, "geometry": geometry, "properties": track}


def line(points: NDArray[np.void]) -> dict[str, Any] | None:
    """A LineString, or a MultiLineString cut where the path crosses the antimeridian (RFC 7946, 3.1.9)."""
    if not len(points):
        return None
    coordinates = np.round(np.column_stack((points["lon"], points["lat"])), 6)
    if len(points) == 1:
        return {"type": "Point", "coordinates": coordinates[0].tolist()}
    cuts = np.flatnonzero(np.abs(np.diff(coordinates[:, 0])) > 180.0) + 1
    if not len(cuts):
        return {"type": "LineString", "coordinates": coordinates.tolist()}
    return {"type": "MultiLineString", "coordinates": _cut(coordinates, cuts)}


def _cut(coordinates: NDArray[np.float64], cuts: NDArray[np.intp]) -> list[list[list[float]]]:
    parts = [part.tolist() for part in np.split(coordinates, cuts)]
    for before, after, cut in zip(parts, parts[1:], cuts.tolist(), strict=False):
        a, b = coordinates[cut - 1], coordinates[cut]
        side = 180.0 if a[0] > 0 else -180.0
        travelled = b[0] + 2 * side - a[0]
        share = (side - a[0]) / travelled if travelled else 0.0
        lat = round(float(a[1] + (b[1] - a[1]) * share), 6)
        before.append([side, lat])
        after.insert(0, [-side, lat])
    return parts


def number(value: float, digits: int = 1) -> float | None:
    """Rounded, None for NaN: JSON has no NaN."""
    return round(float(value), digits) if np.isfinite(value) else None


def numbers(column: NDArray[np.floating], digits: int = 1) -> list[float | None]:
    return [number(value, digits) for value in column.tolist()]
