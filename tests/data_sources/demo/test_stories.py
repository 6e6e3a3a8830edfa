"""At any time one instance of every story can be seen in the last 24 hours, and one is due within 24."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from data_sources.demo import flights, stories
from data_sources.demo.craft import Craft, particulars_at
from data_sources.demo.receivers import heard_by
from tests.data_sources.demo.world import DAY, HOUR, MIDNIGHT, scenario

_RANDOM = random.Random(5)
INSTANTS = [MIDNIGHT + _RANDOM.uniform(-40, 40) * DAY for _ in range(6)]


def cast(story: str) -> list[Craft]:
    return [craft for craft in scenario().fleet if craft.story.startswith(story)]


def longest(true: np.ndarray, step: float) -> float:
    """Seconds of the longest unbroken run."""
    best = run = 0
    for value in true.tolist():
        run = run + 1 if value else 0
        best = max(best, run)
    return best * step


def apart_nm(a: Craft, b: Craft, times: np.ndarray) -> np.ndarray:
    one, other = a.plan.at(times), b.plan.at(times)
    east = (one.lon - other.lon) * np.cos(np.radians(one.lat))
    return 60 * np.hypot(one.lat - other.lat, east)


@pytest.mark.parametrize("now", INSTANTS)
@pytest.mark.parametrize("window", [-DAY, 0.0], ids=["seen", "due"])
class TestAtAnyTime:
    def test_one_goes_dark(self, now: float, window: float) -> None:
        times = np.arange(now + window, now + window + DAY, 300.0)
        dark = [longest(~craft.plan.speaks(times), 300.0) for craft in cast(stories.DARK)]
        assert max(dark) >= 5 * HOUR

    def test_two_meet_at_sea(self, now: float, window: float) -> None:
        times = np.arange(now + window, now + window + DAY, 300.0)
        met = []
        for pair in ("meeting 0", "meeting 1"):
            a, b = cast(pair)
            slow = (a.plan.at(times).speed < 2) & (b.plan.at(times).speed < 2)
            met.append(longest((apart_nm(a, b, times) < 0.3) & slow, 300.0))
        assert max(met) >= 2 * HOUR

    def test_one_drifts(self, now: float, window: float) -> None:
        times = np.arange(now + window, now + window + DAY, 300.0)
        drifts = []
        for craft in cast(stories.DRIFT):
            state = craft.plan.at(times)
            askew = np.abs((state.heading - state.course + 180) % 360 - 180) > 40
            drifts.append(longest((state.status == 0) & (state.speed < 2) & (state.speed > 0.3) & askew, 300.0))
        assert max(drifts) >= 2 * HOUR

    def test_one_changes_identity(self, now: float, window: float) -> None:
        (craft,) = cast(stories.IDENTITY)
        names = {particulars_at(craft, now + window + hour * HOUR).name for hour in range(25)}
        calls = {particulars_at(craft, now + window + hour * HOUR).call_sign for hour in range(25)}
        assert len(names) == len(calls) == 2

    def test_an_aircraft_diverts(self, now: float, window: float) -> None:
        turned = []
        for frame in scenario().airframes:
            for step in range(0, 1440, 10):
                found = frame.sector_at(now + window + step * 60)
                if found and found[0].story and found[1] > found[0].turned_at:
                    turned.append(found[0])
        assert turned
        assert all(sector.end_at != sector.planned for sector in turned)

    def test_somebody_squawks_7700(self, now: float, window: float) -> None:
        storied = [frame for frame in scenario().airframes if any(s.story == flights.EMERGENCY for s in frame.sectors)]
        squawks = set()
        for frame in storied:
            for step in range(0, 1440, 5):
                seen = flights.state(frame, now + window + step * 60)
                if seen is not None:
                    squawks.add(seen.squawk)
        assert "7700" in squawks


def test_one_is_dark_now_whenever_now_is() -> None:
    times = np.arange(MIDNIGHT, MIDNIGHT + DAY, 600.0)
    dark = sum((~craft.plan.speaks(times)).astype(int) for craft in cast(stories.DARK))
    assert dark.min() == 1


def test_the_dark_ones_should_be_heard() -> None:
    for craft in cast(stories.DARK):
        times = np.arange(MIDNIGHT, MIDNIGHT + DAY, 600.0)
        state = craft.plan.at(times)
        _, out_of_reach = heard_by(state.lat, state.lon, np.full(len(times), craft.mmsi), times.astype(np.int64))
        assert not out_of_reach.any()


def test_two_hulls_share_a_number_far_apart() -> None:
    a, b = cast(stories.TWO_HULLS)
    assert a.mmsi == b.mmsi
    assert apart_nm(a, b, np.arange(MIDNIGHT, MIDNIGHT + DAY, 600.0)).min() > 100


def test_meetings_are_thirty_miles_from_any_receiver_on_the_coast() -> None:
    for pair in ("meeting 0", "meeting 1"):
        a, b = cast(pair)
        times = np.arange(MIDNIGHT, MIDNIGHT + DAY, 600.0)
        together = times[apart_nm(a, b, times) < 0.3]
        state = a.plan.at(together)
        for lat, lon in ((-36.8, 174.5), (-37.8, 174.8), (-40.9, 176.25), (-40.3, 176.65), (-41.3, 175.9)):
            away = 60 * np.hypot(state.lat - lat, (state.lon - lon) * math.cos(math.radians(lat)))
            assert away.min() > 28


@pytest.mark.parametrize("now", INSTANTS)
@pytest.mark.parametrize("window", [-8 * HOUR, 0.0], ids=["past", "due"])
def test_ships_arrive_at_any_time_of_day(now: float, window: float) -> None:
    times = np.arange(now + window, now + window + 8 * HOUR, 300.0)
    arrived = set()
    for craft in scenario().fleet:
        if craft.ship_type >= 60 and len(craft.plan.phases) > 1:
            state = craft.plan.at(times)
            berthed = (state.status[1:] == 5) & (state.status[:-1] != 5) & (state.lat[1:] < -34)
            if berthed.any():
                arrived.add(craft.name)
    assert len(arrived) >= 3
