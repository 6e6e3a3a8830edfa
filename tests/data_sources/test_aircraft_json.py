from __future__ import annotations

import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.contract import Batch, Reason
from data_sources.readsb import AircraftJson, AircraftTable
from picture.observations import Kind, Namespace, ReportFlag, key_of
from tests.data_sources.flights import NOON, chunk, recording

CRAFT = {"hex": "c81234", "lat": -36.8, "lon": 174.8, "seen": 0.5, "seen_pos": 2.0}


def read(*craft: Any, now: float | None = NOON, translator: AircraftJson | None = None) -> Batch:
    document = {"aircraft": list(craft)} | ({} if now is None else {"now": now})
    return (translator or AircraftJson()).translate(chunk(orjson.dumps(document), NOON + 3))


def test_new_key_names() -> None:
    batch = read(
        CRAFT
        | {"flight": "ANZ5    ", "alt_baro": 33000, "gs": 440.5, "track": 360.0, "baro_rate": -64, "true_heading": 11.0}
        | {"r": "ZK-OKM", "t": "B77W", "squawk": "1234", "category": "A5", "emergency": "none", "track_rate": 0.5}
    )
    seen = batch.observations
    assert (batch.lines, batch.sentences, batch.messages, len(seen)) == (1, 1, 1, 1)
    assert seen.key[0] == key_of(Namespace.ICAO24, 0xC81234)
    assert seen.kind[0] == Kind.AIRCRAFT
    assert seen.observed_at[0] == NOON - 2.0, "ages are relative to the document's now"
    assert seen.received_at[0] == NOON + 3
    assert (seen.lat[0], seen.lon[0], seen.altitude[0], seen.climb[0]) == (-36.8, 174.8, 33000, -64)
    assert (seen.speed[0], seen.course[0], seen.heading[0], seen.turn[0]) == (440.5, 0.0, 11.0, 30.0)
    assert seen.particulars[0] == {
        "flight": "ANZ5", "registration": "ZK-OKM", "aircraft_type": "B77W",
        "squawk": "1234", "category": "A5", "emergency": "none",
    }  # fmt: skip


def test_old_key_names() -> None:
    seen = read(CRAFT | {"altitude": 9000, "speed": 210, "vert_rate": 1200, "track": 90, "nucp": 7}).observations
    assert (seen.altitude[0], seen.speed[0], seen.climb[0], seen.course[0]) == (9000, 210, 1200, 90)


def test_on_the_ground() -> None:
    seen = read(CRAFT | {"alt_baro": "ground"}).observations
    assert seen.flags[0] & ReportFlag.ON_GROUND
    assert math.isnan(seen.altitude[0])


def test_an_address_that_is_not_icao() -> None:
    assert read(CRAFT | {"hex": "~2c0abc"}).observations.key[0] == key_of(Namespace.NON_ICAO, 0x2C0ABC)


@pytest.mark.parametrize("address", ["000000", "ffffff", "c8123", "c812345", "zzzzzz", "", None, 12, "c8 234"])
def test_an_address_that_cannot_be(address: object) -> None:
    assert read(CRAFT | {"hex": address}).rejected == {Reason.BAD_IDENTITY: 1}


def test_sources_are_ranked() -> None:
    ranks = [
        read(CRAFT | {"type": kind}).observations.quality[0]
        for kind in ("adsb_icao", "adsr_icao", "mlat", "tisb_other", "adsc", "unknown")
    ]
    assert ranks == sorted(ranks, reverse=True) and len(set(ranks)) == len(ranks)
    old = read(CRAFT | {"mlat": ["lat", "lon"], "tisb": []}).observations
    assert old.quality[0] == ranks[2] and old.flags[0] & ReportFlag.LOW_ACCURACY
    assert not read(CRAFT).observations.flags[0] & ReportFlag.LOW_ACCURACY


@pytest.mark.parametrize("sign", [{"squawk": "7500"}, {"squawk": "7700"}, {"emergency": "nordo"}])
def test_distress(sign: dict[str, str]) -> None:
    assert read(CRAFT | sign).observations.flags[0] & ReportFlag.DISTRESS
    assert not read(CRAFT | {"squawk": "1200", "emergency": "lifeguard"}).observations.flags[0] & ReportFlag.DISTRESS


def test_without_position_it_is_still_an_observation() -> None:
    batch = read({"hex": "c81234", "alt_baro": 5000, "seen": 4.0}, {"hex": "c85678", "seen": 1.0, "mlat": []})
    assert batch.observations.observed_at.tolist() == [NOON - 4.0]
    assert math.isnan(batch.observations.lat[0]) and batch.observations.altitude[0] == 5000
    assert batch.rejected == {Reason.NO_POSITION: 1}, "an address alone says nothing"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"lat": 91.0}, Reason.BAD_POSITION),
        ({"lon": 181.0}, Reason.BAD_POSITION),
        ({"lon": None}, Reason.MALFORMED),
        ({"alt_baro": "high"}, Reason.BAD_VALUE),
        ({"alt_baro": True}, Reason.BAD_VALUE),
        ({"gs": -1}, Reason.BAD_VALUE),
        ({"track": 720}, Reason.BAD_VALUE),
        ({"baro_rate": 1e300}, Reason.BAD_VALUE),
        ({"seen": 7200}, Reason.TOO_OLD),
        ({"seen": "long"}, Reason.BAD_VALUE),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(wrong: dict[str, Any], reason: Reason) -> None:
    batch = read(CRAFT | wrong, CRAFT)
    assert batch.rejected == {reason: 1}
    assert len(batch.observations) == 1, "the next aircraft is not lost with it"
    assert b"c81234" in batch.rejections[0].raw


def test_the_same_document_again_is_nothing_new() -> None:
    translator = AircraftJson()
    assert len(read(CRAFT, translator=translator).observations) == 1
    again = read(CRAFT, translator=translator)
    assert (len(again.observations), again.duplicates, again.alive) == (0, 1, False)


def test_a_later_document_without_a_new_message_is_nothing_new() -> None:
    translator = AircraftJson()
    read(CRAFT, translator=translator)
    later = read(CRAFT | {"seen": 1.5, "seen_pos": 3.0}, now=NOON + 1, translator=translator)
    assert (len(later.observations), later.duplicates, later.alive) == (0, 1, True)


def test_a_new_message_without_a_new_position_does_not_repeat_the_position() -> None:
    translator = AircraftJson()
    read(CRAFT, translator=translator)
    seen = read(
        CRAFT | {"seen": 0.1, "seen_pos": 6.0, "squawk": "2000"}, now=NOON + 4, translator=translator
    ).observations
    assert len(seen) == 1 and math.isnan(seen.lat[0])
    assert seen.observed_at[0] == NOON + 3.9 and seen.particulars[0]["squawk"] == "2000"


def test_a_stale_position_keeps_its_own_time() -> None:
    seen = read(CRAFT | {"seen": 1.0, "seen_pos": 600.0, "alt_baro": 40000}).observations
    assert seen.observed_at.tolist() == [NOON - 600.0, NOON - 1.0]
    assert seen.lat[0] == -36.8 and math.isnan(seen.altitude[0])
    assert math.isnan(seen.lat[1]) and seen.altitude[1] == 40000
    too_old = read(CRAFT | {"seen": 1.0, "seen_pos": 4000.0, "alt_baro": 40000}).observations
    assert len(too_old) == 1 and math.isnan(too_old.lat[0])


def test_the_last_position_of_a_receiver_that_moves_it_aside() -> None:
    last = {"lat": -40.0, "lon": 175.0, "seen_pos": 90.0, "nic": 8, "rc": 186}
    seen = read({"hex": "c81234", "seen": 0.2, "alt_baro": 1000, "lastPosition": last}).observations
    assert (seen.lat[0], seen.observed_at[0]) == (-40.0, NOON - 90.0)


def test_without_now_it_is_the_time_of_receipt() -> None:
    seen = read(CRAFT, now=None).observations
    assert seen.observed_at[0] == NOON + 1.0
    assert seen.flags[0] & ReportFlag.TIME_OF_RECEIPT


def test_the_receivers_clock_set_back_is_followed() -> None:
    translator = AircraftJson()
    read(CRAFT, now=NOON + 7200, translator=translator)
    assert len(read(CRAFT, now=NOON, translator=translator).observations) == 1
    overtaken = read(CRAFT, now=NOON - 5, translator=translator)
    assert len(overtaken.observations) == 0, "a document that was overtaken brings nothing"


def test_an_empty_sky_is_alive() -> None:
    batch = read()
    assert batch.alive and batch.lines == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (orjson.dumps({"now": NOON, "aircraft": [CRAFT]})[:-9], Reason.BAD_JSON),
        (b"", Reason.BAD_JSON),
        (b"[" * 100_000, Reason.BAD_JSON),
        (b'{"now": 1, "aircraft": [' + b" " * 2_000_000, Reason.OVERSIZED),
        (b'{"error": "busy"}', Reason.NOT_RECOGNISED),
        (b"[]", Reason.NOT_RECOGNISED),
        (b'{"aircraft": null}', Reason.NOT_RECOGNISED),
    ],
)
def test_documents_that_are_none(data: bytes, reason: Reason) -> None:
    batch = AircraftJson(document_limit=1_000_000).translate(chunk(data))
    assert batch.rejected == {reason: 1}
    assert (batch.lines, len(batch.observations)) == (1, 0)


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
keys = st.sampled_from(
    [
        "hex",
        "lat",
        "lon",
        "seen",
        "seen_pos",
        "alt_baro",
        "altitude",
        "gs",
        "track",
        "baro_rate",
        "squawk",
        "type",
        "mlat",
        "flight",
        "r",
        "t",
        "category",
        "lastPosition",
        "true_heading",
        "track_rate",
        "emergency",
    ]
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.dictionaries(keys, json, max_size=8).map(lambda craft: {"hex": "c81234"} | craft) | json, max_size=5),
    json,
)
def test_any_json_is_counted_and_never_raises(craft: list[Any], now: Any) -> None:
    import json as plain

    document = plain.dumps({"now": now, "aircraft": craft}, default=str).encode("utf-8", "surrogatepass")
    batch = AircraftJson().translate(chunk(document))
    assert batch.sentences == batch.messages + batch.rejected.total()
    seen = batch.observations
    assert ((seen.lat >= -90) & (seen.lat <= 90) | (seen.lat != seen.lat)).all()
    assert (seen.observed_at == seen.observed_at).all()


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_counted_and_never_raise(data: bytes) -> None:
    assert AircraftJson().translate(chunk(data)).lines >= 1
    table = AircraftTable()
    table.translate(chunk(b"hex,lat,lon,seen\n" + data))
    table.flush(math.inf)


@pytest.mark.parametrize(
    ("name", "records", "usable", "located", "rejected"),
    [
        ("aircraft_ably.json", 83, 76, 54, {Reason.NO_POSITION: 7}),
        ("aircraft_billglover.json", 96, 64, 51, {Reason.NO_POSITION: 31, Reason.BAD_IDENTITY: 1}),
        ("adsb_spoofdetector_sample.json", 20, 20, 20, {}),
        ("adsb_spoofed.json", 20, 20, 20, {}),
    ],
)
def test_recordings(name: str, records: int, usable: int, located: int, rejected: dict[Reason, int]) -> None:
    batch = AircraftJson().translate(chunk(recording(name)))
    assert (batch.lines, batch.messages, batch.duplicates) == (records, usable, 0)
    assert int((batch.observations.lat == batch.observations.lat).sum()) == located
    assert batch.rejected == rejected


def test_a_table_of_the_whole_world() -> None:
    data = recording("adsb_spoofdetector_aircraft_data.csv")
    table = AircraftTable()
    batch = table.translate(chunk(data, 1_651_363_199.6))
    assert (batch.lines, batch.messages) == (8444, 8365)
    assert batch.rejected == {Reason.NO_POSITION: 77, Reason.BAD_IDENTITY: 1}
    assert int(((batch.observations.flags & ReportFlag.ON_GROUND) != 0).sum()) == 1484, (
        "one more has the address 000000"
    )
    assert len({*batch.observations.key[(batch.observations.key >> 40) == Namespace.NON_ICAO].tolist()}) > 250
