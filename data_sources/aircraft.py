"""What every aircraft feed needs to say one thing: identity, numbers that can be, quality, and columns.

Feeds differ in how they spell a record; what a record may contain, and how good a source is, is the same for all.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np

from data_sources.contract import Reason
from picture.observations import Kind, Namespace, Observations, Particulars, ReportFlag, key_of

NAN = math.nan

FEET_PER_METRE = 1 / 0.3048
KNOTS_PER_METRE_A_SECOND = 3600 / 1852
FEET_A_MINUTE_PER_METRE_A_SECOND = 60 / 0.3048

# Ages are written to a tenth of a second and `now` to a tenth as well: two polls differ by that much for one message.
SAME_MOMENT = 0.25  # seconds
APART = 10.0  # seconds between position and newest message from which they are told as two observations
STALE = 3600.0  # seconds; a position or an aircraft older than that is not picture any more

# Which source of a position is believed when two are as fresh: the ranking of readsb's README-json.md ("type").
_QUALITY = (
    ("adsb", 60),
    ("adsr", 50),
    ("asterix", 45),
    ("mlat", 40),
    ("flarm", 35),
    ("tisb", 30),
    ("adsc", 20),
)
_LEAST = 10  # mode_s, other, unknown
_INACCURATE = ("mlat", "tisb", "adsc")

# Emergency states of ADS-B (DO-260B). "lifeguard" asks for priority, it is not in distress.
_DISTRESS = frozenset({"general", "minfuel", "nordo", "unlawful", "downed"})
_DISTRESS_SQUAWKS = frozenset({"7500", "7600", "7700"})

_HEX = re.compile(r"~?[0-9A-Fa-f]{6}\Z")
_SQUAWK = re.compile(r"[0-7]{4}\Z")
_CATEGORY = re.compile(r"[A-D][0-7]\Z")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


class Unusable(Exception):
    """This record cannot be used; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def identity(text: object) -> int:
    """The key of a 24-bit address as written ("~" in front: not an ICAO address). Raises Unusable."""
    if not isinstance(text, str) or not _HEX.match(text := text.strip()):
        raise Unusable(Reason.BAD_IDENTITY)
    number = int(text[-6:], 16)
    if number in (0, 0xFFFFFF):  # all zeros, all ones: no State assigns them (ICAO Annex 10, vol. III, 9)
        raise Unusable(Reason.BAD_IDENTITY)
    return key_of(Namespace.NON_ICAO if text.startswith("~") else Namespace.ICAO24, number)


def number(value: object, low: float, high: float, reason: Reason = Reason.BAD_VALUE) -> float:
    """A number as sent, NaN when it was not. Raises Unusable when it cannot be one, or not that one."""
    if value is None or value != value:
        return NAN
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Unusable(reason)
    return float(value)


def position(lat: object, lon: object) -> tuple[float, float]:
    """Latitude and longitude in degrees, both NaN when neither was sent. Raises Unusable."""
    if (lat is None) != (lon is None):
        raise Unusable(Reason.MALFORMED)
    return number(lat, -90, 90, Reason.BAD_POSITION), number(lon, -180, 180, Reason.BAD_POSITION)


def altitude(value: object) -> float:
    """Feet. The lowest code of an encoder is -1200 (-1000 in Gillham), GNSS altitudes go to spaceflight."""
    return number(value, -5_000, 400_000)


def speed(value: object) -> float:
    """Knots over ground."""
    return number(value, 0, 5_000)


def course(value: object) -> float:
    """Degrees true, 0 up to but not 360. Some sources (FLARM by way of OpenSky) count west as negative."""
    return number(value, -180, 360) % 360.0


def climb(value: object) -> float:
    """Feet per minute; ADS-B itself ends at 32,640."""
    return number(value, -70_000, 70_000)


def words(value: object, longest: int = 40) -> str:
    """Text as sent, without padding and unprintable characters; "" when there was none."""
    if not isinstance(value, str):
        return ""
    return _UNPRINTABLE.sub("", value[:400]).strip(" @?_")[:longest]


def particulars(
    *,
    flight: object = None,
    registration: object = None,
    aircraft_type: object = None,
    category: object = None,
    squawk: object = None,
    emergency: object = None,
    country: object = None,
) -> Particulars:
    """What a record says about who it is; what it does not say is absent."""
    said: Particulars = {}
    if text := words(flight, 10):
        said["flight"] = text
    if text := words(registration, 12):
        said["registration"] = text
    if text := words(aircraft_type, 8):
        said["aircraft_type"] = text
    if isinstance(category, str) and _CATEGORY.match(category):
        said["category"] = category
    if isinstance(squawk, str) and _SQUAWK.match(squawk):
        said["squawk"] = squawk
    if text := words(emergency, 20):
        said["emergency"] = text
    if text := words(country):
        said["country"] = text
    return said


def is_distress(said: Particulars) -> bool:
    """Squawk 7500, 7600 or 7700, or an emergency state that means it."""
    return said.get("squawk") in _DISTRESS_SQUAWKS or said.get("emergency") in _DISTRESS


def source_rank(source: str) -> tuple[int, ReportFlag]:
    """Quality of a position by its source ("adsb_icao", "mlat", ...) and the flag that goes with it."""
    for prefix, quality in _QUALITY:
        if source.startswith(prefix):
            return quality, ReportFlag.LOW_ACCURACY if prefix in _INACCURATE else ReportFlag(0)
    return _LEAST, ReportFlag(0)


@dataclass(slots=True)
class Report:
    """One record of one aircraft, checked and in the picture's units."""

    key: int
    observed_at: float
    lat: float = NAN
    lon: float = NAN
    speed: float = NAN
    course: float = NAN
    heading: float = NAN
    altitude: float = NAN
    climb: float = NAN
    turn: float = NAN
    flags: int = 0
    quality: int = _LEAST
    particulars: Particulars = field(default_factory=Particulars)

    @property
    def located(self) -> bool:
        return self.lat == self.lat

    @property
    def says_something(self) -> bool:
        """Whether there is anything besides the address."""
        numbers = (self.lat, self.speed, self.course, self.heading, self.altitude, self.climb)
        return bool(self.particulars) or bool(self.flags & ReportFlag.ON_GROUND) or any(n == n for n in numbers)


_NUMBERS = ("observed_at", "lat", "lon", "speed", "course", "heading", "turn", "altitude", "climb")


def columns(reports: list[Report], *, received_at: float, receiver: str) -> Observations:
    """The reports as observations, in their order."""
    out = Observations.blank(len(reports), receivers=(receiver,))
    if not reports:
        return out
    out.key[:] = [report.key for report in reports]
    out.flags[:] = [report.flags for report in reports]
    out.quality[:] = [report.quality for report in reports]
    for name in _NUMBERS:
        getattr(out, name)[:] = [getattr(report, name) for report in reports]
    out.kind[:] = Kind.AIRCRAFT
    out.received_at[:] = np.float64(received_at)
    out.particulars = {row: report.particulars for row, report in enumerate(reports) if report.particulars}
    return out


class Snapshots:
    """Tells what is new in a source that repeats all it knows at every poll.

    Holds one pair of times for each aircraft of the last snapshot, so it is as large as a document may be.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, float]] = {}  # key -> newest message, newest position
        self._next: dict[int, tuple[float, float]] = {}

    def begin(self) -> None:
        self._next = {}

    def end(self) -> None:
        self._known = self._next

    def forget(self) -> None:
        """The source's clock was set back: what is known belongs to another time."""
        self._known = {}

    def new(self, report: Report, heard_at: float) -> list[Report]:
        """What of this report was not told before: nothing, one observation, or two.

        `report.observed_at` is the time of the position, `heard_at` that of the newest message. When the position
        is much older than the message they are two: where it was then, and what it said now.
        """
        heard_before, located_before = self._known.get(report.key, (-math.inf, -math.inf))
        located_at = report.observed_at if report.located else -math.inf
        self._next[report.key] = (max(heard_at, heard_before), max(located_at, located_before))
        moved = located_at > located_before + SAME_MOMENT
        spoke = heard_at > heard_before + SAME_MOMENT
        if moved and heard_at - located_at <= APART:
            return [report]
        told = []
        if moved:
            told.append(
                Report(
                    key=report.key, observed_at=located_at, lat=report.lat, lon=report.lon,
                    flags=report.flags, quality=report.quality,
                )
            )  # fmt: skip
        if spoke:
            report.lat = report.lon = NAN
            report.observed_at = heard_at
            if report.says_something:
                told.append(report)
        return told
