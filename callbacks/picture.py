"""The picture page: card, search, lists of the rail, timeline."""

from __future__ import annotations

from typing import Any

from dash import Input, Output, State, ctx
from dash.development.base_component import Component

from access.permissions import Permission
from callbacks.guard import Desk, guarded
from layouts import ids
from layouts.parts import card as cards
from layouts.parts import lists
from layouts.parts.timeline import TimelineView, timeline_figure, timeline_patch
from picture import queries
from picture.sight import Sight

DUE_HOURS = 24


@guarded(
    Output(ids.CARD, "children"),
    Input(ids.SELECTED, "data"),
    Input(ids.SELECTED_TICK, "data"),
    needs=Permission.SEE_PICTURE,
)
async def show_card(desk: Desk, track_id: int | None, _tick: Any) -> Component | None:
    if track_id is None:
        return None
    return await desk.look(_card, int(track_id))


def _card(sight: Sight, track_id: int) -> Component:
    track = queries.track_card(sight, track_id)
    if track is None:
        return cards.gone(track_id)
    return cards.card(track, now=sight.now, zone=sight.timezone)


@guarded(Output(ids.SEARCH_RESULTS, "children"), Input(ids.SEARCH, "value"), needs=Permission.SEE_PICTURE)
async def find(desk: Desk, text: str | None) -> list[Component]:
    found = await desk.look(queries.search, text or "")
    return lists.search_results(text or "", found.tracks, found.places)


@guarded(
    Output(ids.WORTH, "children"),
    Input(ids.NOTICE_WORTH, "data"),
    Input(ids.ADDRESS, "pathname"),
    needs=Permission.SEE_PICTURE,
)
async def show_worth(desk: Desk, _notice: Any, _path: str) -> Component:
    return lists.worth_a_look(await desk.look(queries.worth_a_look))


@guarded(
    Output(ids.DUE, "children"),
    Input(ids.NOTICE_MOVEMENTS, "data"),
    Input(ids.ADDRESS, "pathname"),
    needs=Permission.SEE_PICTURE,
)
async def show_due(desk: Desk, _notice: Any, _path: str) -> Component:
    return await desk.look(_due)


def _due(sight: Sight) -> Component:
    return lists.due_next(queries.movements(sight, DUE_HOURS), now=sight.now)


@guarded(
    Output(ids.TIMELINE, "figure"),
    Input(ids.TIMELINE_HOURS, "data"),
    Input(ids.NOTICE_MOVEMENTS, "data"),
    State(ids.TIMELINE, "id"),
    needs=Permission.SEE_PICTURE,
)
async def show_timeline(desk: Desk, hours: int | None, _notice: Any, _id: str) -> Any:
    view = await desk.look(_timeline, hours or 24)
    if ctx.triggered_id == ids.NOTICE_MOVEMENTS:
        return timeline_patch(view)
    return timeline_figure(view)


def _timeline(sight: Sight, hours: int) -> TimelineView:
    return TimelineView(sight.now, hours, queries.movements(sight, hours))
