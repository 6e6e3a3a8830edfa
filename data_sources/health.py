"""How one feed is doing: counts, rate, receivers heard, state, and the plain words for why."""

from __future__ import annotations

import math
from collections import Counter, deque
from datetime import UTC, datetime

import numpy as np

from data_sources.contract import Batch, Feed, Reason, Rejection
from picture.views import FeedState, FeedView

RATE_SECONDS = 10  # the rate shown is the mean over that long
RECEIVER_SECONDS = 600.0  # a receiver not heard for that long is missing
RECEIVERS_HELD = 5_000  # names come from the line: a hostile one must not fill the memory
TRYING_SECONDS = 15.0  # a try that has not failed by then has succeeded: feeds give up connecting after 5 s
REFUSED_TOLD = 60.0  # seconds that the last refusal is given for the reason of a silence
AGE_TOLD = 300.0  # reports that arrive older than that are worth a word: a clock or a time zone is set wrongly


class FeedHealth:
    """Adds up batches and says how the feed is. Pure: time is handed in, nothing is awaited."""

    def __init__(self, feed: Feed, now: float) -> None:
        self._feed = feed
        self._started = now
        self._last_data: float | None = None
        self._back_at = -math.inf  # when something came again after the last outage that had ended real data
        self._state = FeedState.STARTING
        self._since = now
        self._seen = now  # newest time handed in
        self._heard: dict[str, float] = {}
        self._rate: deque[tuple[int, int]] = deque(maxlen=RATE_SECONDS + 1)  # whole second, observations
        self._lag = 0.0  # seconds by which the newest report was older than its arrival
        self.paused = False
        self._outage = ""  # why there is no connection, "" while there is one
        self._next_try: float | None = None
        self._trying_since = now
        self.rejected: Counter[Reason] = Counter()
        self.rejections: deque[Rejection] = deque(maxlen=Batch.REJECTIONS_KEPT)
        self.lines = self.sentences = self.messages = self.duplicates = self.observations = 0

    def add(self, batch: Batch, now: float, *, useless: int = 0) -> None:
        """Count what a tick came to. Only what is new counts as data: a stale file served for ever is silence.

        `useless` is how many of its messages had a time that cannot be.
        """
        self._mind_the_clock(now)
        self.lines += batch.lines
        self.sentences += batch.sentences
        self.messages += batch.messages
        self.duplicates += batch.duplicates
        self.observations += len(batch.observations)
        self.rejected.update(batch.rejected)
        self.rejections.extend(batch.rejections)
        if len(batch.observations):
            self._note_receivers(batch, now)
            self._count_rate(len(batch.observations), now)
        if batch.alive or len(batch.observations) or batch.messages - batch.duplicates > useless:
            self._last_data = now

    def trying(self, now: float) -> None:
        """A try to connect begins."""
        self._trying_since, self._next_try = now, None

    def connected(self, now: float) -> None:
        """Something came. The first after an outage is no silence, even before any of it has been translated.

        That counts once until there is real data again: a source that sends rubbish and hangs up stays dead.
        """
        had_data = self._last_data is not None and self._last_data > self._back_at
        if self._outage and (had_data or self._back_at == -math.inf):
            self._back_at = now
        self._outage, self._next_try = "", None

    def disconnected(self, why: str, next_try: float) -> None:
        """There is no connection, and when the next try is."""
        self._outage, self._next_try = why, next_try

    def settle(self, now: float) -> FeedState:
        """The state at `now`."""
        self._mind_the_clock(now)
        state = self._judge(now)
        if state is not self._state:
            self._state, self._since = state, now
        return state

    def restart(self, now: float) -> None:
        """Resumed after a pause: silence counts from here."""
        self.paused = False
        self._outage, self._next_try = "", None
        self._started, self._last_data, self._back_at = now, None, -math.inf

    def view(self, now: float) -> FeedView:
        """What the health strip and the System page show."""
        state = self.settle(now)
        rejected = {str(reason): count for reason, count in sorted(self.rejected.items())}
        if self._feed.overrun:
            rejected[Reason.OVERRUN] = self._feed.overrun
        settings = self._feed.settings
        return FeedView(
            name=settings.name,
            kind=self._feed.kind,
            family=self._feed.family,
            state=state,
            since=_moment(self._since),
            last_data_at=None if self._last_data is None else _moment(self._last_data),
            why=self.why(now),
            receivers_heard=self._receivers_heard(now),
            receivers_expected=settings.receivers_expected,
            lines=self.lines,
            sentences=self.sentences,
            messages=self.messages,
            duplicates=self.duplicates,
            observations=self.observations,
            rejected=rejected,
            per_second=self._per_second(now),
        )

    def why(self, now: float) -> str:
        """Plain words on why it is not simply live, "" when it is."""
        state = self.settle(now)
        if state is FeedState.PAUSED:
            return "paused by an officer"
        if self._outage and self._next_try is not None:
            return f"{self._outage}, next try {_moment(self._next_try):%H:%M:%SZ}"
        if self._outage and now - self._trying_since < TRYING_SECONDS:
            return f"{self._outage}, trying again"
        if state is FeedState.PARTIAL:
            heard, expected = self._receivers_heard(now), self._feed.settings.receivers_expected
            return f"{heard} of {expected} receivers heard in the last {RECEIVER_SECONDS / 60:.0f} min"
        if state in (FeedState.LATE, FeedState.DEAD):
            return self._why_silent(now)
        if self._lag > AGE_TOLD:
            return f"what arrives is {_duration(self._lag)} old: source late, or its clock or time zone is wrong"
        return ""

    def _why_silent(self, now: float) -> str:
        silence = self._silence(now)
        text = f"connected, nothing usable for {_duration(silence)}"
        if self.rejections and now - self.rejections[-1].received_at <= REFUSED_TOLD:
            reason = self.rejections[-1].reason
            text += f"; last refused for {reason.replace('_', ' ')}"
            if reason is Reason.BAD_TIME:
                text += " (is the clock or the time zone of the source right?)"
        return text

    def _judge(self, now: float) -> FeedState:
        settings = self._feed.settings
        if self.paused:
            return FeedState.PAUSED
        silence = self._silence(now)
        if min(silence, now - self._back_at) > settings.dead_after:
            return FeedState.DEAD
        if silence > settings.late_after:
            return FeedState.LATE
        if self._last_data is None:
            return FeedState.STARTING
        settled = now - self._started > settings.late_after
        if settled and self._receivers_heard(now) < settings.receivers_expected:
            return FeedState.PARTIAL
        return FeedState.LIVE

    def _silence(self, now: float) -> float:
        """Seconds without anything of use."""
        return now - (self._started if self._last_data is None else self._last_data)

    def _mind_the_clock(self, now: float) -> None:
        """When the clock was set back, what is remembered moves back with it: ages never start in the future."""
        if now < self._seen:
            back = self._seen - now
            self._started -= back
            self._since = min(self._since, now)
            if self._last_data is not None:
                self._last_data -= back
            self._back_at -= back
            self._heard = {name: at - back for name, at in self._heard.items()}
            self._rate.clear()
        self._seen = now

    def _note_receivers(self, batch: Batch, now: float) -> None:
        names = batch.observations.receivers
        for index in np.unique(batch.observations.receiver).tolist():
            self._heard[names[index]] = now
        if len(self._heard) > RECEIVERS_HELD:
            newest = sorted(self._heard.items(), key=lambda item: item[1])[-RECEIVERS_HELD // 2 :]
            self._heard = dict(newest)
        received, observed = batch.observations.received_at, batch.observations.observed_at
        self._lag = float(np.min(received - observed))

    def _receivers_heard(self, now: float) -> int:
        return sum(now - at <= RECEIVER_SECONDS for at in self._heard.values())

    def _count_rate(self, count: int, now: float) -> None:
        second = math.floor(now)
        if self._rate and self._rate[-1][0] == second:
            count += self._rate.pop()[1]
        self._rate.append((second, count))

    def _per_second(self, now: float) -> float:
        recent = sum(count for second, count in self._rate if 0 <= now - second <= RATE_SECONDS)
        return round(recent / RATE_SECONDS, 2)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _duration(seconds: float) -> str:
    """Seconds as people say them: 45 s, 12 min, 3 h, 2 days."""
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 86_400:.0f} days"
