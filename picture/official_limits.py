"""Official limits from a GeoJSON file, in place of the computed ones of the same distance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from picture.geo.coast import read_coast
from picture.geo.topology import near_longitude
from picture.models import Zone
from picture.zones import COMPUTED, LIMITS, end_zone, limit_distance, written
from record import audit

LARGEST_BYTES = 32 * 1024 * 1024
SHAPES = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")
NAME_KEYS = ("name", "Name", "NAME", "geoname", "GEONAME", "title", "id")


class LimitsRefused(Exception):
    """The file cannot be taken as limits; the text says what is wrong with which feature. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class ImportLimits:
    """GeoJSON (WGS84, longitude first) and on whose authority. Longitudes may be -180..180 or 0..360."""

    document: bytes
    authority: str
    country: str  # ISO 3166 alpha-2, whose map the limits are made continuous for


def import_limits(session: Session, command: ImportLimits, *, actor: audit.Who, now: datetime) -> list[Zone]:
    """Add the limits in the file. A computed or older limit of the same distance (read from its name) is ended."""
    authority = command.authority.strip()
    if not authority or authority.startswith(COMPUTED):
        raise LimitsRefused("say on whose authority these limits are, for instance the office and the notice")
    centre = read_coast(command.country).centre_lon
    found = [_zone(number, feature, authority, centre) for number, feature in enumerate(_features(command.document), 1)]
    replaced = {limit_distance(zone.name) for zone in found} - {None}
    for old in session.scalars(select(Zone).where(Zone.kind == "limit").order_by(Zone.id)).all():
        if limit_distance(old.name) in replaced:
            end_zone(session, old, actor=actor, now=now)
    for zone in found:
        session.add(zone)
        audit.record(session, "zone.imported", zone, actor=actor, at=now, detail={"authority": authority})
    return found


def _features(document: bytes) -> list[dict[str, Any]]:
    if len(document) > LARGEST_BYTES:
        raise LimitsRefused(f"the file is larger than {LARGEST_BYTES // 2**20} MB")
    try:
        content = json.loads(document)
    except (ValueError, RecursionError) as wrong:
        raise LimitsRefused("the file is not JSON") from wrong
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection" and isinstance(content.get("features"), list):
        features = [feature for feature in content["features"] if isinstance(feature, dict)]
    elif kind == "Feature":
        features = [content]
    elif kind in SHAPES:
        features = [{"geometry": content, "properties": {}}]
    else:
        raise LimitsRefused("the file is not GeoJSON with lines or polygons")
    if not features:
        raise LimitsRefused("the file holds no feature")
    return features


def _zone(number: int, feature: dict[str, Any], authority: str, centre: float) -> Zone:
    properties = feature.get("properties") or {}
    name = next((str(properties[key]).strip() for key in NAME_KEYS if properties.get(key)), f"Limit {number}")[:200]
    geometry = feature.get("geometry") or {}
    if geometry.get("type") not in SHAPES:
        raise LimitsRefused(f"feature {number} ({name}): only lines and polygons can be limits")
    try:
        drawn = shape(geometry)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as wrong:
        raise LimitsRefused(f"feature {number} ({name}): its coordinates cannot be read") from wrong
    west, south, east, north = drawn.bounds if not drawn.is_empty else (999.0,) * 4
    if not (-90 <= south <= north <= 90 and -360 <= west <= east <= 360):
        raise LimitsRefused(f"feature {number} ({name}): not degrees of longitude and latitude")
    acts = next((list(acts) for distance, _, acts in LIMITS if distance == limit_distance(name)), ["observe"])
    return Zone(
        name=name,
        kind="limit",
        authority=authority[:400],
        geometry=written(_continuous(drawn, centre)),
        lawful_acts=acts,
    )


def _continuous(drawn: BaseGeometry, centre: float) -> BaseGeometry:
    """Parts that were cut at ±180° are brought to the same side and joined."""
    parts = shapely.get_parts(drawn)
    moved = [near_longitude(part if part.is_valid else shapely.make_valid(part), centre) for part in parts]
    return shapely.union_all(moved) if drawn.geom_type.endswith("Polygon") else shapely.multilinestrings(moved)
