from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError

from access.permissions import LOCAL_OFFICER
from picture.models import Hold, Zone
from record import audit, versions
from storage.engines import Database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SQUARE = {"type": "Polygon", "coordinates": [[[174, -37], [175, -37], [175, -36], [174, -37]]]}


def draw(database: Database, name: str, at: datetime) -> int:
    with database.writing() as session:
        zone = Zone(name=name, kind="vigilance", authority="local officer", geometry=SQUARE, lawful_acts=["observe"])
        session.add(zone)
        audit.record(session, "zone.drawn", zone, actor=LOCAL_OFFICER, at=at)
        return zone.id


def test_every_change_leaves_its_audit_row_and_its_version(record: Database) -> None:
    number = draw(record, "North", NOON)
    with record.writing() as session:
        zone = session.get_one(Zone, number)
        zone.name = "North East"
        audit.record(session, "zone.renamed", zone, actor=LOCAL_OFFICER, at=NOON + timedelta(hours=1))
    with record.reading() as session:
        first, second = audit.since(session, 0)
        assert (first.action, second.action) == ("zone.drawn", "zone.renamed")
        assert (second.subject_kind, second.subject_id, second.topic) == ("zone", number, "zones")
        assert (second.actor, second.at) == ("local officer", NOON + timedelta(hours=1))
        assert audit.since(session, second.seq) == []
        assert audit.newest(session) == second.seq


def test_any_list_can_be_had_as_it_was(record: Database) -> None:
    number = draw(record, "North", NOON)
    draw(record, "South", NOON + timedelta(hours=2))
    with record.writing() as session:
        zone = session.get_one(Zone, number)
        zone.name, zone.valid_from = "North East", NOON
        audit.record(session, "zone.renamed", zone, actor=LOCAL_OFFICER, at=NOON + timedelta(hours=1))
    with record.writing() as session:
        zone = session.get_one(Zone, number)
        audit.record(session, "zone.removed", zone, actor=LOCAL_OFFICER, at=NOON + timedelta(hours=3), ended=True)
        session.delete(zone)

    def names(hours: float) -> list[str]:
        with record.reading() as session:
            return [zone.name for zone in versions.as_of(session, Zone, NOON + timedelta(hours=hours))]

    assert names(-1) == []
    assert names(0.5) == ["North"]
    assert names(1.5) == ["North East"]
    assert names(2.5) == ["North East", "South"]
    assert names(3.5) == ["South"]
    with record.reading() as session:
        was = versions.as_of(session, Zone, NOON + timedelta(hours=1.5))[0]
        assert (was.id, was.geometry, was.valid_from) == (number, SQUARE, NOON)


def test_an_act_that_fails_leaves_no_trace(record: Database) -> None:
    with pytest.raises(IntegrityError), record.writing() as session:
        hold = Hold(track_id=1, from_at=NOON, until_at=NOON, why="nothing", placed_by="x", placed_at=NOON)
        session.add(hold)
        audit.record(session, "hold.placed", hold, actor=LOCAL_OFFICER, at=NOON)
    with record.reading() as session:
        assert audit.newest(session) == 0
        assert session.scalars(select(Hold)).all() == []


def test_a_time_without_zone_is_refused(record: Database) -> None:
    with pytest.raises(StatementError, match="no time zone"):
        draw(record, "North", datetime(2026, 11, 22, 12))  # noqa: DTZ001 - that is the point


def test_times_come_back_in_utc(record: Database) -> None:
    auckland = datetime.fromisoformat("2026-11-23T01:00:00+13:00")
    draw(record, "North", auckland)
    with record.reading() as session:
        at = audit.since(session, 0)[0].at
    assert at == NOON
    assert at.tzinfo is UTC


def test_a_zone_needs_a_geometry() -> None:
    with pytest.raises(ValueError, match="GeoJSON"):
        Zone(name="x", kind="limit", authority="x", geometry={"type": "Blob"})
