"""AIVDM over TCP: a receiver, an AIS dispatcher or a chart plotter that serves sentences to whoever connects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data_sources.contract import Chunk, Feed, FeedSettings, register
from data_sources.nmea.translator import AisTranslator
from data_sources.tcp_bytes import chunks_from


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

    def chunks(self) -> AsyncIterator[Chunk]:
        told = self.settings
        return chunks_from(told.host, told.port, clock=self.clock, silent_after=told.dead_after)

    def translator(self) -> AisTranslator:
        return AisTranslator()
