"""Bring a database to the shape this version expects, by the migrations in its folder."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from storage.engines import Database

_FOLDERS = Path(__file__).parent


class NewerDatabase(Exception):
    """The database was written by a newer version of Watchfloor than this one."""


def migrate(database: Database) -> list[str]:
    """Apply what is missing; the revisions applied, oldest first. One transaction, so all or nothing.

    Where nothing is missing nothing is written: a start need not wait for whoever holds the database.
    """
    if not pending(database):
        return []
    with database.engine.execution_options(watchfloor_writes=True).begin() as connection:
        config = _config(database, connection)
        missing = _missing(config, connection)
        if missing:
            command.upgrade(config, "head")
    return missing


def pending(database: Database) -> list[str]:
    """Revisions that are not applied yet. Raises NewerDatabase when the database is ahead of this version."""
    with database.engine.connect() as connection:
        return _missing(_config(database, connection), connection)


def new_revision(database: Database, metadata: MetaData, message: str) -> None:
    """Write a migration from the difference between the models and a migrated database (for engineers)."""
    with database.engine.begin() as connection:
        config = _config(database, connection)
        config.attributes["metadata"] = metadata
        command.revision(config, message, autogenerate=True, rev_id=f"{len(_known(config)) + 1:04d}")


def _config(database: Database, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDERS / f"{database.schema}_migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["schema"] = database.schema
    return config


def _missing(config: Config, connection: Connection) -> list[str]:
    known = _known(config)
    applied = MigrationContext.configure(connection).get_current_heads()
    if unknown := [revision for revision in applied if revision not in known]:
        raise NewerDatabase(
            f"the {config.attributes['schema']} database is at revision {', '.join(unknown)}, which this version of "
            "Watchfloor does not know: it was written by a newer one"
        )
    done = known.index(applied[0]) + 1 if applied else 0
    return known[done:]


def _known(config: Config) -> list[str]:
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
