"""The desk: where callbacks and API handlers do their blocking work. One bounded pool, short transactions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from access.permissions import LOCAL_OFFICER, Actor
from picture.mirror import Mirror
from picture.places import Places
from picture.sight import Sight
from runtime.logging import refer
from storage.engines import Database

T = TypeVar("T")

WORKERS = 8  # more threads than this only queue at the database


class Desk:
    """Holds thread, session, actor and time for every look and act of this process."""

    def __init__(
        self,
        mirror: Mirror,
        traffic: Database,
        record: Database,
        places: Places,
        clock: Callable[[], float],
        *,
        timezone: str,
        actor: Actor = LOCAL_OFFICER,
    ) -> None:
        self.mirror = mirror
        self.traffic = traffic
        self.record = record
        self.places = places
        self.clock = clock
        self.timezone = timezone
        self.actor = actor
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="desk")

    def sight(self) -> Sight:
        """What this actor sees now."""
        return Sight(
            mirror=self.mirror,
            traffic=self.traffic.reading,
            record=self.record.reading,
            places=self.places,
            actor=self.actor,
            now=self.now(),
            timezone=self.timezone,
        )

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    async def look(self, question: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Answer `question(sight, *args, **kwargs)` in a worker thread."""
        return await self._run(partial(question, self.sight(), *args, **kwargs))

    async def act(self, function: Callable[..., T], command: Any, /) -> T:
        """Run `function(session, command, actor=, now=)` as one transaction: change, version and audit row, or nothing."""

        def transaction() -> T:
            with self.record.writing() as session:
                return function(session, command, actor=self.actor, now=self.now())

        return await self._run(transaction)

    def report(self, error: BaseException, where: str) -> str:
        """Log what went wrong with its detail; returns the reference that an officer can quote."""
        return refer(error, where=where)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
