"""The addresses of `/api/v1`. Each parses, asks one question of the desk, and writes the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from fastapi.openapi.utils import get_openapi
from starlette.requests import HTTPConnection

from access.permissions import Actor, Permission
from runtime.desk import Desk
from runtime.hub import Hub
from web.api import answers, geography, questions
from web.api import parameters as take
from web.problems import MEDIA_TYPE, Problem, Refused

Identify = Callable[[HTTPConnection], Actor | None]
PREFIX = "/api/v1"
HISTORY_DAYS = timedelta(days=31)
FRAME = "application/octet-stream"

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
    for status, words in (
        (400, "Not a request this address takes"),
        (403, "Not allowed"),
        (404, "There is none"),
        (422, "A parameter is not what it should be; `wrong` or `detail` says which"),
        (500, "Failed on the server; quote `reference`"),
        (503, "The picture database does not answer"),
    )
}
DESCRIPTION = """
The border domain picture for other machines. Read only.

* Positions are WGS 84, longitude first. Times are UTC, ISO 8601. Speeds are knots, altitudes feet, courses degrees true.
* What is not available is null, never a magic number.
* Lists are paged: `next` of an answer is the address of the following page, null on the last one.
* Every refusal is `application/problem+json` (RFC 9457).
"""

TrackId = Annotated[int, Path(ge=1, lt=2**32, description="The number of a track", examples=[41])]


def install(app: FastAPI, hub: Hub, desk: Desk, identify: Identify) -> None:
    """Add every address to `app`."""

    def allowed(request: Request) -> Actor:
        actor = identify(request)
        if actor is None or not actor.may(Permission.SEE_PICTURE):
            raise Refused(403, "You may not see the picture.")
        return actor

    router = APIRouter(prefix=PREFIX, dependencies=[Depends(allowed)], responses=_REFUSALS)
    _tracks(router, desk)
    _history(router, desk)
    _traffic(router, hub, desk)
    geography.add(router, desk)
    _picture(router, hub, desk)

    @cache
    def description() -> dict[str, Any]:
        return get_openapi(
            title="Watchfloor", version="1", summary="The border domain picture", description=DESCRIPTION,
            routes=router.routes,
        )  # fmt: skip

    async def openapi() -> Response:
        return answers.send(description())

    router.add_api_route("/openapi.json", openapi, include_in_schema=False)
    app.router.routes.extend(router.routes)  # as they are: an included router hides its methods from 405


def _tracks(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/tracks",
        tags=["tracks"],
        summary="Tracks of the live picture",
        responses={200: {"model": answers.TrackCollection}},
        response_class=answers.GeoJson,
    )
    async def tracks(
        request: Request,
        bbox: take.BoxText = None,
        kind: take.Kinds = None,
        text: take.Text = "",
        limit: take.Limit = 200,
        cursor: Annotated[str | None, Query(max_length=40, description="Where the page begins: see `next`")] = None,
    ) -> Response:
        """Tracks by box, kind and text, in the order of their numbers. Without a box also those never located."""
        kinds = [word.kind for word in kind] if kind else None
        found = await desk.look(questions.tracks, take.box(bbox), kinds, text, limit, take.after(cursor))
        found["next"] = following(request, cursor=found["next"])
        return answers.send(found, media_type=answers.GEOJSON)

    @router.get(
        "/tracks/{track_id}",
        tags=["tracks"],
        summary="One track with its sources",
        responses={200: {"model": answers.TrackFeature}},
        response_class=answers.GeoJson,
    )
    async def track(track_id: TrackId) -> Response:
        """Everything the picture holds of one track. A number that was merged leads to what it became part of."""
        found = await desk.look(questions.track, track_id)
        if found is None:
            raise Refused(404, "There is no such track in the live picture.")
        return answers.send(answers.track_feature(found), media_type=answers.GEOJSON)


def _history(router: APIRouter, desk: Desk) -> None:
    @router.get(
        "/tracks/{track_id}/history",
        tags=["tracks"],
        summary="Where one track has been",
        responses={200: {"model": answers.History}},
        response_class=answers.GeoJson,
    )
    async def track_history(
        request: Request,
        track_id: TrackId,
        start: take.Moment = None,
        end: take.Moment = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 2_000,
        points: Annotated[bool, Query(description="One feature a point, with its source, instead of lines")] = False,
    ) -> Response:
        """Kept points from `start` to `end` (the last 24 h if left out), oldest first, of the track and of all that
        was merged into it. History is thinned: a straight leg keeps few points."""
        first, last = take.span(start, end, desk.now(), timedelta(hours=24), HISTORY_DAYS)
        found = await desk.look(questions.path, track_id, first, last, limit)
        title = desk.mirror.label(track_id)
        if not len(found) and not title:
            raise Refused(404, "Nothing is known of such a track in this time.")
        more = answers.moment(float(found["observed_at"][limit])).isoformat() if len(found) > limit else None
        found = found[:limit]
        write = questions.history_points if points else questions.history_lines
        features = write(track_id, found, desk.mirror, title)
        body = {"type": "FeatureCollection", "features": features, "count": len(found)}
        page = following(request, start=more, end=last.isoformat() if more else None)
        return answers.send({**body, "next": page}, media_type=answers.GEOJSON)

    @router.get(
        "/trails",
        tags=["tracks"],
        summary="Short paths of many tracks",
        responses={200: {"model": answers.Trails}},
        response_class=answers.GeoJson,
    )
    async def trails(
        bbox: take.BoxText = None,
        minutes: Annotated[int, Query(ge=1, le=1440)] = 60,
        limit: Annotated[int, Query(ge=1, le=5_000)] = 1_000,
    ) -> Response:
        """Where the tracks in a box have been these last minutes: compact, for drawing."""
        found = await desk.look(questions.trails, take.box(bbox), minutes, limit)
        return answers.send(found, media_type=answers.GEOJSON)


def following(request: Request, **changed: object) -> str | None:
    """The address of the next page: this one with parameters changed; None when there is none."""
    if None in changed.values():
        return None
    url = request.url.include_query_params(**changed)
    return f"{url.path}?{url.query}"


def _traffic(router: APIRouter, hub: Hub, desk: Desk) -> None:
    @router.get("/feeds", tags=["feeds"], summary="How every feed is doing", response_model=answers.Feeds)
    async def feeds() -> Response:
        return answers.send({"feeds": hub.feeds})

    @router.get("/rejections", tags=["feeds"], summary="What could not be used", response_model=answers.Rejections)
    async def rejections(
        request: Request,
        feed: Annotated[str | None, Query(max_length=80)] = None,
        before: Annotated[int | None, Query(ge=1, lt=2**63, description="Where the page begins: see `next`")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        """The last things that arrived and could not be used, newest first, each with its reason."""
        found = await desk.look(questions.rejections, feed, before, limit)
        more = found[-1].id if len(found) == limit else None
        return answers.send({"rejections": found, "next": following(request, before=more)})

    @router.get("/movements", tags=["movements"], summary="Arrivals and departures", response_model=answers.Movements)
    async def movements(start: take.Moment = None, end: take.Moment = None) -> Response:
        """Seen, reported and inferred movements from `start` to `end`: 12 h either side of now if left out."""
        half = timedelta(hours=12)
        now = desk.now()
        first, last = take.span(start or now - half, end or now + half, now, half, HISTORY_DAYS)
        return answers.send({"movements": await desk.look(questions.movements, first, last)})


def _picture(router: APIRouter, hub: Hub, desk: Desk) -> None:
    @router.get(
        "/picture",
        tags=["picture"],
        summary="The picture since a sequence number",
        responses={
            200: {"model": answers.Picture, "content": {FRAME: {"schema": {"type": "string", "format": "binary"}}}}
        },
    )
    async def the_picture(
        request: Request,
        since: Annotated[int, Query(ge=0, lt=2**32, description="`seq_to` of what you have; 0 for everything")] = 0,
        picture: Annotated[int, Query(ge=0, lt=2**32, description="`picture` of what you have")] = 0,
    ) -> Response:
        """What changed after `since`; everything when `picture` is another than before. With `Accept: application/octet-stream` the same frame that `/stream` sends."""
        since = hub.since(since, picture)
        if FRAME in request.headers.get("accept", ""):
            frame = await asyncio.to_thread(hub.frame_since, since)
            return Response(frame, media_type=FRAME, headers={"Cache-Control": "no-store", "Vary": "Accept"})
        return answers.send(await desk.look(questions.changes, since))
