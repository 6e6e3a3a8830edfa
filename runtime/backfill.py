"""The demonstration's past: the hours before the first start, sent through the same translators, store and journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sqlalchemy import delete, func, select

from data_sources.contract import FORMATS, Translator
from data_sources.demo import BackfillPart, backfill
from data_sources.roster import discover
from picture.changes import Tick
from picture.journal import Journal
from picture.models import HistoryRow, JournalRow, MovementRow, TickRow, TrackRow
from picture.movements import MovementWatcher, record_movements
from picture.store import TrackStore
from runtime.clock import moment
from storage.engines import Database

HOURS = 24
SWEEP_SECONDS = 600.0  # of the past
POINTS_AHEAD = 100_000  # kept points handed over before the writer has caught up
GAP_SECONDS = 20.0  # the past that grew while the back-fill ran; less than this is left to the live feeds


def has_past(picture: Database) -> bool:
    """Whether anything was ever saved. A back-fill that was broken off has saved nothing."""
    with picture.reading() as session:
        return bool(session.scalar(select(func.count()).select_from(TrackRow)))


class BackFill:
    """Fills an empty picture database with the demonstration's last 24 hours."""

    def __init__(
        self,
        store: TrackStore,
        picture: Database,
        movements: MovementWatcher,
        *,
        clock: Callable[[], float],
        parts: Callable[[float, float], Iterator[BackfillPart]] = backfill,
    ) -> None:
        self._store, self._picture, self._movements, self._clock = store, picture, movements, clock
        self._parts = parts
        self._journal = Journal(picture, clock=clock, fold_seconds=2.0)
        self._translators: dict[str, Translator] = {}
        self._reporters: dict[int, tuple[str, str]] = {}
        self._swept_at = 0.0

    def run(self, hours: float = HOURS) -> Iterator[float]:
        """Do it; yields how far it is, 0..1."""
        discover()
        self._clear()
        self._journal.start()
        start, end = self._clock() - hours * 3600, self._clock()
        yield from self._span(start, end)
        while self._clock() - end > GAP_SECONDS:
            start, end = end, self._clock()
            for _ in self._span(start, end):
                yield 1.0
        self._end(end)
        yield 1.0

    def _span(self, start: float, end: float) -> Iterator[float]:
        at = start
        for part in self._parts(start, end):
            if part.chunk.received_at > at:
                at = part.chunk.received_at
                self._flush(at)
                yield part.fraction
            batch = self._translator(part).translate(part.chunk)
            self._store.apply(part.feed_name, batch.observations, part.chunk.received_at)
        self._flush(end)

    def _translator(self, part: BackfillPart) -> Translator:
        if part.feed_name not in self._translators:
            form = next(form for form in FORMATS if form.name == part.format_name)
            self._translators[part.feed_name] = form.translator()
        return self._translators[part.feed_name]

    def _flush(self, at: float) -> None:
        if at - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = at
            self._store.sweep(at)
        flush = self._store.flush(at)
        if changed := self._movements.watch(flush.tick):
            self._journal.submit(partial(record_movements, movements=changed, now=moment(at)))
        # Screens learn the present from the checkpoint: of the past only history is kept.
        self._journal.put(Tick(at=at, reporters=flush.tick.reporters), flush.points)
        if self._journal.figures.waiting_points > POINTS_AHEAD:
            self._journal.drain()

    def _end(self, at: float) -> None:
        self._journal.put_checkpoint(self._store.checkpoint(), {})
        self._journal.drain()
        self._journal.close(30.0)

    def _clear(self) -> None:
        """What a back-fill that was broken off left behind."""
        with self._picture.writing() as session:
            for table in (HistoryRow, JournalRow, MovementRow, TickRow):
                session.execute(delete(table))


def draw(filling: BackFill) -> None:
    """Run it under a bar on the terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn()) as progress:
        bar = progress.add_task("The last 24 hours of the demonstration", total=1.0)
        for fraction in filling.run():
            progress.update(bar, completed=fraction)
