"""The card of one track: identity, movement, last report with its source and age, what does not agree."""

from __future__ import annotations

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from layouts import words
from layouts.attributes import attributes
from picture.views import ReportView, TrackView

ALARMING = {"distress"}
ODD = {"conflict", "jump", "identity_changed"}
REPORTS_SHOWN = 4  # those that differ first, then the newest
APART_WORTH_SAYING_NM = 1.0  # receivers that differ by less agree, given their clocks


def card(track: TrackView, *, now: datetime, zone: str) -> Component:
    """The card as it stands at `now`; ages tick in the browser from `data-age-since`."""
    flags = set(track.flags)
    tone = " danger-card" if flags & ALARMING else " caution-card" if flags & ODD else ""
    return html.Article(
        [
            html.Button(
                "×",
                className="close",
                title="Let go (Esc)",
                **attributes({"data-deselect": "true", "aria-label": "Let go"}),
            ),
            html.H2(track.title, className="title"),
            html.Span(" · ".join(part for part in (track.what, track.country) if part), className="what"),
            html.Dl(_facts(track, now=now, zone=zone), className="facts"),
            _notes(track),
            _reports(track.reports, now=now),
            html.Div(
                [
                    *_movable(track),
                    html.A(
                        "Save history",
                        className="act",
                        href=f"/api/v1/tracks/{track.id}/history",
                        download=f"{track.title}.geojson",
                    ),
                ],
                className="acts",
            ),
        ],
        className="panel card" + tone,
        **attributes({"data-track": str(track.id)}),
    )


def _movable(track: TrackView) -> list[Component]:
    if track.lat is None:
        return []
    return [
        html.Button("Centre", className="act", **attributes({"data-act": "centre"})),
        html.Button("Range and bearing", className="act", **attributes({"data-act": "measure"})),
    ]


def gone(track_id: int) -> Component:
    """In place of the card of a track that is no longer in the picture."""
    return html.Article(
        [
            html.Button(
                "×",
                className="close",
                title="Let go (Esc)",
                **attributes({"data-deselect": "true", "aria-label": "Let go"}),
            ),
            html.H2("No longer in the picture", className="title"),
            html.P(
                "This track has been silent longer than the picture keeps one, or was never here. Its history is kept.",
                className="empty",
            ),
        ],
        className="panel card",
        **attributes({"data-track": str(track_id)}),
    )


def _facts(track: TrackView, *, now: datetime, zone: str) -> list[Component]:
    flying = track.kind in ("aircraft", "rescue_aircraft")
    climb = words.climb(track.climb)
    rows: list[tuple[str, Component | str | None]] = [
        ("IMO", str(track.imo) if track.imo else None),
        ("MMSI", words.mmsi(track.mmsi) if track.mmsi else None),
        ("Call sign", track.call_sign),
        ("Flight", track.flight if track.flight != track.title else None),
        ("Registration", track.registration if track.registration != track.title else None),
        ("ICAO24", track.icao24),
        ("Course / speed", words.course_speed(track.course, track.speed) if track.lat is not None else None),
        ("Altitude", _altitude(track, climb) if flying else None),
        ("Squawk", track.squawk),
        ("State", track.status),
        ("Bound for", _bound(track, now=now, zone=zone)),
        ("Size", _size(track)),
        ("Position", words.position(track.lat, track.lon) if track.lat is not None else "not reported yet"),
        ("Last report", _last(track, now)),
    ]
    return [piece for label, value in rows if value for piece in (html.Dt(label), html.Dd(value))]


def _altitude(track: TrackView, climb: str) -> str:
    height = words.altitude(track.altitude, on_ground="on_ground" in track.flags)
    return f"{height}, {climb}" if climb else height


def _bound(track: TrackView, *, now: datetime, zone: str) -> str | None:
    if not track.destination and not track.eta:
        return None
    where = track.destination_port or (f"“{track.destination}” as typed" if track.destination else words.UNKNOWN)
    return f"{where} · ETA {words.clock_both(track.eta, zone=zone, now=now)}" if track.eta else where


def _size(track: TrackView) -> str | None:
    parts = []
    if track.length:
        parts.append(f"{track.length:.0f} × {track.beam:.0f} m" if track.beam else f"{track.length:.0f} m")
    if track.draught:
        parts.append(f"draught {track.draught:.1f} m")
    return ", ".join(parts) or None


def _last(track: TrackView, now: datetime) -> Component:
    moment = track.positioned_at or track.heard_at
    return html.Span([_age(moment, now), f" · {track.source}" if track.source else ""])


def _age(moment: datetime, now: datetime) -> Component:
    """An age, that the browser keeps true from here on."""
    words_now = f"{words.age((now - moment).total_seconds())} ago"
    return html.Span(words_now, **attributes({"data-age-since": f"{moment.timestamp():.0f}"}))


def _notes(track: TrackView) -> Component | None:
    remarks = [*track.notes, *(f"Merged with {what}" for what in track.merged)]
    if not remarks:
        return None
    return html.Div([html.H3("To note"), html.Ul([html.Li(note) for note in remarks])], className="notes")


def _reports(reports: tuple[ReportView, ...], *, now: datetime) -> Component | None:
    if len(reports) < 2:
        return None
    apart = [r for r in reports if r.apart_nm is not None and r.apart_nm > APART_WORTH_SAYING_NM]
    current = [report for report in reports if report.apart_nm is not None]
    heading = f"{len(current)} receivers" + (" agree" if not apart else f", {len(apart)} differ")
    if len(current) < 2 and not apart:
        heading = "Heard by"
    newest = sorted(reports, key=lambda r: r.observed_at, reverse=True)
    shown = [*apart, *(report for report in newest if report not in apart)][:REPORTS_SHOWN]
    rows = [
        html.Tr(
            [
                html.Td(" · ".join(part for part in (report.feed, report.receiver) if part)),
                html.Td(_age(report.observed_at, now)),
                html.Td(
                    words.UNKNOWN if report.apart_nm is None else f"{report.apart_nm:.1f} nm",
                    className="caution" if report in apart else None,
                ),
            ]
        )
        for report in shown
    ]
    return html.Div(
        [
            html.H3(heading),
            html.Table(
                [html.Thead(html.Tr([html.Th("Receiver"), html.Th("Age"), html.Th("Apart")])), html.Tbody(rows)],
                className="reports",
            ),
            html.P(f"and {len(reports) - len(shown)} more", className="empty") if len(reports) > len(shown) else None,
        ]
    )
