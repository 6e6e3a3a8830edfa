"""The picture page: map with layers and search, timeline below, rail with the card on the right."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids
from layouts.attributes import attributes
from layouts.parts.timeline import timeline_frame

# What can be shown or hidden, in the order an officer looks. The script fills in "214 of 1,284".
LAYERS = (
    ("vessels", "Vessels", True),
    ("aircraft", "Aircraft", True),
    ("contacts", "Contacts", True),
    ("others", "Aids and stations", False),
    ("zones", "Zones", True),
    ("trails", "Trails", False),
    ("labels", "Labels", True),
)
COUNTED = ("vessels", "aircraft", "contacts", "others")  # of which a wall tells the numbers


def picture(chart: Component, *, demo: bool) -> Component:
    """The whole page around `chart`, the map."""
    return html.Div(
        [
            html.Section([chart, _tools()], className="map-room", **attributes({"aria-label": "Map"})),
            timeline_frame(),
            html.Aside(
                [html.Div(id=ids.CARD), html.Div(id=ids.WORTH), html.Div(id=ids.DUE), _keys()],
                className="rail",
                **attributes({"aria-label": "Selected and noticed"}),
            ),
        ],
        className="page picture",
    )


def _tools() -> Component:
    return html.Div(
        [
            *(_chip(name, title, on) for name, title, on in LAYERS),
            html.Button(
                "Range and bearing",
                id=ids.MEASURE,
                className="chip tool",
                title="Measure (M)",
                **attributes({"aria-pressed": "false"}),
            ),
            _search(),
        ],
        className="map-tools",
    )


def _chip(name: str, title: str, on: bool) -> Component:
    return html.Button(
        [title, html.Span(className="count")],
        className="chip counted" if name in COUNTED else "chip",
        **attributes({"data-layer": name, "aria-pressed": "true" if on else "false"}),
    )


def _search() -> Component:
    return html.Div(
        [
            dcc.Input(
                id=ids.SEARCH,
                type="text",
                placeholder="Name, MMSI, IMO, call sign, flight …",
                debounce=0.15,
                autoComplete="off",
                maxLength=60,
            ),
            html.Kbd("/"),
            html.Div(id=ids.SEARCH_RESULTS, className="results", role="listbox"),
        ],
        className="search",
        role="search",
    )


def _keys() -> Component:
    keys = (
        ("/", "search"),
        ("M", "range and bearing"),
        ("Shift ← →", "from track to track"),
        ("Esc", "let go"),
        ("+ −", "zoom"),
        ("← ↑ ↓ →", "pan"),
    )
    return html.Div(
        [html.Span([html.Kbd(key), " ", what]) for key, what in keys], id=ids.KEYS_HELP, className="keys muted tool"
    )
