"""The tables every record leaves something in: the audit trail and the versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Json, Moment, Sequence
from storage.naming import RecordBase


class AuditEntry(RecordBase):
    """One act of one actor, written in the transaction of the act. Its `seq` is also the notice to every process."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "subject_kind", "subject_id"), {"sqlite_autoincrement": True})

    seq: Mapped[int] = mapped_column(Sequence, primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(200))
    agency: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(80))  # "zone.drawn", "contact.merged"
    subject_kind: Mapped[str] = mapped_column(String(80))
    subject_id: Mapped[int | None] = mapped_column(Sequence)
    detail: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class Version(RecordBase):
    """A transition of one record: from `at` on it was `content`, or was no more when `ended`."""

    __tablename__ = "version"
    __table_args__ = (Index(None, "subject_kind", "subject_id", "at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(Sequence, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(80))
    subject_id: Mapped[int] = mapped_column(Sequence)
    at: Mapped[datetime] = mapped_column(Moment)
    audit_seq: Mapped[int] = mapped_column(Sequence)  # the act that made it
    ended: Mapped[bool] = mapped_column(Boolean, default=False)
    content: Mapped[dict[str, Any]] = mapped_column(Json)


class Versioned:
    """Mark of a model whose every change leaves a version. It needs one integer primary key named `id`."""

    __tablename__: Any
    id: Mapped[int]
