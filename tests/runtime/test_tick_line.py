"""The direct line from the feed process to a web process: over a real socket, and over a real database."""

from __future__ import annotations

import asyncio
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete

from picture.changes import Checkpoint, Tick
from picture.journal import Journal
from picture.mirror import Mirror
from picture.models import TickRow
from picture.state import POINT, STATE
from runtime import tick_line
from runtime.hub import Hub
from runtime.line_reader import LineReader
from runtime.line_source import LineSource
from runtime.picture_source import DatabaseSource
from runtime.tick_line import TickLine
from storage.engines import Database

NO_POINTS = np.empty(0, POINT)

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def tick(*tracks: int, lat: float = -36.8) -> Tick:
    states = np.zeros(len(tracks), STATE)
    states["id"], states["key"], states["lat"] = tracks, tracks, lat
    return Tick(time.time(), states)


async def when(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not holds():  # noqa: ASYNC110 - a condition of another thread
            await asyncio.sleep(0.01)


class Feeds:
    """What of the feed process has to do with the line."""

    def __init__(self, picture: Database, folder: Path) -> None:
        self.journal = Journal(picture, clock=time.time)
        self.journal.start()
        self.line = TickLine(folder)
        self.whole = Checkpoint()

    async def open(self) -> None:
        await self.line.open(hello=self._hello, everything=lambda: self.whole)

    def _hello(self) -> dict[str, int]:
        return {"identity": self.journal.identity, "run": self.journal.run, "newest": self.journal.figures.given}

    def put(self, one: Tick, *, written: bool = True) -> None:
        if written:
            self.journal.put(one, NO_POINTS)
        else:  # given out, but the database could not take it
            one.after, one.seq = self.journal.figures.given, self.journal.figures.given + 1
            self.journal.figures.given = one.seq
        self.line.put(one)

    async def close(self) -> None:
        await self.line.close()
        await asyncio.to_thread(self.journal.close, 5.0)


@contextmanager
def web(picture: Database, record: Database, folder: Path) -> Iterator[tuple[Hub, LineReader]]:
    line = LineReader(folder)
    line.start()
    source = LineSource(line, DatabaseSource(picture, record, time.time), time.time)
    hub = Hub(source, Mirror(), now=time.time, poll_seconds=0.02)
    running = asyncio.ensure_future(hub.run())
    try:
        yield hub, line
    finally:
        hub.close()
        line.close()
        running.cancel()


async def test_ticks_come_past_a_database_that_does_not_take_them(
    picture: Database, record: Database, tmp_path: Path
) -> None:
    feeds = Feeds(picture, tmp_path)
    await feeds.open()
    with web(picture, record, tmp_path) as (hub, line):
        await when(lambda: line.heard is not None)
        for number in range(1, 11):
            feeds.put(tick(number), written=number < 5)
        await when(lambda: len(hub.mirror) == 10)
        with web(picture, record, tmp_path) as (late, _):  # what it lacks is sent again
            await when(lambda: late.started)
            feeds.put(tick(11), written=False)
            await when(lambda: len(late.mirror) == 11)
            await when(lambda: late.mirror.seq == hub.mirror.seq == 11)
    await feeds.close()


async def test_what_is_nowhere_to_be_had_comes_as_the_whole_picture(
    picture: Database, record: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick_line, "KEPT_TICKS", 2)
    feeds = Feeds(picture, tmp_path)
    await feeds.open()
    for number in range(1, 8):
        feeds.put(tick(number), written=False)
    feeds.whole = Checkpoint(tick(*range(1, 8)).states, particulars={3: {"name": "EXAMPLE TRADER"}}, merged={7: 1})
    with web(picture, record, tmp_path) as (hub, _):
        await when(lambda: len(hub.mirror) == 6)
        assert hub.mirror.label(3) == "EXAMPLE TRADER"
        assert hub.mirror.current_id(7) == 1
        feeds.put(tick(9), written=False)
        await when(lambda: len(hub.mirror) == 7)
    await feeds.close()


async def test_another_run_of_the_feed_process_is_another_picture(
    picture: Database, record: Database, tmp_path: Path
) -> None:
    first = Feeds(picture, tmp_path)
    await first.open()
    with web(picture, record, tmp_path) as (hub, line):
        await when(lambda: line.heard is not None)
        first.put(tick(1))
        assert await asyncio.to_thread(first.journal.drain, 10)
        for number in range(2, 6):
            first.put(tick(number), written=False)  # lost when it is killed
        await when(lambda: len(hub.mirror) == 5)
        screen = hub.attach()
        screen.begin(hub.mirror.seq)
        was = hub.mirror.picture
        await first.close()
        await when(lambda: line.heard is None)
        second = Feeds(picture, tmp_path)
        await second.open()
        for number in range(2, 7):
            second.put(tick(number + 100))  # numbers that the first gave out as well
        await when(lambda: sorted(hub.mirror.states()["id"].tolist()) == [1, 102, 103, 104, 105, 106])
        await when(lambda: hub.mirror.picture != was)  # named anew with the next look at the latest
        assert hub.since(5, was) == 0, "a screen that comes back is sent everything"
        assert screen.seq == 0 or screen.behind or screen.waiting
    await second.close()


async def test_without_a_line_the_database_is_the_path(picture: Database, record: Database, tmp_path: Path) -> None:
    feeds = Feeds(picture, tmp_path)
    await feeds.open()
    with web(picture, record, tmp_path) as (hub, line):
        await when(lambda: line.heard is not None)
        feeds.put(tick(1))
        await when(lambda: len(hub.mirror) == 1)
        await feeds.line.close()
        await when(lambda: line.heard is None)
        feeds.journal.put(tick(2), NO_POINTS)
        await when(lambda: len(hub.mirror) == 2)
        feeds.line = TickLine(tmp_path)
        await feeds.open()
        await when(lambda: line.heard is not None)
        feeds.put(tick(3))
        with picture.writing() as session:
            session.execute(delete(TickRow))
        await when(lambda: len(hub.mirror) == 3)
    await feeds.close()


async def test_the_socket_is_its_owners_alone_and_an_old_one_is_no_hindrance(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "ticks.sock"))
    left.close()
    line = TickLine(tmp_path)
    await line.open(hello=dict, everything=Checkpoint)
    mode = (tmp_path / "ticks.sock").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    await line.close()
    assert not (tmp_path / "ticks.sock").exists()


async def test_a_folder_with_a_long_name_has_a_line_too(picture: Database, record: Database, tmp_path: Path) -> None:
    folder = tmp_path / ("n" * 100) / ("m" * 100)
    folder.mkdir(parents=True)
    feeds = Feeds(picture, folder)
    await feeds.open()
    with web(picture, record, folder) as (hub, line):
        await when(lambda: line.heard is not None)
        feeds.put(tick(1), written=False)
        await when(lambda: len(hub.mirror) == 1)
    await feeds.close()


async def test_who_reads_too_slowly_is_cut_off_and_nobody_waits(
    picture: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick_line, "UNSENT_BYTES", 100_000)
    feeds = Feeds(picture, tmp_path)
    await feeds.open()
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "ticks.sock"), limit=1)
    await when(lambda: feeds.line._listeners)
    for _ in range(200):
        began = time.perf_counter()
        feeds.put(tick(*range(200)), written=False)
        assert time.perf_counter() - began < 0.5
        await asyncio.sleep(0)
        if not feeds.line._listeners:
            break
    assert not feeds.line._listeners
    writer.close()
    assert reader is not None
    await feeds.close()


async def test_what_no_web_process_says_ends_the_line(tmp_path: Path) -> None:
    line = TickLine(tmp_path)
    await line.open(hello=dict, everything=Checkpoint)
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "ticks.sock"))
    writer.write(b"\xff" * 64)
    async with asyncio.timeout(10):
        await reader.read(-1)
    writer.close()
    await line.close()
