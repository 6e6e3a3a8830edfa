"""The same transmission heard more than once."""

from __future__ import annotations

import tracemalloc

from data_sources.nmea.duplicates import Duplicates
from picture.observations import ReportFlag
from tests.data_sources.nmea.ais_words import NOW, POSITION, translate


def at(second: int, station: str = "a") -> bytes:
    return f"\\s:{station},c:{1_700_000_000 + second}*00\\".encode() + POSITION + b"\n"


def test_heard_by_three_receivers_is_one_message_and_two_repeats() -> None:
    came = translate(at(0, "a") + at(1, "b") + at(0, "c"))
    assert (came.messages, came.duplicates, len(came.observations)) == (3, 2, 3)
    flagged = (came.observations.flags & ReportFlag.DUPLICATE) != 0
    assert flagged.tolist() == [False, True, True], "each proves that its receiver lives"
    assert came.observations.receivers == ("a", "b", "c")


def test_window_is_of_observed_time() -> None:
    assert translate(at(0) + at(30)).duplicates == 1
    assert translate(at(0) + at(31)).duplicates == 0
    assert translate(at(100) + at(75)).duplicates == 1, "the later report may come first"


def test_a_million_messages_cost_bounded_memory() -> None:
    duplicates = Duplicates(kept=10_000)
    for number in range(1_000_000):
        duplicates.seen(b"1%027d" % number, NOW)
    assert len(duplicates) <= 20_000
    tracemalloc.start()
    for number in range(100_000):
        duplicates.seen(b"2%027d" % number, NOW + 60)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 6_000_000
    for number in range(1_000_000 - 5_000, 1_000_000):
        duplicates.seen(b"1%027d" % number, NOW)
    assert duplicates.seen(b"1%027d" % 999_999, NOW)
    assert not duplicates.seen(b"1%027d" % 1, NOW)
