"""The System page: feeds, what could not be used, storage, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from layouts.system import REASONS, feed_rows, rejection_rows, storage_figures, system_page
from picture.views import FeedState, FeedView, RejectionView
from tests.layouts.test_card import text_of

NOW = datetime(2026, 11, 21, 21, 14, 7, tzinfo=UTC)
FEED = FeedView(
    name="AIS Coast", kind="ais-tcp", family="AIS", state=FeedState.LATE, since=NOW, last_data_at=NOW - timedelta(minutes=38),
    why="connection refused, next try 21:15:02Z", receivers_heard=9, receivers_expected=12, lines=100, sentences=90,
    messages=1_234, duplicates=500, observations=80, rejected={"bad_checksum": 3, "torn": 20}, per_second=0.0,
)  # fmt: skip
STORAGE = {
    "database_bytes": 3_400_000, "tracks": 447, "tracks_known": 1_447, "newest_tick_at": NOW.timestamp() - 2, "history_from": 0.0,
    "journal_bytes": 53_900, "rejections": 23, "history_lost": 0,
}  # fmt: skip


def test_a_late_feed_says_so_in_words_with_its_age_and_why() -> None:
    (row,) = feed_rows([FEED], now=NOW)
    assert (row["state"], row["last"], row["receivers"]) == ("▲ late", "38 min ago", "9/12")
    assert (row["messages"], row["rejected"]) == ("1,234", "23")
    assert "next try 21:15:02Z" in row["why"]


def test_every_reason_of_the_contract_has_words() -> None:
    from data_sources.contract import Reason

    assert {reason.value for reason in Reason} <= set(REASONS)


def test_a_rejection_is_shown_as_it_came_with_its_reason_in_words() -> None:
    rejection = RejectionView(7, "AIS Coast", "", "bad_checksum", "!AIVDM,1,1,,A,xyz,0*00", NOW - timedelta(days=1))
    (row,) = rejection_rows([rejection], now=NOW)
    assert (row["reason"], row["raw"], row["receiver"]) == ("checksum wrong", "!AIVDM,1,1,,A,xyz,0*00", "–")
    assert row["at"] == "21:14:07Z 20 Nov"


def test_lost_history_is_said_and_none_is_said_too() -> None:
    assert "none" in text_of(storage_figures(STORAGE, now=NOW))
    assert "1,200 points" in text_of(storage_figures(STORAGE | {"history_lost": 1_200}, now=NOW))


def test_the_page_ranks_reasons_and_says_when_there_are_none() -> None:
    text = text_of(system_page([FEED], [], STORAGE, {"Watchfloor": "0.1.0"}, now=NOW))
    assert text.index("cut off in the middle") < text.index("checksum wrong")
    assert "Everything that came could be used." in text_of(system_page([], [], STORAGE, {}, now=NOW))
