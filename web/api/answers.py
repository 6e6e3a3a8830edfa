"""What the API answers with: models for its description, and quick writers for what is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from picture.views import FeedView, MovementView, RejectionView, TrackView

GEOJSON = "application/geo+json"


class GeoJson(JSONResponse):
    """Told to the description of the API; what is sent is written by `send`."""

    media_type = GEOJSON


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
    """Tracks as GeoJSON."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[TrackFeature]
    picture_at: datetime = Field(description="The newest change this answer knows of")
    next: str | None = Field(description="Address of the next page, null on the last one")


class FeatureCollection(BaseModel):
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[dict[str, Any]]


class Path(BaseModel):
    """One leg of a path. Columns run beside the coordinates, one entry a point."""

    track: int
    times: list[float] = Field(description="Epoch seconds, oldest first")


class PathFeature(BaseModel):
    type: Literal["Feature"] = "Feature"
    geometry: Geometry
    properties: Path


class History(BaseModel):
    """Where one track has been: one line, or several where it crossed the antimeridian."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[PathFeature]
    count: int
    next: str | None = Field(description="Address of the following page, null on the last one")


class Trails(BaseModel):
    """Short paths of many tracks, for drawing."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[PathFeature]
    truncated: bool = Field(description="There are more tracks in the box than were asked for")


class Feeds(BaseModel):
    feeds: list[FeedView]


class Rejections(BaseModel):
    rejections: list[RejectionView]
    next: str | None = Field(description="Address of the next page, null on the last one")


class Movements(BaseModel):
    movements: list[MovementView]


class Picture(BaseModel):
    """What changed after `seq_from`; everything when `full`."""

    full: bool
    picture: int
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


def legs(points: NDArray[np.void]) -> list[NDArray[np.void]]:
    """One path in pieces that do not cross the antimeridian (RFC 7946, 3.1.9). Where it crosses, both sides get a
    point on the meridian, with the time in proportion and nothing else known."""
    cuts = np.flatnonzero(np.abs(np.diff(points["lon"])) > 180.0) + 1
    if not len(cuts):
        return [points] if len(points) else []
    pieces = np.split(points, cuts)
    for number_, cut in enumerate(cuts.tolist()):
        leaving, entering = _crossing(points[cut - 1 : cut], points[cut : cut + 1])
        pieces[number_] = np.concatenate((pieces[number_], leaving))
        pieces[number_ + 1] = np.concatenate((entering, pieces[number_ + 1]))
    return pieces


def _crossing(before: NDArray[np.void], after: NDArray[np.void]) -> tuple[NDArray[np.void], NDArray[np.void]]:
    side = 180.0 if before["lon"][0] > 0 else -180.0
    travelled = after["lon"][0] + 2 * side - before["lon"][0]
    share = (side - before["lon"][0]) / travelled if travelled else 0.0
    leaving = before.copy()
    for name in ("lat", "observed_at"):
        leaving[name] = before[name] + (after[name] - before[name]) * share
    for name in ("speed", "course", "altitude"):
        leaving[name] = np.nan
    entering = leaving.copy()
    leaving["lon"], entering["lon"] = side, -side
    return leaving, entering


def path_feature(points: NDArray[np.void], **properties: Any) -> dict[str, Any]:
    """A LineString (a Point when there is but one) with `times` beside its coordinates, epoch seconds."""
    coordinates = np.round(np.column_stack((points["lon"], points["lat"])), 5).tolist()
    single = len(coordinates) == 1
    geometry = {"type": "Point" if single else "LineString", "coordinates": coordinates[0] if single else coordinates}
    times = np.round(points["observed_at"], 1).tolist()
    return {"type": "Feature", "geometry": geometry, "properties": {**properties, "times": times}}


def number(value: float, digits: int = 1) -> float | None:
    """Rounded, None for NaN: JSON has no NaN."""
    return round(float(value), digits) if np.isfinite(value) else None


def numbers(column: NDArray[np.floating], digits: int = 1) -> list[float | None]:
    return [number(value, digits) for value in column.tolist()]
