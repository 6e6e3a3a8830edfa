"""Zones: the limits of a country's waters, its ports, and what officials drew. They live in the record database.

At the first start the limits are computed from the coast (`picture.geo.limits`, said to be approximate) and kept;
official limits that are imported take their place. Longitudes are continuous around the country and may leave ±180
(New Zealand: 160..193), so that a zone across the antimeridian is one piece on a map centred there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from geographiclib.geodesic import Geodesic
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from picture.geo.coast import read_coast
from picture.geo.limits import METRES_PER_NM, limits, wrap_longitude
from picture.models import Zone
from picture.places import Port
from picture.views import ZoneView
from record import audit, versions
from record.models import AuditEntry
from storage.engines import Database

COMPUTED = "computed from the coast, approximate"
GAZETTEER = "radius around the berths, from the gazetteer"
SEEDED = "zones.seeded"
# UNCLOS articles 2, 33 and 56: everything in the territorial sea; customs, fiscal, immigration and sanitary control in
# the contiguous zone; in the exclusive economic zone a border agency observes, unless its own law gives it more.
LIMITS = (
    (12.0, "Territorial sea, 12 nm", ("observe", "stop", "board")),
    (24.0, "Contiguous zone, 24 nm", ("observe", "stop", "board")),
    (200.0, "Exclusive economic zone, 200 nm", ("observe",)),
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One computed limit: everything inside it, land included."""

    name: str
    kind: str  # "limit"
    geometry: MultiPolygon
    nautical_miles: float
    lawful_acts: tuple[str, ...]


def compute_limits(country: str) -> list[Limit]:
    """The limits of a country (ISO 3166 alpha-2) from its coast; none for a country without one. Takes seconds."""
    areas = limits(read_coast(country), tuple(distance for distance, _, _ in LIMITS))
    return [
        Limit(name, "limit", area, distance, acts)
        for (distance, name, acts), area in zip(LIMITS, areas, strict=True)
        if not area.is_empty
    ]


def prepare_zones(record: Database, country: str, ports: Iterable[Port], *, now: datetime) -> bool:
    """First start, or another country in the settings: compute and keep the zones. True when something was done.

    The computing stands outside the transaction, so that nobody waits for the lock meanwhile.
    """
    with record.reading() as session:
        if _seeded_for(session) == country:
            return False
    computed = compute_limits(country)
    with record.writing() as session:
        seed_zones(session, country, computed, ports, actor=audit.System(), now=now)
    return True


def seed_zones(
    session: Session, country: str, computed: Iterable[Limit], ports: Iterable[Port], *, actor: audit.Who, now: datetime
) -> None:
    """Put the computed limits and the ports of a country in place of those computed before."""
    for zone in session.scalars(select(Zone).order_by(Zone.id)).all():
        if zone.authority.startswith((COMPUTED, GAZETTEER)):
            end_zone(session, zone, actor=actor, now=now)
    official = {limit_distance(zone.name) for zone in session.scalars(select(Zone).where(Zone.kind == "limit"))}
    rows = [
        Zone(name=limit.name, kind=limit.kind, authority=f"{COMPUTED} (Natural Earth 1:10m)",
             geometry=written(limit.geometry), lawful_acts=list(limit.lawful_acts))
        for limit in computed if limit.nautical_miles not in official
    ] + [
        Zone(name=port.name, kind="port", authority=GAZETTEER, geometry=written(circle(port.lat, port.lon, port.approach_nm)),
             lawful_acts=["observe", "stop", "board"])
        for port in ports if port.country == country and port.rank <= 3
    ]  # fmt: skip
    for zone in rows:
        session.add(zone)
        audit.record(session, "zone.computed", zone, actor=actor, at=now)
    audit.record(session, SEEDED, None, actor=actor, at=now, detail={"country": country, "zones": len(rows)})


def zones(session: Session, as_of: datetime | None = None) -> list[ZoneView]:
    """All zones there are, or those in force as they were known at a past moment; the widest first, to be drawn lowest."""
    if as_of is None:
        known: Iterable[Zone] = session.scalars(select(Zone).order_by(Zone.id))
    else:
        known = versions.as_of(session, Zone, as_of)
    in_force = [zone for zone in known if as_of is None or _valid(zone, as_of)]
    order = {"limit": 0, "port": 1}
    in_force.sort(key=lambda zone: (order.get(zone.kind, 2), -(limit_distance(zone.name) or 0), zone.id))
    return [ZoneView(zone.id, zone.name, zone.kind, zone.authority, zone.geometry) for zone in in_force]


class ZoneShape:
    """One zone ready to be asked about positions, many times."""

    def __init__(self, view: ZoneView) -> None:
        self.view = view
        self._shape = shapely.from_geojson(json.dumps(view.geometry))
        self._line = self._shape.boundary if self._shape.geom_type.endswith("Polygon") else self._shape
        west, _, east, _ = self._shape.bounds
        self._centre = (west + east) / 2
        shapely.prepare(self._shape)

    def contains(self, lat: float, lon: float) -> bool:
        return bool(shapely.contains_xy(self._shape, wrap_longitude(lon, self._centre), lat))

    def distance_nm(self, lat: float, lon: float) -> float:
        """To the nearest point of the zone's line, from inside or outside, along the ellipsoid."""
        here = wrap_longitude(lon, self._centre)
        narrowing = math.cos(math.radians(lat))  # a degree of longitude against one of latitude, here
        line = shapely.transform(self._line, lambda points: points * (narrowing, 1.0))
        spot = shapely.Point(here * narrowing, lat)
        nearest = line.interpolate(line.project(spot))
        metres = Geodesic.WGS84.Inverse(lat, here, nearest.y, nearest.x / narrowing)["s12"]
        return float(metres / METRES_PER_NM)


def circle(lat: float, lon: float, radius_nm: float) -> Polygon:
    """A circle on the Earth as a polygon of 72 corners."""
    turns = (Geodesic.WGS84.Direct(lat, lon, bearing, radius_nm * METRES_PER_NM) for bearing in range(360, 0, -5))
    return Polygon([(wrap_longitude(turn["lon2"], lon), turn["lat2"]) for turn in turns])


def end_zone(session: Session, zone: Zone, *, actor: audit.Who, now: datetime) -> None:
    """A zone that is no more; its versions stay."""
    audit.record(session, "zone.ended", zone, actor=actor, at=now, ended=True)
    session.delete(zone)
    session.flush()


def _seeded_for(session: Session) -> str | None:
    """The country that zones were last computed for."""
    newest = session.scalars(
        select(AuditEntry).where(AuditEntry.action == SEEDED).order_by(AuditEntry.seq.desc()).limit(1)
    ).first()
    return newest.detail.get("country") if newest else None


def _valid(zone: Zone, moment: datetime) -> bool:
    return (zone.valid_from is None or zone.valid_from <= moment) and (zone.valid_to is None or moment < zone.valid_to)


def limit_distance(name: str) -> float | None:
    """Which of the limits a name speaks of, in nautical miles."""
    words = name.lower()
    if "contiguous" in words:
        return 24.0
    if "exclusive economic" in words or "eez" in words.split():
        return 200.0
    if "territorial" in words:
        return 12.0
    return next((distance for distance, _, _ in LIMITS if f"{distance:.0f} nm" in words), None)


def written(shape: BaseGeometry) -> dict[str, Any]:
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(shapely.set_precision(shape, 1e-5)))
    return geometry
