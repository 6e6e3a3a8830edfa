"""The frame around every page: header, map, outlet, stores. Built once a visit and never replaced.

The picture page lives here rather than in the outlet: its map is mounted once and only hidden when another
page is open, because a map that is mounted again loses its tracks, its view and half a second.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import dash_leaflet as dl
from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import attributes
from layouts.picture import picture


@dataclass(frozen=True, slots=True)
class ShellView:
    """What the shell must know of this installation. Read by `assets/` as JSON from the element `config`."""

    timezone: str
    centre: tuple[float, float]
    zoom: int
    demo: bool
    wall_distance_m: float
    wall_panel_width_mm: float
    frame_seconds: float
    tile_url: str
    version: str


NAVIGATION = (("/", "Picture"), ("/system", "System"))


def shell(view: ShellView) -> Component:
    """The whole page."""
    return html.Div(
        [
            dcc.Location(id=ids.ADDRESS, refresh=False),
            html.Div(id=ids.CONFIG, hidden=True, **attributes({"data-config": json.dumps(asdict(view))})),
            _bar(),
            _demonstration() if view.demo else html.Div(),
            html.Main(
                [
                    html.Div(picture(_map(view), demo=view.demo), id=ids.PICTURE_PAGE, className="page"),
                    html.Div(id=ids.OUTLET, className="page scroll away"),
                ],
                className="stage",
            ),
            html.Div(id=ids.FROZEN, className="frozen", role="alert"),
            html.Div(id=ids.MESSAGE, className="message", role="status"),
            html.Div(id=ids.ANNOUNCE, className="visually-hidden", **attributes({"aria-live": "polite"})),
            *_stores(),
        ],
        className="shell",
    )


def navigation(path: str) -> list[Component]:
    """The links, the open page marked."""
    return [dcc.Link(title, href=href, className="here" if href == path else "") for href, title in NAVIGATION]


def _bar() -> Component:
    return html.Header(
        [
            html.Div([html.Img(src="/assets/mark.svg", alt=""), "Watchfloor"], className="brand"),
            html.Nav(navigation("/"), id=ids.NAV, className="nav", **attributes({"aria-label": "Pages"})),
            html.Div(id=ids.FEED_STRIP, className="strip", **attributes({"aria-label": "Feeds"})),
            html.Div(
                [
                    html.Div(
                        [html.B("--:--:--", id=ids.CLOCK_UTC), html.Span("UTC", id=ids.CLOCK_UTC_DATE)],
                        className="clock",
                    ),
                    html.Div(
                        [html.B("--:--", id=ids.CLOCK_LOCAL), html.Span("local", id=ids.CLOCK_LOCAL_DATE)],
                        className="clock local",
                    ),
                ],
                className="clocks",
            ),
            html.Div(["Local officer", html.Span("this machine only")], className="who"),
        ],
        className="bar",
    )


def _demonstration() -> Component:
    return html.Div(
        "DEMONSTRATION · invented traffic, no real vessel or aircraft is shown",
        id=ids.DEMO_BANNER,
        className="demo",
        role="note",
    )


def _map(view: ShellView) -> Component:
    return dl.Map(
        dl.LayerGroup(id="tracks-layer", eventHandlers={"add": {"variable": "watchfloor.attachTracks"}}),
        id=ids.MAP,
        center=list(view.centre),
        zoom=view.zoom,
        minZoom=2,
        maxZoom=16,
        zoomControl=False,
        attributionControl=True,
        worldCopyJump=False,
        preferCanvas=True,
        style={"height": "100%", "width": "100%"},
    )


def _stores() -> list[Component]:
    names = (
        ids.SELECTED, ids.SELECTED_TICK, ids.NOTICE_FEEDS, ids.NOTICE_MOVEMENTS, ids.NOTICE_ZONES,
        ids.NOTICE_SYSTEM, ids.NOTICE_WORTH,
    )  # fmt: skip
    return [*(dcc.Store(id=name) for name in names), dcc.Store(id=ids.TIMELINE_HOURS, data=24)]
