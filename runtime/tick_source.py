"""Where a web process gets the picture from: the picture database, or memory in tests and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from picture.changes import Tick
from picture.views import FeedView

if TYPE_CHECKING:
    from picture.changes import Checkpoint

TOPICS = ("feeds", "movements", "zones", "system")


class TickSource(Protocol):
    """What the hub asks for, from a thread. Every call may raise: the hub then says so and asks again."""

    def ticks_since(self, seq: int) -> list[tuple[int, Tick]]: ...

    def identity(self) -> int:
        """Which picture it is; another number means that sequence numbers of before mean nothing."""
        ...

    def run(self) -> int:
        """Which run of the feed process gives the numbers; another one may give some of them a second time."""
        ...

    def span(self) -> tuple[int, int]:
        """Sequence numbers of the oldest tick that is still kept and of the newest; 0, 0 when there is none."""
        ...

    def checkpoint(self) -> tuple[int, Checkpoint]: ...

    def feeds(self) -> list[FeedView]: ...

    def topics(self) -> Mapping[str, int]:
        """A number per topic that changes when that topic does: what screens are told to ask again for."""
        ...

    def trouble(self) -> str:
        """What an officer should know though the picture is live, in plain words; asked often, never raises."""
        ...


class MemorySource:
    """Ticks in memory: the hub's tests and the display benchmark drive it directly."""

    def __init__(self) -> None:
        self.ticks: list[tuple[int, Tick]] = []
        self.feed_views: list[FeedView] = []
        self.topic_numbers: dict[str, int] = dict.fromkeys(TOPICS, 0)
        self.saved: tuple[int, Checkpoint] | None = None
        self.number = 1
        self.trouble_words = ""
        self.away: Exception | None = None  # set: every question fails with it

    def put(self, tick: Tick) -> int:
        """Append a tick; returns its sequence number."""
        seq = self.ticks[-1][0] + 1 if self.ticks else 1
        self.ticks.append((seq, tick))
        return seq

    def ticks_since(self, seq: int) -> list[tuple[int, Tick]]:
        self._answer()
        return [entry for entry in self.ticks if entry[0] > seq]

    def identity(self) -> int:
        self._answer()
        return self.number

    def run(self) -> int:
        return 0

    def trouble(self) -> str:
        return self.trouble_words

    def span(self) -> tuple[int, int]:
        self._answer()
        return (self.ticks[0][0], self.ticks[-1][0]) if self.ticks else (0, 0)

    def checkpoint(self) -> tuple[int, Checkpoint]:
        self._answer()
        from picture.changes import Checkpoint

        return self.saved or (0, Checkpoint())

    def feeds(self) -> list[FeedView]:
        self._answer()
        return list(self.feed_views)

    def topics(self) -> Mapping[str, int]:
        self._answer()
        return dict(self.topic_numbers)

    def _answer(self) -> None:
        if self.away is not None:
            raise self.away
