"""Zones and places as GeoJSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from picture import zones as known
from picture.sight import Sight
from runtime.desk import Desk
from web.api import answers
from web.api import parameters as take


def add(router: APIRouter, desk: Desk) -> None:
    """Add the addresses of what does not move."""
    gazetteer: list[dict[str, Any]] = []
    documented: dict[str, Any] = {
        "tags": ["geography"],
        "responses": {200: {"model": answers.FeatureCollection}},
        "response_class": answers.GeoJson,
    }

    @router.get("/zones", summary="Zones: limits, ports, what officers drew", **documented)
    async def zones(
        as_of: Annotated[take.Moment, Query(description="As they were known at a past moment")] = None,
    ) -> Response:
        """Each says on whose authority it stands. Longitudes run on across the antimeridian (New Zealand: 160 to 193),
        so that a zone stays one piece."""
        moment = take.within_reach(as_of) if as_of else None
        return answers.send(await desk.look(_zones, moment), media_type=answers.GEOJSON)

    @router.get("/places", summary="Ports and airports", **documented)
    async def places() -> Response:
        """The gazetteer this centre works with."""
        if not gazetteer:
            gazetteer.append(await desk.look(lambda sight: sight.places.features()))
        return answers.send(gazetteer[0], media_type=answers.GEOJSON)


def _zones(sight: Sight, as_of: datetime | None) -> dict[str, Any]:
    with sight.record() as session:
        found = known.zones(session, as_of)
    features = [
        {
            "type": "Feature",
            "id": zone.id,
            "geometry": zone.geometry,
            "properties": {"name": zone.name, "kind": zone.kind, "authority": zone.authority},
        }
        for zone in found
    ]
    return {"type": "FeatureCollection", "features": features}
