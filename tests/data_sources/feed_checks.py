"""What every feed must survive, whatever it speaks: the checks of test_every_feed, each one a plain function.

Each runs the feed through its coordinator against a door (see `doors`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from structlog.testing import capture_logs

from data_sources.contract import Reason
from data_sources.coordinator import Backoff, FeedRunner, make_feeds
from picture.observations import ReportFlag
from picture.views import FeedState
from tests.data_sources.doors import Door, until

HOUR = 3600.0


class Watch:
    """A feed that runs, a clock that can be turned, and everything that came through."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.turned = 0.0  # seconds by which the clock of this machine is set forward
        self.came: list[tuple[int, float]] = []  # key, observed_at; repeats left out
        self.batches = 0
        (feed,) = make_feeds([door.settings()], self.now)
        self.runner = FeedRunner(feed, self.now, backoff=Backoff(first=0.02, longest=0.1))

    def now(self) -> float:
        return time.time() + self.turned

    def tick(self) -> None:
        batch = self.runner.collect(self.now())
        seen = batch.observations
        self.batches += 1
        new = (seen.flags & ReportFlag.DUPLICATE) == 0
        self.came += zip(seen.key[new].tolist(), seen.observed_at[new].tolist(), strict=True)

    async def sees(self, condition: Callable[[], bool], what: str) -> None:
        def ticked() -> bool:
            self.tick()
            return condition()

        await until(ticked, f"{what}; now: {self.view()}")

    def view(self) -> Any:
        return self.runner.health(self.now())

    @property
    def state(self) -> FeedState:
        return self.view().state

    @property
    def craft(self) -> int:
        """How many came through so far."""
        return len({key for key, _ in self.came})

    def rejected(self, reason: Reason) -> int:
        return int(self.view().rejected.get(reason, 0))

    async def good(self, number: int) -> None:
        """A good report of craft `number` comes through, and the feed is live."""
        before = self.craft
        await self.door.send(self.door.report(number, self.now()))
        await self.sees(lambda: self.craft > before, f"good report {number} comes through")
        assert self.state is FeedState.LIVE, self.view()
        assert self.view().why == "", self.view()


@asynccontextmanager
async def watching(door: Door) -> AsyncIterator[Watch]:
    await door.open()
    watch = Watch(door)
    task = asyncio.create_task(watch.runner.run())
    try:
        yield watch
        assert not task.done(), "the feed gave up"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await door.close()


async def good_data(door: Door) -> None:
    async with watching(door) as watch:
        assert watch.state is FeedState.STARTING
        for number in range(5):
            await watch.good(number)
        view = watch.view()
        assert view.receivers_heard >= 1
        assert view.messages >= 5 and view.lines >= 5 and view.observations >= 5
        assert view.rejected == {}
        assert watch.craft == 5
        assert view.last_data_at is not None and view.per_second > 0


async def bad_bytes(door: Door) -> None:
    async with watching(door) as watch:
        await watch.good(1)
        for bad in door.nasty():
            await door.send(bad)
            watch.tick()
        await watch.sees(lambda: sum(watch.view().rejected.values()) > 0, "bad bytes are counted")
        await door.send(door.report(2, watch.now()))
        await watch.sees(lambda: watch.craft >= 2, "a good report after bad bytes")
        assert watch.rejected(Reason.OTHER) == 0, watch.runner.rejections
        assert watch.runner.rejections, "the last ones can be read"
        assert all(len(rejection.raw) <= 400 for rejection in watch.runner.rejections)


async def old_data(door: Door) -> None:
    async with watching(door) as watch:
        await watch.good(1)
        before = len(watch.came)
        await door.send(door.report(2, watch.now() - 72 * HOUR))
        await door.send(door.report(3, watch.now()))
        await watch.sees(lambda: len(watch.came) > before, "a fresh report after an old one")
        assert all(at > watch.now() - HOUR for _, at in watch.came), "a report of three days ago was taken for news"
        assert watch.rejected(Reason.TOO_OLD) + watch.rejected(Reason.BAD_TIME) == 1, watch.view()


async def duplicates(door: Door) -> None:
    async with watching(door) as watch:
        await watch.good(1)
        at = watch.now()
        for _ in range(3):
            await door.send(door.report(2, at))
        await watch.sees(lambda: watch.craft == 2, "a repeated report comes through once")
        await watch.good(3)
        distinct = {(key, round(observed_at, 1)) for key, observed_at in watch.came}
        assert len(distinct) == 3, f"a repeated report became a new one: {sorted(distinct)}"


async def clock_jumps(door: Door) -> None:
    """The source's clock runs ahead; then ours is set back an hour, then forward two."""
    async with watching(door) as watch:
        await watch.good(1)
        await door.send(door.report(2, watch.now() + 2 * HOUR))
        await watch.sees(lambda: watch.rejected(Reason.BAD_TIME) == 1, "a report from the future is refused")
        assert all(at < watch.now() + 120 for _, at in watch.came)
        for number, turn in ((3, -HOUR), (4, 2 * HOUR)):
            watch.turned += turn
            watch.tick()
            await watch.good(number)


async def outage_and_recovery(door: Door) -> None:
    settings = door.settings()
    late, dead = settings.get("late_after", 30.0), settings.get("dead_after", 120.0)
    with capture_logs() as logs:
        async with watching(door) as watch:
            await watch.good(1)
            await door.close()
            if door.knows_outage:
                await watch.sees(lambda: watch.view().why != "", "the outage is told in words")
            watch.turned += late + 1
            watch.tick()
            assert watch.state is FeedState.LATE, watch.view()
            watch.turned += dead - late
            watch.tick()
            assert watch.state is FeedState.DEAD, watch.view()
            assert watch.view().why
            await door.open()
            await watch.good(2)
    said = [entry["event"] for entry in logs if entry["event"].startswith("feed is")]
    assert said == ["feed is gone", "feed is back"], f"said once each: {logs}"


async def pause_and_resume(door: Door) -> None:
    async with watching(door) as watch:
        await watch.good(1)
        watch.runner.pause()
        watch.tick()
        assert watch.state is FeedState.PAUSED
        watch.turned += HOUR
        watch.tick()
        assert watch.state is FeedState.PAUSED, "a paused feed is not late"
        await door.left()
        watch.runner.resume()
        assert watch.state is FeedState.STARTING
        await watch.good(2)


CHECKS: dict[str, Callable[[Door], Coroutine[Any, Any, None]]] = {
    check.__name__: check
    for check in (good_data, bad_bytes, old_data, duplicates, clock_jumps, outage_and_recovery, pause_and_resume)
}
