"""The four doors: AIVDM over TCP and UDP, aircraft.json over HTTP, BaseStation over TCP.

A client that reads too slowly is dropped, as a receiver drops it; nothing waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

CLIENT_BACKLOG = 4 << 20  # bytes unsent until a client is dropped


class Broadcast:
    """A TCP server that sends every client the same bytes."""

    def __init__(self) -> None:
        self.clients: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        self._server = await asyncio.start_server(self._client, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.add(writer)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await reader.read(4096):  # what a client says is of no interest; its end is
                    pass
        finally:
            self._drop(writer)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self.clients.discard(writer)
        writer.close()

    def send(self, data: bytes) -> None:
        for writer in list(self.clients):
            if writer.is_closing() or writer.transport.get_write_buffer_size() > CLIENT_BACKLOG:
                writer.transport.abort()
                self.clients.discard(writer)
            else:
                writer.write(data)

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for writer in list(self.clients):
            writer.transport.abort()
        self.clients.clear()


class Datagrams:
    """Sends lines to a UDP port, several to a datagram as serial-to-network boxes do."""

    MOST = 1400  # bytes, below the usual frame

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, port))

    def send(self, lines: list[bytes]) -> None:
        if self._transport is None:
            return
        packet = b""
        for line in lines:
            if packet and len(packet) + len(line) > self.MOST:
                self._transport.sendto(packet)
                packet = b""
            packet += line
        if packet:
            self._transport.sendto(packet)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Documents:
    """A small HTTP/1.1 server for `GET /data/aircraft.json` (and the other paths readsb and dump1090 use)."""

    PATHS = ("/data/aircraft.json", "/aircraft.json", "/tar1090/data/aircraft.json", "/skyaware/data/aircraft.json")

    def __init__(self, document: Callable[[], bytes]) -> None:
        self._document = document
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        self._server = await asyncio.start_server(self._client, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            while True:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                method, path, *_ = [*head.split(b"\r\n", 1)[0].decode("latin-1").split(" "), "", ""]
                last = b"connection: close" in head.lower()
                self._answer(writer, method, path.split("?")[0], last)
                await writer.drain()
                if last:
                    break
        writer.close()

    def _answer(self, writer: asyncio.StreamWriter, method: str, path: str, last: bool) -> None:
        found = method in ("GET", "HEAD") and path in self.PATHS
        body = self._document() if found else b"not found\n"
        kind = "application/json" if found else "text/plain"
        writer.write(
            f"HTTP/1.1 {'200 OK' if found else '404 Not Found'}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"Cache-Control: no-store\r\nConnection: {'close' if last else 'keep-alive'}\r\n\r\n".encode()
        )
        if method != "HEAD":
            writer.write(body)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
