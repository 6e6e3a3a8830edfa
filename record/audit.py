"""The audit trail: every change leaves one row, in the same transaction, and that row is the notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from record import versions
from record.models import AuditEntry, Versioned
from storage.naming import RecordBase

_AUDIT_LOCK = 7_430_001  # PostgreSQL advisory lock: makes seq follow the order of commits


class Who(Protocol):
    """Whoever acts: an officer, or the system under its own name."""

    @property
    def name(self) -> str: ...
    @property
    def agency(self) -> str: ...


@dataclass(frozen=True, slots=True)
class System:
    """The system acting by itself, on a rule that an officer set."""

    name: str = "Watchfloor"
    agency: str = "this centre"


@dataclass(frozen=True, slots=True)
class Notice:
    """One audit row as other processes read it."""

    seq: int
    at: datetime
    actor: str
    agency: str
    action: str
    subject_kind: str
    subject_id: int | None
    detail: dict[str, Any]

    @property
    def topic(self) -> str:
        """Which panels care: the plural of what was acted on."""
        return f"{self.subject_kind}s"


def record(
    session: Session,
    action: str,
    subject: RecordBase | None,
    *,
    actor: Who,
    at: datetime,
    detail: dict[str, Any] | None = None,
    ended: bool = False,
) -> AuditEntry:
    """Leave the trace of an act: the audit row and, for a versioned subject, what it is from now on.

    Nothing is committed here. `ended` says that the subject is no more from `at` on.
    """
    session.flush()  # gives a new subject its number
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _AUDIT_LOCK})
    entry = AuditEntry(
        at=at,
        actor=actor.name,
        agency=actor.agency,
        action=action,
        subject_kind=subject.__tablename__ if subject is not None else "system",
        subject_id=getattr(subject, "id", None),
        detail=detail or {},
    )
    session.add(entry)
    session.flush()
    if isinstance(subject, Versioned):
        versions.keep(session, subject, at=at, audit_seq=entry.seq, ended=ended)
    return entry


def newest(session: Session) -> int:
    """The highest seq there is; 0 when nothing was ever done."""
    return session.scalar(select(func.max(AuditEntry.seq))) or 0


def since(session: Session, seq: int, limit: int = 1_000) -> list[Notice]:
    """What was done after `seq`, in order."""
    query = select(AuditEntry).where(AuditEntry.seq > seq).order_by(AuditEntry.seq).limit(limit)
    return [
        Notice(e.seq, e.at, e.actor, e.agency, e.action, e.subject_kind, e.subject_id, e.detail)
        for e in session.scalars(query)
    ]
