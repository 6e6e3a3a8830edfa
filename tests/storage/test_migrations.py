from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData

import record.models  # noqa: F401 - both fill the metadata that is compared
from picture.reading import identity
from storage.engines import Database
from storage.migrate import NewerDatabase, migrate, pending
from storage.naming import PictureBase, RecordBase


@pytest.mark.parametrize(("schema", "metadata"), [("record", RecordBase.metadata), ("picture", PictureBase.metadata)])
def test_migrations_make_what_the_models_say(schema: str, metadata: MetaData, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}", schema=schema)
    before = pending(database)
    assert before
    assert migrate(database) == before
    assert pending(database) == []
    assert migrate(database) == []
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False, "render_as_batch": True})
        assert compare_metadata(context, metadata) == []
    database.dispose()


def test_a_database_of_a_newer_version_is_refused(picture: Database) -> None:
    with picture.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="newer"):
        migrate(picture)


def test_every_picture_database_is_another(tmp_path: Path) -> None:
    numbers = set()
    for name in ("one", "other"):
        database = Database(f"sqlite:///{tmp_path / name}.db", schema="picture")
        migrate(database)
        with database.reading() as session:
            numbers.add(identity(session))
        database.dispose()
    assert len(numbers) == 2
    assert 0 not in numbers
