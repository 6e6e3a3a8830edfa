"""When a sentence was heard, and by whom: tag blocks, $PGHP, suffixes, the ship's clock, receipt."""

from __future__ import annotations

from calendar import timegm

import pytest

from data_sources.contract import Chunk
from data_sources.nmea.translator import AisTranslator
from picture.observations import ReportFlag
from tests.data_sources.nmea.ais_words import NOW, PART_1, PART_2, POSITION, checked, recording, translate

PGHP = b"$PGHP,1,2014,10,2,16,30,3,887,219,1,992190917,1,7B*5C\n"
PGHP_TIME = timegm((2014, 10, 2, 16, 30, 3)) + 0.887
RMC = b"$GPRMC,092211.00,A,5759.09700,N,01144.34344,E,5.257,28.27,200715,,,A*58\n"
RMC_TIME = float(timegm((2015, 7, 20, 9, 22, 11)))
SUFFIX = b",r003669987,1152921693"


def heard(data: bytes) -> tuple[float, float, str, bool]:
    """observed_at, received_at, receiver and whether it had a time, of the last observation."""
    seen = translate(data).observations
    untimed = bool(seen.flags[-1] & ReportFlag.TIME_OF_RECEIPT)
    return (
        float(seen.observed_at[-1]), float(seen.received_at[-1]), seen.receivers[int(seen.receiver[-1])], not untimed,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "observed", "receiver"),
    [
        (b"\\s:42809,c:1635731889*6A\\" + POSITION, 1635731889.0, "42809"),
        (b"\\c:1599239526500,s:sdr-experiments,T:2020-09-04 18.12.06*5D\\" + POSITION, 1599239526.5, "sdr-experiments"),
        (b"\\c:1662052384,s:FM112*00\\" + POSITION, 1662052384.0, "FM112"),  # checksum of the block is wrong
        (b"\\s:rMT2083,t:marinetraffic,c:1698785948*44\\" + POSITION, 1698785948.0, "rMT2083"),
        (b"\\c:1662052384,s:FM112*00\\\r\n" + POSITION, 1662052384.0, "FM112"),  # on the line before
        (b"\\s:a*00\\\\c:1662052384*00\\" + POSITION, 1662052384.0, "a"),  # two blocks
        (b"\\:,c:1364272372*4E\\" + POSITION, 1364272372.0, ""),
        (PGHP + POSITION, PGHP_TIME, "992190917"),
        (b"\\si:AISD*3F\\\n" + PGHP + POSITION, PGHP_TIME, "992190917"),
        (PGHP + b"\\c:1662052384,s:x*00\\" + POSITION, 1662052384.0, "x"),  # its own wins
        (POSITION + SUFFIX, 1152921693.0, "r003669987"),
        (POSITION + b",d-109,S2105,t050056.00,T56.13718694,r003669946,1325394060,1325394001", 1325394060.0, "r003669946"),
        (POSITION + b",1357134218", 1357134218.0, ""),
        (b"\\c:1662052384*00\\" + POSITION + SUFFIX, 1662052384.0, "r003669987"),
        (RMC + POSITION, RMC_TIME, ""),
        (RMC + b"$IIRMC,092210,A,5759.095,N,01144.342,E,5.5,31.1,,0.0,E,A*30\n" + POSITION, RMC_TIME, ""),
        (b"$GPZDA,195719,16,04,14,-02,00*63\n" + POSITION, NOW, ""),  # a year of two digits is none
        (b"$GPZDA,195719,16,04,2014,-02,00*61\n" + POSITION, float(timegm((2014, 4, 16, 19, 57, 19))), ""),
    ],
)  # fmt: skip
def test_the_nearest_clock_is_believed(data: bytes, observed: float, receiver: str) -> None:
    came = heard(data + b"\n")
    assert came[0] == pytest.approx(observed, abs=1e-3)
    assert came[2] == receiver
    assert came[3] == (observed != NOW)


@pytest.mark.parametrize(
    "data",
    [
        POSITION,
        b"\\c:12415440354*A\\" + POSITION,  # a digit too many: year 2363
        b"\\c:161,s:x*00\\" + POSITION,
        b"\\c:abc*00\\" + POSITION,
        b"\\c:99999999999999999999999*00\\" + POSITION,
        b"$PGHP,1,2014,13,32,16,30,3,887,219,1,992190917,1,7B*5C\n" + POSITION,
        b"$IIRMC,092210,A,5759.095,N,01144.342,E,5.5,31.1,,0.0,E,A*30\n" + POSITION,  # no date: no clock
        RMC.replace(b"*58", b"*59") + POSITION,  # one line with a wrong checksum proves nothing
    ],
)
def test_no_time_that_can_be_is_time_of_receipt(data: bytes) -> None:
    came = heard(data + b"\n")
    assert came[0] == came[1] == NOW
    assert not came[3]


def test_lines_that_agree_make_a_clock_though_every_checksum_is_wrong() -> None:
    first = b"$GPRMC,195719,A,5310.8115,N,00525.7025,E,0.0,0.0,160414,0.7,E,A*11\n"
    second = b"$GPRMC,195720,A,5310.8115,N,00525.7025,E,0.0,0.0,160414,0.7,E,A*10\n"
    assert heard(first + second + POSITION)[0] == float(timegm((2014, 4, 16, 19, 57, 20)))


def test_second_clock_of_the_ship_does_not_pull_the_first() -> None:
    other = RMC.replace(b"$GP", b"$II").replace(b"092211", b"092209")
    assert heard(RMC + RMC + other + other + POSITION)[0] == RMC_TIME


def test_ships_clock_that_falls_silent_is_not_used_for_ever() -> None:
    translator = AisTranslator()
    translator.translate(Chunk(RMC, NOW))
    soon = translator.translate(Chunk(POSITION + b"\n", NOW + 5)).observations
    late = translator.translate(
        Chunk(checked("AIVDM,1,1,,A,15MrVH0000KH<:V:NtBLoqFP2H9;,0") + b"\n", NOW + 600)
    ).observations
    assert soon.observed_at[0] == RMC_TIME
    assert late.observed_at[0] == NOW + 600


def test_delivered_time_is_time_of_receipt() -> None:
    observed, received, _, _ = heard(b"\\s:42809,c:1635731889,t:1635731965*6A\\" + POSITION)
    assert (observed, received) == (1635731889.0, 1635731965.0)


def test_message_of_parts_has_the_time_that_one_part_told() -> None:
    assert heard(b"\\g:1-2-1278,s:66,c:1661782369*43\\" + PART_1 + b"\n\\g:2-2-1278*51\\" + PART_2)[0] == 1661782369.0
    assert heard(PART_1 + b"\n" + PART_2 + SUFFIX)[0] == 1152921693.0


def test_log_that_was_played_four_times_jumps_back_three_times() -> None:
    seen = translate(recording("nmea_hakefjord_2015.log")).observations
    assert not (seen.flags & ReportFlag.TIME_OF_RECEIPT).any()
    assert int((abs(seen.observed_at[1:] - seen.observed_at[:-1]) > 600).sum()) == 3
    assert int((seen.observed_at[1:] < seen.observed_at[:-1]).sum()) == 3, "two clocks make no zigzag"


def test_every_base_station_is_a_receiver() -> None:
    seen = translate(recording("dma_pghp_sample.txt.gz")).observations
    assert len(seen.receivers) == 32
