"""SBS BaseStation lines over TCP, port 30003: what dump1090, readsb and most feeders can speak.

Each MSG carries a part (1 call sign, 3 position, 4 velocity, ...); putting the parts of one aircraft together is
the store's. Dates are often empty, and are the receiver's wall clock where they are not: `timezone` says which.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, tzinfo
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from data_sources.aircraft import (
    Report,
    Unusable,
    altitude,
    climb,
    columns,
    course,
    identity,
    is_distress,
    particulars,
    position,
    source_rank,
    speed,
)
from data_sources.contract import FORMATS, Batch, Chunk, Feed, FeedSettings, Format, Reason, register
from data_sources.tcp_bytes import chunks_from
from picture.observations import ReportFlag

LONGEST_LINE = 1024  # bytes; a real one is under 150
PATIENCE = 5.0  # seconds that a last line may wait for its end
FIELDS = 22
OTHER_LINES = frozenset({b"SEL", b"ID", b"AIR", b"STA", b"CLK"})  # what BaseStation itself says about its windows

_TIME = re.compile(r"(\d{4})/(\d{2})/(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?\Z")


class SbsSettings(FeedSettings):
    kind: Literal["sbs-tcp"]
    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65535)] = 30003
    timezone: Annotated[str, Field(description="of the receiver's wall clock, e.g. UTC or Pacific/Auckland")] = "UTC"

    @field_validator("timezone")
    @classmethod
    def known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as unknown:
            raise ValueError("there is no such time zone; allowed are names like UTC or Pacific/Auckland") from unknown
        return name


@register
class Sbs(Feed):
    kind: ClassVar[str] = "sbs-tcp"
    title: ClassVar[str] = "SBS BaseStation over TCP"
    family: ClassVar[str] = "ADS-B"
    Settings = SbsSettings
    settings: SbsSettings

    def chunks(self) -> AsyncIterator[Chunk]:
        told = self.settings
        return chunks_from(told.host, told.port, clock=self.clock, silent_after=told.dead_after)

    def translator(self) -> SbsLines:
        return SbsLines(ZoneInfo(self.settings.timezone))


class SbsLines:
    """Translates a stream of lines, LF or CRLF, cut anywhere."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._rest = b""
        self._since = math.inf  # when the rest came
        self._receiver = ""
        self._skipping = False  # inside a line that was refused for its length
        self._last_stamp: tuple[str, float] = ("", math.nan)

    def translate(self, chunk: Chunk) -> Batch:
        batch = Batch()
        reports: list[Report] = []
        *lines, rest = (self._rest + chunk.data).split(b"\n")
        for line in lines:
            if self._skipping:
                self._skipping = False
                continue
            self._line(line, chunk, batch, reports)
        if self._skipping:
            rest = b""
        elif len(rest) > LONGEST_LINE:
            self._line(rest, chunk, batch, reports)
            rest, self._skipping = b"", True
        self._since = chunk.received_at if rest and (lines or not self._rest) else self._since
        self._rest, self._receiver = rest, chunk.receiver
        batch.observations = columns(reports, received_at=chunk.received_at, receiver=chunk.receiver)
        return batch

    def flush(self, now: float) -> Batch:
        """A last line without its end is taken for one when it waited long enough."""
        batch = Batch()
        if not self._rest or now - self._since < PATIENCE:
            return batch
        reports: list[Report] = []
        chunk = Chunk(b"", now if math.isfinite(now) else self._since, self._receiver)
        self._line(self._rest, chunk, batch, reports)
        self._rest = b""
        batch.observations = columns(reports, received_at=chunk.received_at, receiver=chunk.receiver)
        return batch

    def _line(self, line: bytes, chunk: Chunk, batch: Batch, reports: list[Report]) -> None:
        batch.lines += 1
        if not (line := line.strip()):
            batch.alive = True  # dump1090 and readsb send an empty line each minute to say that they live
            return
        start = line.rfind(b"MSG,")
        if start > 0 and line.count(b",") != FIELDS - 1:  # torn by the next one, which may be whole
            batch.sentences += 1
            batch.reject(Reason.TORN, line[:start], chunk.received_at, chunk.receiver)
            line = line[start:]
        kind = line[:8].partition(b",")[0]
        if kind != b"MSG" and kind not in OTHER_LINES:
            reason = Reason.OVERSIZED if len(line) > LONGEST_LINE else Reason.NOT_RECOGNISED
            batch.reject(reason, line, chunk.received_at, chunk.receiver)
            return
        batch.sentences += 1
        try:
            reports.append(self._report(line, chunk.received_at))
        except Unusable as unusable:
            batch.reject(unusable.reason, line, chunk.received_at, chunk.receiver)
        else:
            batch.messages += 1

    def _report(self, line: bytes, received_at: float) -> Report:
        if len(line) > LONGEST_LINE:
            raise Unusable(Reason.OVERSIZED)
        if not line.startswith(b"MSG,"):
            raise Unusable(Reason.UNUSED_TYPE)
        fields = [part.strip() for part in line.decode("latin-1").split(",")]
        if len(fields) != FIELDS:
            raise Unusable(Reason.TORN if len(fields) < FIELDS else Reason.MALFORMED)
        if fields[1] not in ("1", "2", "3", "4", "5", "6", "7", "8"):
            raise Unusable(Reason.UNKNOWN_TYPE)
        said = particulars(flight=fields[10] or None, squawk=fields[17].zfill(4) if fields[17] else None)
        lat, lon = position(_number(fields[14]), _number(fields[15]))
        quality, flags = source_rank("adsb" if lat == lat else "mode_s")
        observed_at = self._time(fields[6], fields[7])
        if observed_at is None:
            observed_at, flags = received_at, flags | ReportFlag.TIME_OF_RECEIPT
        if _is_set(fields[21]):
            flags |= ReportFlag.ON_GROUND
        if _is_set(fields[19]) or is_distress(said):
            flags |= ReportFlag.DISTRESS
        report = Report(
            key=identity(fields[4]), observed_at=observed_at, lat=lat, lon=lon,
            speed=speed(_number(fields[12])), course=course(_number(fields[13])),
            altitude=altitude(_number(fields[11])), climb=climb(_number(fields[16])),
            flags=int(flags), quality=quality, particulars=said,
        )  # fmt: skip
        # An all-call reply (8) says only that the aircraft is there, and that is what it is sent for.
        if not report.says_something and fields[1] != "8":
            raise Unusable(Reason.NO_POSITION)
        return report

    def _time(self, date: str, time: str) -> float | None:
        """When the receiver made the line, None when it does not say. Raises Unusable on nonsense."""
        if not date and not time:
            return None
        text = f"{date} {time}"
        if text == self._last_stamp[0]:
            return self._last_stamp[1]
        if not (found := _TIME.match(text)):
            raise Unusable(Reason.BAD_TIME)
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        microsecond = int((found[7] or "").ljust(6, "0"))
        try:
            stamp = datetime(year, month, day, hour, minute, second, microsecond, tzinfo=self._zone).timestamp()
        except (ValueError, OverflowError) as nonsense:
            raise Unusable(Reason.BAD_TIME) from nonsense
        self._last_stamp = (text, stamp)
        return stamp


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Unusable(Reason.BAD_VALUE) from None


def _is_set(text: str) -> bool:
    """Flags are -1 or 1 when set, 0 or empty when not."""
    return text not in ("", "0")


def _looks_like_sbs(head: bytes) -> float:
    lines = [line for line in head.split(b"\n")[:40] if line.strip()]
    if not lines:
        return 0.0
    mine = sum(line.startswith(b"MSG,") and line.count(b",") == FIELDS - 1 for line in lines)
    return 0.95 * mine / len(lines)


FORMATS.append(Format("sbs", _looks_like_sbs, SbsLines))
