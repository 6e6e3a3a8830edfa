"""Names and numbers cannot be taken for real ones (docs/operators/demonstration.md)."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from pathlib import Path

import orjson

from data_sources.contract import Chunk
from data_sources.demo import names
from data_sources.demo.airwaves import document
from data_sources.demo.fixtures import AIDS, STATIONS
from data_sources.demo.running import Scenario
from data_sources.nmea.translator import AisTranslator
from picture.observations import number_of
from tests.data_sources.demo.world import HOUR, MIDNIGHT, scenario

ALLOWED_NAME = re.compile(rf"({'|'.join(names.PREFIXES)}) [A-Z0-9 ]+")


def check_digit_is_right(imo: int) -> bool:
    digits = [int(digit) for digit in str(imo)]
    return sum(digit * weight for digit, weight in zip(digits, range(7, 1, -1), strict=False)) % 10 == digits[-1]


def test_every_name_says_that_it_is_invented() -> None:
    given = [craft.name for craft in scenario().fleet] + [aid.name for aid in AIDS]
    given += [craft.other_identity[0] for craft in scenario().fleet if craft.other_identity]
    assert [name for name in given if not ALLOWED_NAME.fullmatch(name) or len(name) > 20] == []
    assert max(Counter(given).values()) == 1


def test_mmsi_end_their_country_s_block_and_are_those_of_ships() -> None:
    for craft in scenario().fleet:
        if craft.rescue:
            assert 111_512_990 <= craft.mmsi <= 111_512_999
        else:
            assert craft.mmsi // 1000 % 1000 == 999
            assert craft.mmsi // 1_000_000 in names.MIDS.values()
    shared = [mmsi for mmsi, count in Counter(craft.mmsi for craft in scenario().fleet).items() if count > 1]
    assert len(shared) == 1  # the two hulls
    assert all(str(station.mmsi).zfill(9).startswith("005129") for station in STATIONS)
    assert all(str(aid.mmsi)[:5] == "99512" and str(aid.mmsi)[6:8] == "99" for aid in AIDS)


def test_imo_numbers_are_9999xxx_with_a_right_check_digit() -> None:
    given = [craft.imo for craft in scenario().fleet if craft.imo]
    assert len(given) == len(set(given)) > 80
    assert all(9_999_000 <= imo <= 9_999_999 and check_digit_is_right(imo) for imo in given)
    assert next(craft for craft in scenario().fleet if craft.name == "EXAMPLE TRADER").imo == 9_999_993


def test_call_signs_begin_with_q() -> None:
    given = [craft.call_sign for craft in scenario().fleet]
    assert all(re.fullmatch(r"Q[A-Z]{2}\d{3}", call) for call in given)
    assert len(set(given)) == len(given)


def test_aircraft_stand_in_no_register() -> None:
    hexes, flights = set(), set()
    for hour in range(24):
        for aircraft in orjson.loads(document(scenario().airframes, MIDNIGHT + hour * HOUR))["aircraft"]:
            hexes.add(aircraft["hex"])
            flights.add(aircraft["flight"])
            assert re.fullmatch(r"Q-X\d{3}", aircraft["r"])
    assert len(hexes) > 100
    assert all(0xDE0000 <= int(code, 16) <= 0xDFFFFF for code in hexes)
    assert all(re.fullmatch(r"ZZ\d{4}  ", flight) for flight in flights)
    assert len({frame.icao for frame in scenario().airframes}) == len(scenario().airframes)


def test_the_rules_hold_at_ten_times_the_size() -> None:
    large = Scenario.build(scale=10)
    assert len(large.fleet) > 8 * len(scenario().fleet)
    assert all(ALLOWED_NAME.fullmatch(craft.name) and len(craft.name) <= 20 for craft in large.fleet)
    numbers = Counter(craft.mmsi for craft in large.fleet)
    assert sum(count > 1 for count in numbers.values()) == 1
    assert all(990 <= craft.mmsi // 1000 % 1000 <= 999 for craft in large.fleet if not craft.rescue)
    assert len({frame.icao for frame in large.airframes}) == len(large.airframes)
    assert all(0xDE0000 <= frame.icao <= 0xDFFFFF for frame in large.airframes)


def test_no_recorded_vessel_or_registered_aircraft_has_one_of_our_numbers(shared_data: Path) -> None:
    ours = {craft.mmsi for craft in scenario().fleet}
    translator, recorded = AisTranslator(), set()
    for path in ("exactearth_tagblock_20211101_halfA.nm4", "nmea_hakefjord_2015.log", "gpsd_ais-nmea.log"):
        batch = translator.translate(Chunk((shared_data / "ais" / path).read_bytes(), 1.7e9))
        recorded |= {number_of(key) for key in batch.observations.key.tolist()}
    assert len(recorded) > 500
    assert not recorded & ours
    registry = shared_data / "flights" / "icao24_registry_flightaware_20250514.csv.xz"
    with lzma.open(registry, "rt", errors="replace") as rows:
        assert not [row for row in rows if row[:2].upper() in ("DE", "DF")]
