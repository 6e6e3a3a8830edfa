"""The hub over a real picture database, written as the feed process writes it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event

from picture.changes import Checkpoint, Tick
from picture.journal import Journal
from picture.mirror import Mirror
from picture.observations import Namespace, key_of
from picture.state import POINT, REPORT, STATE
from runtime.hub import Hub
from runtime.picture_source import DatabaseSource
from settings import Settings
from storage.engines import Database, open_picture, open_record
from storage.migrate import migrate

NO_POINTS = np.empty(0, POINT)


@pytest.fixture
def databases(tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    settings = Settings(data_dir=tmp_path)
    both = open_picture(settings), open_record(settings)
    for database in both:
        migrate(database)
    yield both
    for database in both:
        database.dispose()


@pytest.fixture
def journal(databases: tuple[Database, Database]) -> Iterator[Journal]:
    journal = Journal(databases[0], clock=time.time)
    journal.start()
    yield journal
    journal.close()


def rows(*tracks: int, lat: float = -36.8) -> np.ndarray:
    states = np.zeros(len(tracks), STATE)
    states["id"], states["kind"], states["lat"], states["lon"] = tracks, 1, lat, 174.8
    states["key"] = [key_of(Namespace.MMSI, 512_000_000 + track) for track in tracks]
    states["heard_at"] = states["positioned_at"] = time.time()
    return states


async def when(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - a condition of another thread
            await asyncio.sleep(0.01)


def test_ticks_come_through_in_order_and_a_late_starter_begins_at_the_checkpoint(
    databases: tuple[Database, Database], journal: Journal
) -> None:
    source = DatabaseSource(*databases, time.time)

    async def watch() -> None:
        hub = Hub(source, Mirror(), now=time.time, poll_seconds=0.02)
        running = asyncio.create_task(hub.run())
        await when(lambda: hub.started)
        journal.put(Tick(time.time(), rows(1, 2), particulars={1: {"name": "EXAMPLE TRADER"}}), NO_POINTS)
        journal.put(Tick(time.time(), rows(2, lat=-35.0)), NO_POINTS)
        await when(lambda: len(hub.mirror) == 2 and hub.mirror.states()["lat"].min() == -36.8)
        await when(lambda: -35.0 in hub.mirror.states()["lat"])
        assert hub.mirror.label(1) == "EXAMPLE TRADER"

        saved = Checkpoint(rows(1, 2), np.empty(0, REPORT), {1: {"name": "EXAMPLE TRADER"}}, {}, {}, 3)
        journal.put_checkpoint(saved, {})
        await when(lambda: journal.figures.checkpoint_at)
        journal.put(Tick(time.time(), rows(9)), NO_POINTS)
        late = Hub(source, Mirror(), now=time.time, poll_seconds=0.02)
        also_running = asyncio.create_task(late.run())
        await when(lambda: len(late.mirror) == 3)
        await when(lambda: late.mirror.seq == hub.mirror.seq)
        for each in (hub, late):
            each.close()
        await asyncio.gather(running, also_running)

    asyncio.run(watch())


def test_a_database_that_fails_is_said_and_does_not_end_the_hub(
    databases: tuple[Database, Database], journal: Journal
) -> None:
    traffic, record = databases

    async def watch() -> None:
        hub = Hub(DatabaseSource(traffic, record, time.time), Mirror(), now=time.time, poll_seconds=0.02)
        running = asyncio.create_task(hub.run())
        await when(lambda: hub.started)
        journal.put(Tick(time.time(), rows(1)), NO_POINTS)
        await when(lambda: len(hub.mirror) == 1)
        with traffic.writing() as session:
            session.connection().exec_driver_sql("ALTER TABLE tick RENAME TO tick_away")
        await when(lambda: hub.why_away)
        with traffic.writing() as session:
            session.connection().exec_driver_sql("ALTER TABLE tick_away RENAME TO tick")
        await when(lambda: not hub.why_away)
        hub.close()
        await running

    asyncio.run(watch())


def test_topics_change_with_what_they_name(databases: tuple[Database, Database]) -> None:
    from datetime import UTC, datetime

    from picture.places import Places
    from picture.zones import seed_zones
    from record.audit import System

    source = DatabaseSource(*databases, time.time)
    before = dict(source.topics())
    assert dict(source.topics()) == before
    with databases[1].writing() as session:
        seed_zones(session, "NZ", [], Places.load("NZ").ports, actor=System(), now=datetime.now(UTC))
    after = dict(source.topics())
    assert after["zones"] != before["zones"]
    assert after["movements"] == before["movements"]


def test_asking_whether_movements_changed_reads_no_table(databases: tuple[Database, Database]) -> None:
    asked = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(databases[0].engine, "before_cursor_execute", note)
    DatabaseSource(*databases, time.time).topics()
    event.remove(databases[0].engine, "before_cursor_execute", note)
    (question,) = [statement for statement in asked if "movement" in statement]
    with databases[0].engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}").all()
    assert [row[-1] for row in plan] == ["SEARCH movement USING COVERING INDEX ix_movement_updated_at"]
