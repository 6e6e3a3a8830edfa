"""Engines and transactions: one `Database` per database, reading and writing through two doors.

SQLite runs in WAL mode. The driver's own transaction handling is off (`isolation_level=None`); a reader
begins a plain transaction and sees one snapshot, a writer begins with BEGIN IMMEDIATE so that it waits for the
lock before it has read anything and never fails half-way. PostgreSQL keeps both databases on one server, apart
by search path.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from settings import Settings
from storage.moved import DatabaseFile

BUSY_TIMEOUT_MS = 1_000  # how long SQLite itself waits for a lock before it answers "locked"
PATIENCE_SECONDS = 5.0  # how long a writer asks again before it gives up
WAL_KEPT_BYTES = 64 * 1024 * 1024  # a grown write-ahead log is cut back to this
_WRITES = "watchfloor_writes"


class DatabaseBusy(Exception):
    """Somebody else held the write lock for longer than the writer was willing to wait."""


class DatabaseGone(Exception):
    """The file of the database was deleted while it was open."""


def is_busy(error: BaseException) -> bool:
    """Whether an error means that another writer holds the database."""
    if isinstance(error, DatabaseBusy):
        return True
    words = str(getattr(error, "orig", error)).lower()
    return "locked" in words or "lock timeout" in words or "busy" in words


def is_full(error: BaseException) -> bool:
    """Whether an error means that there is no room left to write."""
    words = str(getattr(error, "orig", error)).lower()
    return any(word in words for word in ("is full", "no space left", "disk i/o error", "could not extend file"))


class Database:
    """One database. Sessions are short, are handed to domain functions, and are committed here alone."""

    def __init__(self, url: str, *, schema: str = "record", durable: bool = True) -> None:
        self.url = url
        self.schema = schema
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url, durable=durable) if self.is_sqlite else _postgres_engine(url, schema, durable)
        self._writer = self.engine.execution_options(**{_WRITES: True})
        self.reopened = 0  # how often its file was found to be another
        named = bool(parsed.database) and parsed.database != ":memory:"
        self.file = DatabaseFile(Path(str(parsed.database))) if self.is_sqlite and named else None
        if self.file is not None:
            file = self.file
            event.listen(self.engine, "begin", lambda _connection: file.note())

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One snapshot; whatever is changed in it is thrown away. What was loaded stays readable afterwards.

        A file that was replaced is opened anew; of one that was deleted nothing is told, nor an empty one made.
        """
        if self.file is not None and self.file.gone:
            raise DatabaseGone("the database was deleted")
        if self.file is not None and self.file.another:
            self.reopen()
        with Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            yield session  # closing rolls back

    @contextmanager
    def writing(
        self, *, patience: float = PATIENCE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> Iterator[Session]:
        """One transaction, committed at the end and rolled back on any error. Raises DatabaseBusy when locked."""
        with Session(self._writer, expire_on_commit=False) as session:
            _begin(session, patience, clock)
            yield session
            session.commit()

    def reopen(self) -> None:
        """Let go of a file that was deleted or replaced; the next transaction opens what is there then."""
        if self.file is not None:
            self.file.forget()
        self.reopened += 1
        self.engine.dispose()

    def dispose(self) -> None:
        self.engine.dispose()


def open_record(settings: Settings) -> Database:
    """What officers do. Every commit is on disk before it is answered."""
    return Database(settings.record_database, schema="record", durable=True)


def open_picture(settings: Settings) -> Database:
    """Traffic. The last moment may be lost when the machine loses power, never the file."""
    return Database(settings.picture_database, schema="picture", durable=False)


def _begin(session: Session, patience: float, clock: Callable[[], float]) -> None:
    deadline = clock() + patience
    while True:
        try:
            session.connection()
        except OperationalError as error:
            session.rollback()
            if not is_busy(error):
                raise
            if clock() >= deadline:
                raise DatabaseBusy("the database is locked by another process") from error
        else:
            return


def _sqlite_engine(url: str, *, durable: bool) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"isolation_level": None, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA journal_size_limit={WAL_KEPT_BYTES}")
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _start(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres_engine(url: str, schema: str, durable: bool) -> Engine:
    engine = create_engine(url, pool_size=5, max_overflow=5, pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        before = connection.autocommit
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'SET search_path TO "{schema}"')
            cursor.execute("SET TIME ZONE 'UTC'")
            cursor.execute(f"SET lock_timeout TO {int(PATIENCE_SECONDS * 1000)}")
            if not durable:
                cursor.execute("SET synchronous_commit TO off")
        connection.autocommit = before

    return engine


def reachable(database: Database) -> str:
    """ "" when the database answers, else in plain words why it does not."""
    try:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except Exception as error:  # any driver's failure is an answer here, not a crash
        return str(getattr(error, "orig", error)).strip().splitlines()[0]
    return ""
