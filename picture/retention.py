"""Retention: traffic history is dropped by whole days, never what a hold names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from picture.models import HistoryRow, Hold, MovementRow, TrackRow
from picture.packing import BUCKET_SECONDS, bucket_at

TRACKS_A_STATEMENT = 5_000

Held = Mapping[int, list[tuple[float, float]]]  # track -> spans (epoch seconds) that must stay


def cut_of(now: datetime, days: int) -> datetime:
    """The midnight (UTC) before which history is dropped: `days` whole days before today are kept."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days)


def held_spans(record: Session, now: datetime) -> dict[int, list[tuple[float, float]]]:
    """What holds that are not released keep. Reads the record database."""
    spans: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for hold in record.scalars(select(Hold)):
        if hold.released_at is None or hold.released_at > now:
            spans[hold.track_id].append((hold.from_at.timestamp(), hold.until_at.timestamp()))
    return dict(spans)


def old_buckets(session: Session, cut: datetime) -> list[int]:
    """Buckets that lie wholly before `cut`, oldest first."""
    limit = bucket_at(cut.timestamp())
    query = select(HistoryRow.bucket).where(HistoryRow.bucket < limit).distinct().order_by(HistoryRow.bucket)
    return list(session.scalars(query))


def drop_bucket(session: Session, bucket: int, held: Held) -> int:
    """Drop one bucket but for the rows that a hold names; how many rows went. One short transaction each."""
    start, end = bucket * BUCKET_SECONDS, (bucket + 1) * BUCKET_SECONDS
    kept = {track for track, spans in held.items() if any(begin < end and until >= start for begin, until in spans)}
    here = delete(HistoryRow).where(HistoryRow.bucket == bucket)
    if not kept:
        return int(session.execute(here).rowcount)  # type: ignore[attr-defined]
    tracks = set(session.scalars(select(HistoryRow.track).where(HistoryRow.bucket == bucket)))
    gone = 0
    for some in _some(sorted(tracks - kept)):
        gone += int(session.execute(here.where(HistoryRow.track.in_(some))).rowcount)  # type: ignore[attr-defined]
    return gone


def drop_identities(session: Session, cut: datetime, held: Held) -> int:
    """Forget tracks that left the picture before `cut`, and movements before it, but for what is held."""
    old = set(session.scalars(select(TrackRow.id).where(TrackRow.left_at < cut.timestamp()))) - set(held)
    for some in _some(sorted(old)):
        session.execute(delete(TrackRow).where(TrackRow.id.in_(some)))
    movements = delete(MovementRow).where(MovementRow.at < cut)
    session.execute(movements.where(MovementRow.track_id.not_in(list(held))) if held else movements)
    return len(old)


def _some(numbers: list[int]) -> Iterable[list[int]]:
    return (numbers[first : first + TRACKS_A_STATEMENT] for first in range(0, len(numbers), TRACKS_A_STATEMENT))
