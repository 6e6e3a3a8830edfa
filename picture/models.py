"""The tables of the picture: what officers set (record database) and traffic (picture database).

Traffic tables keep times as epoch seconds, because they are filled from and read into columns; everything a
person enters keeps aware datetimes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Double, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates

from record.models import Versioned
from storage.columns import Json, Moment, Sequence
from storage.naming import PictureBase, RecordBase

GEOMETRIES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")


class Zone(Versioned, RecordBase):
    """An area with a meaning: a limit, a port, a vigilance area. It says on whose authority, and what is lawful in it."""

    __tablename__ = "zone"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="valid_order"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Sequence, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))  # "limit", "port", "vigilance"
    authority: Mapped[str] = mapped_column(String(400))  # "computed from the coast, approximate" or who set it
    geometry: Mapped[dict[str, Any]] = mapped_column(Json)  # GeoJSON geometry
    lawful_acts: Mapped[list[str]] = mapped_column(Json, default=list)  # "observe", "stop", "board"
    threat: Mapped[str | None] = mapped_column(String(40))
    valid_from: Mapped[datetime | None] = mapped_column(Moment)
    valid_to: Mapped[datetime | None] = mapped_column(Moment)

    @validates("geometry")
    def _is_geometry(self, _name: str, geometry: dict[str, Any]) -> dict[str, Any]:
        if geometry.get("type") not in GEOMETRIES or not geometry.get("coordinates"):
            raise ValueError("a zone needs a GeoJSON geometry with coordinates")
        return geometry


class Hold(Versioned, RecordBase):
    """Keeps the traffic history of one track between two moments from being dropped, as long as it is not released."""

    __tablename__ = "hold"
    __table_args__ = (
        CheckConstraint("until_at > from_at", name="order"),
        Index(None, "track_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Sequence, primary_key=True)
    track_id: Mapped[int] = mapped_column(BigInteger)
    from_at: Mapped[datetime] = mapped_column(Moment)
    until_at: Mapped[datetime] = mapped_column(Moment)
    why: Mapped[str] = mapped_column(String(400))
    placed_by: Mapped[str] = mapped_column(String(200))
    placed_at: Mapped[datetime] = mapped_column(Moment)
    released_at: Mapped[datetime | None] = mapped_column(Moment)


class Contact(Versioned, RecordBase):
    """Something a person reported: "white launch, no AIS, two aboard", where, when, and how sure of the place."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("lat BETWEEN -90 AND 90", name="lat"),
        CheckConstraint("lon BETWEEN -180 AND 180", name="lon"),
        CheckConstraint("uncertainty_nm >= 0", name="uncertainty"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Sequence, primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text, default="")
    reported_by: Mapped[str] = mapped_column(String(200))
    observed_at: Mapped[datetime] = mapped_column(Moment)
    entered_at: Mapped[datetime] = mapped_column(Moment)
    lat: Mapped[float] = mapped_column(Double)
    lon: Mapped[float] = mapped_column(Double)
    uncertainty_nm: Mapped[float] = mapped_column(Double)
    course: Mapped[float | None] = mapped_column(Double)  # degrees true
    speed: Mapped[float | None] = mapped_column(Double)  # knots
    mmsi: Mapped[int | None] = mapped_column(Integer)  # told with the report; then it joins the track of the number
    imo: Mapped[int | None] = mapped_column(Integer)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class ContactMerge(Versioned, RecordBase):
    """An officer's finding that two tracks are one thing. Reversible: a split sets `split_at`, nothing is deleted."""

    __tablename__ = "contact_merge"
    __table_args__ = (
        CheckConstraint("part_track <> into_track", name="two_tracks"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Sequence, primary_key=True)
    picture: Mapped[int] = mapped_column(BigInteger)  # whose numbers these are (`picture.reading.identity`)
    part_track: Mapped[int] = mapped_column(BigInteger)
    into_track: Mapped[int] = mapped_column(BigInteger)
    why: Mapped[str] = mapped_column(String(400))
    merged_by: Mapped[str] = mapped_column(String(200))
    merged_at: Mapped[datetime] = mapped_column(Moment)
    split_by: Mapped[str | None] = mapped_column(String(200))
    split_at: Mapped[datetime | None] = mapped_column(Moment)


class TickRow(PictureBase):
    """One flush of the feed process (`picture.changes.Tick`), kept about ten minutes."""

    __tablename__ = "tick"
    __table_args__ = ({"sqlite_autoincrement": True},)  # a seq never comes twice: screens count on it

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True)
    at: Mapped[float] = mapped_column(Double)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class TrackRow(PictureBase):
    """The checkpoint of one track. `left_at` is set when it left the live picture; its identity stays for its history."""

    __tablename__ = "track"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[bytes] = mapped_column(LargeBinary)  # one picture.state.STATE
    reports: Mapped[bytes] = mapped_column(LargeBinary)  # picture.state.REPORT, any number
    particulars: Mapped[bytes] = mapped_column(LargeBinary)  # JSON
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    left_at: Mapped[float | None] = mapped_column(Double)


class HistoryRow(PictureBase):
    """Kept points of one track received within one three-hour bucket (`picture.packing`), first the one carried over."""

    __tablename__ = "history"
    __table_args__ = ({"sqlite_with_rowid": False},)  # lies on disk in the order it is read: one bucket together

    bucket: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    track: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class JournalRow(PictureBase):
    """The kept points of one flush (picture.state.POINT), until they are folded into the history."""

    __tablename__ = "journal"
    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True)
    bucket: Mapped[int] = mapped_column(Integer)  # of its first point
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ReporterRow(PictureBase):
    """Who reports: a receiver of a feed, by the small number that states and points carry."""

    __tablename__ = "reporter"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    feed: Mapped[str] = mapped_column(String(200))
    receiver: Mapped[str] = mapped_column(Text)


class MovementRow(PictureBase):
    """One arrival or departure (`picture.views.MovementView`)."""

    __tablename__ = "movement"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "track_id"),
        Index(None, "updated_at"),  # screens are told that movements changed: asked for each second
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(Sequence, primary_key=True)
    ref: Mapped[str] = mapped_column(String(60), unique=True)  # what it is the movement of (picture.movements)
    track_id: Mapped[int] = mapped_column(BigInteger)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    direction: Mapped[str] = mapped_column(String(20))
    place: Mapped[str] = mapped_column(String(200))
    resolved: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime] = mapped_column(Moment)
    basis: Mapped[str] = mapped_column(String(20))
    overdue: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(
        String(20), default="open"
    )  # "open" may still change, "done" happened, "dropped"
    updated_at: Mapped[datetime] = mapped_column(Moment)


class FeedStatusRow(PictureBase):
    """How one feed is doing, rewritten each second (`picture.views.FeedView`)."""

    __tablename__ = "feed_status"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)  # in the order of the settings
    updated_at: Mapped[datetime] = mapped_column(Moment)
    content: Mapped[dict[str, Any]] = mapped_column(Json)


class RejectionRow(PictureBase):
    """One thing that could not be used. The last ones of each feed are kept."""

    __tablename__ = "rejection"
    __table_args__ = (Index(None, "feed", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Sequence, primary_key=True)
    feed: Mapped[str] = mapped_column(String(80))
    receiver: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(40))
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Moment)


class MetaRow(PictureBase):
    """Single facts about the picture database itself: checkpoint, newest bucket, losses, figures of the feed process."""

    __tablename__ = "meta"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[Any] = mapped_column(Json)
