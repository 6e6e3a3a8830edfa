"""Folding: the journal's newest points go into their three-hour buckets, a piece at a time.

Done by the feed process' writer thread between two flushes, so one piece is small enough not to delay a tick.
A bucket begins with the last known point of every track that was live when it began (flag CARRIED): what was
where at any moment is then one range read.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from picture.models import HistoryRow, JournalRow, TrackRow
from picture.packing import PACKED, bucket_of, pack, unpack_rows
from picture.state import POINT, PointFlag

POINTS_A_PIECE = 20_000
TRACKS_A_READ = 5_000
_TAIL_POINTS = 8  # a row's newest point is among its last ones; late ones may follow it

_APPEND = {
    "sqlite": text(
        "INSERT INTO history (bucket, track, data) VALUES (:bucket, :track, :data) ON CONFLICT (bucket, track) "
        "DO UPDATE SET data = CAST(history.data || excluded.data AS BLOB)"
    ),
    "postgresql": text(
        "INSERT INTO history (bucket, track, data) VALUES (:bucket, :track, :data) ON CONFLICT (bucket, track) "
        "DO UPDATE SET data = history.data || excluded.data"
    ),
}
_CARRY = text(
    "INSERT INTO history (bucket, track, data) VALUES (:bucket, :track, :data) ON CONFLICT (bucket, track) DO NOTHING"
)


def fold(session: Session, *, points_a_piece: int = POINTS_A_PIECE) -> bool:
    """Fold one piece of the journal, oldest first; whether more is left."""
    pieces: list[NDArray[np.void]] = []
    last = taken = 0
    rows = session.execute(select(JournalRow.seq, JournalRow.data).order_by(JournalRow.seq).limit(1_000))
    for seq, data in rows:
        pieces.append(np.frombuffer(data, POINT))
        last, taken = seq, taken + len(pieces[-1])
        if taken >= points_a_piece:
            break
    rows.close()
    if not last:
        return False
    append(session, np.concatenate(pieces))
    session.execute(delete(JournalRow).where(JournalRow.seq <= last))
    return session.scalar(select(JournalRow.seq).limit(1)) is not None


def append(session: Session, points: NDArray[np.void]) -> None:
    """Add points to the rows of their bucket and track, in the order of receipt."""
    buckets = bucket_of(points["received_at"])
    order = np.lexsort((points["received_at"], points["track"], buckets))
    points, buckets = points[order], buckets[order]
    statement = _APPEND[session.get_bind().dialect.name]
    newest = session.scalar(select(func.max(HistoryRow.bucket)))
    for bucket in np.unique(buckets).tolist():
        if newest is not None and bucket > newest:
            carry(session, newest, bucket)
        newest = bucket if newest is None else max(newest, bucket)
        inside = points[buckets == bucket]
        rows = [
            {"bucket": bucket, "track": int(part["track"][0]), "data": pack(part, bucket).tobytes()}
            for part in _runs(inside)
        ]
        session.execute(statement, rows)


def carry(session: Session, old: int, new: int) -> None:
    """Begin bucket `new` with the last known point of every live track of bucket `old`."""
    after = -1
    while True:
        query = (
            select(HistoryRow.bucket, HistoryRow.track, HistoryRow.data)
            .outerjoin(TrackRow, TrackRow.id == HistoryRow.track)
            .where(HistoryRow.bucket == old, HistoryRow.track > after, TrackRow.left_at.is_(None))
            .order_by(HistoryRow.track)
            .limit(TRACKS_A_READ)
        )
        rows = [
            (bucket, track, data[-_TAIL_POINTS * PACKED.itemsize :]) for bucket, track, data in session.execute(query)
        ]
        if not rows:
            return
        after = rows[-1][1]
        known = last_known(unpack_rows(rows))
        known["flags"] |= np.uint8(PointFlag.CARRIED)
        packed = pack(known, new)
        session.execute(
            _CARRY,
            [
                {"bucket": new, "track": track, "data": packed[row : row + 1].tobytes()}
                for row, track in enumerate(known["track"].tolist())
            ],
        )


def last_known(points: NDArray[np.void]) -> NDArray[np.void]:
    """The newest point of each track, by track; an implausible one only where there is no other."""
    doubtful = (points["flags"] & PointFlag.IMPLAUSIBLE) != 0
    order = np.lexsort((points["observed_at"], ~doubtful, points["track"]))
    ordered = points[order]
    last_of_track = np.ones(len(ordered), np.bool_)
    last_of_track[:-1] = ordered["track"][1:] != ordered["track"][:-1]
    return ordered[last_of_track]


def _runs(points: NDArray[np.void]) -> Iterator[NDArray[np.void]]:
    """Consecutive points of one track each."""
    edges = np.flatnonzero(points["track"][1:] != points["track"][:-1]) + 1
    return iter(np.split(points, edges)) if len(points) else iter(())
