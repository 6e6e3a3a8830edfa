"""How values read on screen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layouts import words

NOW = datetime(2026, 11, 21, 21, 14, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (6, "6 s"), (59.4, "59 s"), (60, "1 min"), (2280, "38 min"), (3600, "1 h"), (15360, "4 h 16 min"),
     (86_400, "1 d"), (190_800, "2 d 5 h"), (-5, "0 s")],
)  # fmt: skip
def test_ages_are_coarse_enough_to_be_true(seconds: float, text: str) -> None:
    assert words.age(seconds) == text


def test_a_time_of_another_day_says_its_day() -> None:
    assert words.clock(NOW, now=NOW) == "21:14Z"
    assert words.clock(NOW.replace(day=20), now=NOW) == "21:14Z 20 Nov"
    assert words.clock(None) == words.UNKNOWN


def test_utc_comes_first_and_local_second() -> None:
    assert words.clock_both(NOW, zone="Pacific/Auckland", now=NOW) == "21:14Z · 10:14 NZDT"


@pytest.mark.parametrize(
    ("lat", "lon", "text"),
    [(-36.84, 174.785, "36°50.4'S 174°47.1'E"), (0.0, -0.5, "00°00.0'N 000°30.0'W"), (-36.99999, 179.99999, "37°00.0'S 180°00.0'E")],
)  # fmt: skip
def test_positions_read_as_on_a_chart(lat: float, lon: float, text: str) -> None:
    assert words.position(lat, lon) == text


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_no_position_has_sixty_minutes(lat: float, lon: float) -> None:
    assert "60.0'" not in words.position(lat, lon)


def test_what_is_not_known_is_a_dash() -> None:
    assert words.course_speed(None, None) == f"{words.UNKNOWN} · {words.UNKNOWN}"
    assert words.course_speed(359.7, 14.21) == "000° · 14.2 kn"
    assert words.altitude(None) == words.UNKNOWN


def test_height_is_a_flight_level_above_the_transition_altitude() -> None:
    assert words.altitude(37_000) == "FL370"
    assert words.altitude(2_512) == "2,510 ft"
    assert words.altitude(0, on_ground=True) == "on the ground"


def test_an_mmsi_keeps_its_leading_zeros() -> None:
    assert words.mmsi(5_129_999) == "005 129 999"
    assert words.mmsi(512_999_001) == "512 999 001"
