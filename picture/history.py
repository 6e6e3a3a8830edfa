"""Where things have been: trails, one track's history, and the place of everything at a moment."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from picture.folding import last_known
from picture.models import HistoryRow, JournalRow, TrackRow
from picture.packing import BUCKET_SECONDS, bucket_at, unpack_rows
from picture.state import POINT, PointFlag

# A point is filed by when it was received; one observed in time may have come later by as much as this.
LATEST_DELIVERY_SECONDS = 6 * 3600
_IDS_A_QUERY = 5_000


def track_history(session: Session, track_id: int, start: float, end: float) -> NDArray[np.void]:
    """Every kept point of one track observed from `start` to `end` (epoch seconds), oldest first."""
    return trails(session, [track_id], start, end)


def trails(session: Session, track_ids: Iterable[int], start: float, end: float) -> NDArray[np.void]:
    """Every kept point of some tracks observed from `start` to `end`, by track, oldest first.

    Tracks that were merged into one of them are not included: ask for their numbers too (`parts_of`).
    """
    wanted = sorted(set(track_ids))
    buckets = _buckets(session, start, end + LATEST_DELIVERY_SECONDS)
    found = [_unfolded(session, wanted)]
    for first in range(0, len(wanted), _IDS_A_QUERY):
        query = select(HistoryRow.bucket, HistoryRow.track, HistoryRow.data).where(
            HistoryRow.bucket.in_(buckets), HistoryRow.track.in_(wanted[first : first + _IDS_A_QUERY])
        )
        found.append(unpack_rows([(bucket, track, data) for bucket, track, data in session.execute(query)]))
    points = np.concatenate(found)
    observed = points["observed_at"]
    points = points[(observed >= start) & (observed <= end) & ((points["flags"] & PointFlag.CARRIED) == 0)]
    return points[np.lexsort((points["observed_at"], points["track"]))]


def parts_of(session: Session, track_id: int) -> list[int]:
    """The track itself and every track that was merged into it."""
    return [track_id, *session.scalars(select(TrackRow.id).where(TrackRow.merged_into == track_id))]


def positions_at(session: Session, moment: float) -> NDArray[np.void]:
    """Where everything was as the centre knew it at `moment`: the last known point of each track then, by track."""
    bucket = session.scalar(select(func.max(HistoryRow.bucket)).where(HistoryRow.bucket <= bucket_at(moment)))
    found = [_unfolded(session, None)]
    if bucket is not None:
        query = select(HistoryRow.bucket, HistoryRow.track, HistoryRow.data).where(HistoryRow.bucket == bucket)
        found.append(unpack_rows([(bucket, track, data) for bucket, track, data in session.execute(query)]))
    points = np.concatenate(found)
    return last_known(points[points["received_at"] <= moment])


def _buckets(session: Session, start: float, end: float) -> list[int]:
    """The buckets there are between two moments: never more than what is kept."""
    oldest, newest = session.execute(select(func.min(HistoryRow.bucket), func.max(HistoryRow.bucket))).one()
    if oldest is None:
        return []
    return list(range(max(int(oldest), bucket_at(start)), min(int(newest), bucket_at(end)) + 1))


def _unfolded(session: Session, track_ids: list[int] | None) -> NDArray[np.void]:
    """Points still in the journal, of these tracks or of all."""
    data = b"".join(session.scalars(select(JournalRow.data)))
    points = np.frombuffer(data, POINT).copy()
    return points if track_ids is None else points[np.isin(points["track"], np.array(track_ids, np.uint32))]


def kept_days(session: Session) -> tuple[float, float] | None:
    """From and to when there is history (epoch seconds), None when there is none."""
    oldest, newest = session.execute(select(func.min(HistoryRow.bucket), func.max(HistoryRow.bucket))).one()
    return None if oldest is None else (oldest * float(BUCKET_SECONDS), (newest + 1) * float(BUCKET_SECONDS))
