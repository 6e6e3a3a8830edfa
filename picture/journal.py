"""The journal: one writer thread that puts the picture into its database and never makes the picture wait.

The feed process hands over each flush and goes on. The thread writes ticks, kept points, checkpoints, feed
status and rejections, one short transaction at a time, and folds the journal into the history in between.

On a bad day the picture stays live: screens get their ticks past the database (`runtime.tick_line`), numbered here
when they are handed over. *Locked*: flushes wait here, joined into one tick when they are many, and beyond
`POINTS_WAITING` kept points the oldest are given up and counted. *Full*: kept points are given up and counted at once;
the reserve is given up and old ticks make room for new ones, so that a restart finds the picture; every few seconds
it is tried again whether there is room, the reserve included. *Deleted or replaced*: it is made anew, and everything
is asked for once more (`wants_everything`).
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import bindparam, column, delete, insert, select, table, update
from sqlalchemy.orm import Session

from picture import reading
from picture.changes import Checkpoint, Tick
from picture.folding import fold
from picture.journal_figures import Figures, in_plain_words
from picture.models import FeedStatusRow, JournalRow, MetaRow, RejectionRow, ReporterRow, TickRow, TrackRow
from picture.packing import bucket_at
from picture.waiting import FeedStatus, Refused, Waiting, Work
from storage.engines import Database, is_full
from storage.migrate import migrate
from storage.reserve import Reserve
from storage.upsert import upsert

TICKS_KEPT_SECONDS = 600.0  # a screen that was away longer loads the checkpoint
TICKS_KEPT_WHEN_FULL = 120  # about half a minute of them
FOLD_SECONDS = 120.0
LOOKED_SECONDS = 1.0  # how often it is looked whether the database's file is still there
REMARK_SECONDS = 600.0  # how long it is said that the database had to be made anew
ROOM_TRIED_SECONDS = 10.0  # how often a full database is asked whether there is room again
LOCK_PATIENCE_SECONDS = 1.0
TRACKS_A_TRANSACTION = 5_000
REJECTIONS_KEPT = 500  # a feed

_LEFT = (  # many at once; a track that left before it was ever saved has no row
    update(table("track", column("id"), column("left_at")))
    .where(column("id") == bindparam("gone"))
    .values(left_at=bindparam("gone_at"))
)

Job = Callable[[Session], object]


class Journal:
    """Hand over with `put` and its kin from the event loop: none of them waits for the database."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], float],
        on_trouble: Callable[[str], None] = lambda _why: None,
        rejections_kept: int = REJECTIONS_KEPT,
        fold_seconds: float = FOLD_SECONDS,
        reserve: Reserve | None = None,
    ) -> None:
        self.figures = Figures()
        self.identity = 0  # of the picture database
        self.run = secrets.randbits(32)  # whose numbers the ticks have
        self.wants_everything = False  # the next checkpoint must be of all tracks
        self._database = database
        self._run_told = False
        self._number_above = 0  # numbers up to this are taken in a database that replaced ours
        self._look_at = 0.0
        self.belongs_to_another = False  # the database was replaced by another picture's: only a new start takes it up
        self._moved = ""  # what became of the file, until it is made anew
        self._reopened = database.reopened
        self._clock = clock
        self._on_trouble = on_trouble
        self._rejections_kept = rejections_kept
        self._fold_seconds = fold_seconds
        self._reserve = reserve
        self._waiting = Waiting()
        self._jobs: deque[Job] = deque()
        self._folded_at = clock()
        self._fold_more = False
        self._full_since: float | None = None
        self._try_room_at = 0.0
        self._wake = threading.Condition()
        self._closing = False
        self._busy = False  # the thread has something in hand
        self._checkpoint_in_hand = False  # it may have to wait again: a newer one must not take its place
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Read what was lost before and begin to write."""
        with self._database.reading() as session:
            self.figures.history_lost = reading.fact(session, "history_lost", 0)
            self.figures.seq = self.figures.given = _newest_seq(session)
            self.identity = reading.identity(session)
        if self._reserve is not None:
            self._reserve.take()
        self._thread.start()

    def put(self, tick: Tick, points: NDArray[np.void]) -> None:
        """Hand over one flush; its tick is numbered."""
        with self._wake:
            tick.after, tick.seq = self.figures.given, max(self.figures.given, self._number_above) + 1
            self.figures.given = tick.seq
            self.figures.history_lost += self._waiting.add(tick, points)
            self.figures.waiting_points = self._waiting.n_points
            self._wake.notify()

    @property
    def wants_checkpoint(self) -> bool:
        """Whether the last checkpoint is written, so that the next may be handed over."""
        return self._waiting.checkpoint is None and not self._checkpoint_in_hand

    def put_checkpoint(self, checkpoint: Checkpoint, left: dict[int, float]) -> None:
        """Hand over the tracks changed since the last one, and when tracks left the picture. Put the flush first."""
        with self._wake:
            self._waiting.add_checkpoint(checkpoint, left)
            self._wake.notify()

    def put_everything(self, checkpoint: Checkpoint) -> None:
        """Hand over all tracks, in place of a checkpoint that waits: the database had to be made anew."""
        with self._wake:
            self.wants_everything = False
            self._waiting.add_checkpoint(checkpoint, {})
            self._wake.notify()

    def put_status(self, feeds: Sequence[FeedStatus], facts: dict[str, Any]) -> None:
        """How the feeds are doing now; only the newest is written."""
        with self._wake:
            self._waiting.status, self._waiting.facts = list(feeds), facts
            self._wake.notify()

    def put_rejections(self, refused: Sequence[Refused]) -> None:
        with self._wake:
            self._waiting.rejections.extend(refused)

    def submit(self, job: Job) -> None:
        """Run a write of somebody else's in a transaction of its own (retention, movements). A failure is logged."""
        with self._wake:
            self._jobs.append(job)
            self._wake.notify()

    def drain(self, patience: float = 60.0) -> bool:
        """Wait until everything handed over is written (never from an event loop); whether it was."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._busy and not self._waiting.ready(), patience)

    def close(self, patience: float = 2.5) -> bool:
        """Write what is waiting and end; whether all of it was written within `patience` seconds."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(patience)
        return not self._thread.is_alive() and not self._waiting.ready()

    # ---- the thread ----

    def _run(self) -> None:
        while True:
            with self._wake:
                room = self._full_since is None or self._clock() >= self._try_room_at
                if not self._closing and not self._waiting.ready(with_checkpoint=room) and not self._idle_work():
                    self._wake.wait(0.5)
                work = self._waiting.take(with_checkpoint=room)
                closing, self._busy = self._closing, bool(work)
                self._checkpoint_in_hand = work.checkpoint is not None
            self._look()
            wrote = self._write(work) if work else True
            with self._wake:
                self._busy = self._checkpoint_in_hand = False
                self._wake.notify_all()
            if closing and not (wrote and self._waiting.ready(with_checkpoint=room)):
                while self._jobs and self._full_since is None:  # what was submitted last is not lost by leaving
                    self._one(self._jobs.popleft())
                return
            if not wrote:
                with self._wake:
                    self._wake.wait_for(lambda: self._closing, 0.25)
            elif not closing:
                self._between()

    def _write(self, work: Work) -> bool:
        """Write one handful; on failure put back what may still be written. Whether it went through."""
        if self._moved or self.belongs_to_another:
            return self._put_back(work)
        try:
            if self._full_since is not None and not self._room_again():
                self._write_bare(work)
            else:
                self._write_all(work)
                self._said("")
                self._full_since = None
        except Exception as error:  # whatever the database says, the thread lives on and says so
            self._said(in_plain_words(error))
            if is_full(error):
                self._full_since = self._full_since or self._clock()
                self._try_room_at = self._clock() + ROOM_TRIED_SECONDS
                if self._reserve is not None:
                    self._reserve.release()
                self._give_up(work)
                return self._write_without_room(work) or self._put_back(work)
            return self._put_back(work)
        return True

    def _room_again(self) -> bool:
        """Whether it is time to try, and the reserve can be kept back once more: without it the disk is full still."""
        if self._clock() < self._try_room_at:
            return False
        if self._reserve is None or self._reserve.take():
            return True
        self._try_room_at = self._clock() + ROOM_TRIED_SECONDS
        return False

    def _write_without_room(self, work: Work) -> bool:
        try:
            self._write_bare(work)
        except Exception as error:
            self._said(in_plain_words(error))
            return False
        return True

    def _put_back(self, work: Work) -> bool:
        with self._wake:
            self.figures.history_lost += self._waiting.put_back(work)
            self.figures.waiting_points = self._waiting.n_points
        return False

    def _write_all(self, work: Work) -> None:
        with self._database.writing(patience=LOCK_PATIENCE_SECONDS) as session:
            seq = self._insert_ticks(session, work)
            if len(work.points):
                bucket = bucket_at(float(work.points["received_at"][0]))
                session.execute(insert(JournalRow).values(bucket=bucket, data=work.points.tobytes()))
            self._write_status(session, work)
        self._counted(seq, work, points=len(work.points))
        work.written()
        if work.checkpoint is not None:
            self._write_checkpoint(work.checkpoint, work.left)
            work.checkpoint = None

    def _write_bare(self, work: Work) -> None:
        """With no room left: new ticks in the place of old ones, nothing else that grows."""
        self._give_up(work)
        with self._database.writing(patience=LOCK_PATIENCE_SECONDS) as session:
            session.execute(delete(TickRow).where(TickRow.seq <= self.figures.seq - TICKS_KEPT_WHEN_FULL))
            seq = self._insert_ticks(session, work)
            self._write_status(session, Work(status=work.status, facts=work.facts))
        self._counted(seq, work, points=0)
        work.written()
        if work.checkpoint is not None:  # waits for room; what changed until then is in it or in the next
            self._put_back(work)

    def _give_up(self, work: Work) -> None:
        """History that there is no room for is counted when it is lost, not when that can be written down."""
        self.figures.history_lost += len(work.points)
        work.points = work.points[:0]

    def _insert_ticks(self, session: Session, work: Work) -> int:
        if not self._run_told:
            upsert(session, MetaRow, [{"name": "run", "value": self.run}])
        # A commit may have gone through though its answer was lost: the same number is the same tick.
        upsert(session, TickRow, [{"seq": tick.seq, "at": tick.at, "data": tick.pack()} for tick in work.ticks])
        for tick in work.ticks:
            upsert(session, ReporterRow, _reporter_rows(tick.reporters))
        return work.ticks[-1].seq if work.ticks else self.figures.seq

    # ---- a file that is deleted or replaced

    def _look(self) -> None:
        """Once a second: whether what we write to is still what the next start will read."""
        file = self._database.file
        if file is None or self._clock() < self._look_at:
            return
        self._look_at = self._clock() + LOOKED_SECONDS
        if file.gone:
            self._moved = "deleted"
        elif file.another or self._database.reopened != self._reopened:
            self._moved = self._moved or "replaced"
        if not self._moved:
            return
        try:
            self._make_anew(self._moved)
        except Exception as error:
            self._said(f"the picture database was {self._moved} and cannot be made anew: {in_plain_words(error)}")

    def _make_anew(self, what: str) -> None:
        """Make or take up the file that is there now; everything is asked for, as it holds nothing of ours."""
        self._database.reopen()
        new = bool(migrate(self._database))
        with self._database.writing(patience=LOCK_PATIENCE_SECONDS) as session:
            if not new and reading.identity(session) not in (0, self.identity):
                self.belongs_to_another = True
                self._said("the picture database was replaced by that of another picture")
                return
            # The picture is the same, whatever it is kept in: officers' merges hold.
            upsert(session, MetaRow, [{"name": "identity", "value": self.identity}])
            session.execute(update(TrackRow).where(TrackRow.left_at.is_(None)).values(left_at=self._clock()))
            newest = _newest_seq(session)
        with self._wake:
            self._number_above = newest
        self._moved, self._reopened = "", self._database.reopened
        self._run_told, self.wants_everything = False, True
        loss = "history before that is lost" if new else "its history is what that file holds"
        self.figures.remark = f"The picture database was {what} while in use and has been made anew: {loss}"
        self.figures.remark_until = self._clock() + REMARK_SECONDS
        self._on_trouble(self.figures.remark)

    def _write_status(self, session: Session, work: Work) -> None:
        upsert(session, FeedStatusRow, [status.row() for status in work.status])
        if work.status:
            facts = self.figures.facts(self._clock()) | work.facts
            upsert(session, MetaRow, [{"name": name, "value": value} for name, value in facts.items()])
        if work.rejections:
            session.execute(insert(RejectionRow), [refused.row() for refused in work.rejections])
            for feed in {refused.feed for refused in work.rejections}:
                kept = select(RejectionRow.id).where(RejectionRow.feed == feed).order_by(RejectionRow.id.desc())
                oldest = session.scalar(kept.offset(self._rejections_kept).limit(1))
                if oldest is not None:
                    session.execute(delete(RejectionRow).where(RejectionRow.feed == feed, RejectionRow.id <= oldest))

    def _write_checkpoint(self, checkpoint: Checkpoint, left: dict[int, float]) -> None:
        for rows in checkpoint_rows(checkpoint):
            with self._database.writing(patience=LOCK_PATIENCE_SECONDS) as session:
                upsert(session, TrackRow, rows)
        gone = [{"gone": track, "gone_at": when} for track, when in left.items()]
        for first in range(0, len(gone), TRACKS_A_TRANSACTION):
            with self._database.writing(patience=LOCK_PATIENCE_SECONDS) as session:
                session.connection().execute(_LEFT, gone[first : first + TRACKS_A_TRANSACTION])
        now = self._clock()
        with self._database.writing(patience=LOCK_PATIENCE_SECONDS) as session:
            upsert(session, ReporterRow, _reporter_rows(checkpoint.reporters))
            upsert(session, MetaRow, [
                {"name": "checkpoint_seq", "value": self.figures.seq},
                {"name": "next_id", "value": checkpoint.next_id},
                {"name": "merged", "value": {str(part): into for part, into in checkpoint.merged.items()}},
            ])  # fmt: skip
            session.execute(
                delete(TickRow).where(TickRow.at < now - TICKS_KEPT_SECONDS, TickRow.seq < self.figures.seq)
            )
        self.figures.checkpoint_at = now

    def _counted(self, seq: int, work: Work, *, points: int) -> None:
        self.figures.seq, self._run_told = seq, True
        self.figures.ticks += len(work.ticks)
        self.figures.points += points
        self.figures.written_at = self._clock()
        self.figures.waiting_points = self._waiting.n_points

    def _idle_work(self) -> bool:
        return self._full_since is None and (bool(self._jobs) or self._fold_due())

    def _fold_due(self) -> bool:
        return self._fold_more or self._clock() - self._folded_at >= self._fold_seconds

    def _between(self) -> None:
        """Between two flushes: one piece of folding, one job."""
        if self._full_since is not None:
            return
        if self._fold_due():
            self._folded_at = self._clock()
            self._fold_more = bool(self._one(fold))
        if self._jobs:
            self._one(self._jobs.popleft())

    def _one(self, job: Job) -> object:
        try:
            with self._database.writing(patience=LOCK_PATIENCE_SECONDS) as session:
                return job(session)
        except Exception as error:
            self.figures.failed_jobs += 1
            self._on_trouble(f"{getattr(job, '__name__', 'a job')} failed: {in_plain_words(error)}")
            return None

    def _said(self, why: str) -> None:
        """Say trouble once when it comes and once when it is over."""
        if why == self.figures.trouble:
            return
        if not self.figures.trouble:
            self.figures.lost_before = self.figures.history_lost
        self.figures.trouble = why
        self.figures.trouble_since = self._clock() if why else None
        self._on_trouble(why or "the picture database takes everything again")


def checkpoint_rows(checkpoint: Checkpoint, at_once: int = TRACKS_A_TRANSACTION) -> Iterator[list[dict[str, Any]]]:
    """The rows of table `track` that a checkpoint comes to, some at a time: all of 100,000 take 400 MB."""
    reports = checkpoint.reports[np.argsort(checkpoint.reports["track"], kind="stable")]
    first = np.searchsorted(reports["track"], checkpoint.states["id"], "left")
    end = np.searchsorted(reports["track"], checkpoint.states["id"], "right")
    numbers = checkpoint.states["id"].tolist()
    for begin in range(0, len(numbers), at_once):
        yield [
            {
                "id": numbers[row],
                "state": checkpoint.states[row : row + 1].tobytes(),
                "reports": reports[first[row] : end[row]].tobytes(),
                "particulars": orjson.dumps(checkpoint.particulars.get(numbers[row], {})),
                "merged_into": checkpoint.merged.get(numbers[row]),
                "left_at": None,
            }
            for row in range(begin, min(begin + at_once, len(numbers)))
        ]


def _reporter_rows(reporters: dict[int, tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"id": number, "feed": feed, "receiver": receiver} for number, (feed, receiver) in reporters.items()]


def _newest_seq(session: Session) -> int:
    """The newest number that this database knows of."""
    return max(reading.newest_tick(session), reading.fact(session, "checkpoint_seq", 0))
