"""The feed process from within: what it brings back, what officers' acts do, what becomes of rejections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import ClassVar, Literal

import numpy as np
import pytest

from access.permissions import LOCAL_OFFICER
from data_sources.contract import Batch, Chunk, Feed, FeedSettings, FeedUnavailable, Reason, Translator
from picture import history, reading
from picture.models import Contact, ContactMerge
from picture.observations import Kind, Namespace, Observations, key_of
from picture.views import FeedState
from record import audit
from runtime.feeds import FeedProcess
from settings import Settings
from storage.engines import Database


class Said:
    """Each line is an MMSI, where it is, and how long ago; anything else is refused."""

    def translate(self, chunk: Chunk) -> Batch:
        batch = Batch()
        rows = []
        for line in chunk.data.splitlines():
            batch.lines += 1
            try:
                rows.append([float(word) for word in line.split()])
                assert len(rows[-1]) == 3
            except (ValueError, AssertionError):
                batch.reject(Reason.MALFORMED, line, chunk.received_at)
                rows = [row for row in rows if len(row) == 3]
        seen = Observations.blank(len(rows))
        for row, (mmsi, lat, lon) in enumerate(rows):
            seen.key[row], seen.kind[row] = key_of(Namespace.MMSI, int(mmsi)), Kind.VESSEL
            seen.lat[row], seen.lon[row] = lat, lon
        seen.observed_at[:] = seen.received_at[:] = chunk.received_at
        batch.observations = seen
        batch.messages = len(rows)
        return batch

    def flush(self, now: float) -> Batch:
        return Batch()


class SaidFeed(Feed):
    kind: ClassVar[str] = "said"
    title: ClassVar[str] = "said by a test"
    family: ClassVar[str] = "AIS"
    Settings = FeedSettings

    def __init__(self, *lines: bytes) -> None:
        super().__init__(FeedSettings(name="Said", kind="said"), time.time)
        self._lines = lines

    async def chunks(self) -> AsyncIterator[Chunk]:
        for line in self._lines:
            yield Chunk(line, time.time())
        await asyncio.Event().wait()
        raise FeedUnavailable("said all")

    def translator(self) -> Translator:
        return Said()


def process(picture: Database, record: Database, *lines: bytes) -> FeedProcess:
    feeds = [SaidFeed(*lines)] if lines else []
    made = FeedProcess(Settings(), feeds, picture=picture, record=record, clock=time.time)
    made.begin()
    return made


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - a condition of another process or thread
            await asyncio.sleep(0.02)


async def run_until(one: FeedProcess, true: Callable[[], object]) -> None:
    running = asyncio.create_task(one.run())
    async with asyncio.timeout(30):
        while not true():
            assert not running.done(), running.exception()
            await asyncio.sleep(0.02)
    one.leave()
    await running


async def test_what_is_said_is_in_the_picture_after_a_restart(picture: Database, record: Database) -> None:
    first = process(picture, record, b"512000001 -36.5 174.9\n512000002 -36.6 175.0\n", b"rubbish\n")
    await run_until(first, lambda: len(first.store) == 2 and first.journal.figures.ticks)
    again = process(picture, record)
    assert len(again.store) == 2
    assert again.store.next_id == first.store.next_id
    again.end()
    with picture.reading() as session:
        assert reading.rejections(session)[0].raw == "rubbish"
        assert len(history.positions_at(session, time.time())) == 2


async def test_a_quiet_picture_is_not_a_frozen_one(picture: Database, record: Database) -> None:
    quiet = process(picture, record)
    await run_until(quiet, lambda: quiet.journal.figures.ticks >= 2)
    with picture.reading() as session:
        assert time.time() - reading.storage_figures(session)["newest_tick_at"] < 5


async def test_feeds_that_are_no_longer_set_up_leave_the_strip(picture: Database, record: Database) -> None:
    def strip() -> list[str]:
        with picture.reading() as session:
            return [view.name for view in reading.feeds_now(session) if view.state is not FeedState.PAUSED]

    first = process(picture, record, b"512000001 -36.5 174.9\n")
    await run_until(first, lambda: strip() == ["Said"])
    second = process(picture, record)
    await run_until(second, lambda: strip() == [])


async def test_a_contact_and_its_merge_reach_the_picture_and_survive(picture: Database, record: Database) -> None:
    now = datetime.now(UTC)
    one = process(picture, record, b"512000001 -36.5 174.9\n")
    running = asyncio.create_task(one.run())

    def act(subject: Contact | ContactMerge, action: str) -> None:
        with record.writing() as session:
            session.add(subject)
            audit.record(session, action, subject, actor=LOCAL_OFFICER, at=now)

    await until(lambda: len(one.store) == 1)
    act(
        Contact(title="white launch", reported_by="coastguard", observed_at=now, entered_at=now, lat=-36.51, lon=174.9,
                uncertainty_nm=0.5),
        "contact.entered",
    )  # fmt: skip
    await until(lambda: len(one.store) == 2)
    ids = {int(kind): int(number) for number, kind in zip(*states(one), strict=True)}
    with picture.reading() as session:
        here = reading.identity(session)
    elsewhere = ContactMerge(picture=here ^ 2, part_track=ids[Kind.VESSEL], into_track=ids[Kind.CONTACT], why="another",
                             merged_by="x", merged_at=now)  # fmt: skip
    act(elsewhere, "contact.merged")
    merge = ContactMerge(picture=here, part_track=ids[Kind.CONTACT], into_track=ids[Kind.VESSEL], why="same course", merged_by="x",
                         merged_at=now)  # fmt: skip
    act(merge, "contact.merged")
    await until(lambda: len(one.store) == 1)
    assert one.store.parts == {ids[Kind.CONTACT]: ids[Kind.VESSEL]}, "the numbers of another picture are other tracks"
    one.leave()
    await running

    again = process(picture, record)
    assert len(again.store) == 1
    running = asyncio.create_task(again.run())
    with record.writing() as session:
        kept = session.get_one(ContactMerge, 2)
        kept.split_at, kept.split_by = now, "x"
        audit.record(session, "contact.split", kept, actor=LOCAL_OFFICER, at=now)
    await until(lambda: len(again.store) == 2)
    again.leave()
    await running


def states(one: FeedProcess) -> tuple[np.ndarray, np.ndarray]:
    saved = one.store.checkpoint(None).states
    return saved["id"], saved["kind"]


@pytest.fixture
def anyio_backend() -> Literal["asyncio"]:
    return "asyncio"


pytestmark = pytest.mark.anyio
