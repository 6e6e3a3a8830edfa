"""AIVDM over TCP: a receiver, an AIS dispatcher or a chart plotter that serves sentences to whoever connects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data_sources.contract import Chunk, Feed, FeedSettings, FeedUnavailable, register
from data_sources.nmea.translator import AisTranslator

READ_BYTES = 64 * 1024
CONNECT_SECONDS = 5.0


class AisTcpSettings(FeedSettings):
    kind: Literal["ais-tcp"]
    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65535)]


@register
class AisTcp(Feed):
    kind: ClassVar[str] = "ais-tcp"
    title: ClassVar[str] = "AIS over TCP"
    family: ClassVar[str] = "AIS"
    Settings = AisTcpSettings
    settings: AisTcpSettings

    async def chunks(self) -> AsyncIterator[Chunk]:
        where = f"{self.settings.host}:{self.settings.port}"
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(self.settings.host, self.settings.port, limit=READ_BYTES)
        except TimeoutError as late:
            raise FeedUnavailable(f"no answer from {where}") from late
        except OSError as refused:
            raise FeedUnavailable(f"no connection to {where}: {refused.strerror or refused}") from refused
        try:
            while data := await self._read(reader, where):
                yield Chunk(data, self.clock())
        finally:
            writer.close()
        raise FeedUnavailable(f"{where} closed the connection")

    async def _read(self, reader: asyncio.StreamReader, where: str) -> bytes:
        """What came next. A connection that is silent until the feed is dead may be half open: it is given up."""
        try:
            async with asyncio.timeout(self.settings.dead_after):
                return await reader.read(READ_BYTES)
        except TimeoutError as silent:
            raise FeedUnavailable(f"{where} sent nothing for {self.settings.dead_after:.0f} s") from silent
        except OSError as broken:
            raise FeedUnavailable(f"the connection to {where} broke: {broken.strerror or broken}") from broken

    def translator(self) -> AisTranslator:
        return AisTranslator()
