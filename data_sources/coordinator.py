"""One coordinator for each feed: it owns timing, failure, retry, recovery and counts, so that a feed need not.

`run()` connects, and connects again, and puts what arrives in a bounded queue. `collect(now)`, called by the feed
process every 50-100 ms, translates what is queued and gives one batch. `health(now)` says how the feed is. All three
belong to one event loop. A feed that fails in any way never takes another, or the picture, down.
"""

from __future__ import annotations

import asyncio
import math
import random
import secrets
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import structlog

from data_sources.contract import Batch, Chunk, Clock, Feed, FeedUnavailable, Reason, Rejection, Translator
from data_sources.health import FeedHealth
from data_sources.roster import discover, make_feeds
from picture.observations import Observations
from picture.views import FeedState, FeedView

__all__ = ["Backoff", "FeedRunner", "discover", "make_feeds"]

QUEUE_BYTES = 8 * 1024 * 1024  # a feed; when full its source is not read until there is room
QUEUE_CHUNKS = 20_000
COLLECT_BYTES = 1024 * 1024  # translated in one tick, so that a flood cannot hold the loop
JOIN_SECONDS = 0.25  # chunks that came within that long are translated as one
FLUSH_SECONDS = 1.0  # how often a translator is asked to give up what waited too long
FUTURE = 120.0  # seconds that a report may be ahead of its receipt
OLDEST = 48 * 3600.0  # seconds; a live feed that brings older reports is sending a recording

log = structlog.get_logger("feeds")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next try, in seconds: doubling, with jitter so that many do not knock at once."""

    first: float = 0.5
    longest: float = 30.0
    jitter: float = 0.2

    def wait(self, failures: int) -> float:
        plain = min(self.first * 2.0 ** min(max(failures - 1, 0), 30), self.longest)
        return plain * random.SystemRandom().uniform(1 - self.jitter, 1 + self.jitter)


class FeedRunner:
    """Runs one feed."""

    def __init__(self, feed: Feed, clock: Clock, *, backoff: Backoff | None = None) -> None:
        self.feed = feed
        self.name = feed.settings.name
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._health = FeedHealth(feed, clock())
        self._log = log.bind(feed=self.name, kind=feed.kind)
        self._queue: deque[tuple[int, Chunk]] = deque()  # with the number of the connection it came over
        self._queued = 0  # bytes
        self._room = asyncio.Event()
        self._room.set()
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._nudge = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._hung_up = False  # the connection was ended by us
        self._connection = 0
        self._translating = 0  # the connection whose translator is in use
        self._translator: Translator = feed.translator()
        self._failures = 0
        self._flushed_at = -math.inf
        self._gone_at: float | None = None  # said to be gone since

    # ---- fetching

    async def run(self) -> None:
        """Keep the feed connected until cancelled."""
        try:
            while True:
                await self._wanted.wait()
                self._task = asyncio.create_task(self._connect(), name=f"feed {self.name}")
                await asyncio.wait([self._task])
                wait = self._ended(self._task)
                await self._rest(wait)
        finally:
            if self._task is not None:
                self._task.cancel()
                await asyncio.gather(self._task, return_exceptions=True)

    async def _connect(self) -> None:
        self._connection += 1
        self._health.trying(self._clock())
        async with aclosing(cast(Any, self.feed.chunks())) as chunks:
            async for chunk in chunks:
                self._health.connected(self._clock())
                await self._put(chunk)
        raise FeedUnavailable("the source has ended")

    async def _put(self, chunk: Chunk) -> None:
        while self._queue and (self._queued + len(chunk.data) > QUEUE_BYTES or len(self._queue) >= QUEUE_CHUNKS):
            self._room.clear()
            await self._room.wait()
        self._queue.append((self._connection, chunk))
        self._queued += len(chunk.data)

    def _ended(self, task: asyncio.Task[None]) -> float:
        """A connection is over: say why, once, and how many seconds to wait before the next."""
        if self._hung_up:
            self._hung_up = False
            return 0.0
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        wait = None
        if isinstance(error, FeedUnavailable):
            why, wait = str(error), error.retry_after
        else:
            reference = _reference()
            why = f"internal error, reference {reference}"
            self._log.error("feed failed", reference=reference, exc_info=error)
        self._failures += 1
        now = self._clock()
        wait = self._backoff.wait(self._failures) if wait is None else wait
        self._health.disconnected(why, now + wait)
        self._say_gone(why, now)
        return wait

    async def _rest(self, seconds: float) -> None:
        self._nudge.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._nudge.wait()
        except TimeoutError:
            pass

    def pause(self) -> None:
        """Disconnect and stay so until resumed. What was queued is still translated."""
        if self._health.paused:
            return
        self._health.paused = True
        self._wanted.clear()
        if self._task is not None and not self._task.done():
            self._hung_up = True
            self._task.cancel()
        self._nudge.set()
        self._log.info("feed paused")

    def resume(self) -> None:
        """Connect again, at once."""
        if not self._health.paused:
            return
        self._health.restart(self._clock())
        self._failures = 0
        self._wanted.set()
        self._nudge.set()
        self._log.info("feed resumed")

    # ---- translating

    def collect(self, now: float) -> Batch:
        """Translate what is queued (at most COLLECT_BYTES, the rest next time). Never raises."""
        total = Batch()
        parts: list[Observations] = []
        reached = now  # how far into what was received we are; when behind, what is unfinished is not late: we are
        for connection, chunks in self._take():
            reached = min(now, chunks[-1].received_at)
            if connection != self._translating:
                self._join(total, parts, self._flush(math.inf))
                self._translator, self._translating = self.feed.translator(), connection
            for batch in self._translate(chunks):
                self._join(total, parts, batch)
        if not 0 <= now - self._flushed_at < FLUSH_SECONDS:
            self._flushed_at = now
            self._join(total, parts, self._flush(reached))
        total.observations = Observations.join(parts)
        refused = _refuse_impossible_times(total)
        if refused and not len(total.observations):
            total.alive = False  # whoever sends nothing but impossible times is of no use, however lively
        del total.rejections[: -Batch.REJECTIONS_KEPT]
        self._health.add(total, now, useless=refused)
        self._say_state(total, now)
        return total

    @property
    def pending(self) -> int:
        """Bytes that wait to be translated."""
        return self._queued

    def _take(self) -> list[tuple[int, list[Chunk]]]:
        """The next chunks, those that run on put together: by connection and receiver, in order of arrival."""
        groups: dict[tuple[int, str, int], list[Chunk]] = {}
        taken, started = 0, math.nan
        stretch = 0
        while self._queue and taken < COLLECT_BYTES:
            connection, chunk = self._queue.popleft()
            taken += len(chunk.data)
            if not 0 <= chunk.received_at - started <= JOIN_SECONDS or not self.feed.stream:
                started, stretch = chunk.received_at, stretch + 1
            groups.setdefault((connection, chunk.receiver, stretch), []).append(chunk)
        self._queued -= taken
        self._room.set()
        return [(connection, chunks) for (connection, _, _), chunks in groups.items()]

    def _translate(self, chunks: list[Chunk]) -> list[Batch]:
        """One batch for chunks that run on. When that raises, each is tried alone so that only the culprit is lost."""
        first = chunks[0]
        whole = first if len(chunks) == 1 else Chunk(
            b"".join(chunk.data for chunk in chunks), first.received_at, first.receiver
        )  # fmt: skip
        try:
            return [self._translator.translate(whole)]
        except Exception as error:
            self._replace_translator(error)
            if len(chunks) > 1:
                return [batch for chunk in chunks for batch in self._translate([chunk])]
            refused = Batch(lines=1)
            refused.reject(Reason.OTHER, first.data, first.received_at, first.receiver)
            return [refused]

    def _flush(self, now: float) -> Batch:
        try:
            return self._translator.flush(now)
        except Exception as error:
            self._replace_translator(error)
            return Batch()

    def _replace_translator(self, error: Exception) -> None:
        self._translator = self.feed.translator()
        self._log.error("translator failed and was replaced", reference=_reference(), exc_info=error)

    @staticmethod
    def _join(total: Batch, parts: list[Observations], batch: Batch) -> None:
        parts.append(batch.observations)
        total.lines += batch.lines
        total.sentences += batch.sentences
        total.messages += batch.messages
        total.duplicates += batch.duplicates
        total.alive = total.alive or batch.alive
        total.rejected.update(batch.rejected)
        total.rejections += batch.rejections

    # ---- saying how it is

    def health(self, now: float) -> FeedView:
        """How the feed is, for the health strip."""
        return self._health.view(now)

    @property
    def rejections(self) -> list[Rejection]:
        """The last rejections, oldest first."""
        return list(self._health.rejections)

    def _say_state(self, batch: Batch, now: float) -> None:
        """Say once when the feed goes quiet, once when it is back."""
        if batch.alive or len(batch.observations):
            self._failures = 0
            if self._gone_at is not None:
                self._log.info("feed is back", after_seconds=round(max(now - self._gone_at, 0.0), 1))
                self._gone_at = None
        elif self._health.settle(now) in (FeedState.LATE, FeedState.DEAD):
            self._say_gone(self._health.why(now), now)

    def _say_gone(self, why: str, now: float) -> None:
        if self._gone_at is None:
            self._gone_at = now
            self._log.warning("feed is gone", why=why)


def _refuse_impossible_times(batch: Batch) -> int:
    """Take out what was observed after it was received, far too long ago, or at no time at all. Says how many."""
    seen = batch.observations
    if not len(seen):
        return 0
    age = seen.received_at - seen.observed_at
    future = ~(age >= -FUTURE)
    old = age > OLDEST
    for reason, rows in ((Reason.BAD_TIME, future), (Reason.TOO_OLD, old)):
        count = int(np.count_nonzero(rows))
        if not count:
            continue
        for row in np.flatnonzero(rows)[-Batch.REJECTIONS_KEPT :].tolist():
            raw = f"key {int(seen.key[row]):x} observed at {float(seen.observed_at[row]):.0f}"
            receiver = seen.receivers[int(seen.receiver[row])]
            batch.rejections.append(Rejection(reason, raw.encode(), float(seen.received_at[row]), receiver))
        batch.rejected[reason] += count
    out = future | old
    if out.any():
        batch.observations = seen.take(~out)
    return int(np.count_nonzero(out))


def _reference() -> str:
    """Four characters that join what an officer reads with what the log says."""
    return secrets.token_hex(2).upper()
