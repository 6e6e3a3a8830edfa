"""The card of a track: what an officer reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from layouts.parts.card import card, gone
from picture.views import ReportView, TrackView

NOW = datetime(2026, 11, 21, 21, 14, 7, tzinfo=UTC)

TRADER = TrackView(
    id=7, kind="vessel", title="EXAMPLE TRADER", what="cargo ship", country="Panama", mmsi=354_999_999, imo=9_999_993,
    icao24=None, call_sign="ZZ9ZZ", registration=None, flight=None, lat=-35.2, lon=175.1, speed=14.2, course=209.0,
    heading=208.0, turn=0.0, altitude=None, climb=None, status="under way using engine", destination="AKL PILOT",
    destination_port="Auckland", eta=NOW + timedelta(hours=7, minutes=23), squawk=None, length=210.0, beam=32.0,
    draught=9.8, positioned_at=NOW - timedelta(seconds=6), heard_at=NOW, source="AIS Coast · north", flags=(),
)  # fmt: skip


def text_of(component: Any) -> str:
    """All that can be read, in order."""
    if component is None:
        return ""
    if isinstance(component, str | int | float):
        return str(component)
    if isinstance(component, list | tuple):
        return " ".join(filter(None, map(text_of, component)))
    return text_of(getattr(component, "children", None))


def test_the_card_says_who_where_and_since_when() -> None:
    text = text_of(card(TRADER, now=NOW, zone="Pacific/Auckland"))
    for part in ("EXAMPLE TRADER", "cargo ship · Panama", "9999993", "354 999 999", "209° · 14.2 kn",
                 "Auckland · ETA 04:37Z 22 Nov · 17:37 NZDT", "210 × 32 m, draught 9.8 m", "AIS Coast · north"):  # fmt: skip
        assert part in text


def test_a_destination_that_cannot_be_read_is_shown_as_typed() -> None:
    text = text_of(card(replace(TRADER, destination_port=None), now=NOW, zone="Pacific/Auckland"))
    assert "“AKL PILOT” as typed" in text


def test_what_is_not_known_is_left_out_rather_than_shown_empty() -> None:
    bare = replace(
        TRADER, imo=None, call_sign=None, destination=None, destination_port=None, eta=None, length=None, draught=None
    )
    text = text_of(card(bare, now=NOW, zone="Pacific/Auckland"))
    assert all(label not in text for label in ("IMO", "Call sign", "Bound for", "Size"))


def test_receivers_that_differ_are_counted() -> None:
    report = ReportView("AIS Coast", "north", NOW, -35.2, 175.1, 14.2, 209.0, None, 0.1)
    agree = card(replace(TRADER, reports=(report, replace(report, receiver="south"))), now=NOW, zone="UTC")
    differ = card(
        replace(TRADER, reports=(report, replace(report, receiver="south", apart_nm=5.2))), now=NOW, zone="UTC"
    )
    assert "2 receivers agree" in text_of(agree)
    assert "2 receivers, 1 differ" in text_of(differ)
    assert "5.2 nm" in text_of(differ)


def test_a_receiver_that_heard_it_long_ago_neither_agrees_nor_differs() -> None:
    report = ReportView("AIS Coast", "north", NOW, -35.2, 175.1, 14.2, 209.0, None, 0.1)
    old = replace(report, receiver="south", observed_at=NOW - timedelta(hours=2), apart_nm=None)
    text = text_of(card(replace(TRADER, reports=(report, old)), now=NOW, zone="UTC"))
    assert "Heard by" in text and "2 h ago" in text
    assert "agree" not in text.replace("Does not agree", "")


def test_conflict_and_distress_change_the_tone_of_the_card() -> None:
    assert "caution-card" in card(replace(TRADER, flags=("conflict",)), now=NOW, zone="UTC").className
    assert "danger-card" in card(replace(TRADER, flags=("distress", "conflict")), now=NOW, zone="UTC").className


def test_a_track_that_left_the_picture_says_so() -> None:
    assert "No longer in the picture" in text_of(gone(7))
