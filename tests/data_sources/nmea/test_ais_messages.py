"""What each message type says, what "not available" becomes, and who the sender is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from data_sources.nmea.identity import imo_valid
from data_sources.nmea.messages import LAYOUTS, type_verdict
from picture.observations import Kind, Namespace, Observations, ReportFlag, namespace_of, number_of
from tests.data_sources.nmea.ais_words import checked, sentence, sentences, translate

SHIP = 512000123


def one(**fields: Any) -> Observations:
    came = translate(b"\n".join(sentences(**fields)) + b"\n")
    assert len(came.observations) == 1, came.reasons
    return came.observations


def test_class_a_position() -> None:
    seen = one(
        type=1, mmsi=SHIP, status=5, turn=12.0, speed=13.7, accuracy=True, lon=174.8, lat=-36.84, course=359.9, heading=7
    )  # fmt: skip
    assert namespace_of(int(seen.key[0])) is Namespace.MMSI
    assert number_of(int(seen.key[0])) == SHIP
    assert seen.kind[0] == Kind.VESSEL
    assert seen.lat[0] == pytest.approx(-36.84, abs=1e-6)
    assert seen.lon[0] == pytest.approx(174.8, abs=1e-6)
    assert (seen.speed[0], seen.course[0], seen.heading[0], seen.status[0]) == pytest.approx(
        (13.7, 359.9, 7, 5), abs=1e-4
    )
    assert seen.turn[0] == pytest.approx(12.0, abs=0.7)
    assert not seen.flags[0] & (ReportFlag.LOW_ACCURACY | ReportFlag.DISTRESS)


def test_not_available_is_nothing() -> None:
    seen = one(type=1, mmsi=SHIP, status=15, turn=-128, speed=102.3, lon=181, lat=91, course=360, heading=511)
    for column in (seen.lat, seen.lon, seen.speed, seen.course, seen.heading, seen.turn, seen.altitude, seen.climb):
        assert math.isnan(column[0])
    assert seen.status[0] == -1


def test_turn_without_indicator_is_ten_degrees_a_minute() -> None:
    assert one(type=1, mmsi=SHIP, turn=127, lat=1, lon=1).turn[0] == 10
    assert one(type=1, mmsi=SHIP, turn=-127, lat=1, lon=1).turn[0] == -10


def test_static_and_voyage() -> None:
    parts = sentences(
        type=5, mmsi=SHIP, imo=9074729, callsign="ZMTEST", shipname="EXAMPLE CARRIER", ship_type=70, to_bow=150,
        to_stern=30, to_port=14, to_starboard=16, month=11, day=23, hour=4, minute=30, draught=9.4,
        destination="NZ AKL VIA TRG",
    )  # fmt: skip
    assert len(parts) == 2
    came = translate(b"\n".join(parts) + b"\n")
    assert came.only == {
        "name": "EXAMPLE CARRIER", "call_sign": "ZMTEST", "imo": 9074729, "ship_type": 70, "length": 180.0, "beam": 30.0,
        "draught": 9.4, "destination": "NZ AKL VIA TRG", "eta": "11-23T04:30",
    }  # fmt: skip
    assert math.isnan(came.observations.lat[0])


def test_static_that_says_nothing_says_nothing() -> None:
    came = translate(b"\n".join(sentences(type=5, mmsi=SHIP, imo=0, month=0, day=0, hour=24, minute=60)) + b"\n")
    assert came.only == {}
    assert came.messages == 1


def test_imo_with_a_wrong_check_digit_is_told_apart() -> None:
    assert translate(*sentences(type=5, mmsi=SHIP, imo=9074728)).only == {"imo_invalid": 9074728}
    assert [number for number in range(9074720, 9074730) if imo_valid(number)] == [9074729]
    assert not any(map(imo_valid, (0, 15411, 123456, 90747290)))


def test_eta_without_a_whole_date_and_time_is_none() -> None:
    for part in ({"month": 0}, {"day": 0}, {"hour": 24}, {"minute": 60}):
        fields = {"month": 11, "day": 23, "hour": 4, "minute": 30, **part}
        assert "eta" not in translate(*sentences(type=5, mmsi=SHIP, **fields)).only


def test_rescue_aircraft() -> None:
    seen = one(type=9, mmsi=111512001, alt=300, speed=120, lat=-36, lon=175, course=90)
    assert seen.kind[0] == Kind.RESCUE_AIRCRAFT
    assert seen.altitude[0] == pytest.approx(984.25, abs=0.01)
    assert seen.speed[0] == 120
    assert math.isnan(one(type=9, mmsi=111512001, alt=4095, speed=1023, lat=-36, lon=175).altitude[0])


def test_base_station_keeps_its_leading_zeros() -> None:
    seen = one(type=4, mmsi=5120001, year=2026, month=11, day=22, lat=-36, lon=175)
    assert (seen.kind[0], number_of(int(seen.key[0]))) == (Kind.BASE_STATION, 5120001)
    body = sentence(type=4, mmsi=SHIP, lat=-36, lon=175)[1:-3].decode().replace(",A,4", ",A,;")  # type 11
    assert translate(checked(body)).observations.kind[0] == Kind.VESSEL, "a ship that answers with its time"


def test_class_b() -> None:
    seen = one(type=18, mmsi=SHIP, speed=5.5, lat=-36, lon=175, course=12.3, heading=20)
    assert (seen.speed[0], seen.course[0], seen.heading[0]) == pytest.approx((5.5, 12.3, 20), abs=1e-4)
    came = translate(
        b"\n".join(sentences(type=19, mmsi=SHIP, lat=-36, lon=175, shipname="EXAMPLE YACHT", ship_type=36, to_bow=9, to_stern=3))
    )  # fmt: skip
    assert came.only == {"name": "EXAMPLE YACHT", "ship_type": 36, "length": 12.0}
    assert came.observations.lat[0] == pytest.approx(-36)
    assert translate(sentence(type=24, mmsi=SHIP, partno=0, shipname="EXAMPLE YACHT")).only == {"name": "EXAMPLE YACHT"}
    part_b = sentence(type=24, mmsi=SHIP, partno=1, ship_type=36, callsign="ZMA1", to_bow=9, to_stern=3, to_port=2)
    assert translate(part_b).only == {"ship_type": 36, "call_sign": "ZMA1", "length": 12.0, "beam": 2.0}


def test_tender_names_its_mother_ship_where_others_have_their_size() -> None:
    tender = translate(b"!AIVDM,1,1,,B,H>cSnNTU7B=40058qpmjhh000004,0*31\n")
    assert tender.observations.kind[0] == Kind.TENDER
    assert "length" not in tender.only
    assert 0 < tender.only.get("mothership", 1) <= 999_999_999


def test_aid_to_navigation() -> None:
    came = translate(
        b"\n".join(
            sentences(type=21, mmsi=995120001, aid_type=14, name="EXAMPLE BUOY", lat=-36.8, lon=174.8, virtual_aid=True)
        )
    )  # fmt: skip
    assert came.observations.kind[0] == Kind.AID
    assert came.observations.flags[0] & ReportFlag.VIRTUAL
    assert (came.only["name"], came.only["aid_type"]) == ("EXAMPLE BUOY", 14)


def test_aid_whose_name_goes_on() -> None:
    long = b"!AIVDM,1,1,,A,E4eGk5?2Qh;Pb2a@8bPV4b<h1:WsVHh1>3t4p00000dP0V@,2*2E\n"
    assert translate(long).only["name"] == "EC WATER QUALITY BUOY"


def test_long_range() -> None:
    seen = one(type=27, mmsi=SHIP, status=0, lat=-36.8, lon=174.8, speed=12, course=100)
    assert seen.flags[0] & ReportFlag.LONG_RANGE
    assert seen.lat[0] == pytest.approx(-36.8, abs=1 / 600)
    nothing = one(type=27, mmsi=SHIP, lat=91, lon=181, speed=63, course=511)
    assert all(map(math.isnan, (nothing.lat[0], nothing.lon[0], nothing.speed[0], nothing.course[0])))


def test_the_better_source_ranks_higher() -> None:
    def quality(**fields: Any) -> int:
        return int(one(mmsi=SHIP, lat=-36, lon=175, **fields).quality[0])

    ranks = [quality(type=1, accuracy=True), quality(type=1, accuracy=False), quality(type=18), quality(type=27)]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 4


@pytest.mark.parametrize(
    ("mmsi", "kind"),
    [
        (512000123, Kind.VESSEL), (5120001, Kind.BASE_STATION), (111512001, Kind.RESCUE_AIRCRAFT),
        (970123456, Kind.BEACON), (972123456, Kind.BEACON), (974123456, Kind.BEACON), (985120001, Kind.TENDER),
        (995120001, Kind.AID), (851200001, Kind.VESSEL), (123456, Kind.VESSEL), (971123456, Kind.VESSEL),
    ],
)  # fmt: skip
def test_sender_is_recognised_by_its_number(mmsi: int, kind: Kind) -> None:
    assert one(type=1, mmsi=mmsi, lat=-36, lon=175).kind[0] == kind


@pytest.mark.parametrize(
    ("mmsi", "status", "distress"),
    [
        (970123456, 14, True), (970123456, 15, False), (972123456, 0, True), (SHIP, 14, True), (SHIP, 15, False),
        (SHIP, 0, False),
    ],
)  # fmt: skip
def test_beacon_is_distress_unless_it_is_tested(mmsi: int, status: int, distress: bool) -> None:
    seen = one(type=1, mmsi=mmsi, status=status, lat=-36, lon=175)
    assert bool(seen.flags[0] & ReportFlag.DISTRESS) == distress


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\n".join(sentences(type=8, mmsi=SHIP, dac=1, fid=11, data=b"\x00" * 8)), "unused_type"),
        (sentence(type=14, mmsi=SHIP, text="SECURITE"), "unused_type"),
        (checked("AIVDM,1,1,,A,L3Ovl@000Htt<tSF0l4Q@100`Pq,0"), "unknown_type"),  # type 28
        (checked("AIVDM,1,1,,A,03Ovl@000Htt<tSF0l4Q@100`Pq,0"), "unknown_type"),  # type 0
        (sentence(type=1, mmsi=0, lat=1, lon=1), "bad_identity"),
        (checked("AIVDM,1,1,,A,1wwwwwwP00PGCd>MEj<pdo<l0<49,0"), "bad_identity"),  # ten digits
        (checked("AIVDM,1,1,,B,KEkV@caow3vMnRkg20,4"), "bad_position"),
        (checked("AIVDM,1,1,,A,13aI8e?P00PGpU:NR6s0,0"), "bad_length"),
        (checked("AIVDM,1,1,,A,5,0"), "bad_length"),
    ],
)
def test_what_says_nothing_to_the_picture_is_counted(line: bytes, reason: str) -> None:
    came = translate(line + b"\n")
    assert came.reasons == {reason: 1}
    assert (came.messages, len(came.observations)) == (1, 0)


def test_every_type_is_used_unused_or_unknown() -> None:
    verdicts = {number: type_verdict(number) for number in range(64)}
    assert {number for number, verdict in verdicts.items() if verdict is None} == set(LAYOUTS)
    assert set(LAYOUTS) == {1, 2, 3, 4, 5, 9, 11, 18, 19, 21, 24, 27}
    assert all(str(verdicts[number]) == "unknown_type" for number in (0, *range(28, 64)))


def test_payload_that_is_too_long_is_read_as_far_as_it_matters() -> None:
    usual = translate(checked("AIVDM,1,1,,A,13UuUj0P00QgDCLEiGAcOOwl2<0I,0")).observations
    longer = translate(checked("AIVDM,1,1,,A,13UuUj0P00QgDCLEiGAcOOwl2<0Igw;,0")).observations
    assert (usual.lat[0], usual.key[0]) == (longer.lat[0], longer.key[0])


def test_own_ship_is_marked() -> None:
    seen = translate(checked("AIVDO,1,1,,,11auciwP00GRV:4CBpK8N?wF2000,0")).observations
    assert seen.flags[0] & ReportFlag.OWN_SHIP


def test_batch_of_all_types_keeps_its_order() -> None:
    lines = [
        sentence(type=1, mmsi=512000001, lat=-36, lon=175), sentence(type=18, mmsi=512000002, lat=-37, lon=175),
        sentence(type=8, mmsi=512000009, dac=1, fid=11, data=b"\x00" * 8),
        sentence(type=24, mmsi=512000003, partno=0, shipname="THIRD"), sentence(type=1, mmsi=512000004, lat=-38, lon=175),
    ]  # fmt: skip
    seen = translate(b"\n".join(lines)).observations
    assert [number_of(key) - 512000000 for key in seen.key.tolist()] == [1, 2, 3, 4]
    assert seen.particulars == {2: {"name": "THIRD"}}
    assert np.isnan(seen.lat[2])
