"""The lists of the rail and the search: each row selects its track."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from layouts import words
from layouts.attributes import attributes
from picture.views import Basis, Direction, MovementView, TrackView
from picture.worth import Worth

SHOWN = 8
SHIPS_SHOWN = 5  # of those due, so that flights, which are many and soon, leave them room
LATE_SHOWN = 2


def search_results(
    text: str, found: Sequence[TrackView], places: Sequence[tuple[str, float, float]] = ()
) -> list[Component]:
    """What a search found, best first; an honest sentence where nothing was."""
    if not text.strip():
        return []
    if not found and not places:
        return [html.Div(f"Nothing in the picture matches “{text.strip()}”.", className="no-result")]
    tracks: list[Component] = [
        html.Button(
            [html.B(track.title), html.Span(_identity(track))],
            className="result",
            role="option",
            **attributes({"data-track": str(track.id)}),
        )
        for track in found
    ]
    return tracks + [
        html.Button(
            [html.B(name), html.Span("place")],
            className="result",
            role="option",
            **attributes({"data-goto": f"{lat:.4f},{lon:.4f}"}),
        )
        for name, lat, lon in places
    ]


def _identity(track: TrackView) -> str:
    numbers = (
        track.what,
        f"MMSI {words.mmsi(track.mmsi)}" if track.mmsi else None,
        f"IMO {track.imo}" if track.imo else None,
        track.call_sign,
        track.registration if track.registration != track.title else None,
        f"ICAO24 {track.icao24}" if track.icao24 else None,
    )
    return " · ".join(part for part in numbers if part)


def worth_a_look(items: Sequence[Worth]) -> Component:
    """Tracks that are not as they should be, worst first."""
    rows: list[Component] = [
        html.Button(
            [
                html.Span(words.clock(item.since) if item.since else "", className="when"),
                html.B(item.what),
                " ",
                item.title,
                html.Small(item.detail),
            ],
            className="item danger-item" if item.danger else "item caution-item",
            **attributes({"data-track": str(item.track_id)}),
        )
        for item in items[:SHOWN]
    ]
    if not items:
        rows = [html.P("Nothing out of the ordinary in what the feeds report.", className="empty")]
    return _panel("Worth a look", str(len(items)) if items else "", rows)


def due_next(movements: Sequence[MovementView], *, now: datetime) -> Component:
    """The last few that should be there and were not seen to arrive, then what is due soonest."""
    arrivals = [m for m in movements if m.basis is not Basis.SEEN and m.direction is Direction.ARRIVAL]
    due = sorted((m for m in arrivals if not m.overdue), key=lambda m: m.at)
    ships = [m for m in due if m.kind == "vessel"][:SHIPS_SHOWN]
    flights = [m for m in due if m.kind != "vessel"][: SHOWN - len(ships)]
    late = sorted((m for m in arrivals if m.overdue), key=lambda m: m.at, reverse=True)
    shown = [*late[:LATE_SHOWN], *sorted([*ships, *flights], key=lambda m: m.at)]
    rows = [_due_row(movement, now) for movement in shown]
    if not rows:
        rows = [html.P("No arrivals reported.", className="empty")]
    counts = [f"{len(due)} due"] if due else []
    counts += [f"{len(late)} overdue"] if late else []
    return _panel("Due next", " · ".join(counts), rows)


def _due_row(movement: MovementView, now: datetime) -> Component:
    return html.Button(
        [
            html.Span(words.clock(movement.at, now=now), className="when caution" if movement.overdue else "when"),
            html.B(movement.title),
            html.Small(_towards(movement)),
        ],
        className="item caution-item" if movement.overdue else "item",
        **attributes({"data-track": str(movement.track_id)}),
    )


def _towards(movement: MovementView) -> str:
    place = movement.place if movement.resolved else f"“{movement.place}” as typed"
    late = "overdue · " if movement.overdue else ""
    sure = " · inferred from its course" if movement.basis is Basis.INFERRED else ""
    return f"{late}{place}{sure}"


def _panel(title: str, count: str, rows: list[Component]) -> Component:
    return html.Section([html.Header([html.H2(title), html.B(count)]), *rows], className="panel")
