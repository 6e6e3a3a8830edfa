"""The hub's source beside a feed process: the direct line, and the database for what the line does not have."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog

from picture import reading
from picture.changes import Tick
from picture.views import FeedView
from runtime.line_reader import LineReader
from runtime.tick_source import TickSource

if TYPE_CHECKING:
    from picture.changes import Checkpoint

UNREADABLE = "The picture database cannot be read: the picture is live, its history cannot be shown"

log = structlog.get_logger("line")


class LineSource:
    """Prefers the line. Without one everything is asked of `stored`, as on a machine that has no feed process.

    A mirror that lacks ticks gets them from the database; where that does not have them (yet) the feed process sends
    them again, or the whole picture.
    """

    def __init__(self, line: LineReader, stored: TickSource, now: Callable[[], float]) -> None:
        self._line, self._stored, self._now = line, stored, now
        self._unreadable = False

    def identity(self) -> int:
        heard = self._line.heard
        return heard.identity if heard is not None else self._stored.identity()

    def run(self) -> int:
        heard = self._line.heard
        return heard.run if heard is not None else self._stored.run()

    def ticks_since(self, seq: int) -> list[tuple[int, Tick]]:
        heard = self._line.heard
        if heard is None:
            return self._stored.ticks_since(seq)
        if found := self._line.after(seq):
            return [(tick.seq, tick) for tick in found]
        if heard.newest <= seq or heard.picture is not None:
            return []
        with contextlib.suppress(Exception):  # then the feed process is asked
            if 0 < self._stored.span()[0] <= seq + 1 and (entries := self._stored.ticks_since(seq)):
                return entries
        self._line.ask(seq)
        return []

    def span(self) -> tuple[int, int]:
        """With a line nothing is out of reach, unless the feed process sent the whole picture: that is to be taken."""
        heard = self._line.heard
        if heard is None:
            return self._stored.span()
        return (0 if heard.picture is None else heard.newest + 2), heard.newest

    def checkpoint(self) -> tuple[int, Checkpoint]:
        """From the feed process when it sent one, else from the database; when that fails the former is asked."""
        heard = self._line.heard
        if heard is not None and heard.picture is not None:
            whole, heard.picture = heard.picture, None
            return whole
        try:
            return self._stored.checkpoint()
        except Exception:
            self._line.ask(0)
            raise

    def feeds(self) -> list[FeedView]:
        """As the feed process says them each second; without it as it last wrote them."""
        status = self.status()
        if not status:
            return self._stored.feeds()
        said_at = datetime.fromtimestamp(status["said_at"], UTC)
        return [reading.feed_view(content, said_at, self._now()) for content in status["feeds"]]

    def topics(self) -> Mapping[str, int]:
        """Asked of the databases; while they can't be read and the picture is live all the same, none has changed."""
        try:
            topics = self._stored.topics()
        except Exception as error:
            if self._line.heard is None:
                raise
            if not self._unreadable:
                log.warning("the databases cannot be read", why=str(error))
            self._unreadable = True
            return {}
        self._unreadable = False
        return topics

    def status(self) -> dict[str, Any]:
        """What the feed process last said of itself on the line; empty when there is no line."""
        heard = self._line.heard
        return heard.status if heard is not None else {}

    def trouble(self) -> str:
        if self._line.heard is None:
            return self._stored.trouble()
        said = str(self.status().get("trouble_words", ""))
        return said or (UNREADABLE if self._unreadable else "")
