"""Where everything is follows from the seed and the time, so back-fill, live running and restarts agree."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
import orjson
import pyais
import pytest

from data_sources.demo.airwaves import document, sbs_lines
from data_sources.demo.running import Scenario
from data_sources.demo.transmissions import on_air
from tests.data_sources.demo.test_aivdm import decoded
from tests.data_sources.demo.world import HOUR, MIDNIGHT, scenario

NOW = MIDNIGHT + 9 * HOUR + 12.5


def test_two_builds_are_the_same() -> None:
    again = Scenario.build()
    assert (
        on_air(again.fleet, NOW, NOW + 20, full=True).lines == on_air(scenario().fleet, NOW, NOW + 20, full=True).lines
    )
    assert document(again.airframes, NOW) == document(scenario().airframes, NOW)
    assert sbs_lines(again.airframes, NOW) == sbs_lines(scenario().airframes, NOW)


def test_another_seed_is_another_world() -> None:
    other = Scenario.build(seed=2)
    assert (
        on_air(other.fleet, NOW, NOW + 20, full=True).lines != on_air(scenario().fleet, NOW, NOW + 20, full=True).lines
    )


@pytest.mark.parametrize("full", [True, False], ids=["live", "back-fill"])
def test_windows_add_up(full: bool) -> None:
    length = 60.0 if full else 2 * HOUR
    whole = on_air(scenario().fleet, NOW, NOW + length, full=full)
    cuts = [NOW, NOW + length * 0.31, NOW + length * 0.77, NOW + length]
    parts = [on_air(scenario().fleet, a, b, full=full) for a, b in pairwise(cuts)]
    assert sorted(whole.lines) == sorted(line for part in parts for line in part.lines)
    assert np.all(np.diff(whole.times) >= 0)


@pytest.mark.parametrize("full", [True, False], ids=["live", "back-fill"])
def test_what_is_sent_is_where_the_plan_says(full: bool) -> None:
    plans = defaultdict(list)
    for craft in scenario().fleet:
        plans[craft.mmsi].append(craft.plan)
    air = on_air(scenario().fleet, NOW, NOW + (10 if full else 600), full=full)
    checked = 0
    for time, line in zip(air.times.tolist(), air.lines, strict=True):
        message = decoded(line)
        if message["msg_type"] not in (1, 3, 9, 18):
            continue
        away = []
        for plan in plans[message["mmsi"]]:
            state = plan.at(np.array([time]))
            away.append(max(abs(state.lat[0] - message["lat"]), abs(state.lon[0] - message["lon"])))
        assert min(away) < 2e-6, message
        checked += 1
    assert checked > 100


def test_live_intervals_are_those_of_the_standard() -> None:
    air = on_air(scenario().fleet, MIDNIGHT, MIDNIGHT + 120, full=True)
    times: dict[int, set[float]] = defaultdict(set)
    speed: dict[int, float] = {}
    for time, line in zip(air.times.tolist(), air.lines, strict=True):
        message = pyais.decode(*[s.rpartition(b"\\")[2] for s in line.split(b"\r\n") if s])
        if message.msg_type in (1, 3):
            times[message.mmsi].add(time)
            speed[message.mmsi] = message.speed
    gaps = {mmsi: np.diff(sorted(moments)) for mmsi, moments in times.items() if len(moments) > 6}
    assert len(gaps) > 40
    # missed receptions make multiples; the shortest gap is the interval
    for mmsi, moments in gaps.items():
        shortest = float(moments[moments > 0.5].min())
        assert 1.3 <= shortest <= 31, (mmsi, shortest, speed[mmsi])


def test_moored_vessels_keep_to_three_minutes() -> None:
    moored = [craft for craft in scenario().fleet if len(craft.plan.phases) == 1 and craft.plan.phases[0].status == 5]
    air = on_air(moored, MIDNIGHT, MIDNIGHT + 1800, full=True)
    by_vessel: dict[int, set[float]] = defaultdict(set)
    for time, line in zip(air.times.tolist(), air.lines, strict=True):
        message = decoded(line)
        if message["msg_type"] == 1:
            by_vessel[message["mmsi"]].add(time)
    assert len(by_vessel) > 40
    assert all(len(moments) <= 11 for moments in by_vessel.values())


def test_nobody_jumps() -> None:
    """Between two moments a minute apart nobody goes faster than what it is can go."""
    times = np.arange(MIDNIGHT, MIDNIGHT + 24 * HOUR, 60.0)
    for craft in scenario().fleet:
        state = craft.plan.at(times)
        lon = np.unwrap(np.radians(state.lon))
        north = np.diff(state.lat) * 60
        east = np.diff(np.degrees(lon)) * 60 * np.cos(np.radians(state.lat[1:]))
        knots = np.hypot(north, east) * 60
        assert knots.max() < (260 if craft.rescue else 32), (craft.name, float(knots.max()))


def test_aircraft_do_not_jump() -> None:
    seen: dict[str, tuple[float, float, float]] = {}
    for step in range(0, 3600, 30):
        now = MIDNIGHT + 20 * HOUR + step
        for aircraft in orjson.loads(document(scenario().airframes, now))["aircraft"]:
            if "lat" not in aircraft:
                continue
            at = now - aircraft["seen_pos"]
            before = seen.get(aircraft["hex"])
            if before is not None and at - before[0] > 5:
                east = ((aircraft["lon"] - before[2] + 180) % 360 - 180) * np.cos(np.radians(before[1]))
                knots = 60 * np.hypot(aircraft["lat"] - before[1], east) / (at - before[0]) * 3600
                assert knots < 620, aircraft
            seen[aircraft["hex"]] = (at, aircraft["lat"], aircraft["lon"])
    assert len(seen) > 50
