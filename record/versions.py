"""Versions: what any record was at any moment. One mechanism for every table marked `Versioned`.

A version is the whole record from a moment on; the table's own row is only the newest version kept at hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from record.models import Version, Versioned
from storage.columns import Moment

V = TypeVar("V", bound=Versioned)


def keep(session: Session, subject: Versioned, *, at: datetime, audit_seq: int, ended: bool = False) -> None:
    """Write down what `subject` is from `at` on. Called by `record.audit.record`, not by hand."""
    session.add(
        Version(
            subject_kind=subject.__tablename__,
            subject_id=subject.id,
            at=at,
            audit_seq=audit_seq,
            ended=ended,
            content=_content(subject),
        )
    )
    session.flush()


def as_of(session: Session, model: type[V], moment: datetime) -> list[V]:
    """Every record of `model` as it was at `moment`, ended ones left out, by number.

    The objects belong to no session: the past can be looked at, not changed.
    """
    newest = (
        select(func.max(Version.id))
        .where(Version.subject_kind == model.__tablename__, Version.at <= moment)
        .group_by(Version.subject_id)
    )
    rows = session.scalars(select(Version).where(Version.id.in_(newest)).order_by(Version.subject_id))
    return [_rebuilt(model, row.content) for row in rows if not row.ended]


def history(session: Session, subject: Versioned) -> list[Version]:
    """Every version of one record, oldest first."""
    query = select(Version).where(Version.subject_kind == subject.__tablename__, Version.subject_id == subject.id)
    return list(session.scalars(query.order_by(Version.id)))


def _content(subject: Versioned) -> dict[str, Any]:
    return {attribute.key: _plain(getattr(subject, attribute.key)) for attribute in inspect(type(subject)).column_attrs}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _rebuilt(model: type[V], content: dict[str, Any]) -> V:
    values = {}
    for attribute in inspect(model).column_attrs:
        value = content.get(attribute.key)
        if isinstance(attribute.columns[0].type, Moment) and value is not None:
            value = datetime.fromisoformat(value)
        values[attribute.key] = value
    return model(**values)
