"""The lists of the rail and the search."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from layouts.parts.lists import due_next, search_results, worth_a_look
from picture.views import Basis, Direction
from picture.worth import Worth
from tests.layouts.test_card import NOW, TRADER, text_of
from tests.layouts.test_timeline import DUE


def test_overdue_comes_first_then_what_is_due_soonest() -> None:
    late = replace(DUE, title="SAMPLE RANGER", at=NOW - timedelta(hours=3), overdue=True)
    flight = replace(DUE, title="ZZ0627", kind="aircraft", at=NOW + timedelta(minutes=9), basis=Basis.INFERRED)
    text = text_of(due_next([DUE, flight, late], now=NOW))
    assert text.index("SAMPLE RANGER") < text.index("ZZ0627") < text.index("EXAMPLE TRADER")
    assert "2 due · 1 overdue" in text and "inferred from its course" in text


def test_flights_leave_room_for_ships() -> None:
    flights = [replace(DUE, title=f"ZZ{n:04d}", kind="aircraft", at=NOW + timedelta(minutes=n)) for n in range(20)]
    assert "EXAMPLE TRADER" in text_of(due_next([*flights, DUE], now=NOW))


def test_departures_and_what_was_seen_are_not_due() -> None:
    seen, leaving = replace(DUE, basis=Basis.SEEN), replace(DUE, direction=Direction.DEPARTURE)
    assert "No arrivals reported." in text_of(due_next([seen, leaving], now=NOW))


def test_what_is_worth_a_look_says_why_or_that_there_is_nothing() -> None:
    dark = Worth(7, "LAST SEEN", "SAMPLE GARNET", "was under way, then fell silent", NOW - timedelta(hours=4), False)
    text = text_of(worth_a_look([dark]))
    assert "LAST SEEN" in text and "SAMPLE GARNET" in text and "17:14Z" in text
    assert "Nothing out of the ordinary" in text_of(worth_a_look([]))


def test_a_search_shows_every_number_that_tells_two_apart() -> None:
    text = text_of(search_results("trad", [TRADER]))
    assert "354 999 999" in text and "IMO 9999993" in text
    assert "matches “zz”" in text_of(search_results("zz ", []))
    assert search_results("  ", []) == []
