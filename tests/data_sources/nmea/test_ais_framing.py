"""Bytes to sentences: every shape of line that real streams have, and every cut into chunks."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.contract import Chunk
from data_sources.nmea.framing import LIMIT, Framer
from data_sources.nmea.translator import AisTranslator
from tests.data_sources.nmea.ais_words import NOW, PART_1, PART_2, POSITION, checked, recording, translate

WORDS = [
    POSITION, PART_1, PART_2, b"\r\n", b"\n", b"\r", b" ", b"\\s:66,c:1661782474*36\\", b"\\g:1-2-77*00\\", b"\\",
    b"!", b"$", b"#", b"# a remark ! with $ and \\ in it", b"$GPRMC,092211.00,A,5759.09700,N,01144.34344,E,5.257,28.27,200715,,,A*58",
    b"$PGHP,1,2008,5,9,0,0,0,10,338,2,,1,09*17", POSITION[:30], POSITION + b",r003669987,1152921693", b"x" * 1500,
    b"!AIVDM,1,1,,B,,0*25", b"!AIVDM,9,9,9,A,0,0*00", b"foobar", b"\x00\xff",
]  # fmt: skip


def test_usual_line() -> None:
    came = translate(POSITION + b"\r\n")
    assert (came.lines, came.sentences, came.messages, len(came.observations)) == (1, 1, 1, 1)
    assert came.observations.lat[0] == pytest.approx(18.321188, abs=1e-6)
    assert came.observations.course[0] == pytest.approx(329.5, abs=1e-4)


@pytest.mark.parametrize(
    ("stream", "messages"),
    [
        (POSITION + b"\n" + POSITION + b"\r\n" + POSITION, 3),  # line ends mixed, the last one missing
        (POSITION + POSITION + POSITION, 3),  # no line ends at all
        (POSITION[:33] + POSITION + b"\n", 1),  # torn by the next
        (b"\n\r\n# a comment with !AIVDM in it\n" + POSITION + b"\n", 1),
        (b"$GPGGA,184353.07,1929.045,S,02410.506,E,1,04,2.6,100.00,M,-33.9,M,,0000*6D\n" + POSITION, 1),
        (POSITION + b" -- heard at the lighthouse\n", 1),  # text after the checksum
        (POSITION + b"'\n" + POSITION, 2),
        (b"\\c:1662052384,s:FM112*00\\" + POSITION + b"\\c:1662052384*00\\" + POSITION + b"\n", 2),  # two on a line
        (b"\\si:AISD*3F\\\n$PGHP,1,2014,10,2,16,30,3,887,219,1,992190917,1,7B*5C\n" + POSITION, 1),
        (checked("AIVDM,1,1,1,,13aI8e?P00PGpU:NR6s00?vT2000,0,0") + b"\r\n", 1),  # a field too many
        (checked("--VDM,1,1,,A,13aI8e?P00PGpU:NR6s00?vT2000,0"), 1),  # talker not set
        (checked("SAVDM,1,1,,C,13aI8e?P00PGpU:NR6s00?vT2000,0"), 1),
        (b"garbage" * 40 + b"\n" + POSITION, 1),
    ],
)
def test_good_messages_come_through(stream: bytes, messages: int) -> None:
    assert translate(stream).messages == messages


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (POSITION[:-1] + b"E", "bad_checksum"),
        (POSITION[:-3], "torn"),
        (POSITION[:20], "torn"),
        (b"!AIV", "torn"),
        (b"\\s:66,c:16617824", "torn"),
        (b"!AIVDM,1,1,,B,,0*25", "empty_payload"),
        (checked("AIVDM,1,1,,A,13aI8e?P00PGpU:NR6s00?vT2000{},0"), "bad_payload"),
        (checked("AIVDM,1,1,,A"), "malformed"),
        (checked("AIVDM,1,2,,A,13aI8e?P00PGpU:NR6s00?vT2000,0"), "malformed"),
        (checked("AIVDM,x,1,,A,13aI8e?P00PGpU:NR6s00?vT2000,0"), "malformed"),
        (checked("AIVDM,1,1,,A,13aI8e?P00PGpU:NR6s00?vT2000,9"), "malformed"),
        (checked("AIVDM,1,1,,A,13aI8e?P,0"), "bad_length"),
        (PART_2, "orphan_part"),
        (b"foobar", "not_recognised"),
        (b"!AIVDM,1,1,,A," + b"1" * 1_000_000 + b",0*00", "oversized"),
        (b"x" * 1_000_000, "oversized"),
    ],
)
def test_what_cannot_be_used_is_counted_by_reason(line: bytes, reason: str) -> None:
    came = translate(POSITION + b"\n" + line + b"\n" + POSITION + b"\n")
    assert came.reasons == {reason: 1}
    assert came.messages - (reason == "bad_length") == 2, "what stands around it comes through"
    assert came.rejections[-1].raw[:4] == line[:4]
    assert len(came.rejections[-1].raw) <= 400


def test_rest_waits_for_its_end_and_not_for_ever() -> None:
    translator = AisTranslator()
    assert translator.translate(Chunk(POSITION[:20], NOW)).sentences == 0
    assert translator.translate(Chunk(POSITION[20:], NOW)).sentences == 0
    assert translator.flush(NOW + 1).sentences == 0
    assert translator.flush(NOW + 3).messages == 1
    assert translator.translate(Chunk(b"\n", NOW + 4)).sentences == 0


def test_senders_do_not_share_a_line() -> None:
    translator = AisTranslator()
    translator.translate(Chunk(POSITION[:20], NOW, "10.0.0.1"))
    translator.translate(Chunk(POSITION[:30], NOW, "10.0.0.2"))
    first = translator.translate(Chunk(POSITION[20:] + b"\n", NOW, "10.0.0.1"))
    second = translator.translate(Chunk(POSITION[30:] + b"\n", NOW, "10.0.0.2"))
    assert (first.messages, second.messages) == (1, 1)
    assert first.observations.receivers == ("10.0.0.1",)
    assert second.duplicates == 1, "the same transmission, heard twice"


def test_unfinished_token_is_held_in_bounded_memory() -> None:
    framer = Framer()
    for opening in (b"!AIVDM,1,1,,A,", b"# a comment ", b"\\c:", b"$GP", b"text "):
        framer.tokens(b"\n" + opening)
        for _ in range(50):
            framer.tokens(b"1" * 100_000)
            assert len(framer._rest) <= LIMIT + 1
    assert framer.waiting


def _cut(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12), st.lists(st.integers(0, 10_000), max_size=8))
def test_cuts_change_nothing(words: list[bytes], cuts: list[int]) -> None:
    data = b"".join(words)
    whole, pieces = translate(data), translate(*_cut(data, cuts))
    assert pieces.rows() == whole.rows()
    for count in ("reasons", "lines", "sentences", "messages", "duplicates"):
        assert getattr(pieces, count) == getattr(whole, count), count
    assert sorted(each.raw for each in pieces.rejections) == sorted(each.raw for each in whole.rejections)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=200) | st.sampled_from(WORDS), max_size=6), st.integers(1, 50))
def test_any_bytes_are_survived(pieces: list[bytes], size: int) -> None:
    data = b"".join(pieces)
    translator = AisTranslator()
    for start in range(0, len(data), size):
        translator.translate(Chunk(data[start : start + size], NOW))
    translator.flush(math.inf)
    after = translator.translate(Chunk(b"\n" + POSITION + b"\n", NOW))
    assert after.messages >= 1, "a good sentence after anything comes through"


@pytest.mark.parametrize("name", ["korea_serial_20211104_15.txt", "gpsd_sample.aivdm", "dma_aislib_commentblocks.txt"])
def test_cuts_of_a_recording_change_nothing(name: str) -> None:
    data = recording(name)
    chance = random.Random(5)
    whole = translate(data)
    for _ in range(5):
        pieces = translate(*_cut(data, [chance.randrange(len(data)) for _ in range(300)]))
        assert (pieces.rows(), pieces.reasons, pieces.sentences) == (whole.rows(), whole.reasons, whole.sentences)


@pytest.mark.parametrize("rubbish", [b"!", b"x\n", b"\\", b"$a\n", b"!AIVDM,", b"\xff\xfe\n"])
def test_flood_of_rubbish_is_counted_and_not_kept(rubbish: bytes) -> None:
    translator = AisTranslator()
    batch = translator.translate(Chunk(rubbish * (500_000 // len(rubbish)) + b"\n" + POSITION + b"\n", NOW))
    assert batch.messages == 1
    assert len(batch.rejections) <= 2 * batch.REJECTIONS_KEPT
    if rubbish != b"$a\n" and rubbish != b"\\":  # instruments, and empty tag blocks
        assert batch.rejected.total() >= 500_000 // len(rubbish) - 1
