"""What is particular to the AIS feeds; what every feed must do is in test_every_feed."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from data_sources import ais_udp
from data_sources.ais_file import AisFile, AisFileSettings
from data_sources.ais_tcp import AisTcp, AisTcpSettings
from data_sources.ais_udp import AisUdp, AisUdpSettings
from data_sources.contract import Chunk, FeedUnavailable

LINE = b"!AIVDM,1,1,,A,15MrVH0000KH<:V:NtBLoqFP2H9:,0*2F\r\n"
PROJECT = Path(__file__).resolve().parents[2]


async def until(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.005)


async def first(chunks: AsyncIterator[Chunk]) -> Chunk:
    async with asyncio.timeout(10):
        return await anext(chunks)


def file_feed(path: Path, *, follow: bool = True) -> AisFile:
    return AisFile(AisFileSettings(name="log", kind="ais-file", path=str(path), follow=follow), time.time)


def test_tcp_says_why_it_cannot_connect() -> None:
    async def run() -> None:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
            port = held.getsockname()[1]
            feed = AisTcp(AisTcpSettings(name="a", kind="ais-tcp", host="127.0.0.1", port=port), time.time)
            with pytest.raises(FeedUnavailable, match=f"no connection to 127.0.0.1:{port}"):
                await first(feed.chunks())

    asyncio.run(run())


def test_tcp_says_that_the_other_side_hung_up() -> None:
    async def run() -> None:
        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(LINE)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        feed = AisTcp(AisTcpSettings(name="a", kind="ais-tcp", host="127.0.0.1", port=port), time.time)
        chunks = feed.chunks()
        assert (await first(chunks)).data == LINE
        with pytest.raises(FeedUnavailable, match="closed the connection"):
            await first(chunks)
        server.close()

    asyncio.run(run())


def test_udp_senders_are_receivers_and_datagrams_end_lines() -> None:
    async def run() -> None:
        feed = AisUdp(AisUdpSettings(name="u", kind="ais-udp", host="127.0.0.1", port=0), time.time)
        chunks = feed.chunks()
        coming = asyncio.ensure_future(first(chunks))
        await until(lambda: feed.bound_port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.2", 0))
            sender.sendto(LINE.strip(), ("127.0.0.1", feed.bound_port))
        chunk = await coming
        assert (chunk.receiver, chunk.data) == ("127.0.0.2", LINE.strip() + b"\n")
        batch = feed.translator().translate(chunk)
        assert batch.observations.receivers == ("127.0.0.2",)
        assert batch.messages == 1
        await chunks.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_udp_flood_is_bounded_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ais_udp, "WAITING_BYTES", 10 * len(LINE))
    feed = AisUdp(AisUdpSettings(name="u", kind="ais-udp", host="127.0.0.1", port=0), time.time)
    mailbox = ais_udp._Mailbox(feed)
    for _ in range(25):
        mailbox.datagram_received(LINE, ("10.0.0.1", 4000))
    assert feed.overrun == 15
    assert len(asyncio.run(mailbox.take())["10.0.0.1"]) == 10


def test_udp_says_that_the_port_is_taken() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        feed = AisUdp(AisUdpSettings(name="u", kind="ais-udp", host="127.0.0.1", port=port), time.time)
        with pytest.raises(FeedUnavailable, match=f"cannot listen on 127.0.0.1:{port}"):
            asyncio.run(first(feed.chunks()))


def test_file_is_followed_through_growth_cut_and_replacement(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "ais.log"
        path.write_bytes(LINE)
        chunks = file_feed(path).chunks()
        assert (await first(chunks)).data == LINE
        with path.open("ab") as more:
            more.write(LINE + LINE)
        assert (await first(chunks)).data == LINE + LINE
        path.write_bytes(b"# new\n")  # cut
        assert (await first(chunks)).data == b"# new\n"
        fresh = tmp_path / "fresh"
        fresh.write_bytes(LINE * 3)
        fresh.replace(path)  # rotated
        assert (await first(chunks)).data == LINE * 3
        path.unlink()
        with pytest.raises(FeedUnavailable, match=r"cannot read .*: No such file"):
            await first(chunks)

    asyncio.run(run())


@pytest.mark.parametrize("new", [LINE[::-1], LINE[::-1] * 3, LINE], ids=["as long", "longer", "the same again"])
def test_file_made_anew_under_the_same_number_is_read(tmp_path: Path, new: bytes) -> None:
    async def run() -> None:
        path = tmp_path / "ais.log"
        path.write_bytes(LINE)
        feed = file_feed(path, follow=False)
        with pytest.raises(FeedUnavailable, match="read to its end"):
            async for chunk in feed.chunks():
                assert chunk.data == LINE
        number = path.stat().st_ino
        path.write_bytes(new)
        os.utime(path, (time.time() + 60, time.time() + 60))
        assert path.stat().st_ino == number
        assert (await first(feed.chunks())).data == new

    asyncio.run(run())


def test_file_that_has_ended_is_not_read_twice(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "ais.log"
        path.write_bytes(LINE)
        feed = file_feed(path, follow=False)
        chunks = feed.chunks()
        assert (await first(chunks)).data == LINE
        with pytest.raises(FeedUnavailable, match="has been read to its end") as ended:
            await first(chunks)
        assert ended.value.retry_after is not None
        with path.open("ab") as more:
            more.write(b"# more\n")
        assert (await first(feed.chunks())).data == b"# more\n"

    asyncio.run(run())


def test_standard_input_is_read_and_its_end_is_said() -> None:
    program = (
        "import asyncio, time\n"
        "from data_sources.ais_file import AisFile, AisFileSettings\n"
        "from data_sources.contract import FeedUnavailable\n"
        "async def run():\n"
        "    feed = AisFile(AisFileSettings(name='s', kind='ais-file', path='-'), time.time)\n"
        "    try:\n"
        "        async for chunk in feed.chunks(): print(len(chunk.data))\n"
        "    except FeedUnavailable as ended: print(ended)\n"
        "asyncio.run(run())\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input=LINE,
        capture_output=True,
        timeout=60,
        cwd=PROJECT,
        env=os.environ,
        check=True,
    )
    assert ran.stdout.decode().splitlines() == [str(len(LINE)), "standard input has ended"]
