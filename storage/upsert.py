"""Insert or renew rows by primary key, the same way on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session


def upsert(session: Session, model: type[DeclarativeBase], rows: Sequence[dict[str, Any]]) -> None:
    """Every row of `rows` is there afterwards with these values; all rows name the same columns."""
    if not rows:
        return
    statement: Any = (
        postgresql.insert(model) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(model)
    )
    keys = [column.name for column in inspect(model).primary_key]
    renewed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if renewed:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=renewed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    session.execute(statement, list(rows))
