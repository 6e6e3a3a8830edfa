"""Both databases of an installation: migrated, opened, closed again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from settings import Settings
from storage.engines import Database, open_picture, open_record
from storage.migrate import migrate


def migrate_both(settings: Settings) -> dict[str, list[str]]:
    """The migrations applied to each, by its name."""
    applied = {}
    for name, open_ in (("record", open_record), ("picture", open_picture)):
        database = open_(settings)
        try:
            applied[name] = migrate(database)
        finally:
            database.dispose()
    return applied


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Database, Database]]:
    """Picture and record database, migrated."""
    migrate_both(settings)
    picture, record = open_picture(settings), open_record(settings)
    try:
        yield picture, record
    finally:
        picture.dispose()
        record.dispose()
