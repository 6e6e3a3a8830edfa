"""The reading doors of the picture database: ticks, the checkpoint, feeds, rejections, movements, figures.

Every function takes a session of the picture database and changes nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from picture.changes import Checkpoint, Tick
from picture.history import kept_days
from picture.models import (
    FeedStatusRow,
    JournalRow,
    MetaRow,
    MovementRow,
    RejectionRow,
    ReporterRow,
    TickRow,
    TrackRow,
)
from picture.state import REPORT, STATE
from picture.views import Basis, Direction, FeedState, FeedView, MovementView, RejectionView

PARTS_A_QUERY = 500
WORD_SECONDS = 5.0  # the feed process writes each second; silent longer, it is gone


def ticks_since(session: Session, seq: int, limit: int = 200) -> list[tuple[int, Tick]]:
    """Ticks after `seq` in order, at most `limit` of them."""
    query = select(TickRow.seq, TickRow.data).where(TickRow.seq > seq).order_by(TickRow.seq).limit(limit)
    return [(number, Tick.unpack(data)) for number, data in session.execute(query)]


def oldest_tick(session: Session) -> int:
    """Seq of the oldest tick still kept; 0 when there is none. A mirror at `seq` can go on when oldest <= seq + 1."""
    return session.scalar(select(func.min(TickRow.seq))) or 0


def newest_tick(session: Session) -> int:
    """Seq of the newest tick; 0 when there is none."""
    return session.scalar(select(func.max(TickRow.seq))) or 0


def checkpoint(session: Session) -> tuple[int, Checkpoint]:
    """The saved live picture and the seq it is complete to: ticks after that come on top of it."""
    seq, next_id = fact(session, "checkpoint_seq", 0), fact(session, "next_id", 1)
    merged = {int(part): int(into) for part, into in fact(session, "merged", {}).items()}
    query = select(TrackRow.id, TrackRow.state, TrackRow.reports, TrackRow.particulars)
    rows = list(session.execute(query.where(TrackRow.left_at.is_(None))))
    parts = sorted(merged)  # a part has left the screens, not the picture, as long as its whole is there
    for first in range(0, len(parts), PARTS_A_QUERY):
        some = TrackRow.id.in_(parts[first : first + PARTS_A_QUERY])
        rows += session.execute(query.where(some, TrackRow.left_at.is_not(None)))
    rows = [row for row in rows if len(row.state) == STATE.itemsize]
    saved = Checkpoint(
        states=np.frombuffer(b"".join(row.state for row in rows), STATE).copy(),
        reports=np.frombuffer(b"".join(row.reports for row in rows), REPORT).copy(),
        particulars={row.id: orjson.loads(row.particulars) for row in rows if row.particulars != b"{}"},
        reporters=reporters(session),
        merged=merged,
        next_id=max(next_id, (session.scalar(select(func.max(TrackRow.id))) or 0) + 1),
    )
    return seq, saved


def reporters(session: Session) -> dict[int, tuple[str, str]]:
    """Who reports: number -> (feed, receiver)."""
    query = select(ReporterRow.id, ReporterRow.feed, ReporterRow.receiver)
    return {number: (feed, receiver) for number, feed, receiver in session.execute(query)}


def feeds_now(session: Session, now: float | None = None) -> list[FeedView]:
    """How every feed is, in the order of the settings.

    With `now` given (epoch seconds), feeds of a feed process that has gone silent are said to be dead.
    """
    rows = session.scalars(select(FeedStatusRow).order_by(FeedStatusRow.position, FeedStatusRow.name))
    return [_feed(row, now) for row in rows]


def _feed(row: FeedStatusRow, now: float | None) -> FeedView:
    return feed_view(row.content, row.updated_at, now)


def feed_view(content: dict[str, Any], updated_at: datetime, now: float | None) -> FeedView:
    """One feed as the feed process told it at `updated_at` (`picture.waiting.FeedStatus`)."""
    content = dict(content)
    content["state"] = FeedState(content["state"])
    for name in ("since", "last_data_at"):
        content[name] = None if content[name] is None else datetime.fromtimestamp(content[name], UTC)
    if now is not None and now - updated_at.timestamp() > WORD_SECONDS:
        content |= {
            "state": FeedState.DEAD,
            "since": updated_at,
            "why": f"the feed process has been silent since {updated_at:%H:%M:%SZ}",
            "per_second": 0.0,
        }
    return FeedView(**content)


def rejections(
    session: Session, feed: str | None = None, before_id: int | None = None, limit: int = 100
) -> list[RejectionView]:
    """What could not be used, newest first; `before_id` pages on."""
    query = select(RejectionRow).order_by(RejectionRow.id.desc()).limit(limit)
    if feed is not None:
        query = query.where(RejectionRow.feed == feed)
    if before_id is not None:
        query = query.where(RejectionRow.id < before_id)
    return [
        RejectionView(row.id, row.feed, row.receiver, row.reason, printable(row.raw), row.received_at)
        for row in session.scalars(query)
    ]


def printable(raw: bytes) -> str:
    """Bytes as a line to be read: printable ASCII as it is, everything else as \\xNN."""
    return "".join(chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in raw)


def movements_between(session: Session, start: datetime, end: datetime) -> list[MovementView]:
    """Arrivals and departures due or seen from `start` to `end`, in order of time."""
    query = (
        select(MovementRow)
        .where(MovementRow.at >= start, MovementRow.at <= end, MovementRow.state != "dropped")
        .order_by(MovementRow.at, MovementRow.id)
    )
    return [
        MovementView(
            id=row.id,
            track_id=row.track_id,
            title=row.title,
            kind=row.kind,
            direction=Direction(row.direction),
            place=row.place,
            resolved=row.resolved,
            at=row.at,
            basis=Basis(row.basis),
            overdue=row.overdue,
        )
        for row in session.scalars(query)
    ]


def identity(session: Session) -> int:
    """Which picture database this is: a random number of 32 bits, made with it."""
    return int(fact(session, "identity", 0))


def run(session: Session) -> int:
    """Which run of the feed process numbered the newest ticks: a random number of 32 bits."""
    return int(fact(session, "run", 0))


def fact(session: Session, name: str, otherwise: Any = None) -> Any:
    """One fact that the feed process wrote (`picture.models.MetaRow`)."""
    value = session.scalar(select(MetaRow.value).where(MetaRow.name == name))
    return otherwise if value is None else value


def facts(session: Session) -> dict[str, Any]:
    """Every fact the feed process wrote."""
    return {row.name: row.value for row in session.scalars(select(MetaRow))}


def storage_figures(session: Session) -> dict[str, int | float]:
    """What the System page and the metrics say of the picture database. Bytes, counts, epoch seconds."""
    ticks, newest_seq, newest_at = session.execute(
        select(func.count(), func.max(TickRow.seq), func.max(TickRow.at))
    ).one()
    journal_rows, journal_bytes = session.execute(
        select(func.count(), func.coalesce(func.sum(func.length(JournalRow.data)), 0)).select_from(JournalRow)
    ).one()
    span = kept_days(session)
    figures: dict[str, int | float] = {
        "database_bytes": _database_bytes(session),
        "ticks": ticks,
        "newest_tick": newest_seq or 0,
        "newest_tick_at": newest_at or 0.0,
        "tracks": session.scalar(select(func.count()).where(TrackRow.left_at.is_(None))) or 0,
        "tracks_known": session.scalar(select(func.count()).select_from(TrackRow)) or 0,
        "journal_rows": journal_rows,
        "journal_bytes": int(journal_bytes),
        "history_from": span[0] if span else 0.0,
        "history_until": span[1] if span else 0.0,
        "rejections": session.scalar(select(func.count()).select_from(RejectionRow)) or 0,
        "history_lost": fact(session, "history_lost", 0),
    }
    return figures


def _database_bytes(session: Session) -> int:
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages, size = (int(session.scalar(text(f"PRAGMA {name}")) or 0) for name in ("page_count", "page_size"))
    return pages * size
