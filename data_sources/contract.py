"""The one contract every feed meets.

A feed fetches chunks of bytes; its translator turns a chunk into a batch of observations and rejections.
It never fuses, stores, decides or swallows. Timing, failure, retry and recovery are the coordinator's
(`data_sources.coordinator`), so every feed behaves the same on a bad day. A recording is replayed through
the very same translator.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from picture.observations import Observations

RAW_LIMIT = 400  # bytes of a rejected line kept to be read; hostile lines are cut


class Reason(StrEnum):
    """Why something that arrived could not be used. Add a reason rather than grow OTHER (kept under 1 %)."""

    BAD_CHECKSUM = "bad_checksum"
    TORN = "torn"  # cut off by the next sentence or the end of the line
    OVERSIZED = "oversized"
    MALFORMED = "malformed"  # fields missing or not of their form
    EMPTY_PAYLOAD = "empty_payload"
    BAD_LENGTH = "bad_length"  # bits too few for the message type
    BAD_PAYLOAD = "bad_payload"  # characters outside the six-bit alphabet
    ORPHAN_PART = "orphan_part"  # a part of a multi-part message whose others never came
    UNKNOWN_TYPE = "unknown_type"  # message type that does not exist
    UNUSED_TYPE = "unused_type"  # valid message of a type that carries nothing for the picture
    BAD_IDENTITY = "bad_identity"  # MMSI or ICAO24 that cannot be one
    BAD_POSITION = "bad_position"  # outside the Earth
    BAD_VALUE = "bad_value"  # a number that cannot be (speed, altitude, ...)
    NO_POSITION = "no_position"  # nothing to place and nothing known to add it to
    BAD_TIME = "bad_time"  # from the future, or no time at all
    TOO_OLD = "too_old"
    NOT_RECOGNISED = "not_recognised"  # neither a sentence, a comment nor a blank line
    BAD_JSON = "bad_json"
    OVERRUN = "overrun"  # came faster than it could be taken (UDP): never read
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes as they came, when (epoch seconds UTC), and from which receiver ('' where the feed has one)."""

    data: bytes
    received_at: float
    receiver: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One thing that could not be used: reason, the raw bytes (cut to RAW_LIMIT), when received."""

    reason: Reason
    raw: bytes
    received_at: float
    receiver: str = ""


@dataclass(slots=True)
class Batch:
    """What one or more chunks came to. Every count adds up over batches.

    `rejected` counts every rejection; `rejections` keeps at most the last REJECTIONS_KEPT to be read.
    """

    REJECTIONS_KEPT: ClassVar[int] = 100

    observations: Observations = field(default_factory=lambda: Observations.blank(0))
    rejections: list[Rejection] = field(default_factory=list)
    rejected: Counter[Reason] = field(default_factory=Counter)
    lines: int = 0  # physical lines (AIS, SBS) or records (JSON) received
    sentences: int = 0  # AIS sentences or aircraft records seen, good or bad
    messages: int = 0  # whole, valid messages (multi-part joined), duplicates included
    duplicates: int = 0  # messages that repeat one already had
    alive: bool = False  # the source proved that it lives though it told nothing new: an empty sky, a heartbeat

    def reject(self, reason: Reason, raw: bytes, received_at: float, receiver: str = "") -> None:
        self.rejected[reason] += 1
        self.rejections.append(Rejection(reason, bytes(raw[:RAW_LIMIT]), received_at, receiver))
        if len(self.rejections) > 2 * self.REJECTIONS_KEPT:
            del self.rejections[: -self.REJECTIONS_KEPT]


class Translator(Protocol):
    """Turns bytes into observations. Stateful (half-received parts, last time seen); one per connection."""

    def translate(self, chunk: Chunk) -> Batch:
        """What this chunk came to. Never raises on input; a rest without line end waits for the next chunk."""
        ...

    def flush(self, now: float) -> Batch:
        """Give up what waited too long at `now` (epoch seconds): a last line, half-received messages.

        `now=math.inf` ends the stream: everything still held is given up.
        """
        ...


class FeedSettings(BaseModel):
    """What every feed can be told. A feed adds its own fields in a subclass; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    name: Annotated[str, Field(min_length=1, max_length=40)]
    kind: str
    enabled: bool = True
    late_after: Annotated[float, Field(gt=0, description="seconds without data until the feed is late")] = 30.0
    dead_after: Annotated[float, Field(gt=0, description="seconds without data until the feed is dead")] = 120.0
    receivers_expected: Annotated[int, Field(ge=0, description="0: not known")] = 0


class FeedUnavailable(Exception):
    """The source cannot be reached or has ended; the coordinator says so once, waits and tries again.

    `retry_after` (seconds) overrides the back-off, for sources that name a rate limit.
    """

    def __init__(self, why: str, *, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retry_after = retry_after


Clock = Callable[[], float]  # epoch seconds UTC; tests hand in their own


class Feed(ABC):
    """One source. Subclass in one module of `data_sources/` and decorate with `@register`."""

    kind: ClassVar[str]  # as written in the settings, e.g. "ais-tcp"
    title: ClassVar[str]  # as an officer reads it, e.g. "AIS over TCP"
    family: ClassVar[str]  # "AIS" or "ADS-B": how the health strip groups it
    Settings: ClassVar[type[FeedSettings]]
    stream: ClassVar[bool] = True  # chunks of one receiver run on and may be joined; False: each is a document
    overrun: int = 0  # datagrams lost so far because they came faster than they were taken; a UDP feed counts them

    def __init__(self, settings: FeedSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock

    @abstractmethod
    def chunks(self) -> AsyncIterator[Chunk]:
        """Connect and yield what arrives, for ever. Raise FeedUnavailable when the source is gone.

        Called again after a failure; clean up in `finally`. Cancelled at shutdown.
        """

    def remark(self) -> str:
        """What an operator should know before it runs though the settings are not wrong; "" when nothing."""
        return ""

    @abstractmethod
    def translator(self) -> Translator:
        """A new translator, for a new connection."""


REGISTRY: dict[str, type[Feed]] = {}


def register(feed: type[Feed]) -> type[Feed]:
    """Class decorator: makes a feed known under its `kind`."""
    if feed.kind in REGISTRY and REGISTRY[feed.kind].__qualname__ != feed.__qualname__:
        raise ValueError(f"two feeds call themselves {feed.kind!r}")
    REGISTRY[feed.kind] = feed
    return feed


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of recording that `replay` recognises by its content.

    `recognise(head)` looks at the first bytes (up to 64 KiB, decompressed) and answers 0..1;
    `translator(clock)` makes the same translator that the live feed uses.
    `whole` means the file is one document (JSON) to be handed over as one chunk, not line by line.
    """

    name: str
    recognise: Callable[[bytes], float]
    translator: Callable[[], Translator]
    whole: bool = False


FORMATS: list[Format] = []
