"""What the generator writes, read by pyais: every field of every message type comes back."""

from __future__ import annotations

import numpy as np
import pyais
import pytest

from data_sources.demo import aivdm


def decoded(line: bytes) -> dict:
    """A message as pyais reads it, from one bytes object with all its sentences and tag blocks."""
    sentences = [sentence.rpartition(b"\\")[2] for sentence in line.split(b"\r\n") if sentence]
    return pyais.decode(*sentences).asdict()


def one(table: int, **fields: aivdm.Field) -> dict:
    characters, fill = aivdm.payload(table, 1, fields)
    (line,) = aivdm.lines(characters, fill, tags=aivdm.tag_blocks(("WELL",), np.zeros(1, int), np.array([1.7955e9])))
    return decoded(line)


PLACES = [(-36.8401, 174.7651), (-45.8, -176.55), (0.0, 0.0), (-90.0, 180.0), (12.34567, -0.00001)]


@pytest.mark.parametrize(("lat", "lon"), PLACES)
def test_class_a_position(lat: float, lon: float) -> None:
    turn = aivdm.turn_indicator(np.array([-30.0]))
    message = one(
        1, type=3, mmsi=354_999_999, status=5, turn=turn, speed=143, accuracy=1, lon=aivdm.degrees(lon),
        lat=aivdm.degrees(lat), course=2095, heading=210, second=17,
    )  # fmt: skip
    assert (message["msg_type"], message["mmsi"], message["status"]) == (3, 354_999_999, 5)
    assert message["lat"] == pytest.approx(lat, abs=2e-6)
    assert message["lon"] == pytest.approx(lon, abs=2e-6)
    assert (message["speed"], message["course"], message["heading"], message["second"]) == (14.3, 209.5, 210, 17)
    assert message["turn"] == pytest.approx(-30.0, abs=1.5)


def test_base_station() -> None:
    message = one(
        4, type=4, mmsi=5_129_999, year=2026, month=11, day=22, hour=23, minute=58, second=59, lon=aivdm.degrees(174.8),
        lat=aivdm.degrees(-41.3), epfd=7,
    )  # fmt: skip
    assert message["mmsi"] == 5_129_999
    assert [message[part] for part in ("year", "month", "day", "hour", "minute", "second")] == [
        2026,
        11,
        22,
        23,
        58,
        59,
    ]


def test_voyage_over_two_sentences() -> None:
    message = one(
        5, type=5, mmsi=354_999_999, imo=9_999_993, call_sign="QX001", name="EXAMPLE TRADER", ship_type=71, bow=170,
        stern=70, port=16, starboard=15, month=11, day=23, hour=4, minute=37, draught=108, destination="AU SYD>NZ TRG",
    )  # fmt: skip
    assert (message["imo"], message["callsign"], message["shipname"]) == (9_999_993, "QX001", "EXAMPLE TRADER")
    assert (message["ship_type"], message["draught"], message["destination"]) == (71, 10.8, "AU SYD>NZ TRG")
    assert [message[part] for part in ("month", "day", "hour", "minute")] == [11, 23, 4, 37]
    assert [message[part] for part in ("to_bow", "to_stern", "to_port", "to_starboard")] == [170, 70, 16, 15]


def test_rescue_aircraft() -> None:
    message = one(
        9,
        type=9,
        mmsi=111_512_990,
        altitude=350,
        speed=130,
        lon=aivdm.degrees(173.0),
        lat=aivdm.degrees(-39.0),
        course=450,
    )
    assert (message["alt"], message["speed"], message["course"]) == (350, 130, 45.0)
    assert message["lat"] == pytest.approx(-39.0)


def test_class_b_reports() -> None:
    place = {"lon": aivdm.degrees(174.9), "lat": aivdm.degrees(-36.7), "speed": 61, "course": 901, "heading": 511}
    position = one(18, type=18, mmsi=512_999_998, second=5, cs=1, **place)
    assert (position["speed"], position["course"], position["heading"], position["cs"]) == (6.1, 90.1, 511, True)
    longer = one(
        19, type=19, mmsi=512_999_998, name="SAMPLE BREEZE", ship_type=36, bow=7, stern=5, port=2, starboard=2, **place
    )
    assert (longer["shipname"], longer["ship_type"], longer["to_bow"]) == ("SAMPLE BREEZE", 36, 7)
    assert longer["lon"] == pytest.approx(174.9, abs=2e-6)


def test_class_b_words() -> None:
    first = one(24, type=24, mmsi=512_999_998, part=0, name="SAMPLE BREEZE")
    second = one(
        aivdm.PART_B, type=24, mmsi=512_999_998, part=1, ship_type=36, vendor="DEMO", call_sign="QA007", bow=7, stern=5,
        port=2, starboard=2,
    )  # fmt: skip
    assert (first["partno"], first["shipname"]) == (0, "SAMPLE BREEZE")
    assert (second["partno"], second["ship_type"], second["callsign"], second["to_stern"]) == (1, 36, "QA007", 5)


def test_aid_to_navigation() -> None:
    message = one(
        21, type=21, mmsi=995_126_999, aid_type=18, name="NOTIONAL WRECK MARK", lon=aivdm.degrees(174.75),
        lat=aivdm.degrees(-35.85), virtual=1, epfd=7, second=61,
    )  # fmt: skip
    assert (message["aid_type"], message["name"], message["virtual_aid"]) == (18, "NOTIONAL WRECK MARK", True)


def test_long_range_report() -> None:
    message = one(
        27, type=27, repeat=3, mmsi=354_999_999, status=0, lon=aivdm.degrees(-176.55, 600.0),
        lat=aivdm.degrees(-31.20, 600.0), speed=14, course=209,
    )  # fmt: skip
    assert message["lat"] == pytest.approx(-31.2, abs=0.002)
    assert message["lon"] == pytest.approx(-176.55, abs=0.002)
    assert (message["speed"], message["course"]) == (14, 209)


def test_tag_blocks_name_receiver_and_time() -> None:
    blocks = aivdm.tag_blocks(("WELL", "AKLD"), np.array([1, 0]), np.array([1_795_500_000.9, 1_795_500_001.0]))
    assert bytes(blocks[0]).startswith(b"\\s:AKLD,c:1795500000*")
    assert bytes(blocks[1]).startswith(b"\\s:WELL,c:1795500001*")
    for block in (bytes(row) for row in blocks):
        body, _, given = block.strip(b"\\").partition(b"*")
        checksum = 0
        for byte in body:
            checksum ^= byte
        assert int(given, 16) == checksum
