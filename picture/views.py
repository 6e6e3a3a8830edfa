"""What screens and the API may see of the picture: plain values, free of SQLAlchemy and NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FeedState(StrEnum):
    """How a feed is doing. LATE, PARTIAL and DEAD look different on screen."""

    STARTING = "starting"
    LIVE = "live"
    PARTIAL = "partial"  # fewer receivers heard than expected
    LATE = "late"
    DEAD = "dead"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class ReportView:
    """The newest report of one track from one reporter."""

    feed: str
    receiver: str
    observed_at: datetime
    lat: float | None
    lon: float | None
    speed: float | None  # knots
    course: float | None  # degrees
    altitude: float | None  # feet
    apart_nm: float | None  # distance from the track's position, dead-reckoned to the same moment


@dataclass(frozen=True, slots=True)
class TrackView:
    """One track as a card or an API client sees it."""

    id: int
    kind: str  # picture.observations.Kind name in lower case
    title: str  # name, flight, registration or number: what an officer calls it
    what: str  # "container ship", "aircraft B738", "yacht"
    country: str  # from MMSI or ICAO24 block, English short name, "" when not known
    mmsi: int | None
    imo: int | None
    icao24: str | None
    call_sign: str | None
    registration: str | None
    flight: str | None
    lat: float | None
    lon: float | None
    speed: float | None
    course: float | None
    heading: float | None
    turn: float | None
    altitude: float | None
    climb: float | None
    status: str | None  # navigational status in words
    destination: str | None  # as typed
    destination_port: str | None  # resolved, None where it cannot be
    eta: datetime | None
    squawk: str | None
    length: float | None
    beam: float | None
    draught: float | None
    positioned_at: datetime | None
    heard_at: datetime
    source: str  # feed (and receiver) the position came from
    flags: tuple[str, ...]  # TrackFlag names in lower case
    notes: tuple[str, ...] = ()  # disagreements in plain words: flag against MMSI, identity change, conflict
    reports: tuple[ReportView, ...] = ()
    conflict_with: tuple[int, ...] = ()  # ids of the other hulls on this identity
    merged: tuple[str, ...] = ()  # contacts merged into it, in words


@dataclass(frozen=True, slots=True)
class FeedView:
    """One feed as the health strip and the System page show it."""

    name: str
    kind: str
    family: str
    state: FeedState
    since: datetime | None  # of this state
    last_data_at: datetime | None
    why: str  # plain words when not live: "connection refused, next try 21:15:02Z"
    receivers_heard: int
    receivers_expected: int
    lines: int
    sentences: int
    messages: int
    duplicates: int
    observations: int
    rejected: dict[str, int] = field(default_factory=dict)
    per_second: float = 0.0  # observations, over the last 10 s


@dataclass(frozen=True, slots=True)
class RejectionView:
    id: int
    feed: str
    receiver: str
    reason: str
    raw: str  # printable; other bytes as \xNN
    received_at: datetime


class Direction(StrEnum):
    ARRIVAL = "arrival"
    DEPARTURE = "departure"


class Basis(StrEnum):
    """What a movement's time rests on."""

    SEEN = "seen"  # watched happening: ATA, ATD
    REPORTED = "reported"  # destination and ETA typed on board
    INFERRED = "inferred"  # from course, speed and descent: said to be so


@dataclass(frozen=True, slots=True)
class MovementView:
    """One arrival or departure of a craft."""

    id: int
    track_id: int
    title: str
    kind: str  # "vessel" or "aircraft"
    direction: Direction
    place: str  # resolved name, else raw as typed
    resolved: bool
    at: datetime  # ATA/ATD when seen, else ETA/ETD
    basis: Basis
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class ZoneView:
    id: int
    name: str
    kind: str  # "limit", "port", "vigilance"
    authority: str  # "computed from the coast, approximate" or who set it
    geometry: dict  # GeoJSON geometry


@dataclass(frozen=True, slots=True)
class PointView:
    """One kept point of a trail."""

    observed_at: datetime
    received_at: datetime
    lat: float
    lon: float
    speed: float | None
    course: float | None
    altitude: float | None
    source: str
    late: bool
    implausible: bool
