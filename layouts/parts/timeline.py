"""The timeline: arrivals and departures, past left of now, due right.

A Plotly figure with one trace per lane and kind of certainty, in a fixed order, so that a notice patches the
points of each trace and nothing else. The now line is moved in the browser (`assets/timeline.js`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import plotly.graph_objects as go
from dash import Patch, dcc, html
from dash.development.base_component import Component

from layouts import ids, theme
from layouts.attributes import attributes
from layouts.words import clock
from picture.views import Basis, Direction, MovementView

SPANS = ((8, "8 h"), (24, "24 h"), (168, "7 d"))
PAST_SHARE = 1 / 3  # of the span that lies left of now, as in the design picture

LANES = (
    ("Vessels in", "vessel", Direction.ARRIVAL),
    ("Vessels out", "vessel", Direction.DEPARTURE),
    ("Flights in", "aircraft", Direction.ARRIVAL),
    ("Flights out", "aircraft", Direction.DEPARTURE),
)

# How sure a point is: seen is filled, due is hollow, typed on board but not understood is a hollow diamond,
# due and not there is caution. Shape differs too: never colour alone.
MARKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("seen", {"symbol": "circle", "size": 8, "color": "#5f6f7b"}),
    ("due", {"symbol": "circle-open", "size": 9, "color": theme.TRACK, "line": {"width": 1.6}}),
    ("as typed", {"symbol": "diamond-open", "size": 9, "color": theme.TRACK, "line": {"width": 1.4}}),
    ("overdue", {"symbol": "triangle-up", "size": 10, "color": theme.CAUTION}),
)


# Flights come by the hundred: seen ones are thin strokes, which read as density instead of melting into a bar.
STROKE: dict[str, Any] = {
    "symbol": "line-ns-open",
    "size": 11,
    "color": "#5f6f7b",
    "opacity": 0.65,
    "line": {"width": 1},
}


@dataclass(frozen=True, slots=True)
class TimelineView:
    now: datetime
    hours: int
    movements: Sequence[MovementView]

    @property
    def start(self) -> datetime:
        return self.now - timedelta(hours=self.hours * PAST_SHARE)

    @property
    def end(self) -> datetime:
        return self.start + timedelta(hours=self.hours)


def timeline_frame() -> Component:
    """The timeline's place on the page; its figure comes from a callback and is patched from then on."""
    return html.Section(
        [
            html.Div(
                [
                    html.H2("Timeline"),
                    html.Button("LIVE", className="seg live", **attributes({"data-live": "true"})),
                    *(
                        html.Button(
                            text,
                            className="seg",
                            **attributes(
                                {"data-hours": str(hours), "aria-pressed": "true" if hours == 24 else "false"}
                            ),
                        )
                        for hours, text in SPANS
                    ),
                    html.Span("● seen  ○ due  ◇ as typed on board  ▲ overdue", className="timeline-key"),
                ],
                className="timeline-head",
            ),
            dcc.Graph(
                id=ids.TIMELINE,
                figure=_empty(),
                responsive=True,
                config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False},
            ),
        ],
        className="timeline",
        **attributes({"aria-label": "Timeline of arrivals and departures"}),
    )


def timeline_figure(view: TimelineView) -> go.Figure:
    """The whole figure, for the first time and when the span changes."""
    figure = _empty()
    for trace, points in zip(figure.data, traces(view), strict=True):
        trace.update(points)
    figure.update_xaxes(range=[view.start, view.end], **ticks(view.hours))
    return figure


def timeline_patch(view: TimelineView) -> Patch:
    """Only the points, for a notice: the rest of the figure stays as the officer left it."""
    patch = Patch()
    for number, points in enumerate(traces(view)):
        for name, value in points.items():
            patch["data"][number][name] = value
    return patch


def traces(view: TimelineView) -> list[dict[str, list[Any]]]:
    """Points of each trace, lane by lane, in the order of LANES and MARKS."""
    out: list[dict[str, list[Any]]] = []
    for lane, kind, direction in LANES:
        here = [m for m in view.movements if m.kind == kind and m.direction is direction]
        for mark, _ in MARKS:
            chosen = [m for m in here if _mark(m) == mark]
            out.append(
                {
                    "x": [m.at for m in chosen],
                    "y": [lane] * len(chosen),
                    "customdata": [m.track_id for m in chosen],
                    "text": [_hover(m, view.now) for m in chosen],
                }
            )
    return out


def ticks(hours: int) -> dict[str, Any]:
    """Tick spacing and form for a span."""
    if hours <= 24:
        return {"dtick": 3_600_000 * (1 if hours > 8 else 0.5), "tickformat": "%H" if hours > 8 else "%H:%M"}
    return {"dtick": 86_400_000, "tickformat": "%a %d"}


def _mark(movement: MovementView) -> str:
    if movement.basis is Basis.SEEN:
        return "seen"
    if movement.overdue:
        return "overdue"
    return "due" if movement.resolved else "as typed"


def _hover(movement: MovementView, now: datetime) -> str:
    verb = {
        (Direction.ARRIVAL, True): "arrived",
        (Direction.DEPARTURE, True): "left",
        (Direction.ARRIVAL, False): "due",
        (Direction.DEPARTURE, False): "due out of",
    }[movement.direction, movement.basis is Basis.SEEN]
    sure = {Basis.SEEN: "seen", Basis.REPORTED: "as typed on board", Basis.INFERRED: "inferred from course and speed"}
    return f"<b>{movement.title}</b><br>{verb} {movement.place} {clock(movement.at, now=now)}<br>{sure[movement.basis]}"


def _empty() -> go.Figure:
    figure = go.Figure(
        [
            go.Scatter(
                x=[], y=[], customdata=[], text=[], mode="markers", marker=STROKE if (kind, mark) == ("aircraft", "seen") else marker, name=f"{lane}, {mark}",
                hovertemplate="%{text}<extra></extra>", cliponaxis=True,
            )
            for lane, kind, _ in LANES
            for mark, marker in MARKS
        ]
    )  # fmt: skip
    figure.update_layout(
        template=None,
        paper_bgcolor=theme.GROUND,
        plot_bgcolor=theme.GROUND,
        margin={"l": 92, "r": 12, "t": 24, "b": 6},
        showlegend=False,
        dragmode="pan",
        hoverlabel={"bgcolor": theme.RAISED, "bordercolor": theme.LINE, "font": {"color": theme.TEXT, "size": 13}},
        font={"family": "Inter, DejaVu Sans, sans-serif", "color": theme.MUTED, "size": 12},
        uirevision="watch",
        hovermode="closest",
    )
    figure.update_xaxes(
        type="date", side="top", gridcolor=theme.RAISED, zeroline=False, showline=False, fixedrange=False,
        ticks="", tickfont={"size": 12},
    )  # fmt: skip
    # No tick spacing without a range: Plotly's own range for no points is a year, and 8,760 hourly labels take it half a minute.
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=[lane for lane, _, _ in reversed(LANES)],
        range=[-0.6, len(LANES) - 0.4], fixedrange=True, showgrid=True, gridcolor=theme.PANEL, zeroline=False, ticks="",
        tickfont={"color": theme.MUTED, "size": 13}, ticklabelstandoff=6,
    )  # fmt: skip
    return figure
