"""What waits to be written: bounded, in order, and joined when there is much of it.

Not safe by itself for two threads: the journal holds its lock around every call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picture.changes import Checkpoint, Tick
from picture.state import POINT
from picture.views import FeedView

POINTS_WAITING = 500_000  # 28 MB of kept points; beyond it the oldest are given up and counted
TICKS_WAITING = 240  # a minute of flushes; beyond it they are joined into one
TICKS_AT_ONCE = 8  # a writer that is this far behind writes them joined
REJECTIONS_WAITING = 2_000


@dataclass(slots=True)
class FeedStatus:
    """How one feed is doing, as it is written for the web processes."""

    position: int
    view: FeedView
    updated_at: float

    def content(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        content = {name: getattr(self.view, name) for name in FeedView.__dataclass_fields__}
        for name in ("since", "last_data_at"):
            content[name] = None if content[name] is None else content[name].timestamp()
        return content

    def row(self) -> dict[str, Any]:
        return {
            "name": self.view.name,
            "position": self.position,
            "updated_at": datetime.fromtimestamp(self.updated_at, UTC),
            "content": self.content(),
        }


@dataclass(slots=True)
class Refused:
    """One rejection of one feed, as it is written down to be read."""

    feed: str
    receiver: str
    reason: str
    raw: bytes
    received_at: float

    def row(self) -> dict[str, Any]:
        return {
            "feed": self.feed,
            "receiver": self.receiver,
            "reason": self.reason,
            "raw": self.raw,
            "received_at": datetime.fromtimestamp(self.received_at, UTC),
        }


@dataclass(slots=True)
class Work:
    """One handful for the writer."""

    ticks: list[Tick] = field(default_factory=list)
    points: NDArray[np.void] = field(default_factory=lambda: np.empty(0, POINT))
    checkpoint: Checkpoint | None = None
    left: dict[int, float] = field(default_factory=dict)
    status: list[FeedStatus] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    rejections: list[Refused] = field(default_factory=list)

    def written(self) -> None:
        """All but the checkpoint is in the database."""
        self.ticks, self.points, self.status, self.rejections = [], np.empty(0, POINT), [], []

    def __bool__(self) -> bool:
        return bool(self.ticks or len(self.points) or self.checkpoint is not None or self.status or self.rejections)


class Waiting:
    """Flushes, at most one checkpoint, the newest status and the last rejections that wait for the writer."""

    def __init__(self, *, points_limit: int = POINTS_WAITING) -> None:
        self.points_limit = points_limit
        self.before: list[Tick] = []  # ticks that the checkpoint already contains
        self.ticks: list[Tick] = []
        self.points: deque[NDArray[np.void]] = deque()
        self.n_points = 0
        self.checkpoint: Checkpoint | None = None
        self.left: dict[int, float] = {}
        self.status: list[FeedStatus] = []
        self.facts: dict[str, Any] = {}
        self.rejections: deque[Refused] = deque(maxlen=REJECTIONS_WAITING)

    def ready(self, *, with_checkpoint: bool = True) -> bool:
        return bool(
            self.ticks or self.before or self.points or self.status or (with_checkpoint and self.checkpoint is not None)
        )

    def add(self, tick: Tick, points: NDArray[np.void]) -> int:
        """One flush more; how many kept points had to be given up for it."""
        self.ticks.append(tick)
        if len(self.ticks) > TICKS_WAITING:
            self.ticks = [joined(self.ticks)]
        if len(points):
            self.points.append(points)
            self.n_points += len(points)
        return self._within_limit()

    def add_checkpoint(self, checkpoint: Checkpoint, left: dict[int, float]) -> None:
        self.before, self.ticks = self.before + self.ticks, []
        self.checkpoint, self.left = checkpoint, left

    def take(self, *, with_checkpoint: bool = True) -> Work:
        """The next handful, in order: never a tick together with a checkpoint that does not contain it."""
        takes_checkpoint = with_checkpoint and self.checkpoint is not None
        if takes_checkpoint or self.before:
            ticks, self.before = self.before, []
        else:
            ticks, self.ticks = self.ticks, []
        work = Work(
            ticks=[joined(ticks)] if len(ticks) > TICKS_AT_ONCE else ticks,
            points=np.concatenate(self.points) if self.points else np.empty(0, POINT),
            status=self.status,
            facts=self.facts,
            rejections=list(self.rejections),
        )
        if takes_checkpoint:
            work.checkpoint, work.left, self.checkpoint, self.left = self.checkpoint, self.left, None, {}
        self.points.clear()
        self.rejections.clear()
        self.n_points, self.status = 0, []
        return work

    def put_back(self, work: Work) -> int:
        """What could not be written waits again, in front; how many kept points had to be given up for it."""
        if work.checkpoint is not None and self.checkpoint is None:
            self.checkpoint, self.left = work.checkpoint, work.left
            self.before = work.ticks
        else:
            self.ticks = work.ticks + self.ticks
        if len(work.points):
            self.points.appendleft(work.points)
            self.n_points += len(work.points)
        self.status = self.status or work.status
        return self._within_limit()

    def _within_limit(self) -> int:
        lost = 0
        while self.n_points > self.points_limit and self.points:
            oldest = self.points.popleft()
            surplus = min(len(oldest), self.n_points - self.points_limit)
            if surplus < len(oldest):
                self.points.appendleft(oldest[surplus:])
            self.n_points -= surplus
            lost += surplus
        return lost


def joined(ticks: Sequence[Tick]) -> Tick:
    """One tick that changes what all of them change, one after the other; it has the newest number."""
    removed: dict[int, None] = {}
    whole = Tick(at=ticks[-1].at, seq=ticks[-1].seq, after=ticks[0].after)
    for tick in ticks:
        for number in tick.states["id"].tolist():
            removed.pop(number, None)
        for number in tick.removed:
            removed[number] = None
            whole.particulars.pop(number, None)
        whole.particulars.update(tick.particulars)
        whole.merged.update(tick.merged)
        whole.reporters.update(tick.reporters)
    whole.removed = list(removed)
    gone = np.fromiter(removed, np.uint32, len(removed))
    whole.states = _newest(np.concatenate([tick.states for tick in ticks]), ["id"], "id", gone)
    whole.reports = _newest(np.concatenate([tick.reports for tick in ticks]), ["track", "reporter"], "track", gone)
    return whole


def _newest(rows: NDArray[np.void], key: list[str], track: str, gone: NDArray[np.uint32]) -> NDArray[np.void]:
    """The last row of each key, rows of tracks that left the picture dropped."""
    rows = rows[~np.isin(rows[track], gone)][::-1]
    _, first = np.unique(rows[key], return_index=True)
    return rows[np.sort(first)][::-1]
