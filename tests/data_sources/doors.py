"""Local sources that speak to feeds at their real doors on 127.0.0.1: a TCP server, a UDP sender, an HTTP server, a file.

A door can be killed and comes back at the same address, as receivers do.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

import orjson
from pyais.encode import encode_dict

LOCAL = "127.0.0.1"
PATIENCE = 20.0  # seconds until a condition that should come true has failed


async def until(condition: Any, what: str) -> None:
    """Poll until the condition is true; fails saying what did not happen."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"did not happen within {PATIENCE:.0f} s: {what}"
        await asyncio.sleep(0.005)


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])


class Door(ABC):
    """One local source. Subclasses say how it is reached and how the protocol words a report."""

    carries_time = True  # whether a report can say when it was observed
    knows_outage = True  # whether the feed can tell that nobody is there (UDP cannot)

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """What an operator would write for it."""

    @abstractmethod
    async def open(self) -> None: ...

    @abstractmethod
    async def close(self) -> None:
        """As a power cut would: connections break, the address stays."""

    @abstractmethod
    async def send(self, data: bytes) -> None:
        """Give the feed these bytes; returns when they are on their way."""

    @abstractmethod
    def report(self, number: int, at: float) -> bytes:
        """The `number`th craft, observed at `at` (epoch seconds), in the words of the protocol."""

    async def left(self) -> None:  # noqa: B027
        """Returns when the feed has hung up, where that can be known."""

    def nasty(self) -> list[bytes]:
        """What a bad source sends; each is sent on its own."""
        return [
            b"\x00\xff\xfe\x80 not a protocol at all \x1a\r\n",
            b"A" * 200_000 + b"\n",
            b"\n\n\r\n",
            self.report(1, time.time())[:-20] + b"\n",
        ]


class TcpDoor(Door):
    def __init__(self) -> None:
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._meet, LOCAL, self.port)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        try:
            await reader.read()  # feeds say nothing: this ends when they hang up
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def _connected(self) -> bool:
        self._writers = [writer for writer in self._writers if not writer.is_closing()]
        return bool(self._writers)

    async def left(self) -> None:
        await until(lambda: not self._connected(), "the feed hangs up")

    async def send(self, data: bytes) -> None:
        await until(self._connected, "the feed connects")
        for writer in self._writers:
            writer.write(data)
            await writer.drain()


class UdpDoor(Door):
    knows_outage = False

    def __init__(self) -> None:
        self.port = free_port(socket.SOCK_DGRAM)
        self._sender: socket.socket | None = None

    async def open(self) -> None:
        self._sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    async def close(self) -> None:
        if self._sender is not None:
            self._sender.close()
        self._sender = None

    async def send(self, data: bytes) -> None:
        assert self._sender is not None
        await until(self._bound, "the feed listens")
        for start in range(0, len(data), 8_000):
            self._sender.sendto(data[start : start + 8_000], (LOCAL, self.port))

    async def left(self) -> None:
        await until(lambda: not self._bound(), "the feed closes its port")

    def _bound(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((LOCAL, self.port))
            except OSError:
                return True
        return False


class HttpDoor(Door):
    """Serves whatever was last sent, again and again, as web servers of receivers do."""

    def __init__(self) -> None:
        self.port = free_port()
        self.body = b"{}"
        self.head = b""  # more header lines, each with its CRLF
        self.status = b"200 OK"
        self.requests: list[bytes] = []
        self._served = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._meet, LOCAL, self.port)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(request)
                writer.write(self.answer(request))
                await writer.drain()
                self._served += 1
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def answer(self, request: bytes) -> bytes:
        return b"HTTP/1.1 %s\r\n%scontent-length: %d\r\n\r\n%s" % (self.status, self.head, len(self.body), self.body)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def send(self, data: bytes) -> None:
        self.body = data
        before = self._served
        await until(lambda: self._served > before, "the feed asks")

    def nasty(self) -> list[bytes]:
        whole = self.report(1, time.time())
        return [b"\x00\xff\xfe\x80", whole[:-20], b"[]", b"{}", b"null", b'"text"', b"[" * 5_000, b"1" * 3_000_000]


class FileDoor(Door):
    """A file that grows."""

    def __init__(self) -> None:
        self._rotated = 0
        self._folder = tempfile.TemporaryDirectory()
        self.path = Path(self._folder.name) / "recording.txt"

    async def open(self) -> None:
        self.path.touch()

    async def close(self) -> None:
        if self.path.exists():
            self.path.rename(self.path.with_suffix(f".{self._rotated}"))  # as log rotation does
            self._rotated += 1

    async def send(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)


# ---- the words of each protocol


def aivdm(number: int, at: float) -> bytes:
    """A class A position report with a tag block that says when."""
    tag = f"c:{int(at)}"
    check = reduce(lambda sum_, letter: sum_ ^ ord(letter), tag, 0)
    message = {"type": 1, "mmsi": 512000100 + number, "lat": -36.8 - number / 100, "lon": 174.8, "speed": 10.0}
    (sentence,) = encode_dict(message, talker_id="AI", sentence_type="VDM", radio_channel="A")
    return f"\\{tag}*{check:02X}\\{sentence}\r\n".encode()


class AisTcp(TcpDoor):
    def settings(self) -> dict[str, Any]:
        return {"kind": "ais-tcp", "name": "harbour", "host": LOCAL, "port": self.port}

    def report(self, number: int, at: float) -> bytes:
        return aivdm(number, at)


class AisUdp(UdpDoor):
    def settings(self) -> dict[str, Any]:
        return {"kind": "ais-udp", "name": "headland", "host": LOCAL, "port": self.port}

    def report(self, number: int, at: float) -> bytes:
        return aivdm(number, at)


class AisFile(FileDoor):
    def settings(self) -> dict[str, Any]:
        return {"kind": "ais-file", "name": "pipe", "path": str(self.path), "follow": True}

    def report(self, number: int, at: float) -> bytes:
        return aivdm(number, at)


class Sbs(TcpDoor):
    def settings(self) -> dict[str, Any]:
        return {"kind": "sbs-tcp", "name": "hill", "host": LOCAL, "port": self.port}

    def report(self, number: int, at: float) -> bytes:
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y/%m/%d,%H:%M:%S.%f")[:-3]
        where = f"{-36.8 - number / 100:.4f},174.8000"
        return f"MSG,3,1,1,C8{number:04X},1,{stamp},{stamp},,33000,,,{where},,,0,0,0,0\r\n".encode()


class Readsb(HttpDoor):
    def settings(self) -> dict[str, Any]:
        url = f"http://{LOCAL}:{self.port}/data/aircraft.json"
        return {"kind": "readsb", "name": "tower", "url": url, "interval": 0.1, "document_limit": 1_000_000}

    def report(self, number: int, at: float) -> bytes:
        craft = {
            "hex": f"c8{number:04x}", "flight": "TST12   ", "alt_baro": 33000, "gs": 440.1, "track": 12.5,
            "lat": -36.8 - number / 100, "lon": 174.8, "seen": 0.1, "seen_pos": 0.1,
        }  # fmt: skip
        return orjson.dumps({"now": at, "messages": 1, "aircraft": [craft]})


class OpenSky(HttpDoor):
    def settings(self) -> dict[str, Any]:
        base = f"http://{LOCAL}:{self.port}/api"
        return {
            "kind": "opensky", "name": "network", "base_url": base, "interval": 0.1, "document_limit": 1_000_000,
            "late_after": 30, "dead_after": 120,
        }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._seconds: dict[float, int] = {}

    def report(self, number: int, at: float) -> bytes:
        # OpenSky's times are whole seconds: two reports of one test must not fall into the same one.
        taken = set(self._seconds.values())
        second = self._seconds.setdefault(at, next(t for t in range(int(at), int(at) + 100) if t not in taken))
        state = [
            f"c8{number:04x}", "TST12   ", "New Zealand", second, second, 174.8, -36.8 - number / 100,
            10_000.0, False, 220.0, 12.5, 0.0, None, 10_100.0, "1234", False, 0,
        ]  # fmt: skip
        return orjson.dumps({"time": second, "states": [state]})


DOORS: dict[str, type[Door]] = {
    "ais-tcp": AisTcp,
    "ais-udp": AisUdp,
    "ais-file": AisFile,
    "sbs-tcp": Sbs,
    "readsb": Readsb,
    "opensky": OpenSky,
}
