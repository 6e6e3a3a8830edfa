"""The System page: feeds, what could not be used, storage, versions."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from dash import Input, Output, State, no_update
from dash.development.base_component import Component

from access.permissions import Permission
from callbacks.guard import Desk, guarded
from callbacks.routes import page
from layouts import VERSION, ids
from layouts import system as layout
from picture import queries
from picture.sight import Sight

SHOWN = ("dash", "plotly", "dash-leaflet", "dash-ag-grid", "fastapi", "sqlalchemy", "numpy", "pyais")


@page("/system", "System", Permission.SEE_SYSTEM)
async def system(desk: Desk) -> Component:
    return await desk.look(_page)


def _page(sight: Sight) -> Component:
    view = queries.system(sight)
    return layout.system_page(view.feeds, view.rejections, view.storage, versions(), now=sight.now)


def versions() -> dict[str, str]:
    """What runs here, for a report to support."""
    return {"Watchfloor": VERSION, "Python": platform.python_version(), **{name: version(name) for name in SHOWN}}


@guarded(
    Output(ids.FEEDS_GRID, "rowTransaction"),
    Output(ids.SYSTEM_STORAGE, "children"),
    Input(ids.SYSTEM_TICK, "n_intervals"),
    State(ids.ADDRESS, "pathname"),
    needs=Permission.SEE_SYSTEM,
)
async def refresh(desk: Desk, _n: int | None, path: str) -> tuple[Any, Any]:
    if path != "/system":
        return no_update, no_update
    return await desk.look(_rows)


def _rows(sight: Sight) -> tuple[Any, Any]:
    view = queries.system(sight)
    rows = layout.feed_rows(view.feeds, now=sight.now)
    return {"update": rows}, layout.storage_figures(view.storage, now=sight.now)


@guarded(
    Output(ids.REJECTIONS_GRID, "rowData"),
    Input(ids.REJECTIONS_FEED, "value"),
    prevent_initial_call=True,
    needs=Permission.SEE_SYSTEM,
)
async def choose_feed(desk: Desk, feed: str | None) -> Any:
    return await desk.look(_rejections, feed)


def _rejections(sight: Sight, feed: str | None) -> list[dict[str, Any]]:
    return layout.rejection_rows(queries.rejections(sight, feed), now=sight.now)
