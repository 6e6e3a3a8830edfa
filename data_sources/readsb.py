"""readsb and dump1090: the aircraft.json they rewrite every second, fetched over HTTP.

Both generations of key names are read (readsb, dump1090-fa from 3.6: alt_baro, gs, baro_rate; before: altitude,
speed, vert_rate). Keys as in readsb's README-json.md. Ages are relative to `now` of the document, never to ours.
"""

from __future__ import annotations

import asyncio
import csv
import math
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, ClassVar, Literal

import orjson
from pydantic import Field, HttpUrl

from data_sources import http_documents
from data_sources.aircraft import (
    APART,
    NAN,
    STALE,
    Report,
    Snapshots,
    Unusable,
    altitude,
    climb,
    columns,
    course,
    identity,
    is_distress,
    number,
    particulars,
    position,
    source_rank,
    speed,
)
from data_sources.contract import (
    FORMATS,
    Batch,
    Chunk,
    Feed,
    FeedSettings,
    Format,
    Reason,
    register,
)
from data_sources.json_documents import raw_record, refuse_document
from picture.observations import ReportFlag

DOCUMENT_LIMIT = 32 * 1024 * 1024  # bytes; the whole world at once (14,000 aircraft) is 8 MB
LONGEST_ROW = 4096  # bytes
CLOCK_SET_BACK = 60.0  # seconds; a document older by less is one that was overtaken, by more a clock that was set


class ReadsbSettings(FeedSettings):
    kind: Literal["readsb"]
    url: Annotated[HttpUrl, Field(description="address of aircraft.json, e.g. http://receiver/data/aircraft.json")]
    interval: Annotated[float, Field(ge=0.1, le=300, description="seconds between polls")] = 1.0
    document_limit: Annotated[int, Field(ge=1024, description="bytes; a larger document is refused")] = DOCUMENT_LIMIT


@register
class Readsb(Feed):
    kind: ClassVar[str] = "readsb"
    title: ClassVar[str] = "aircraft.json over HTTP"
    family: ClassVar[str] = "ADS-B"
    stream: ClassVar[bool] = False
    Settings = ReadsbSettings
    settings: ReadsbSettings

    async def chunks(self) -> AsyncIterator[Chunk]:
        url, limit = str(self.settings.url), self.settings.document_limit
        async with http_documents.client() as http:
            while True:
                answer = await http_documents.fetch(http, http.build_request("GET", url), limit=limit)
                http_documents.expect_ok(answer, "the receiver")
                yield Chunk(answer.data, self.clock())
                await asyncio.sleep(self.settings.interval)

    def translator(self) -> AircraftJson:
        return AircraftJson(document_limit=self.settings.document_limit)


class AircraftJson:
    """Translates whole documents, one per chunk."""

    def __init__(self, *, document_limit: int = DOCUMENT_LIMIT) -> None:
        self._limit = document_limit
        self._snapshots = Snapshots()
        self._now = -math.inf  # of the last document, its own clock
        self._valid = 0  # records of the last document that could be used

    def translate(self, chunk: Chunk) -> Batch:
        batch = Batch()
        if len(chunk.data) > self._limit:
            return refuse_document(batch, Reason.OVERSIZED, chunk)
        try:
            document = orjson.loads(chunk.data)
        except orjson.JSONDecodeError:
            return refuse_document(batch, Reason.BAD_JSON, chunk)
        records = document.get("aircraft") if isinstance(document, dict) else None
        if not isinstance(records, list):
            return refuse_document(batch, Reason.NOT_RECOGNISED, chunk)
        now, flags = document.get("now"), ReportFlag(0)
        if isinstance(now, bool) or not isinstance(now, int | float) or not 0 < now < 1e11:
            now, flags = chunk.received_at, ReportFlag.TIME_OF_RECEIPT
        elif now == self._now:
            batch.lines = batch.sentences = batch.messages = batch.duplicates = self._valid
            return batch
        elif now < self._now - CLOCK_SET_BACK:
            self._snapshots.forget()
        self._now = float(now)
        batch.alive = True
        self._records(batch, records, float(now), flags, chunk)
        return batch

    def _records(self, batch: Batch, records: list[Any], now: float, flags: ReportFlag, chunk: Chunk) -> None:
        reports: list[Report] = []
        self._snapshots.begin()
        for record in records:
            batch.lines += 1
            batch.sentences += 1
            try:
                report, heard_at = _report(record, now)
            except Unusable as unusable:
                batch.reject(unusable.reason, raw_record(record), chunk.received_at, chunk.receiver)
                continue
            report.flags |= flags
            batch.messages += 1
            if told := self._snapshots.new(report, heard_at):
                reports += told
            else:
                batch.duplicates += 1
        self._snapshots.end()
        self._valid = batch.messages
        batch.observations = columns(reports, received_at=chunk.received_at, receiver=chunk.receiver)

    def flush(self, now: float) -> Batch:
        return Batch()


class AircraftTable:
    """The same records as a table: comma-separated, the first line names the keys. It says no time: receipt counts."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._rest = b""
        self._last = Chunk(b"", 0.0)

    def translate(self, chunk: Chunk) -> Batch:
        *lines, self._rest = (self._rest + chunk.data).split(b"\n")
        self._last = chunk
        if len(self._rest) > LONGEST_ROW:
            lines, self._rest = [*lines, self._rest], b""
        return self._rows(lines, chunk)

    def flush(self, now: float) -> Batch:
        if not math.isinf(now):
            return Batch()
        lines, self._rest = [self._rest], b""
        return self._rows(lines, self._last)

    def _rows(self, lines: list[bytes], chunk: Chunk) -> Batch:
        batch = Batch()
        reports: list[Report] = []
        for line in lines:
            if not (text := line.decode("utf-8-sig", "replace").strip()):
                continue
            batch.lines += 1
            if not self._keys:
                self._keys = _cells(text)
                continue
            batch.sentences += 1
            try:
                report, _ = _report(self._record(text), chunk.received_at)
            except Unusable as unusable:
                batch.reject(unusable.reason, line, chunk.received_at, chunk.receiver)
                continue
            batch.messages += 1
            report.flags |= ReportFlag.TIME_OF_RECEIPT
            reports.append(report)
        batch.observations = columns(reports, received_at=chunk.received_at, receiver=chunk.receiver)
        return batch

    def _record(self, text: str) -> dict[str, Any]:
        cells = _cells(text)
        if len(text) > LONGEST_ROW or len(cells) != len(self._keys):
            raise Unusable(Reason.MALFORMED)
        return {key: _value(key, cell) for key, cell in zip(self._keys, cells, strict=True) if cell}


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text.replace("\0", "")]), [])
    except csv.Error:
        return []


def _value(key: str, cell: str) -> Any:
    """A cell as JSON would have it: the columns of words stay words."""
    if key in ("hex", "type", "flight", "r", "t", "squawk", "emergency", "category") or cell == "ground":
        return cell
    try:
        return float(cell)
    except ValueError:
        return cell


def _report(record: Any, now: float) -> tuple[Report, float]:
    """One aircraft of a document, and when it was last heard. Raises Unusable."""
    if not isinstance(record, dict):
        raise Unusable(Reason.MALFORMED)
    get = record.get
    key = identity(get("hex"))
    seen = _age(get("seen"), 0.0)
    if seen > STALE:
        raise Unusable(Reason.TOO_OLD)
    where, last = record, get("lastPosition")  # readsb moves it there after 60 s
    if get("lat") is None and isinstance(last, dict):
        where = last
    lat, lon = position(where.get("lat"), where.get("lon"))
    seen_position = _age(where.get("seen_pos"), seen)
    if seen_position > STALE:
        lat = lon = NAN
    said = particulars(
        flight=get("flight"), registration=get("r"), aircraft_type=get("t"),
        category=get("category"), squawk=get("squawk"), emergency=get("emergency"),
    )  # fmt: skip
    quality, flags = source_rank(_source(record))
    height = _first(get, "alt_baro", "altitude", "alt_geom")
    if height == "ground":
        height, flags = None, flags | ReportFlag.ON_GROUND
    if is_distress(said):
        flags |= ReportFlag.DISTRESS
    report = Report(
        key=key,
        observed_at=now - (seen_position if lat == lat else seen),
        lat=lat,
        lon=lon,
        speed=speed(_first(get, "gs", "speed")),
        course=course(get("track")),
        heading=course(get("true_heading")),
        altitude=altitude(height),
        climb=climb(_first(get, "baro_rate", "geom_rate", "vert_rate")),
        turn=_turn(get("track_rate")),
        flags=int(flags),
        quality=quality,
        particulars=said,
    )
    if not report.says_something:
        raise Unusable(Reason.NO_POSITION)
    return report, now - seen


def _turn(rate: object) -> float:
    """readsb's degrees per second as degrees per minute."""
    return number(rate, -100, 100) * 60.0


def _first(get: Callable[[str], Any], *names: str) -> Any:
    return next((value for name in names if (value := get(name)) is not None), None)


def _age(value: object, otherwise: float) -> float:
    """Seconds since. A little negative is a rounding of `now`; more is nonsense."""
    age = number(value, -APART, 1e9)
    return otherwise if age != age else max(age, 0.0)


def _source(record: dict[str, Any]) -> str:
    """Where the position comes from; the old generation says so by listing the keys that MLAT or TIS-B gave."""
    kind = record.get("type")
    if isinstance(kind, str):
        return kind
    for source in ("mlat", "tisb"):
        given = record.get(source)
        if isinstance(given, list) and "lat" in given:
            return source
    return "adsb_icao" if record.get("lat") is not None else "mode_s"


def _looks_like_aircraft_json(head: bytes) -> float:
    start = head.lstrip()
    if not start.startswith(b"{") or b'"aircraft"' not in start[:4096]:
        return 0.0
    return 0.95 if b'"hex"' in head else 0.5


def _looks_like_aircraft_table(head: bytes) -> float:
    first = head.lstrip(b"\xef\xbb\xbf").partition(b"\n")[0].strip()
    named = {key.strip() for key in first.split(b",")}
    return 0.95 if {b"hex", b"lat", b"lon"} <= named else 0.0


FORMATS.append(Format("aircraft-csv", _looks_like_aircraft_table, AircraftTable))
FORMATS.append(Format("aircraft-json", _looks_like_aircraft_json, AircraftJson, whole=True))
