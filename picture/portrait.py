"""From the columns of one track to what a card or an API client sees of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import cos, hypot, isfinite, radians, sin

import numpy as np
from numpy.typing import NDArray

from picture import describe
from picture.observations import Kind, Namespace, Particulars, namespace_of, number_of
from picture.state import REPORT, TrackFlag
from picture.views import ReportView, TrackView

# An older report is not compared: in ten minutes a ship has turned, and what it said of itself then proves nothing now.
CARRY_LIMIT = timedelta(minutes=10)
_NM_PER_DEGREE = 60.0


@dataclass(slots=True)
class Material:
    """What a view is drawn from."""

    state: np.void
    known: Particulars
    reporters: Mapping[int, tuple[str, str]]
    resolve_port: Callable[[str, int], str | None] | None
    now: float
    reports: NDArray[np.void] = field(default_factory=lambda: np.empty(0, REPORT))
    conflict_with: tuple[int, ...] = ()
    merged: tuple[str, ...] = ()


def draw(material: Material) -> TrackView:
    """The view of one track."""
    state, known = material.state, material.known
    key = int(state["key"])
    namespace = namespace_of(key) if key >> 40 in Namespace._value2member_map_ else None
    imo = known.get("imo") or (number_of(key) if namespace is Namespace.IMO else None)
    destination = known.get("destination")
    return TrackView(
        id=int(state["id"]),
        kind=kind_word(int(state["kind"])),
        title=label(state, known),
        what=describe.what_it_is(int(state["kind"]), key, known),
        country=describe.country_of(key) or known.get("country", ""),
        mmsi=number_of(key) if namespace is Namespace.MMSI else None,
        imo=imo,
        icao24=f"{number_of(key):06x}" if namespace is Namespace.ICAO24 else None,
        call_sign=known.get("call_sign"),
        registration=known.get("registration"),
        flight=known.get("flight"),
        lat=_number(state["lat"], 6),
        lon=_number(state["lon"], 6),
        speed=_number(state["speed"], 1),
        course=_number(state["course"], 1),
        heading=_number(state["heading"], 1),
        turn=_number(state["turn"], 1),
        altitude=_number(state["altitude"], 0),
        climb=_number(state["climb"], 0),
        status=describe.status_words(int(state["status"])),
        destination=destination,
        destination_port=_port(material, destination),
        eta=eta_near(known.get("eta"), material.now),
        squawk=known.get("squawk"),
        length=known.get("length"),
        beam=known.get("beam"),
        draught=known.get("draught"),
        positioned_at=_moment(state["positioned_at"]),
        heard_at=_moment(state["heard_at"]) or datetime.fromtimestamp(0, UTC),
        source=source_words(material.reporters.get(int(state["source"]), ("", ""))),
        flags=flag_words(int(state["flags"])),
        notes=describe.notes(key, int(state["flags"]), known) if namespace else (),
        reports=tuple(_report(material, report) for report in material.reports),
        conflict_with=material.conflict_with,
        merged=material.merged,
    )


def label(state: np.void, known: Particulars) -> str:
    """What an officer calls it: name, flight, registration, call sign, else its number."""
    return (
        known.get("name")
        or known.get("flight")
        or known.get("registration")
        or known.get("call_sign")
        or number_words(int(state["key"]))
        or f"track {int(state['id'])}"
    )


def name_of(known: Particulars, track: int) -> str:
    """The name of something that is no longer a track of its own."""
    number = f"IMO {known['imo']}" if "imo" in known else f"track {track}"
    return known.get("name") or known.get("remark") or number


def number_words(key: int) -> str:
    """The number of a key as people write it."""
    if not key:
        return ""
    try:
        namespace, number = namespace_of(key), number_of(key)
    except ValueError:
        return ""
    return {
        Namespace.MMSI: f"{number:09d}",
        Namespace.ICAO24: f"{number:06X}",
        Namespace.IMO: f"IMO {number}",
        Namespace.CONTACT: f"C{number}",
        Namespace.NON_ICAO: f"~{number & 0xFFFFFF:06X}",
    }[namespace]


def words_to_find(state: np.void, known: Particulars) -> list[str]:
    """Everything by which an officer may look for it."""
    words = [known.get("name"), known.get("flight"), known.get("registration"), known.get("call_sign")]
    words.append(number_words(int(state["key"])).removeprefix("IMO "))
    if known.get("imo"):
        words.append(str(known["imo"]))
    return [word for word in words if word]


def kind_word(kind: int) -> str:
    """`Kind` in lower case, as the API writes it."""
    try:
        return Kind(kind).name.lower()
    except ValueError:
        return "unknown"


def flag_words(flags: int) -> tuple[str, ...]:
    return tuple(flag.name.lower() for flag in TrackFlag if flag & flags and flag.name)


def source_words(reporter: tuple[str, str]) -> str:
    """ "coast-ais · Bluff", or only the feed where it has one receiver."""
    feed, receiver = reporter
    return f"{feed} · {receiver}" if receiver else feed


def eta_near(eta: str | None, now: float) -> datetime | None:
    """ "MM-DDTHH:MM" with the year that brings it nearest to now; None when it is no date.

    AIS sends no year: on 30 December "01-02T06:00" is next year, on 2 January "12-30T22:00" was last year.
    """
    if not eta:
        return None
    today = datetime.fromtimestamp(now, UTC)
    candidates = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            candidates.append(datetime.strptime(f"{year}-{eta}", "%Y-%m-%dT%H:%M").replace(tzinfo=UTC))
        except ValueError:  # 29 February, or not a date at all
            continue
    return min(candidates, key=lambda moment: abs(moment - today)) if candidates else None


def _port(material: Material, destination: str | None) -> str | None:
    if not destination or material.resolve_port is None:
        return None
    return material.resolve_port(destination, int(material.state["id"]))


def _report(material: Material, report: np.void) -> ReportView:
    feed, receiver = material.reporters.get(int(report["reporter"]), ("", ""))
    return ReportView(
        feed=feed,
        receiver=receiver,
        observed_at=_moment(report["observed_at"]) or datetime.fromtimestamp(0, UTC),
        lat=_number(report["lat"], 6),
        lon=_number(report["lon"], 6),
        speed=_number(report["speed"], 1),
        course=_number(report["course"], 1),
        altitude=_number(report["altitude"], 0),
        apart_nm=apart_nm(material.state, report),
    )


def apart_nm(state: np.void, report: np.void) -> float | None:
    """Nautical miles between a report, dead-reckoned to the moment of the track's position, and the track."""
    seconds = float(state["positioned_at"]) - float(report["observed_at"])
    here, there = (float(state["lat"]), float(state["lon"])), (float(report["lat"]), float(report["lon"]))
    if not all(map(isfinite, (*here, *there, seconds))) or abs(seconds) > CARRY_LIMIT.total_seconds():
        return None
    speed, course = float(report["speed"]), float(report["course"])
    travelled = speed * seconds / 3600.0 if isfinite(speed) and isfinite(course) else 0.0
    bearing = radians(course) if isfinite(course) else 0.0
    squeeze = cos(radians(here[0]))
    north = (here[0] - there[0]) * _NM_PER_DEGREE - travelled * cos(bearing)
    east = ((here[1] - there[1] + 180.0) % 360.0 - 180.0) * _NM_PER_DEGREE * squeeze - travelled * sin(bearing)
    return round(hypot(north, east), 2)


def _number(value: np.floating, digits: int) -> float | None:
    number = float(value)
    return round(number, digits) if isfinite(number) else None


def _moment(seconds: np.floating) -> datetime | None:
    number = float(seconds)
    return datetime.fromtimestamp(number, UTC) if isfinite(number) else None
