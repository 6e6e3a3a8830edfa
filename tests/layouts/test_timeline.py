"""The timeline's figure: one trace per lane and certainty, whole once, patched after."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from layouts.parts.timeline import LANES, MARKS, TimelineView, timeline_figure, timeline_frame, traces
from picture.views import Basis, Direction, MovementView

NOW = datetime(2026, 11, 21, 21, 14, tzinfo=UTC)
DUE = MovementView(
    id=1, track_id=7, title="EXAMPLE TRADER", kind="vessel", direction=Direction.ARRIVAL, place="Auckland", resolved=True,
    at=NOW + timedelta(hours=7), basis=Basis.REPORTED,
)  # fmt: skip


def points(*movements: MovementView) -> dict[str, list[int]]:
    """Track ids by the name of the trace they are on."""
    names = [f"{lane}, {mark}" for lane, _, _ in LANES for mark, _ in MARKS]
    drawn = traces(TimelineView(NOW, 24, movements))
    return {name: trace["customdata"] for name, trace in zip(names, drawn, strict=True) if trace["customdata"]}


def test_every_certainty_has_its_own_mark() -> None:
    assert points(DUE) == {"Vessels in, due": [7]}
    assert points(replace(DUE, resolved=False)) == {"Vessels in, as typed": [7]}
    assert points(replace(DUE, overdue=True)) == {"Vessels in, overdue": [7]}
    assert points(replace(DUE, basis=Basis.SEEN)) == {"Vessels in, seen": [7]}
    assert points(replace(DUE, kind="aircraft", direction=Direction.DEPARTURE)) == {"Flights out, due": [7]}


def test_now_stands_a_third_from_the_left() -> None:
    view = TimelineView(NOW, 24, [])
    assert (view.start, view.end) == (NOW - timedelta(hours=8), NOW + timedelta(hours=16))
    assert list(timeline_figure(view).layout.xaxis.range) == [view.start, view.end]


def test_hovering_says_what_its_time_rests_on() -> None:
    assert traces(TimelineView(NOW, 24, [DUE]))[1]["text"] == [
        "<b>EXAMPLE TRADER</b><br>due Auckland 04:14Z 22 Nov<br>as typed on board"
    ]


def test_ticks_are_never_spaced_without_a_range() -> None:
    """A year of hourly labels, which is what Plotly then draws, holds the whole page up for half a minute."""
    graph = timeline_frame().children[1]
    axis = graph.figure.layout.xaxis
    assert axis.range is None
    assert axis.dtick is None
