"""What becomes of a replay: the same flushes, checkpoint and history that live traffic leaves in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from picture import reading
from picture.journal import Journal
from picture.observations import Observations
from picture.store import Applied, TrackStore
from storage.engines import Database

FLUSH_SECONDS = 0.25
POINTS_AHEAD = 100_000  # kept points handed over before the writer has caught up
LAST_WRITE_SECONDS = 60.0


class Recorder:
    """Flushes a store into the picture database as a replay fills it."""

    def __init__(self, store: TrackStore, picture: Database, clock: Callable[[], float]) -> None:
        self._store, self._picture, self._clock = store, picture, clock
        self._journal = Journal(picture, clock=clock, fold_seconds=5.0)
        self._keys: set[int] = set()
        self._changed: set[int] = set()
        self._left: dict[int, float] = {}
        self._flushed_at = 0.0
        self._was_empty = True

    @property
    def history_lost(self) -> int:
        return self._journal.figures.history_lost

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Take up the picture as it was saved; save it again at the end, however that comes."""
        with self._picture.reading() as session:
            seq, saved = reading.checkpoint(session)
            ticks = [tick for _, tick in reading.ticks_since(session, seq, limit=1_000_000)]
        self._store.restore(saved, ticks)
        self._was_empty = not len(self._store)
        for tick in ticks:
            self._changed.update(tick.states["id"].tolist())
        self._journal.start()
        try:
            yield
        finally:
            self._flush()
            self._journal.put_checkpoint(self._store.checkpoint(self._changed), self._left)
            self._journal.drain(LAST_WRITE_SECONDS)
            self._journal.close(LAST_WRITE_SECONDS)

    def took(self, seen: Observations, _applied: Applied, _recorded_now: float) -> None:
        """After each batch of the replay."""
        self._keys.update(np.unique(seen.key).tolist())
        if self._clock() - self._flushed_at >= FLUSH_SECONDS:
            self._flush()

    def tracks(self) -> int:
        """How many tracks the recordings were of; what was in the picture before is not counted."""
        if self._was_empty:
            return len(self._store)
        store = self._store
        rows = {row for key in self._keys for row in store.hulls.get(key, [store.index.get(key, -1)])}
        return len(rows - {-1})

    def _flush(self) -> None:
        now = self._flushed_at = self._clock()
        flush = self._store.flush(now)
        tick = flush.tick
        self._changed.update(tick.states["id"].tolist())
        self._changed.update(tick.reports["track"].tolist())
        self._changed.update(tick.particulars)
        self._changed.difference_update(tick.removed)
        self._left.update(dict.fromkeys(tick.removed, now))
        self._journal.put(tick, flush.points)
        if self._journal.figures.waiting_points > POINTS_AHEAD:
            self._journal.drain()
