"""The System page: feeds, rates, ages, what could not be used, storage, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import dash_ag_grid as dag
from dash import dcc, html
from dash.development.base_component import Component

from layouts import ids, words
from picture.views import FeedView, RejectionView

# What officers read for each reason that something could not be used (data_sources.contract.Reason).
REASONS = {
    "bad_checksum": "checksum wrong",
    "torn": "cut off in the middle",
    "oversized": "far too long",
    "malformed": "fields missing or not of their form",
    "empty_payload": "empty message",
    "bad_length": "too short for its type",
    "bad_payload": "characters that cannot be",
    "orphan_part": "part of a message whose rest never came",
    "unknown_type": "message type that does not exist",
    "unused_type": "message type with nothing for the picture",
    "bad_identity": "number that identifies nothing",
    "bad_position": "position not on Earth",
    "bad_value": "value that cannot be",
    "no_position": "no position and nothing else",
    "bad_time": "time that cannot be",
    "too_old": "too old",
    "not_recognised": "not recognised",
    "bad_json": "not valid JSON",
    "overrun": "came faster than it could be read",
    "other": "other",
}

MACHINES = ("/api/v1/openapi.json", "/api/v1/feeds", "/healthz", "/readyz", "/metrics")
REFRESH_MS = 2_000  # rows change in place (row transactions): nothing is drawn anew

# The state in words beside its mark: never colour alone.
STATES = {
    "live": "● live", "starting": "○ starting", "partial": "◐ partial", "late": "▲ late", "dead": "■ dead", "paused": "‖ paused",
}  # fmt: skip


def system_page(
    feeds: Sequence[FeedView],
    rejections: Sequence[RejectionView],
    storage: Mapping[str, Any],
    versions: Mapping[str, str],
    *,
    now: datetime,
) -> Component:
    """The page as it stands at `now`; the grids are kept current by row transactions."""
    lead = [html.H1("System"), html.P("What reaches Watchfloor, what does not, and what is kept.", className="muted")]
    side = [
        _panel("Storage", "", html.Dl(storage_figures(storage, now=now), id=ids.SYSTEM_STORAGE, className="figures")),
        _panel("Could not be used, by reason", "since start", *_by_reason(feeds)),
        _panel("Versions", "", html.Dl(_pairs(versions), id=ids.SYSTEM_VERSIONS, className="figures")),
        _panel("For machines", "", html.Ul([html.Li(html.A(path, href=path, target="_blank")) for path in MACHINES])),
    ]
    return html.Div(
        [
            dcc.Interval(id=ids.SYSTEM_TICK, interval=REFRESH_MS),
            html.Div(lead, className="lead"),
            _panel("Feeds", f"{len(feeds)} configured", feeds_grid(feeds, now=now), wide=True),
            _panel(
                "Could not be used, the last ones", _feed_choice(feeds), rejections_grid(rejections, now=now), wide=True
            ),
            html.Div(side, className="side"),
        ],
        className="system",
    )


def _feed_choice(feeds: Sequence[FeedView]) -> Component:
    return dcc.Dropdown(
        id=ids.REJECTIONS_FEED,
        options=[{"label": feed.name, "value": feed.name} for feed in feeds],
        placeholder="every feed",
        className="feed-choice",
    )


def feeds_grid(feeds: Sequence[FeedView], *, now: datetime) -> Component:
    return dag.AgGrid(
        id=ids.FEEDS_GRID,
        rowData=feed_rows(feeds, now=now),
        getRowId="params.data.name",
        columnDefs=[
            {"field": "name", "headerName": "Feed", "minWidth": 120, "flex": 1},
            {"field": "state", "headerName": "State", "width": 110, "cellClass": {"function": "stateClass(params)"}},
            {"field": "last", "headerName": "Last data", "width": 105},
            {"field": "rate", "headerName": "Per second", "width": 110, "type": "rightAligned"},
            {"field": "receivers", "headerName": "Receivers", "width": 105, "type": "rightAligned"},
            {"field": "messages", "headerName": "Messages", "width": 115, "type": "rightAligned"},
            {"field": "duplicates", "headerName": "Repeats", "width": 105, "type": "rightAligned"},
            {"field": "rejected", "headerName": "Not used", "width": 105, "type": "rightAligned"},
            {"field": "why", "headerName": "What it says", "flex": 2, "minWidth": 160, "tooltipField": "why"},
        ],
        defaultColDef={"resizable": True, "sortable": True},
        dashGridOptions={
            "animateRows": False,
            "suppressCellFocus": False,
            "enableCellTextSelection": True,
            "domLayout": "autoHeight",
        },
        className="ag-theme-watchfloor feeds-grid",
    )


def feed_rows(feeds: Sequence[FeedView], *, now: datetime) -> list[dict[str, Any]]:
    """Rows of the feeds grid, as row transactions want them."""
    return [
        {
            "name": feed.name,
            "state": STATES.get(feed.state.value, feed.state.value),
            "last": words.age((now - feed.last_data_at).total_seconds()) + " ago" if feed.last_data_at else "never",
            "rate": f"{feed.per_second:,.1f}",
            "receivers": f"{feed.receivers_heard}/{feed.receivers_expected}"
            if feed.receivers_expected
            else str(feed.receivers_heard),
            "messages": words.amount(feed.messages),
            "duplicates": words.amount(feed.duplicates),
            "rejected": words.amount(sum(feed.rejected.values())),
            "why": feed.why,
        }
        for feed in feeds
    ]


def rejections_grid(rejections: Sequence[RejectionView], *, now: datetime) -> Component:
    return dag.AgGrid(
        id=ids.REJECTIONS_GRID,
        rowData=rejection_rows(rejections, now=now),
        getRowId="params.data.id",
        columnDefs=[
            {"field": "at", "headerName": "Received", "width": 130},
            {"field": "feed", "headerName": "Feed", "width": 130},
            {"field": "receiver", "headerName": "Receiver", "width": 120},
            {"field": "reason", "headerName": "Why", "width": 300},
            {
                "field": "raw",
                "headerName": "As it came",
                "flex": 1,
                "minWidth": 240,
                "tooltipField": "raw",
                "cellClass": "raw",
            },
        ],
        defaultColDef={"resizable": True, "sortable": True},
        dashGridOptions={
            "animateRows": False,
            "enableCellTextSelection": True,
            "localeText": {"noRowsToShow": "Everything that came could be used."},
        },
        className="ag-theme-watchfloor rejections-grid",
    )


def rejection_rows(rejections: Sequence[RejectionView], *, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": str(rejection.id),
            "at": f"{rejection.received_at:%H:%M:%S}Z"
            + ("" if rejection.received_at.date() == now.date() else f" {rejection.received_at:%d %b}"),
            "feed": rejection.feed,
            "receiver": rejection.receiver or words.UNKNOWN,
            "reason": REASONS.get(rejection.reason, rejection.reason.replace("_", " ")),
            "raw": rejection.raw,
        }
        for rejection in rejections
    ]


def storage_figures(storage: Mapping[str, Any], *, now: datetime) -> list[Component]:
    """What is kept and since when, from `picture.reading.storage_figures`."""

    def since(name: str) -> str:
        moment = storage.get(name) or 0
        return words.age(now.timestamp() - moment) if moment else words.UNKNOWN

    return _pairs(
        {
            "picture database": words.data_size(storage["database_bytes"]),
            "tracks in the picture": words.amount(storage["tracks"]),
            "tracks ever seen": words.amount(storage["tracks_known"]),
            "last written": since("newest_tick_at") + " ago",
            "history reaches back": since("history_from"),
            "waiting to be folded in": words.data_size(storage["journal_bytes"]),
            "kept that could not be used": words.amount(storage["rejections"]),
            "history lost": _lost(int(storage["history_lost"])),
        }
    )


def _lost(points: int) -> Component | str:
    return html.Span(f"{points:,} points", className="caution") if points else "none"


def _by_reason(feeds: Sequence[FeedView]) -> list[Component]:
    totals: dict[str, int] = {}
    for feed in feeds:
        for reason, count in feed.rejected.items():
            totals[reason] = totals.get(reason, 0) + count
    if not totals:
        return [html.P("Everything that came could be used.", className="empty")]
    ranked = sorted(totals.items(), key=lambda pair: -pair[1])
    return [
        html.Dl(
            _pairs({REASONS.get(reason, reason): words.amount(count) for reason, count in ranked}), className="figures"
        )
    ]


def _pairs(values: Mapping[str, Any]) -> list[Component]:
    return [piece for name, value in values.items() for piece in (html.Dt(name), html.Dd(value))]


def _panel(title: str, note: str | Component, *content: Component, wide: bool = False) -> Component:
    beside = html.Span(note, className="muted") if isinstance(note, str) else note
    return html.Section([html.Header([html.H2(title), beside]), *content], className="panel wide" if wide else "panel")
