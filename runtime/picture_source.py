"""The hub's source in the product: the picture database, read a snapshot at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from picture import reading
from picture.changes import Tick
from picture.models import MovementRow, Zone
from picture.views import FeedView
from storage.engines import Database

if TYPE_CHECKING:
    from picture.changes import Checkpoint


class DatabaseSource:
    """Answers the hub from the two databases. `now` gives epoch seconds; calls come from one thread at a time."""

    def __init__(
        self,
        traffic: Database,
        record: Database,
        now: Callable[[], float],
        *,
        also: Mapping[str, Callable[[], int]] | None = None,
    ) -> None:
        """`also` are topics of this process' own: a number each that changes when the topic does."""
        self._traffic = traffic
        self._record = record
        self._now = now
        self._also = dict(also or {})
        self._trouble = ""

    def ticks_since(self, seq: int) -> list[tuple[int, Tick]]:
        with self._traffic.reading() as session:
            return reading.ticks_since(session, seq)

    def identity(self) -> int:
        with self._traffic.reading() as session:
            return reading.identity(session)

    def run(self) -> int:
        with self._traffic.reading() as session:
            return reading.run(session)

    def trouble(self) -> str:
        return self._trouble

    def span(self) -> tuple[int, int]:
        with self._traffic.reading() as session:
            return reading.oldest_tick(session), reading.newest_tick(session)

    def checkpoint(self) -> tuple[int, Checkpoint]:
        with self._traffic.reading() as session:
            return reading.checkpoint(session)

    def feeds(self) -> list[FeedView]:
        with self._traffic.reading() as session:
            self._trouble = reading.fact(session, "trouble_words", "")
            return reading.feeds_now(session, self._now())

    def topics(self) -> Mapping[str, int]:
        """What changes when movements or zones do, in one number. Asked each second: movements come from an index."""
        with self._traffic.reading() as session:
            movements = session.scalars(select(func.max(MovementRow.updated_at))).all()
        with self._record.reading() as session:
            zones = session.execute(select(func.max(Zone.id), func.count())).one()
        own = {topic: ask() for topic, ask in self._also.items()}
        return {"movements": hash(tuple(movements)), "zones": hash(tuple(zones)), **own}
