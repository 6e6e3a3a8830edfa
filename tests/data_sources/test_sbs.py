from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sources.contract import Batch, Reason
from data_sources.sbs import LONGEST_LINE, SbsLines
from picture.observations import Namespace, Observations, ReportFlag, key_of
from tests.data_sources.flights import NOON, chunk, recording

POSITION = b"MSG,3,1,1,C81234,1,2023/11/14,22:13:20.250,2023/11/14,22:13:20.300,,33000,,,-36.8,174.8,,,0,0,0,0"
SPOKEN = [
    b"MSG,1,,,C81234,,,,,,ANZ5    ,,,,,,,,0,0,0,0",
    POSITION,
    b"MSG,4,,,C81234,,,,,,,,440,90,,,-64,,0,0,0,0",
    b"MSG,6,,,C81234,,,,,,,,,,,,,7700,-1,-1,0,0",
    b"MSG,2,,,C85678,,,,,,,0,12,180,-36.9,174.9,,,0,0,0,-1",
    b"MSG,8,,,C85678,,,,,,,,,,,,,,,,,",
]


def read(*lines: bytes, end: bytes = b"\r\n", zone: str = "UTC") -> Batch:
    return SbsLines(ZoneInfo(zone)).translate(chunk(b"".join(line + end for line in lines)))


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_each_message_is_a_part(end: bytes) -> None:
    batch = read(*SPOKEN, end=end)
    seen = batch.observations
    assert (batch.lines, batch.sentences, batch.messages, len(seen)) == (6, 6, 6, 6)
    assert seen.key.tolist() == [key_of(Namespace.ICAO24, 0xC81234)] * 4 + [key_of(Namespace.ICAO24, 0xC85678)] * 2
    assert seen.particulars == {0: {"flight": "ANZ5"}, 3: {"squawk": "7700"}}
    assert (seen.lat[1], seen.lon[1], seen.altitude[1]) == (-36.8, 174.8, 33000)
    assert (seen.speed[2], seen.course[2], seen.climb[2]) == (440, 90, -64)
    assert seen.flags[3] & ReportFlag.DISTRESS
    assert seen.flags[4] & ReportFlag.ON_GROUND


def test_the_date_is_the_receivers_clock() -> None:
    assert read(POSITION).observations.observed_at[0] == NOON + 0.25
    assert not read(POSITION).observations.flags[0] & ReportFlag.TIME_OF_RECEIPT
    there = datetime(2023, 11, 14, 22, 13, 20, 250_000, tzinfo=ZoneInfo("Pacific/Auckland")).astimezone(UTC).timestamp()
    assert read(POSITION, zone="Pacific/Auckland").observations.observed_at[0] == there


def test_an_empty_date_is_the_time_of_receipt() -> None:
    seen = read(SPOKEN[0]).observations
    assert seen.observed_at[0] == NOON and seen.flags[0] & ReportFlag.TIME_OF_RECEIPT


def test_an_empty_line_is_a_heartbeat() -> None:
    assert SbsLines().translate(chunk(b"\r\n")).alive


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (POSITION[:-30], Reason.TORN),
        (POSITION + b",1", Reason.MALFORMED),
        (POSITION.replace(b"C81234", b"000000"), Reason.BAD_IDENTITY),
        (POSITION.replace(b"-36.8", b"-96.8"), Reason.BAD_POSITION),
        (POSITION.replace(b"-36.8", b"inf"), Reason.BAD_POSITION),
        (POSITION.replace(b"33000", b"high"), Reason.BAD_VALUE),
        (POSITION.replace(b"2023/11/14", b"2023/13/14"), Reason.BAD_TIME),
        (POSITION.replace(b"MSG,3", b"MSG,9"), Reason.UNKNOWN_TYPE),
        (b"MSG,3,,,C81234,,,,,,,,,,,,,,0,0,0,0", Reason.NO_POSITION),
        (b"AIR,,333,103,C81234,103,2012/03/06,12:23:41.992,2012/03/06,12:23:41.992", Reason.UNUSED_TYPE),
        (b"!AIVDM,1,1,,A,15N9?cP01BGR1ttC>C03Tjon00S@,0*24", Reason.NOT_RECOGNISED),
        (b"MSG,3," + b"x" * 5000, Reason.OVERSIZED),
        (b"x" * 1_000_000, Reason.OVERSIZED),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(line: bytes, reason: Reason) -> None:
    batch = read(line, POSITION)
    assert batch.rejected == {reason: 1}
    assert len(batch.observations) == 1


def test_a_message_after_a_torn_one_on_the_same_line_is_not_lost() -> None:
    batch = read(POSITION[:40] + POSITION)
    assert (len(batch.observations), batch.rejected) == (1, {Reason.TORN: 1})
    assert batch.sentences == batch.messages + 1


def test_a_line_without_end_costs_bounded_memory() -> None:
    lines = SbsLines()
    refused = sum(lines.translate(chunk(b"x" * 10_000)).rejected.total() for _ in range(100))
    assert refused == 1, "it is one line, refused once"
    assert len(lines._rest) <= LONGEST_LINE
    batch = lines.translate(chunk(b"x\n" + POSITION + b"\n"))
    assert (len(batch.observations), batch.rejected.total()) == (1, 0)


def test_a_last_line_without_its_end_is_taken_when_it_waited() -> None:
    lines = SbsLines()
    assert len(lines.translate(chunk(POSITION)).observations) == 0
    assert len(lines.flush(NOON + 1).observations) == 0
    assert len(lines.flush(math.inf).observations) == 1
    assert len(lines.flush(math.inf).observations) == 0


def whole(lines: SbsLines, parts: list[bytes]) -> tuple[Observations, dict[Reason, int], int]:
    batches = [lines.translate(chunk(part)) for part in parts] + [lines.flush(math.inf)]
    rejected = sum((batch.rejected for batch in batches), start=Batch().rejected)
    return Observations.join(batch.observations for batch in batches), dict(rejected), sum(b.lines for b in batches)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([*SPOKEN, b"", b"junk \xff", b"MSG,3,torn"]) | st.binary(max_size=30), max_size=12),
    st.lists(st.integers(0, 900), max_size=8),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_where_the_stream_is_cut_does_not_matter(lines: list[bytes], cuts: list[int], end: bytes) -> None:
    data = b"".join(line + end for line in lines)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    parts = [data[a:b] for a, b in pairwise(edges)]
    once, once_rejected, once_lines = whole(SbsLines(), [data])
    cut, cut_rejected, cut_lines = whole(SbsLines(), parts)
    assert once.key.tolist() == cut.key.tolist()
    assert list(once.particulars.values()) == list(cut.particulars.values())
    assert (once_rejected, once_lines) == (cut_rejected, cut_lines)


def test_recording() -> None:
    lines = SbsLines()
    batch = lines.translate(chunk(recording("sbs_basestation_first_half.txt")))
    seen = batch.observations
    assert (batch.lines, batch.messages, batch.rejected) == (2092, 2092, {})
    assert int((seen.lat == seen.lat).sum()) == 44 and len(set(seen.key.tolist())) == 21
    assert ((seen.flags & ReportFlag.TIME_OF_RECEIPT) != 0).all(), "all its dates are empty"
