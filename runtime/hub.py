"""The hub: one poller feeds the mirror and makes one frame per audience; every screen gets the same bytes.

A screen that reads slowly never holds the others up and never piles up memory: its waiting frames are dropped
and it is sent what it lacks in one piece as soon as it reads again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import orjson

from picture import frames
from picture.mirror import Mirror
from picture.views import FeedView
from runtime.tick_source import TickSource

POLL_SECONDS = 0.2
CLOCK_SECONDS = 1.0
NOTICE_SECONDS = 0.25  # at most one notice of a topic in this time
SLOW_QUESTIONS_SECONDS = 1.0  # feeds and topics are asked for this often
WAITING_FRAMES = 3  # a screen that has more than these unsent skips to the newest

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Screen:
    """One attached screen: what waits to be sent to it. Only its own sender takes from here."""

    audience: str = "all"
    seq: int = 0  # it was sent everything up to here
    attached: bool = False  # said hello
    asked: int = 0  # how often it said from where it wants to go on
    behind: bool = False  # send in one piece what it lacks after `seq`
    waiting: deque[tuple[int, bytes]] = field(default_factory=deque)  # seq_to, frame
    texts: dict[str, str] = field(default_factory=dict)  # newest per subject
    feeds_told: object = None  # the feeds as it was last told them in full
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def follows(self) -> bool:
        """It takes the frames that all take, not one packed for itself."""
        return self.attached and not self.behind

    @property
    def end(self) -> int:
        """Where it stands when it has been sent all that waits."""
        return self.waiting[-1][0] if self.waiting else self.seq

    def begin(self, since: int) -> None:
        """It has everything up to `since` (0: nothing) and wants to follow."""
        self.attached = self.behind = True
        self.seq = since
        self.asked += 1
        self.waiting.clear()
        self.wake.set()

    def offer(self, seq_to: int, frame: bytes) -> bool:
        """Queue a frame. False: too many wait already, all are dropped and it gets one in their place."""
        self.wake.set()
        if len(self.waiting) >= WAITING_FRAMES:
            self.waiting.clear()
            self.behind = True
            return False
        self.waiting.append((seq_to, frame))
        return True

    def say(self, subject: str, text: str) -> None:
        self.texts[subject] = text
        self.wake.set()


@dataclass(slots=True)
class Figures:
    """What the hub did, for /metrics and the System page."""

    frames: int = 0
    frame_bytes: int = 0  # last frame
    sent_bytes: int = 0
    sent_messages: int = 0
    polls: int = 0
    failed_polls: int = 0
    poll_seconds: float = 0.0  # last poll
    skipped: int = 0
    attached_total: int = 0


class Hub:
    """Polls a source, keeps the mirror, hands frames, clock and notices to screens.

    Runs on one event loop; only the questions to the source and the packing happen in a thread. `now` gives
    epoch seconds.
    """

    def __init__(
        self,
        source: TickSource,
        mirror: Mirror,
        *,
        now: Callable[[], float],
        frame_seconds: float = 1.0,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._source = source
        self.mirror = mirror
        self._now = now
        self._frame_seconds = frame_seconds
        self._poll_seconds = poll_seconds
        self.screens: set[Screen] = set()
        self.figures = Figures()
        self.feeds: list[FeedView] = []
        self.why_away = ""  # plain words while the source does not answer
        self.started = False  # the first poll has been answered
        self._loaded = False
        self._topics: dict[str, int] = {}
        self._feeds_told: list[dict[str, object]] = []  # without the times that change each second
        self._picture = 0
        self._feed_states: dict[str, tuple[str, str]] | None = None
        self._notices_out: dict[str, int] = {}
        self._due: set[str] = set()
        self._next_questions = 0.0
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Poll until `close`. Nothing that goes wrong ends it."""
        tasks = [asyncio.create_task(self._each(seconds, act)) for seconds, act in (
            (self._poll_seconds, self._poll), (self._frame_seconds, self._frame),
            (CLOCK_SECONDS, self._clock), (NOTICE_SECONDS, self._notices),
        )]  # fmt: skip
        try:
            await self._stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End `run` and let every sender go."""
        self._stop.set()
        for screen in self.screens:
            screen.wake.set()

    @property
    def trouble(self) -> str:
        """What an officer should know though the picture is live; empty when there is nothing."""
        return self._source.trouble()

    @property
    def closed(self) -> bool:
        return self._stop.is_set()

    async def _each(self, seconds: float, act: Callable[[], object]) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            try:
                await act()  # type: ignore[misc]
            except Exception:
                log.exception("hub: %s failed", act.__name__)
            due = max(due + seconds, loop.time())
            await asyncio.sleep(due - loop.time())

    # --- the picture -------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        began = asyncio.get_running_loop().time()
        self.figures.polls += 1
        try:
            topics = await asyncio.to_thread(self._ask, began)
        except Exception as why:
            self.figures.failed_polls += 1
            if not self.why_away:
                log.warning("the picture database does not answer: %s", why)
            self.why_away = "The picture database does not answer"
        else:
            self._begin_again_with_another()
            if self.why_away:
                log.info("the picture database answers again")
            self.why_away, self.started = "", True
            if topics is not None:
                self._compare(topics)
        self.figures.poll_seconds = asyncio.get_running_loop().time() - began

    def _ask(self, began: float) -> dict[str, int] | None:
        """In a thread: bring the mirror up to the newest tick; now and then also feeds, and return topics."""
        source, mirror = self._source, self.mirror
        whose = identity, run = source.identity(), source.run()
        if not self._loaded or whose != (mirror.identity, mirror.run) or self._out_of_reach():
            seq, checkpoint = source.checkpoint()
            mirror.load(seq, checkpoint, identity, run)
            self._loaded = True
        while entries := source.ticks_since(mirror.seq):
            for seq, tick in entries:
                mirror.apply(seq, tick)
        if began < self._next_questions:
            return None
        self._next_questions = began + SLOW_QUESTIONS_SECONDS
        self.feeds = source.feeds()
        return dict(source.topics())

    def _begin_again_with_another(self) -> None:
        """The database is another one, or the feed process began anew: numbers that screens have mean nothing now."""
        if self._picture == self.mirror.picture:
            return
        self._picture = self.mirror.picture
        for screen in self.screens:
            if screen.attached:
                screen.begin(0)

    def _out_of_reach(self) -> bool:
        """The ticks we lack are gone, or the database is another one than before."""
        (oldest, newest), seq = self._source.span(), self.mirror.seq
        if oldest > seq + 1:
            return True
        return 0 < newest < seq

    async def _frame(self) -> None:
        """One frame for all screens that stand at the same place, which is nearly always all of them."""
        places: dict[int, list[Screen]] = {}
        for screen in self.screens:
            if screen.follows and screen.end != self.mirror.seq:
                places.setdefault(screen.end, []).append(screen)
        if not places:
            return
        packed = await asyncio.to_thread(self._pack_all, list(places))
        for place, (frame, seq_to, empty) in packed.items():
            if empty:
                continue
            self.figures.frames += 1
            self.figures.frame_bytes = len(frame)
            for screen in places[place]:
                if screen.follows and screen.end == place:
                    self.figures.skipped += not screen.offer(seq_to, frame)

    def _pack_all(self, places: list[int]) -> dict[int, tuple[bytes, int, bool]]:
        """In a thread: a frame from each place, all to the same newest seq."""
        with self.mirror.still():
            return {place: self._pack(place) for place in places}

    def _pack(self, since: int) -> tuple[bytes, int, bool]:
        """The frame of what changed after `since` (everything when that can't be told), its seq_to, if empty."""
        with self.mirror.still():
            change = self.mirror.changed_since(since)
            picture, picture_at = self.mirror.picture, self.mirror.picture_at
        frame = frames.encode(
            change.states,
            seq_from=change.seq_from,
            seq_to=change.seq_to,
            server_time=self._now(),
            picture_at=picture_at,
            picture=picture,
            removed=change.removed,
            labels=change.labels,
        )
        empty = not change.full and not len(change.states) and not change.removed and not change.labels
        return frame, change.seq_to, empty

    def since(self, since: int, picture: int) -> int:
        """From where one goes on that has `picture` up to `since`: from nothing when it is another than ours."""
        return since if picture == self.mirror.picture else 0

    def frame_since(self, since: int) -> bytes:
        """For the polling fallback: blocking, a few milliseconds; call it in a thread."""
        return self._pack(since)[0]

    # --- screens -----------------------------------------------------------------------------------------

    def attach(self, audience: str = "all") -> Screen:
        screen = Screen(audience=audience)
        self.screens.add(screen)
        self.figures.attached_total += 1
        self._say_clock([screen])
        return screen

    def detach(self, screen: Screen) -> None:
        self.screens.discard(screen)

    async def next_frame(self, screen: Screen) -> bytes | None:
        """What a screen is to be sent now, None when it has everything. Called by its own sender only."""
        if not screen.behind:
            if not screen.waiting:
                return None
            screen.seq, frame = screen.waiting.popleft()
            return frame
        while True:
            asked, since = screen.asked, screen.seq
            screen.waiting.clear()
            frame, seq_to, empty = await asyncio.to_thread(self._pack, since)
            if screen.asked == asked:  # else it asked for everything meanwhile
                break
        screen.seq, screen.behind = seq_to, False
        return None if empty else frame

    async def _clock(self) -> None:
        self._say_clock(self.screens)

    def _say_clock(self, screens: Iterable[Screen]) -> None:
        """Server time, age of the picture and of each feed; the feeds in full to whom has them otherwise."""
        told = [_feed(feed) for feed in self.feeds]
        if told != self._feeds_told:
            self._feeds_told = told
        last = [_last(feed) for feed in self.feeds]
        short = self._clock_text(last=last)
        in_full = self._clock_text(feeds=[{**feed, "last": at} for feed, at in zip(told, last, strict=True)])
        for screen in screens:
            knows = screen.feeds_told is self._feeds_told and "clock" not in screen.texts  # it may be in an unsent one
            screen.feeds_told = self._feeds_told
            screen.say("clock", short if knows else in_full)

    def _clock_text(self, **feeds: object) -> str:
        message: dict[str, object] = {
            "t": "clock",
            "now": round(self._now(), 3),
            "picture_at": round(self.mirror.picture_at, 3),
            "seq": self.mirror.seq,
            **feeds,
        }
        if why := self.why_away or self.trouble:
            message["why"] = why
        return orjson.dumps(message).decode()

    # --- notices -----------------------------------------------------------------------------------------

    def notify(self, topic: str) -> None:
        """Something of this topic changed in this process: screens hear of it within NOTICE_SECONDS."""
        number = self._notices_out.get(topic, 0) + 1
        self._notices_out[topic] = number
        self._due.add(topic)

    def _compare(self, topics: dict[str, int]) -> None:
        for topic, number in topics.items():
            if self._topics.get(topic, number) != number:
                self.notify(topic)
        self._topics = topics
        states = {feed.name: (str(feed.state), feed.why) for feed in self.feeds}
        if self._feed_states is not None and states != self._feed_states:
            self.notify("feeds")
        self._feed_states = states

    async def _notices(self) -> None:
        due, self._due = self._due, set()
        for topic in due:
            text = orjson.dumps({"t": "notice", "topic": topic, "seq": self._notices_out[topic]}).decode()
            for screen in self.screens:
                screen.say(f"notice {topic}", text)


def _feed(feed: FeedView) -> dict[str, object]:
    return {
        "name": feed.name,
        "family": feed.family,
        "state": str(feed.state),
        "heard": feed.receivers_heard,
        "expected": feed.receivers_expected,
        "why": feed.why,
    }


def _last(feed: FeedView) -> float | None:
    """When it last said something, epoch seconds; screens count in whole seconds."""
    return round(feed.last_data_at.timestamp(), 1) if feed.last_data_at else None
