"""The parameters that several addresses of the API take, read and checked once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import Query

from picture.mirror import Box
from picture.observations import Kind
from web.problems import Refused

EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class KindWord(StrEnum):
    """`picture.observations.Kind` as written here."""

    VESSEL = "vessel"
    AIRCRAFT = "aircraft"
    CONTACT = "contact"
    BASE_STATION = "base_station"
    AID = "aid"
    RESCUE_AIRCRAFT = "rescue_aircraft"
    BEACON = "beacon"
    TENDER = "tender"

    @property
    def kind(self) -> Kind:
        return Kind[self.name]


BoxText = Annotated[
    str | None,
    Query(
        alias="bbox",
        max_length=120,
        description="west,south,east,north in degrees. West greater than east is a box across the antimeridian.",
        examples=["172.5,-38,-178,-34"],
    ),
]
Kinds = Annotated[list[KindWord] | None, Query(alias="kind", description="One or more kinds", max_length=8)]
Text = Annotated[
    str,
    Query(
        alias="text", max_length=80, description="Part of a name, MMSI, IMO, call sign, ICAO24, flight, registration"
    ),
]
Limit = Annotated[int, Query(alias="limit", ge=1, le=1000, description="At most so many")]
TrackId = int
Moment = Annotated[datetime | None, Query(description="ISO 8601; without an offset it is UTC")]


def box(text: str | None) -> Box | None:
    """A bbox as typed. Raises Refused."""
    if text is None or not text.strip():
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise Refused(422, "bbox takes four numbers: west,south,east,north") from None
    # NaN fails every comparison, so it is refused here too.
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise Refused(
            422, "bbox is west,south,east,north: longitudes within 180, latitudes within 90, south below north"
        )
    return west, south, east, north


def after(cursor: str | None) -> int:
    """A cursor as given out. Raises Refused."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit()) or int(cursor) >= 2**32:
        raise Refused(422, "cursor is what an earlier answer gave as next")
    return int(cursor)


def span(
    start: datetime | None, end: datetime | None, now: datetime, default: timedelta, most: timedelta
) -> tuple[datetime, datetime]:
    """Start and end, filled in and checked. Raises Refused."""
    last = within_reach(end) if end else now
    first = within_reach(start) if start else last - default
    if first > last:
        raise Refused(422, "start lies after end")
    if last - first > most:
        raise Refused(422, f"start and end may lie at most {most.days} days apart")
    return first, last


def within_reach(moment: datetime) -> datetime:
    """Aware and between 1990 and 2200. Raises Refused."""
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        moment = LATEST
    if not EARLIEST <= moment < LATEST:
        raise Refused(422, "start and end lie between 1990 and 2200")
    return moment
