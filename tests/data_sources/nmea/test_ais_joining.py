"""Multi-part messages: per receiver, in time, in bounded memory."""

from __future__ import annotations

import tracemalloc

from data_sources.contract import Chunk
from data_sources.nmea.joining import OPEN_LIMIT
from data_sources.nmea.translator import AisTranslator
from tests.data_sources.nmea.ais_words import NOW, PART_1, PART_2, POSITION, checked, translate


def tagged(block: str, sentence: bytes) -> bytes:
    return b"\\" + block.encode() + b"*00\\" + sentence + b"\n"


def test_parts_make_a_message_with_other_traffic_between() -> None:
    came = translate(PART_1 + b"\n" + POSITION + b"\n" + PART_2 + b"\n")
    assert (came.messages, came.sentences, came.reasons) == (2, 3, {})
    assert came.observations.particulars[1]["name"]


def test_parts_of_different_talkers_and_seconds_are_one_message() -> None:
    first = checked("ABVDM,2,1,8,A,53l3sj42A590=5Q2220UHE:04=@Ttr222222221@9HH>46ii0=D532Dp?`1D,0")
    second = checked("AIVDM,2,2,8,A,888888888888880,2")
    came = translate(tagged("s:rMT2083,c:1698785948", first) + tagged("s:rMT2083,c:1698785947", second))
    assert (came.messages, came.reasons) == (1, {})


def test_receivers_are_not_mixed() -> None:
    came = translate(tagged("s:a,c:1698785948", PART_1) + tagged("s:b,c:1698785948", PART_2))
    assert (came.messages, came.reasons) == (0, {"orphan_part": 2})
    both = translate(tagged("s:a", PART_1) + tagged("s:b", PART_1) + tagged("s:a", PART_2) + tagged("s:b", PART_2))
    assert (both.messages, both.duplicates, both.reasons) == (2, 1, {})


def test_part_that_names_no_receiver_follows_the_one_that_did() -> None:
    assert translate(tagged("s:66,c:1661782369", PART_1) + PART_2 + b"\n").messages == 1
    assert translate(PART_1 + b"\n" + PART_2 + b",r003669987,1152921693\n").messages == 1


def test_group_id_joins_in_any_order_whatever_it_looks_like() -> None:
    for group in ("1278", "-001", "x y"):
        first, second = tagged(f"g:1-2-{group},s:66", PART_1), tagged(f"g:2-2-{group}", PART_2)
        assert translate(first + second).messages == 1
        assert translate(second + first).messages == 1


def test_second_part_before_the_first_is_an_orphan() -> None:
    """The first part that follows may belong to another message: a wrong name is worse than none."""
    came = translate(PART_2 + b"\n" + PART_1 + b"\n")
    assert (came.messages, came.reasons) == (0, {"orphan_part": 2})


def test_number_used_again_while_open_gives_the_first_up() -> None:
    came = translate(PART_1 + b"\n" + PART_1 + b"\n" + PART_2 + b"\n")
    assert (came.messages, came.reasons) == (1, {"orphan_part": 1})


def test_parts_that_are_late_do_not_join() -> None:
    translator = AisTranslator()
    translator.translate(Chunk(PART_1 + b"\n", NOW))
    assert translator.flush(NOW + 5).rejected == {}
    assert dict(translator.flush(NOW + 11).rejected) == {"orphan_part": 1}
    far = translate(tagged("s:a,c:1698785948", PART_1) + tagged("s:a,c:1698786948", PART_2))
    assert (far.messages, far.reasons) == (0, {"orphan_part": 2})


def test_ten_thousand_half_open_messages_cost_bounded_memory() -> None:
    translator = AisTranslator()
    tracemalloc.start()
    orphans = 0
    for many in range(0, 10_000, 100):
        first = checked(f"AIVDM,9,1,{many % 10},A,{'5' * 300},0")
        data = b"".join(tagged(f"s:receiver {number}", first) for number in range(many, many + 100))
        orphans += translator.translate(Chunk(data, NOW)).rejected["orphan_part"]
        assert len(translator._joiner) <= OPEN_LIMIT
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert orphans == 10_000 - OPEN_LIMIT, "each one given up is counted"
    assert grown < 8_000_000
