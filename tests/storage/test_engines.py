from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from picture.models import MetaRow
from storage.engines import Database, DatabaseBusy, is_full, reachable
from storage.migrate import migrate


def names(reader: Session) -> list[str]:
    """Of the facts that were written since the database was made."""
    return list(reader.scalars(select(MetaRow.name).where(MetaRow.name != "identity")))


def test_a_reader_sees_one_snapshot_while_another_writes(picture: Database) -> None:
    with picture.reading() as reader:
        assert names(reader) == []
        with picture.writing() as writer:
            writer.execute(insert(MetaRow).values(name="a", value=1))
        assert names(reader) == []
    with picture.reading() as reader:
        assert names(reader) == ["a"]


def test_an_error_leaves_nothing_behind(picture: Database) -> None:
    with pytest.raises(RuntimeError), picture.writing() as writer:
        writer.execute(insert(MetaRow).values(name="a", value=1))
        raise RuntimeError("in mid act")
    with picture.reading() as reader:
        assert names(reader) == []


def test_what_is_changed_while_reading_is_thrown_away(picture: Database) -> None:
    with picture.reading() as reader:
        reader.execute(insert(MetaRow).values(name="a", value=1))
    with picture.reading() as reader:
        assert names(reader) == []


def test_a_locked_database_is_said_to_be_locked_and_works_again(picture: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "picture.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy), picture.writing(patience=0.0):
        pass
    other.execute("ROLLBACK")
    with picture.writing(patience=0.0) as writer:
        writer.execute(insert(MetaRow).values(name="a", value=1))
    other.close()


def test_what_officers_do_is_on_disk_before_it_is_answered(record: Database, picture: Database) -> None:
    def pragma(database: Database, name: str) -> object:
        with database.engine.connect() as connection:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    assert (pragma(record, "journal_mode"), pragma(record, "synchronous")) == ("wal", 2)
    assert (pragma(picture, "journal_mode"), pragma(picture, "synchronous")) == ("wal", 1)


def test_no_room_is_known_by_its_error() -> None:
    assert is_full(sqlite3.OperationalError("database or disk is full"))
    assert not is_full(sqlite3.OperationalError("database is locked"))


def test_a_database_that_cannot_be_reached_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "a.db"
    folder.mkdir()
    database = Database(f"sqlite:///{folder}")
    assert "unable to open" in reachable(database)
    good = Database(f"sqlite:///{tmp_path / 'b.db'}")
    assert reachable(good) == ""
    migrate(good)
    good.dispose()
