"""Real bytes through the four doors, and the product's own feeds at the other end."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pyais
import pytest

from data_sources.contract import Chunk
from data_sources.demo import DoorTaken, Ports, choose_ports, feed_settings, run
from data_sources.demo.load import many, send_many
from data_sources.demo.servers import Broadcast
from data_sources.nmea.translator import AisTranslator
from data_sources.roster import make_feeds

PATIENCE = 30.0  # seconds


class Clock:
    """Runs at forty times the pace of the wall clock, so that a test need not wait for a reporting interval."""

    def __init__(self) -> None:
        self._start = time.time()

    def __call__(self) -> float:
        return self._start + (time.time() - self._start) * 40


@asynccontextmanager
async def generator(ports: Ports) -> AsyncIterator[None]:
    stop, opened = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(run(ports, Clock(), stop, opened=opened.set))
    await asyncio.wait_for(opened.wait(), PATIENCE)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, PATIENCE)


class _Mailbox(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.got: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, _sender: object) -> None:
        self.got.put_nowait(data)


def test_a_client_reads_each_door() -> None:
    async def scene() -> None:
        ports = choose_ports()
        loop = asyncio.get_running_loop()
        transport, mailbox = await loop.create_datagram_endpoint(_Mailbox, local_addr=(ports.host, ports.harbour))
        async with asyncio.timeout(PATIENCE), generator(ports):
            reader, writer = await asyncio.open_connection(ports.host, ports.coast)
            line = await reader.readuntil(b"\r\n")
            assert line.startswith(b"\\s:")
            assert b",c:" in line
            datagram = await mailbox.got.get()
            bare = datagram.split(b"\r\n")[0]
            assert b",c:" not in bare.partition(b"!")[0]
            assert pyais.decode(bare.rpartition(b"\\")[2]).msg_type in (1, 3, 5, 18, 19, 21, 24) or b"AIVDM,2" in bare
            sbs, sbs_writer = await asyncio.open_connection(ports.host, ports.sbs)
            message = (await sbs.readuntil(b"\r\n")).decode().strip().split(",")
            assert message[0] == "MSG"
            assert len(message) == 22
            document = await _get(ports, "/data/aircraft.json")
            assert len(document["aircraft"]) > 20
            assert await _status(ports, "/etc/passwd") == 404
            for end in (writer, sbs_writer):
                end.close()
        transport.close()

    asyncio.run(scene())


async def _ask(ports: Ports, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(ports.host, ports.aircraft)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def _get(ports: Ports, path: str) -> dict:
    head, _, body = (await _ask(ports, path)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    return json.loads(body)


async def _status(ports: Ports, path: str) -> int:
    return int((await _ask(ports, path)).split(b" ")[1])


def test_the_product_s_own_feeds_take_it_without_a_rejection() -> None:
    async def heard(feed: object) -> int:
        translator = feed.translator()  # type: ignore[attr-defined]
        total = 0
        async for chunk in feed.chunks():  # type: ignore[attr-defined]
            batch = translator.translate(chunk)
            assert set(batch.rejected) <= {"no_position"}, batch.rejections
            total += len(batch.observations)
            if total >= 20:
                return total
        return total

    async def scene() -> None:
        ports = choose_ports()
        feeds = make_feeds(feed_settings(ports), time.time)
        assert [feed.settings.name for feed in feeds] == ["AIS Coast", "AIS Harbour", "ADS-B", "SBS"]
        async with asyncio.timeout(PATIENCE), generator(ports):
            assert min(await asyncio.gather(*(heard(feed) for feed in feeds))) >= 20

    asyncio.run(scene())


def test_the_generator_outlives_its_clients() -> None:
    async def scene() -> None:
        ports = choose_ports()
        async with asyncio.timeout(PATIENCE), generator(ports):
            for _ in range(3):
                reader, writer = await asyncio.open_connection(ports.host, ports.coast)
                assert await reader.readuntil(b"\r\n")
                writer.transport.abort()

    asyncio.run(scene())


def test_a_taken_port_is_named() -> None:
    async def scene() -> None:
        ports = choose_ports()
        async with generator(ports):
            with pytest.raises(DoorTaken, match=f"port {ports.coast}, .* WATCHFLOOR_DEMO_PORT"):
                await run(ports, time.time, asyncio.Event())

    asyncio.run(scene())


def test_many_vessels_at_the_rate_asked_for() -> None:
    load = many(5_000, start=1_795_500_000.0, rate=20_000)
    data = b"".join(block for _, block in load.blocks(0.5))
    batch = AisTranslator().translate(Chunk(data, 1_795_500_001.0))
    assert len(batch.observations) == batch.sentences == 10_000
    assert len(set(batch.observations.key.tolist())) == 5_000
    assert batch.observations.speed.min() > 7
    names = AisTranslator().translate(Chunk(b"".join(load.statics()), 1_795_500_001.0))
    assert {words["name"] for words in names.observations.particulars.values()} >= {
        "NOTIONAL LOAD 0",
        "NOTIONAL LOAD 4999",
    }


async def _connected(door: Broadcast) -> None:
    while not door.clients:  # noqa: ASYNC110 - the door has no event for it, and needs none
        await asyncio.sleep(0)


def test_load_is_sent_to_a_client() -> None:
    async def scene() -> None:
        door, stop = Broadcast(), asyncio.Event()
        port = await door.open("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.wait_for(_connected(door), PATIENCE)
        sending = asyncio.create_task(send_many(50, 2_000, door, time.time, stop, with_names=False))
        async with asyncio.timeout(PATIENCE):
            got = [await reader.readuntil(b"\r\n") for _ in range(500)]
        stop.set()
        sent = await sending
        assert sent >= 500
        assert len({pyais.decode(line.rpartition(b"\\")[2].strip()).mmsi for line in got}) == 50
        writer.close()
        await door.close()

    asyncio.run(scene())
