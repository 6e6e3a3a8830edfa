"""AIVDM over UDP: receivers send datagrams to our port. Each sender is a receiver unless its tag blocks name one."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, IPvAnyAddress

from data_sources.contract import Chunk, Feed, FeedSettings, FeedUnavailable, register
from data_sources.nmea.translator import AisTranslator

WAITING_BYTES = 4 * 1024 * 1024  # datagrams not yet taken; what comes beyond that is counted as overrun
SOCKET_BYTES = 4 * 1024 * 1024  # asked of the system, which may give less


class AisUdpSettings(FeedSettings):
    kind: Literal["ais-udp"]
    host: Annotated[
        IPvAnyAddress, Field(validate_default=True, description="of this machine; :: or 0.0.0.0 for all")
    ] = "0.0.0.0"  # type: ignore[assignment]  # noqa: S104
    port: Annotated[int, Field(ge=0, le=65535, description="0 picks a free one")]


class _Mailbox(asyncio.DatagramProtocol):
    """Datagrams as they come, by sender, in bounded memory."""

    def __init__(self, feed: AisUdp) -> None:
        self._feed = feed
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()

    def datagram_received(self, data: bytes, sender: tuple[Any, ...]) -> None:
        if self._bytes + len(data) > WAITING_BYTES:
            self._feed.overrun += 1
            return
        self._waiting.append((str(sender[0]), data))
        self._bytes += len(data)
        self._arrived.set()

    def error_received(self, error: Exception) -> None:
        """An ICMP message about something we sent; we send nothing."""

    async def take(self) -> dict[str, list[bytes]]:
        """Everything that waits, by sender."""
        await self._arrived.wait()
        self._arrived.clear()
        taken: dict[str, list[bytes]] = {}
        for sender, data in self._waiting:
            taken.setdefault(sender, []).append(data)
        self._waiting.clear()
        self._bytes = 0
        return taken


@register
class AisUdp(Feed):
    kind: ClassVar[str] = "ais-udp"
    title: ClassVar[str] = "AIS over UDP"
    family: ClassVar[str] = "AIS"
    Settings = AisUdpSettings
    settings: AisUdpSettings
    bound_port: int = 0  # the port in use, once bound

    async def chunks(self) -> AsyncIterator[Chunk]:
        address, port = str(self.settings.host), self.settings.port
        loop = asyncio.get_running_loop()
        try:
            transport, mailbox = await loop.create_datagram_endpoint(lambda: _Mailbox(self), local_addr=(address, port))
        except OSError as taken:
            raise FeedUnavailable(f"cannot listen on {address}:{port}: {taken.strerror or taken}") from taken
        try:
            bound: socket.socket = transport.get_extra_info("socket")
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SOCKET_BYTES)
            self.bound_port = bound.getsockname()[1]
            while True:
                for sender, datagrams in (await mailbox.take()).items():
                    # A datagram ends its line whether it says so or not.
                    lines = [data if data.endswith(b"\n") else data + b"\n" for data in datagrams]
                    yield Chunk(b"".join(lines), self.clock(), sender)
        finally:
            transport.close()

    def translator(self) -> AisTranslator:
        return AisTranslator()
