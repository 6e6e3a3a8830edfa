from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import event

from picture import history, reading
from picture.changes import Checkpoint, Tick
from picture.journal import Journal
from picture.state import POINT, STATE
from picture.views import FeedState, FeedView
from picture.waiting import FeedStatus, Refused, Waiting, joined
from storage.engines import Database
from storage.migrate import migrate

NOW = 1_795_305_600.0


def tick(*ids: int, at: float = NOW, lat: float = -36.0, **more: Any) -> Tick:
    states = np.zeros(len(ids), STATE)
    states["id"], states["lat"], states["positioned_at"] = ids, lat, at
    return Tick(at=at, states=states, **more)


def points(*tracks: int, at: float = NOW) -> NDArray[np.void]:
    made = np.zeros(len(tracks), POINT)
    made["track"], made["observed_at"], made["received_at"] = tracks, at, at
    return made


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


@contextmanager
def running(database: Database, **options: Any) -> Iterator[Journal]:
    journal = Journal(database, clock=time.time, **options)
    journal.start()
    try:
        yield journal
    finally:
        journal.close(5.0)


def feed(name: str) -> FeedView:
    return FeedView(name, "ais-tcp", "AIS", FeedState.LIVE, None, None, "", 1, 0, 1, 1, 1, 0, 1, {"torn": 2}, 1.0)


def test_parts_are_saved_as_long_as_their_whole_is_there(picture: Database) -> None:
    def saved() -> list[int]:
        with picture.reading() as session:
            return sorted(reading.checkpoint(session)[1].states["id"].tolist())

    with running(picture) as journal:
        journal.put_checkpoint(Checkpoint(tick(1, 2, 3).states, merged={2: 1, 3: 2}, next_id=4), {2: NOW, 3: NOW})
        assert journal.drain(10)
        assert saved() == [1, 2, 3]
        journal.put_checkpoint(Checkpoint(tick().states, next_id=4), {1: NOW, 2: NOW, 3: NOW})
        assert journal.drain(10)
        assert saved() == []


def test_what_is_handed_over_can_be_read(picture: Database) -> None:
    with running(picture) as journal:
        journal.put(tick(1, 2, reporters={1: ("AIS", "hill")}, particulars={1: {"name": "SAMPLE"}}), points(1, 2))
        journal.put_checkpoint(
            Checkpoint(
                tick(1, 2).states, reporters={1: ("AIS", "hill")}, particulars={1: {"name": "SAMPLE"}}, next_id=3
            ),
            {},
        )
        journal.put(tick(3), points(3))
        journal.put_status([FeedStatus(0, feed("AIS"), NOW)], {"process": {"tracks": 3}})
        assert journal.drain(10)
    with picture.reading() as session:
        assert [number for number, _ in reading.ticks_since(session, 0)] == [1, 2]
        seq, saved = reading.checkpoint(session)
        assert (seq, saved.states["id"].tolist(), saved.next_id) == (1, [1, 2], 3)
        assert saved.reporters == {1: ("AIS", "hill")}
        assert saved.particulars == {1: {"name": "SAMPLE"}}
        assert reading.feeds_now(session) == [feed("AIS")]
        assert reading.feeds_now(session, NOW + 60)[0].state is FeedState.DEAD
        assert reading.fact(session, "process") == {"tracks": 3}
        assert len(history.track_history(session, 3, 0, 2e9)) == 1
        figures = reading.storage_figures(session)
        assert (figures["ticks"], figures["tracks"], figures["history_lost"]) == (2, 2, 0)


def test_a_track_that_left_is_no_longer_live_but_known(picture: Database) -> None:
    with running(picture) as journal:
        journal.put(tick(1, 2), points())
        journal.put_checkpoint(Checkpoint(tick(1, 2).states, next_id=3), {})
        assert journal.drain(10)
        journal.put(tick(removed=[1]), points())
        journal.put_checkpoint(Checkpoint(next_id=3), {1: NOW})
        assert journal.drain(10)
    with picture.reading() as session:
        assert reading.checkpoint(session)[1].states["id"].tolist() == [2]
        assert reading.storage_figures(session)["tracks_known"] == 2


def test_old_ticks_go_once_a_checkpoint_has_them(picture: Database) -> None:
    with running(picture) as journal:
        journal.put(tick(1, at=time.time() - 3600), points())
        journal.put(tick(2, at=time.time()), points())
        assert journal.drain(10)
        with picture.reading() as session:
            assert reading.oldest_tick(session) == 1
        journal.put_checkpoint(Checkpoint(tick(1, 2).states, next_id=3), {})
        assert journal.drain(10)
    with picture.reading() as session:
        assert (reading.oldest_tick(session), reading.newest_tick(session)) == (2, 2)


def test_only_the_last_rejections_are_kept(picture: Database) -> None:
    with running(picture, rejections_kept=3) as journal:
        for number in range(3):
            journal.put_rejections(
                [Refused("AIS", "", "torn", b"!AIVDM\xff%d" % (number * 2 + k), NOW) for k in (0, 1)]
            )
            journal.put(tick(1), points())
            assert journal.drain(10)
    with picture.reading() as session:
        kept = reading.rejections(session, feed="AIS")
        assert [one.raw for one in kept] == [r"!AIVDM\xff5", r"!AIVDM\xff4", r"!AIVDM\xff3"]
        assert reading.rejections(session, before_id=kept[1].id)[0] == kept[2]


def test_a_locked_database_loses_nothing_and_holds_nobody_up(picture: Database, tmp_path: Path) -> None:
    said: list[str] = []
    other = sqlite3.connect(tmp_path / "picture.db", isolation_level=None)
    with running(picture, on_trouble=said.append) as journal:
        journal.put(tick(1), points(1))
        assert journal.drain(10)
        other.execute("BEGIN IMMEDIATE")
        slowest = 0.0
        for number in range(2, 42):
            before = time.perf_counter()
            journal.put(tick(number), points(number))
            slowest = max(slowest, time.perf_counter() - before)
        assert slowest < 0.1
        until(lambda: journal.figures.trouble)
        assert "locked by another process" in journal.figures.trouble
        other.execute("ROLLBACK")
        assert journal.drain(20)
        until(lambda: not journal.figures.trouble)
        assert journal.figures.history_lost == 0
    other.close()
    assert len(said) == 2, said  # once when it came, once when it was over
    with picture.reading() as session:
        told = [number for _, one in reading.ticks_since(session, 0) for number in one.states["id"].tolist()]
        assert told == list(range(1, 42))
        assert len(history.trails(session, range(1, 42), 0, 2e9)) == 41


def test_a_checkpoint_that_must_wait_is_not_replaced_by_the_next(picture: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "picture.db", isolation_level=None)
    with running(picture) as journal:
        other.execute("BEGIN IMMEDIATE")
        journal.put(tick(1), points(1))
        journal.put_checkpoint(Checkpoint(tick(1).states, next_id=2), {})
        wanted = False

        def troubled() -> str:
            nonlocal wanted
            wanted = wanted or journal.wants_checkpoint
            return journal.figures.trouble

        until(troubled)
        assert not wanted
        other.execute("ROLLBACK")
        until(lambda: journal.wants_checkpoint)
    other.close()
    with picture.reading() as session:
        assert reading.checkpoint(session)[1].states["id"].tolist() == [1]


def test_numbers_go_on_where_another_run_ended(picture: Database) -> None:
    runs = []
    for number in range(2):
        with running(picture) as journal:
            for each in range(3):
                journal.put(one := tick(each), points())
                assert (one.after, one.seq) == (3 * number + each, 3 * number + each + 1)
            assert journal.drain(10)
            runs.append(journal.run)
        with picture.reading() as session:
            assert reading.run(session) == journal.run
            assert reading.newest_tick(session) == 3 * number + 3
    assert len(set(runs)) == 2


def copied(database: Database, to: Path) -> None:
    """A backup, as an operator makes one."""
    with database.reading() as session, sqlite3.connect(to) as backup:
        session.connection().connection.driver_connection.backup(backup)  # type: ignore[union-attr]
    backup.close()


def test_a_backup_put_in_place_is_taken_up_with_the_picture_of_now(picture: Database, tmp_path: Path) -> None:
    said: list[str] = []
    with running(picture, on_trouble=said.append) as journal:
        journal.put(tick(1, 2), points(1, 2))
        journal.put_checkpoint(Checkpoint(tick(1, 2).states, next_id=3), {})
        assert journal.drain(10)
        copied(picture, tmp_path / "backup.db")
        journal.put(tick(3, removed=[2]), points(3))
        assert journal.drain(10)
        (tmp_path / "backup.db").rename(tmp_path / "picture.db")
        until(lambda: journal.wants_everything)
        assert "replaced while in use" in journal.figures.in_words(time.time())
        journal.put(tick(4), points(4))
        journal.put_everything(Checkpoint(tick(1, 3, 4).states, next_id=5))
        assert journal.drain(10)
    assert len(said) == 1, said
    with sqlite3.connect(tmp_path / "picture.db") as reader:
        assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    again = Database(picture.url, schema="picture", durable=False)
    with again.reading() as session:
        assert reading.checkpoint(session)[1].states["id"].tolist() == [1, 3, 4]
        assert reading.newest_tick(session) == 3
        assert reading.identity(session) == journal.identity
        assert len(history.trails(session, [1, 2, 4], 0, 2e9)) == 3
    again.dispose()


def test_the_database_of_another_picture_is_left_alone(picture: Database, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path / 'other.db'}", schema="picture", durable=False)
    migrate(other)
    other.dispose()
    with running(picture) as journal:
        journal.put(tick(1), points(1))
        assert journal.drain(10)
        (tmp_path / "other.db").rename(tmp_path / "picture.db")
        until(lambda: journal.belongs_to_another)
        journal.put(tick(2), points(2))
        assert "that of another picture" in journal.figures.trouble
    with sqlite3.connect(tmp_path / "picture.db") as reader:
        assert reader.execute("SELECT count(*) FROM tick").fetchone() == (0,)


def test_no_room_leaves_the_picture_live_and_counts_what_is_lost(picture: Database) -> None:
    limit = {"pages": 0}

    @event.listens_for(picture.engine, "begin")
    def no_more_room(connection: Any) -> None:
        if limit["pages"]:
            connection.exec_driver_sql(f"PRAGMA max_page_count={limit['pages']}")

    with running(picture) as journal:
        for number in range(1, 300):
            journal.put(tick(number), points(number))
            assert journal.drain(10)
        with picture.reading() as session:
            limit["pages"] = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one() + 2
        numbers = iter(range(300, 100_000))

        def put() -> None:
            number = next(numbers)
            journal.put(tick(number), points(*[number] * 200))
            assert journal.drain(10)

        while not journal.figures.trouble:
            put()
        words = journal.figures.in_words(time.time())
        assert words == f"History is not being written: the disk is full ({journal.figures.history_lost:,} points lost)"
        before = journal.figures.seq
        lost = journal.figures.history_lost
        for _ in range(20):
            put()
        assert journal.figures.seq == before + 20  # screens still see what moves
        assert journal.figures.history_lost >= lost + 20 * 200
        journal.put_status([FeedStatus(0, feed("AIS"), NOW)], {})
        assert journal.drain(10)
        with picture.reading() as session:
            assert reading.newest_tick(session) == journal.figures.seq
            assert reading.fact(session, "history_lost") == journal.figures.history_lost
        limit["pages"] = 1_000_000
        journal._try_room_at = 0.0  # rather than wait for the next try
        until(lambda: put() or not journal.figures.trouble)
        after = journal.figures.history_lost
        put()
        assert journal.figures.history_lost == after


def test_what_was_submitted_before_closing_is_run(picture: Database) -> None:
    """A back-fill submits arrivals and departures faster than one a flush: the last hour of them was once lost."""
    done: list[int] = []
    journal = Journal(picture, clock=time.time)
    journal.start()
    for number in range(50):
        journal.submit(lambda _session, number=number: done.append(number))
    assert journal.close(20)
    assert done == list(range(50))


def test_a_job_that_fails_is_said_and_the_next_one_runs(picture: Database) -> None:
    said: list[str] = []
    done: list[str] = []

    def bad(_session: object) -> None:
        raise RuntimeError("no such thing")

    with running(picture, on_trouble=said.append) as journal:
        journal.submit(bad)
        journal.submit(lambda _session: done.append("ran"))
        until(lambda: done)
    assert journal.figures.failed_jobs == 1
    assert "bad failed" in said[0]


def test_waiting_points_are_bounded_and_the_oldest_go_first() -> None:
    waiting = Waiting(points_limit=10)
    assert waiting.add(tick(), points(1, 2, 3, 4, 5, 6)) == 0
    assert waiting.add(tick(), points(7, 8, 9, 10, 11, 12)) == 2
    assert waiting.take().points["track"].tolist() == list(range(3, 13))


def test_many_waiting_ticks_become_one() -> None:
    waiting = Waiting()
    for number in range(2_000):
        waiting.add(tick(number % 7), points())
    assert len(waiting.ticks) < 300
    work = waiting.take()
    assert len(work.ticks) == 1
    assert sorted(work.ticks[0].states["id"].tolist()) == list(range(7))


def test_a_tick_is_never_written_after_a_checkpoint_that_lacks_it() -> None:
    waiting = Waiting()
    waiting.add(tick(1), points())
    waiting.add_checkpoint(Checkpoint(tick(1).states), {})
    waiting.add(tick(2), points())
    first = waiting.take()
    assert [one.states["id"].tolist() for one in first.ticks] == [[1]]
    assert first.checkpoint is not None
    waiting.put_back(first)  # could not be written
    again = waiting.take()
    assert [one.states["id"].tolist() for one in again.ticks] == [[1]]
    assert [one.states["id"].tolist() for one in waiting.take().ticks] == [[2]]


@pytest.mark.parametrize("gone_first", [True, False])
def test_joined_ticks_say_what_they_said_one_after_the_other(gone_first: bool) -> None:
    gone, back = tick(removed=[1]), tick(1, lat=-30.0)
    whole = joined([tick(1, 2), *((gone, back) if gone_first else (back, gone))])
    assert whole.removed == ([] if gone_first else [1])
    assert whole.states["id"].tolist() == ([2, 1] if gone_first else [2])
    if gone_first:
        assert whole.states["lat"].tolist() == [-36.0, -30.0]
