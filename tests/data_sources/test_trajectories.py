from __future__ import annotations

import math

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.contract import FORMATS, Reason
from data_sources.coordinator import discover
from data_sources.trajectories import TraceFull, TrajectoryJson
from picture.observations import ReportFlag
from tests.data_sources.flights import NOON, chunk, recording

discover()


@pytest.mark.parametrize(
    ("name", "points", "located", "duplicates", "aircraft"),
    [
        ("traffic_aircraft_carrier.json.gz", 9024, 7335, 0, 1),
        ("traffic_belevingsvlucht.json.gz", 16005, 16005, 0, 1),
        ("traffic_zero_gravity.json.gz", 10367, 10367, 0, 1),
        ("traffic_zurich_airport.json.gz", 17132, 17131, 1, 10),
        ("traffic_switzerland.json.gz", 139098, 139098, 0, 842),
    ],
)
def test_recordings(name: str, points: int, located: int, duplicates: int, aircraft: int) -> None:
    batch = TrajectoryJson().translate(chunk(recording(name)))
    seen = batch.observations
    assert (batch.lines, batch.messages, batch.duplicates, batch.rejected) == (points, points, duplicates, {})
    assert int((seen.lat == seen.lat).sum()) == located and len(set(seen.key.tolist())) == aircraft
    assert 1.5e9 < seen.observed_at.min() <= seen.observed_at.max() < 1.7e9, "milliseconds were read as such"
    assert (seen.received_at == seen.observed_at).all()


def test_a_squawk_that_became_a_number() -> None:
    point = {"icao24": "38cf9b", "timestamp": 1593069386000, "latitude": 44.8, "longitude": -0.7, "squawk": 366.0}
    assert TrajectoryJson().translate(chunk(orjson.dumps([point]))).observations.particulars[0]["squawk"] == "0366"


def test_a_point_without_time_is_refused() -> None:
    batch = TrajectoryJson().translate(chunk(b'[{"icao24": "38cf9b", "latitude": 1, "longitude": 2}]'))
    assert batch.rejected == {Reason.BAD_TIME: 1}


def test_trace() -> None:
    batch = TraceFull().translate(chunk(recording("traffic_trace_full_ac671b.json")))
    seen = batch.observations
    assert (batch.lines, batch.messages, batch.duplicates, batch.rejected) == (2500, 2500, 1, {})
    assert seen.observed_at[0] == 1738703622.619
    assert int((seen.lat == seen.lat).sum()) == 2424, "76 of its positions are marked stale"
    grounded = (seen.flags & ReportFlag.ON_GROUND) != 0
    assert grounded.any() and all(math.isnan(height) for height in seen.altitude[grounded].tolist())
    assert seen.particulars[3]["flight"] == "DAL1812" and seen.particulars[3]["aircraft_type"] == "B739"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_never_raise(data: bytes) -> None:
    for translator in (TraceFull(), TrajectoryJson()):
        assert translator.translate(chunk(data, NOON)).lines + 1 >= 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aircraft_ably.json", "aircraft-json"),
        ("aircraft_billglover.json", "aircraft-json"),
        ("adsb_spoofed.json", "aircraft-json"),
        ("adsb_spoofdetector_sample.json", "aircraft-json"),
        ("adsb_spoofdetector_aircraft_data.csv", "aircraft-csv"),
        ("opensky_mock_all_states.json", "opensky-states"),
        ("opensky_states_20230620_even.json", "opensky-states"),
        ("sbs_basestation_first_half.txt", "sbs"),
        ("traffic_trace_full_ac671b.json", "readsb-trace"),
        ("traffic_zurich_airport.json.gz", "trajectory-json"),
        ("gtas_carriers.json", None),
        ("pymodes_golden_v2.json", None),
        ("pymodes_commb_df20.csv", None),
    ],
)
def test_recordings_are_recognised_by_content(name: str, expected: str | None) -> None:
    head = recording(name)[:65536]
    best = max(FORMATS, key=lambda format_: format_.recognise(head))
    assert (best.name if best.recognise(head) > 0.3 else None) == expected
