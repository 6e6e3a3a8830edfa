"""The feed process: runs every feed, owns the live picture, and is alone in writing the picture database.

One loop beats every 75 ms: collect what the feeds translated, fuse it, and at their own pace flush, sweep,
checkpoint and say how the feeds are. Only the journal's thread waits for the database. Web processes of this machine
hear of it past the database, on the direct line.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from data_sources.contract import Batch, Feed
from data_sources.coordinator import FeedRunner
from picture import reading
from picture.changes import Tick
from picture.journal import Journal
from picture.movements import Movement, MovementWatcher, open_movements, record_movements
from picture.store import TrackStore
from picture.waiting import FeedStatus, Refused
from runtime.acts import OfficerActs
from runtime.calendar import begin_calendar
from runtime.clock import moment
from runtime.leaving import on_leave
from runtime.tick_line import TickLine
from settings import Settings
from storage.engines import Database
from storage.reserve import Reserve

BEAT_SECONDS = 0.075
FLUSH_SECONDS = 0.25
HEARTBEAT_SECONDS = 1.0  # a tick is written at least this often, so that a quiet picture is not a frozen one
SWEEP_SECONDS = 10.0
CHECKPOINT_SECONDS = 10.0
STATUS_SECONDS = 1.0
ACTS_SECONDS = 0.2
REJECTIONS_A_SECOND = 50  # of one feed are written down; all are counted
LEAVE_SECONDS = 2.5  # for the last flush; the supervisor waits a little longer

log = structlog.get_logger("feeds")


class FeedProcess:
    """Everything the feed process does, apart from being a process."""

    def __init__(
        self,
        settings: Settings,
        feeds: Sequence[Feed],
        *,
        picture: Database,
        record: Database,
        clock: Callable[[], float],
        movements: MovementWatcher | None = None,
        reserve: Reserve | None = None,
        line: TickLine | None = None,
    ) -> None:
        self.settings = settings
        self.runners = [FeedRunner(feed, clock) for feed in feeds]
        self.store = TrackStore(
            max_tracks=settings.picture.max_tracks,
            vessel_hours=settings.retention.vessel_picture_hours,
            aircraft_hours=settings.retention.aircraft_picture_hours,
        )
        self.journal = Journal(
            picture,
            clock=clock,
            on_trouble=_say_trouble,
            rejections_kept=settings.retention.rejections_kept,
            reserve=reserve,
        )
        self.counts: Counter[str] = Counter()
        self._picture, self._record, self._clock = picture, record, clock
        self._movements = movements
        self._line = line
        with picture.reading() as session:
            self._acts = OfficerActs(record, reading.identity(session))
        self._changed: set[int] = set()  # tracks to be saved with the next checkpoint
        self._left: dict[int, float] = {}
        self._put_at = 0.0
        self._written_down: Counter[str] = Counter()  # rejections of each feed in this second
        self._slowest_beat = 0.0
        self._stop = asyncio.Event()

    # ---- beginning and ending

    def begin(self) -> None:
        """Bring back the picture as it was, to the last tick that was written."""
        with self._picture.reading() as session:
            seq, saved = reading.checkpoint(session)
            ticks = []
            after = seq
            while some := reading.ticks_since(session, after):
                ticks += [tick for _, tick in some]
                after = some[-1][0]
            if self._movements is not None:
                self._movements.remember(open_movements(session))
        self.store.restore(saved, ticks)
        if self._movements is not None:
            self._movements.watch(Tick(self._clock(), saved.states, particulars=dict(saved.particulars)))
        for tick in ticks:
            self._note_changes(tick)
        self.journal.start()
        self.journal.submit(partial(_forget_feeds, [runner.name for runner in self.runners]))
        log.info("the picture is back", tracks=len(self.store), seq=after)

    async def run(self) -> None:
        """Until `leave`: then flush, save and end within three seconds."""
        calendar = begin_calendar(
            journal=self.journal,
            record=self._record,
            picture=self._picture,
            history_days=self.settings.retention.history_days,
            clock=self._clock,
        )
        if self._line is not None:
            await self._line.open(hello=self._introduce, everything=self.store.checkpoint)
        tasks = [asyncio.create_task(runner.run(), name=runner.name) for runner in self.runners]
        tasks.append(asyncio.create_task(self._follow_acts(), name="officers' acts"))
        log.info("feeds run", feeds=[runner.name for runner in self.runners])
        try:
            await self._beat()
        finally:
            for task in tasks:
                task.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await asyncio.gather(*tasks, return_exceptions=True)
            calendar.shutdown(wait=False)
            self.end()
            if self._line is not None:
                await self._line.close()

    def leave(self) -> None:
        self._stop.set()

    def _introduce(self) -> dict[str, int]:
        """Whose ticks go over the line, and up to which it has them."""
        journal = self.journal
        return {"identity": journal.identity, "run": journal.run, "newest": journal.figures.given}

    def end(self) -> None:
        """The last collect, flush and checkpoint."""
        now = self._clock()
        for runner in self.runners:
            self._collect(runner, now)
        self._flush(now)
        self._checkpoint(now)
        if not self.journal.close(LEAVE_SECONDS):
            log.error("the last flush could not be written", why=self.journal.figures.trouble)
        log.info("feeds end", tracks=len(self.store), seq=self.journal.figures.seq)

    # ---- the beat

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        paces: list[tuple[float, Callable[[float], None]]] = [
            (FLUSH_SECONDS, self._flush),
            (SWEEP_SECONDS, self._sweep),
            (CHECKPOINT_SECONDS, self._checkpoint),
            (STATUS_SECONDS, self._status),
        ]
        due = [loop.time() + seconds for seconds, _ in paces]
        while not self._stop.is_set():
            began = loop.time()
            for runner in self.runners:
                self._collect(runner, self._clock())
                await asyncio.sleep(0)
            for number, (seconds, act) in enumerate(paces):
                if loop.time() >= due[number]:
                    due[number] = max(due[number] + seconds, loop.time())
                    act(self._clock())
            spent = loop.time() - began
            self._slowest_beat = max(self._slowest_beat, spent)
            hurry = any(runner.pending for runner in self.runners)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0 if hurry else max(BEAT_SECONDS - spent, 0.001)):
                    await self._stop.wait()

    def _collect(self, runner: FeedRunner, now: float) -> None:
        """Take what one feed brought. Whatever goes wrong here is this feed's alone."""
        try:
            batch = runner.collect(now)
            applied = self.store.apply(runner.name, batch.observations, now)
        except Exception as error:
            self.counts["failed_batches"] += 1
            if self.counts["failed_batches"] <= 10:  # a log that fills the disk helps nobody
                log.error("a batch could not be fused", feed=runner.name, exc_info=error)
            return
        self.counts["accepted"] += applied.accepted
        self.counts["late"] += applied.late
        self.counts["implausible"] += applied.implausible
        self.counts["repeated"] += applied.repeated
        for reason, count in applied.refused.items():
            self.counts[f"refused: {reason}"] += count
        self._write_down(runner.name, batch)

    def _write_down(self, feed: str, batch: Batch) -> None:
        room = REJECTIONS_A_SECOND - self._written_down[feed]
        if batch.rejections and room > 0:
            last = batch.rejections[-room:]
            self._written_down[feed] += len(last)
            self.journal.put_rejections(
                [Refused(feed, each.receiver, str(each.reason), each.raw, each.received_at) for each in last]
            )

    def _flush(self, now: float) -> None:
        flush = self.store.flush(now)
        if not flush and now - self._put_at < HEARTBEAT_SECONDS:
            return
        self._put_at = now
        self._note_changes(flush.tick)
        self.journal.put(flush.tick, flush.points)
        if self._line is not None:
            self._line.put(flush.tick)
        if self._movements is not None:
            self._watch_movements(self._movements, flush.tick)

    def _watch_movements(self, watcher: MovementWatcher, tick: Tick) -> None:
        try:
            changed: list[Movement] = watcher.watch(tick)
        except Exception as error:
            self.counts["failed_movements"] += 1
            if self.counts["failed_movements"] <= 10:
                log.error("arrivals and departures could not be watched", exc_info=error)
            return
        if changed:
            self.journal.submit(partial(record_movements, movements=changed, now=moment(tick.at)))

    def _note_changes(self, tick: Tick) -> None:
        self._changed.update(tick.states["id"].tolist())
        self._changed.update(tick.reports["track"].tolist())
        self._changed.update(tick.particulars)
        self._changed.update(tick.merged.values())
        self._changed.difference_update(tick.removed)
        self._left.update(dict.fromkeys(tick.removed, tick.at))

    def _sweep(self, now: float) -> None:
        self.store.sweep(now)

    def _checkpoint(self, now: float) -> None:
        if not self.journal.wants_checkpoint:
            return
        self._flush(now)
        self.journal.put_checkpoint(self.store.checkpoint(self._changed), self._left)
        self._changed, self._left = set(), {}

    def _status(self, now: float) -> None:
        self._written_down.clear()
        views = [FeedStatus(position, runner.health(now), now) for position, runner in enumerate(self.runners)]
        facts = self.facts(now)
        self.journal.put_status(views, facts)
        if self._line is not None:
            written = self.journal.figures.facts(now)
            self._line.say({**facts, **written, "said_at": now, "feeds": [view.content() for view in views]})
        self._slowest_beat = 0.0
        self._follow_database(now)

    def _follow_database(self, now: float) -> None:
        """Its file was deleted or replaced while we write to it."""
        if self.journal.wants_everything:
            self._flush(now)
            self.journal.put_everything(self.store.checkpoint())
            self._changed, self._left = set(), {}
        if self.journal.belongs_to_another and not self._stop.is_set():
            log.error("the picture database was replaced by that of another picture: it is taken up with a new start")
            self.leave()

    def facts(self, now: float) -> dict[str, Any]:
        """What the System page and the metrics say of this process."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        figures = self.journal.figures
        return {
            "process": {
                "said_at": now,
                "tracks": len(self.store),
                "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
                "memory_bytes": _resident_bytes(),
                "slowest_beat_seconds": round(self._slowest_beat, 4),
                "waiting_bytes": sum(runner.pending for runner in self.runners),
                "waiting_points": figures.waiting_points,
                "ticks_written": figures.ticks,
                "points_written": figures.points,
                "failed_jobs": figures.failed_jobs,
                "evicted": self.store.evicted,
                **self.counts,
            }
        }

    # ---- officers' acts

    async def _follow_acts(self) -> None:
        """What officers did that changes the picture, within a fifth of a second."""
        while True:
            try:
                for act in await asyncio.to_thread(self._acts.new):
                    self._acts.apply(act, self.store, self.runners, self._clock())
            except Exception as error:
                self.counts["failed_acts"] += 1
                if self.counts["failed_acts"] <= 10:
                    log.error("officers' acts could not be followed", exc_info=error)
                await asyncio.sleep(2.0)
            await asyncio.sleep(ACTS_SECONDS)


async def run_until_left(process: FeedProcess, *, with_parent: bool) -> None:
    """Run until SIGTERM, Ctrl-C or, for a child, the end of its parent."""
    on_leave(asyncio.get_running_loop(), process.leave, with_parent=with_parent)
    process.begin()
    await process.run()


def _say_trouble(why: str) -> None:
    log.warning("picture database", why=why)


def _forget_feeds(names: list[str], session: Any) -> None:
    """Feeds that are no longer set up leave the health strip."""
    from sqlalchemy import delete

    from picture.models import FeedStatusRow

    session.execute(delete(FeedStatusRow).where(FeedStatusRow.name.not_in(names)))


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * resource.getpagesize()
