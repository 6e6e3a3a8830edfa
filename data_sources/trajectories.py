"""Recordings of flights that no feed sends: readsb's trace_full of one aircraft, and lists of points as JSON.

The lists are what the Python library `traffic` writes: objects with icao24, timestamp (ms), latitude, longitude.
A point's own time is also its time of receipt: the recording knows no other.
"""

from __future__ import annotations

import math
from typing import Any

import orjson

from data_sources.aircraft import (
    Report,
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
from data_sources.contract import FORMATS, Batch, Chunk, Format, Reason
from data_sources.json_documents import raw_record, refuse_document
from picture.observations import ReportFlag

MILLISECONDS_FROM = 1e11  # as seconds this is the year 5138
TRACE_FIELDS = 8  # offset, lat, lon, altitude, speed, track, flags, climb; newer files have more
STALE_POSITION = 1  # bit of a trace's flags


class _Points:
    """What both translators share: one document a chunk, one record a point."""

    def translate(self, chunk: Chunk) -> Batch:
        batch = Batch()
        try:
            document = orjson.loads(chunk.data)
        except orjson.JSONDecodeError:
            return refuse_document(batch, Reason.BAD_JSON, chunk)
        points = self.points(document)
        if points is None:
            return refuse_document(batch, Reason.NOT_RECOGNISED, chunk)
        reports: list[Report] = []
        newest: dict[int, float] = {}
        for point in points:
            batch.lines += 1
            batch.sentences += 1
            try:
                report = self.report(point, document)
            except Unusable as unusable:
                batch.reject(unusable.reason, raw_record(point), chunk.received_at, chunk.receiver)
                continue
            batch.messages += 1
            if newest.get(report.key) == report.observed_at:
                batch.duplicates += 1
                continue
            newest[report.key] = report.observed_at
            reports.append(report)
        batch.observations = columns(reports, received_at=chunk.received_at, receiver=chunk.receiver)
        batch.observations.received_at[:] = batch.observations.observed_at
        return batch

    def flush(self, now: float) -> Batch:
        return Batch()

    def points(self, document: Any) -> list[Any] | None:
        raise NotImplementedError

    def report(self, point: Any, document: Any) -> Report:
        raise NotImplementedError


class TrajectoryJson(_Points):
    """A list of points of many aircraft."""

    def points(self, document: Any) -> list[Any] | None:
        return document if isinstance(document, list) else None

    def report(self, point: Any, document: Any) -> Report:
        if not isinstance(point, dict):
            raise Unusable(Reason.MALFORMED)
        get = point.get
        key = identity(get("icao24"))
        lat, lon = position(get("latitude"), get("longitude"))
        said = particulars(
            flight=get("callsign"),
            registration=get("registration"),
            aircraft_type=get("typecode"),
            squawk=_squawk(get("squawk")),
        )
        report = Report(
            key=key,
            observed_at=_time(get("timestamp")),
            lat=lat,
            lon=lon,
            speed=speed(get("groundspeed")),
            course=course(get("track")),
            altitude=altitude(get("altitude")),
            climb=climb(get("vertical_rate")),
            particulars=said,
        )
        return _complete(report, source_rank("adsb" if lat == lat else "mode_s"), get("onground") is True)


class TraceFull(_Points):
    """One aircraft's day, as readsb keeps it."""

    def points(self, document: Any) -> list[Any] | None:
        trace = document.get("trace") if isinstance(document, dict) else None
        return trace if isinstance(trace, list) else None

    def report(self, point: Any, document: Any) -> Report:
        if not isinstance(point, list) or len(point) < TRACE_FIELDS:
            raise Unusable(Reason.MALFORMED)
        key = identity(document.get("icao"))
        begin, offset = _time(document.get("timestamp")), number(point[0], 0, 1e7, Reason.BAD_TIME)
        if offset != offset:
            raise Unusable(Reason.BAD_TIME)
        lat, lon = position(point[1], point[2])
        if isinstance(point[6], int) and point[6] & STALE_POSITION:
            lat = lon = math.nan
        details = point[8] if len(point) > 8 and isinstance(point[8], dict) else {}
        said = particulars(
            flight=details.get("flight"), registration=document.get("r"), aircraft_type=document.get("t"),
            category=details.get("category"), squawk=details.get("squawk"), emergency=details.get("emergency"),
        )  # fmt: skip
        source = point[9] if len(point) > 9 and isinstance(point[9], str) else "other"
        grounded = point[3] == "ground"
        report = Report(
            key=key,
            observed_at=begin + offset,
            lat=lat,
            lon=lon,
            speed=speed(point[4]),
            course=course(point[5]),
            heading=course(details.get("true_heading")),
            altitude=altitude(None if grounded else point[3]),
            climb=climb(point[7]),
            particulars=said,
        )
        return _complete(report, source_rank(source), grounded)


def _complete(report: Report, rank: tuple[int, ReportFlag], grounded: bool) -> Report:
    report.quality, flags = rank
    if grounded:
        flags |= ReportFlag.ON_GROUND
    if is_distress(report.particulars):
        flags |= ReportFlag.DISTRESS
    report.flags = int(flags)
    if not report.says_something:
        raise Unusable(Reason.NO_POSITION)
    return report


def _time(value: object) -> float:
    """Epoch seconds from seconds or milliseconds."""
    at = number(value, 1, 1e14, Reason.BAD_TIME)
    if at != at:
        raise Unusable(Reason.BAD_TIME)
    return at / 1000.0 if at >= MILLISECONDS_FROM else at


def _squawk(value: object) -> str | None:
    """Four octal digits; a table that held gaps made numbers of them (3766.0)."""
    if isinstance(value, float) and value.is_integer() and 0 <= value <= 7777:
        return f"{int(value):04d}"
    return value if isinstance(value, str) else None


def _looks_like_trajectories(head: bytes) -> float:
    start = head[:4096].lstrip()
    named = all(name in start for name in (b'"icao24"', b'"timestamp"', b'"latitude"'))
    return 0.9 if start.startswith(b"[") and named else 0.0


def _looks_like_trace(head: bytes) -> float:
    start = head[:4096].lstrip()
    return 0.95 if start.startswith(b"{") and b'"icao"' in start and b'"trace"' in start else 0.0


FORMATS.append(Format("trajectory-json", _looks_like_trajectories, TrajectoryJson, whole=True))
FORMATS.append(Format("readsb-trace", _looks_like_trace, TraceFull, whole=True))
