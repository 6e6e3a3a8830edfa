"""The route table: path, title, permission, view. One guarded callback on the address shows the page.

Our own table rather than Dash Pages: those register late, break the content security policy and run layouts
outside the guard.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from dash import Input, Output, html, no_update
from dash.development.base_component import Component
from starlette.routing import compile_path

from access.permissions import Permission
from callbacks.guard import Desk, guarded
from layouts import ids
from layouts.shell import navigation

View = Callable[..., Awaitable[Component]]


@dataclass(frozen=True, slots=True)
class Route:
    """One page. The picture's own paths have no view: it lives in the shell and is only uncovered."""

    path: str
    title: str
    needs: Permission
    view: View | None
    pattern: re.Pattern[str]


ROUTES: list[Route] = []


def page(path: str, title: str, needs: Permission) -> Callable[[View], View]:
    """Register an async view for a path; its parameters (`/operations/{id}`) come as keyword arguments."""

    def keep(view: View) -> View:
        ROUTES.append(Route(path, title, needs, view, compile_path(path)[0]))
        return view

    return keep


for _path, _title in (("/", "Picture"), ("/wall", "Wall")):
    ROUTES.append(Route(_path, _title, Permission.SEE_PICTURE, None, compile_path(_path)[0]))


def match(path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a path and its parameters; None for a path nobody knows."""
    path = path.rstrip("/") or "/"
    for route in ROUTES:
        found = route.pattern.match(path)
        if found:
            return route, found.groupdict()
    return None


@guarded(
    Output(ids.OUTLET, "children"),
    Output(ids.OUTLET, "className"),
    Output(ids.PICTURE_PAGE, "className"),
    Output(ids.NAV, "children"),
    Input(ids.ADDRESS, "pathname"),
    needs=Permission.SEE_PICTURE,
)
async def show_page(desk: Desk, path: str | None) -> tuple[Any, str, str, Any]:
    found = match(path or "/")
    if found is None:
        return not_found(), "page scroll", "page away", navigation("")
    route, parameters = found
    if not desk.actor.may(route.needs):
        return not_found(), "page scroll", "page away", navigation("")
    if route.view is None:
        return None, "page scroll away", "page", navigation("/") if route.path == "/" else no_update
    return await route.view(desk, **parameters), "page scroll", "page away", navigation(route.path)


def not_found() -> Component:
    return html.Div(
        [html.H1("There is no such page"), html.P(["It may have moved. ", html.A("Back to the picture", href="/")])],
        className="not-found",
    )
