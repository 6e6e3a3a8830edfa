"""Every AIS recording we have, against what was counted in it by others and against pyais, field by field."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pyais.messages import AISSentence
from pyais.stream import IterMessages

from data_sources.nmea.messages import LAYOUTS, decode
from picture.observations import Observations, Particulars, number_of
from tests.data_sources.nmea.ais_words import RECORDINGS, recording, translate

# Counted when the recordings were collected, by another program: (sentences, messages, bad checksums, torn, orphans).
# Where ours differ, OURS below says what we count and why.
COUNTED: dict[str, tuple[int, int, int, int, int]] = {
    "dma_212123000_drift.ais": (3692, 3130, 0, 0, 0),
    "dma_aislib_ais250.txt": (251, 243, 0, 0, 0),
    "dma_aislib_commentblocks.txt": (15, 10, 0, 0, 1),
    "dma_aislib_decode_encode.txt": (646, 601, 0, 0, 0),
    "dma_aislib_replay_dump.txt": (51, 50, 0, 0, 0),
    "dma_pghp_sample.txt.gz": (26146, 26077, 0, 0, 0),
    "exactearth_tagblock_20211101_halfA.nm4": (498, 490, 0, 0, 0),
    "gfw_bad-tagblock-group.nmea": (2, 1, 0, 0, 0),
    "gfw_bad-type5.nmea": (6, 3, 0, 0, 0),
    "gfw_ee-multiline.nmea": (10, 8, 0, 0, 0),
    "gfw_errors.nmea": (5, 3, 2, 0, 0),
    "gfw_sample.nmea": (3, 3, 0, 0, 0),
    "gfw_single-message-type-5.nmea": (1, 0, 1, 0, 0),
    "gfw_spire-test.nmea": (4, 2, 0, 0, 0),
    "gfw_type1-bad-bitcount.nmea": (12, 12, 0, 0, 0),
    "gpsd_ais-nmea.log": (183, 171, 0, 0, 0),
    "gpsd_sample.aivdm": (133, 109, 0, 0, 2),
    "korea_serial_20211104_15.txt": (1201, 994, 23, 143, 7),
    "libais_test.aivdm": (263, 261, 0, 0, 0),
    "libais_typeexamples.nmea": (26, 26, 0, 0, 0),
    "nmea_hakefjord_2015.log": (15912, 15824, 0, 0, 0),
    "pyais_gatehouse.nmea": (4, 4, 0, 0, 0),
    "pyais_mixed.txt": (15, 12, 0, 1, 0),
    "pyais_test_messages.nmea": (8, 7, 0, 0, 0),
    "pyais_timestamped.ais": (4, 4, 0, 0, 0),
    "signalk_gofree-merrimac.log": (1507, 1459, 0, 0, 0),
    "signalk_n2kd-183-merrimac.log": (0, 0, 0, 0, 0),
    "signalk_nais300-merrimac.log": (549, 536, 0, 0, 0),
    "uscg_suffix_20060715.ais": (985, 853, 0, 0, 0),
}
OURS: dict[str, tuple[int, int, int, int, int]] = {
    # "!--VDM" is a sentence of a station whose talker was not set: one sentence and one message more.
    "dma_aislib_commentblocks.txt": (16, 11, 0, 0, 1),
    # Sentences quoted in # comments are comments (15), and "AIVDM" without its '!' is none (1): of the 16, 7 were
    # whole messages and 2 orphans.
    "gpsd_sample.aivdm": (118, 102, 0, 0, 0),
    # One sentence is torn in its checksum ("*AIVDM,...*78"): it has one, and it is wrong.
    "korea_serial_20211104_15.txt": (1201, 994, 24, 142, 7),
}


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_counts_are_those_of_the_collector(name: str) -> None:
    came = translate(recording(name))
    counted = tuple(came.reasons.get(reason, 0) for reason in ("bad_checksum", "torn", "orphan_part"))
    assert (came.sentences, came.messages, *counted) == OURS.get(name, COUNTED[name])
    assert len(came.rejections) >= min(came.rejected.total(), 100), "the last ones can be read"
    assert came.reasons.get("other", 0) == 0
    unusable = ("unused_type", "unknown_type", "bad_length", "bad_identity", "bad_position")
    assert len(came.observations) == came.messages - sum(came.reasons.get(reason, 0) for reason in unusable)


def test_every_recording_is_listed() -> None:
    if not RECORDINGS.exists():
        pytest.skip("the recordings are not beside the project")
    here = {path.name for path in RECORDINGS.iterdir() if path.suffix not in (".chk", ".csv")}
    assert here == set(COUNTED)


def test_positions_that_are_not_available_are_not_on_the_map() -> None:
    seen = translate(recording("signalk_nais300-merrimac.log")).observations
    assert int(np.isnan(seen.lat).sum()) >= 130
    assert not ((np.abs(seen.lat) > 90) | (np.abs(seen.lon) > 180)).any()


# ---- pyais, field by field


def whole_messages(data: bytes) -> list[AISSentence]:
    """Messages as pyais assembles them, with the right checksum."""
    lines = [line[max(line.find(b"!"), 0) :].strip() for line in data.replace(b"\r", b"\n").split(b"\n")]
    return [message for message in IterMessages(lines) if message.is_valid and message.payload]


def value(name: str, *missing: float) -> Callable[[dict[str, Any]], float]:
    """A field of pyais, NaN where it says that it is not available."""

    def read(said: dict[str, Any]) -> float:
        number = said.get(name)
        return math.nan if number is None or float(number) in missing else float(number)

    return read


def beyond(name: str, highest: float) -> Callable[[dict[str, Any]], float]:
    """As `value`, and NaN above `highest` too: courses and headings of 360 degrees and more do not exist.

    pyais hands those on (363 and 444 degrees in type 27 of libais_test.aivdm).
    """

    def read(said: dict[str, Any]) -> float:
        number = value(name)(said)
        return number if number <= highest else math.nan

    return read


COLUMNS: dict[str, Callable[[dict[str, Any]], float]] = {
    "lat": value("lat", 91.0),
    "lon": value("lon", 181.0),
    "course": beyond("course", 359.9),
    "heading": beyond("heading", 359),
}
TEXTS = {"name": ("shipname", "name"), "call_sign": ("callsign",), "destination": ("destination",)}


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_fields_are_those_of_pyais(name: str) -> None:
    by_type: dict[int, list[AISSentence]] = {}
    for message in whole_messages(recording(name)):
        if message.ais_id in LAYOUTS:
            by_type.setdefault(message.ais_id, []).append(message)
    for message_type, messages in by_type.items():
        seen = Observations.blank(len(messages))
        rows = np.arange(len(messages))
        refused = decode(message_type, [m.payload for m in messages], [0] * len(messages), rows, seen)
        for row, message in enumerate(messages):
            if row in refused:
                continue
            said = message.decode().asdict(enum_as_int=True)
            assert number_of(int(seen.key[row])) == int(said["mmsi"])
            _same_movement(message_type, seen, row, said)
            _same_texts(seen.particulars.get(row, {}), said)


def _same_movement(message_type: int, seen: Observations, row: int, said: dict[str, Any]) -> None:
    missing = {27: 63.0, 9: 1023.0}.get(message_type, 102.3)
    for column, read in {**COLUMNS, "speed": value("speed", missing)}.items():
        ours, theirs = float(getattr(seen, column)[row]), read(said)
        if column in ("lat", "lon") and math.isnan(ours):
            theirs = (
                math.nan if math.isnan(value("lat", 91.0)(said)) or math.isnan(value("lon", 181.0)(said)) else theirs
            )
        assert ours == pytest.approx(theirs, abs=1e-3, nan_ok=True), (column, said)
    if message_type in (1, 2, 3, 27):
        assert seen.status[row] == (-1 if said["status"] == 15 and seen.kind[row] != 7 else said["status"])


def _same_texts(ours: Particulars, said: dict[str, Any]) -> None:
    for key, names in TEXTS.items():
        # '@' ends a text (ITU-R M.1371-5); pyais goes on when something stands behind it ("BUNKEREN@@@@@@@B").
        theirs = next((said[each].partition("@")[0].strip() for each in names if said.get(each)), "")
        found = str(ours.get(key, ""))
        if key == "name" and said["msg_type"] == 21:  # pyais keeps the rest of a long name in a field of its own
            theirs += (said.get("name_ext") or "").strip()
            found, theirs = found[:20].strip(), theirs[:20].strip()
        assert found == theirs, said
    if said["msg_type"] == 5:
        assert (ours.get("imo") or ours.get("imo_invalid") or 0) == said["imo"]
        assert ours.get("draught", 0) == pytest.approx(said["draught"])
        assert ours.get("length", 0) == said["to_bow"] + said["to_stern"]
        assert ours.get("ship_type", 0) == (said["ship_type"] if said["ship_type"] <= 99 else 0)
