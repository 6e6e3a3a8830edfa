"""The one Alembic environment that both migration folders share."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, BigInteger, Connection, text

from storage.columns import Moment


def run() -> None:
    """Run the migrations on the connection that `storage.migrate` put into the configuration."""
    connection: Connection = context.config.attributes["connection"]
    schema: str = context.config.attributes["schema"]
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes.get("metadata"),
        render_as_batch=True,
        compare_type=True,
        render_item=_in_our_words,
    )
    with context.begin_transaction():
        context.run_migrations()


def _in_our_words(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Column types by their names in `storage.columns`, which every migration imports."""
    if kind != "type":
        return False
    if isinstance(item, Moment):
        return "Moment()"
    if getattr(item, "_variant_mapping", None):
        if isinstance(item, JSON):
            return "Json"
        if isinstance(item, BigInteger):
            return "Sequence"
    return False
