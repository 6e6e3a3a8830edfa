"""Zones and places as GeoJSON."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, Response

from picture.sight import Sight
from runtime.desk import Desk
from web.api import answers


def add(router: APIRouter, desk: Desk) -> None:
    documented: dict[str, Any] = {"response_model": answers.FeatureCollection, "tags": ["geography"]}

    @router.get("/places", summary="Ports and airports", **documented)
    async def places() -> Response:
        """The gazetteer this centre works with."""
        return answers.send(await desk.look(_places), media_type=answers.GEOJSON)

    @cache
    def gazetteer() -> dict[str, Any]:
        return desk.places.features()

    def _places(_sight: Sight) -> dict[str, Any]:
        return gazetteer()
