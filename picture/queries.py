"""The questions that screens ask of the picture: each takes a sight and answers with view data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picture import reading
from picture.mirror import Mirror
from picture.observations import Kind
from picture.places import Places
from picture.sight import Sight
from picture.state import TrackFlag
from picture.views import FeedView, MovementView, RejectionView, TrackView
from picture.worth import Worth

RESULTS = 12
WORTH_SHOWN = 40

# A track is LAST SEEN when it was under way and then silent for so long. The worker that draws uses the same.
LAST_SEEN_VESSEL = timedelta(minutes=60)
LAST_SEEN_AIRCRAFT = timedelta(minutes=10)
OUT_OF_HEARING_FEET = 20_000  # an aircraft that falls silent above this flew out of our receivers' hearing
_AT_REST = (1, 5, 6)  # at anchor, moored, aground


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    tracks: list[TrackView]
    places: list[tuple[str, float, float]]  # name, latitude, longitude


@dataclass(frozen=True, slots=True)
class SystemView:
    feeds: list[FeedView]
    rejections: list[RejectionView]
    storage: dict[str, Any]


def track_card(sight: Sight, track_id: int) -> TrackView | None:
    """One track for its card; None when it is not in the picture."""
    return sight.mirror.track(track_id, sight.now.timestamp())


def search(sight: Sight, text: str) -> Found:
    """Tracks by name or any number, then ports and airports by name or code."""
    words = text.strip()
    if not words:
        return Found([], [])
    tracks = sight.mirror.find(words, RESULTS)
    return Found(list(tracks), find_places(sight.places, words)[: max(3, RESULTS - len(tracks))])


def find_places(places: Places, words: str) -> list[tuple[str, float, float]]:
    """Ports and airports whose name begins so or whose code this is, home ones first: name, latitude, longitude."""
    wanted = words.casefold()
    ports = [
        (port.country != places.country, port.rank, f"{port.name} (port)", port.lat, port.lon)
        for port in places.ports
        if port.name.casefold().startswith(wanted) or port.locode.casefold() == wanted
    ]
    airports = [
        (
            airport.country != places.country,
            1 if airport.main else 3,
            f"{airport.name} ({airport.iata})",
            airport.lat,
            airport.lon,
        )
        for airport in places.airports
        if (airport.iata and wanted in (airport.iata.casefold(), airport.icao.casefold()))
        or (airport.main and airport.city.casefold().startswith(wanted))
    ]
    return [(name, lat, lon) for _, _, name, lat, lon in sorted(ports + airports)]


def worth_a_look(sight: Sight) -> list[Worth]:
    """Tracks that are not as they should be, worst first."""
    return worth_in(sight.mirror, sight.now.timestamp())


def worth_number(mirror: Mirror, now: float) -> int:
    """Changes when what is worth a look does: screens are then told to ask again."""
    return hash(tuple((item.track_id, item.what, item.title) for item in worth_in(mirror, now)))


def worth_in(mirror: Mirror, now: float) -> list[Worth]:
    """See `worth_a_look`; `now` in epoch seconds."""
    states = mirror.states()
    states = states[~np.isnan(states["lat"])]
    found: dict[int, Worth] = {}

    def add(chosen: NDArray[np.bool_], what: str, detail: str, *, danger: bool = False, silent: bool = False) -> None:
        """Silent ones newest first, with when they were last seen; others in the order they came into the picture."""
        rows = np.flatnonzero(chosen)
        order = np.argsort(-states["positioned_at"][rows] if silent else states["id"][rows], kind="stable")
        for row in rows[order][:WORTH_SHOWN].tolist():
            track = int(states["id"][row])
            if track not in found:
                since = datetime.fromtimestamp(float(states["positioned_at"][row]), UTC) if silent else None
                found[track] = Worth(track, what, mirror.label(track), detail, since, danger)

    def flagged(flag: TrackFlag) -> NDArray[np.bool_]:
        return (states["flags"] & flag) != 0

    add(flagged(TrackFlag.DISTRESS), "Distress", "says so itself: beacon, squawk or status", danger=True)
    add(flagged(TrackFlag.CONFLICT), "Two on one identity", "two hulls report under the same number")
    add(flagged(TrackFlag.IDENTITY_CHANGED), "Identity changed", "within the last 24 h")
    add(flagged(TrackFlag.JUMP), "Impossible jump", "reported, not used until confirmed")
    silent = silent_tracks(states, now)
    high = (states["kind"] == Kind.AIRCRAFT) & (states["altitude"] > OUT_OF_HEARING_FEET)
    add(silent & ~high, "LAST SEEN", "was under way, then fell silent", silent=True)
    return list(found.values())


def silent_tracks(states: NDArray[np.void], now: float) -> NDArray[np.bool_]:
    """Which tracks are LAST SEEN: under way at their last report and silent since."""
    silence = now - states["positioned_at"]
    vessel = states["kind"] == Kind.VESSEL
    moving = ~np.isin(states["status"], _AT_REST) & ~(states["speed"] < 0.5)
    flying = (states["kind"] == Kind.AIRCRAFT) & ((states["flags"] & (TrackFlag.LANDED | TrackFlag.ON_GROUND)) == 0)
    return (vessel & moving & (silence > LAST_SEEN_VESSEL.total_seconds())) | (
        flying & (silence > LAST_SEEN_AIRCRAFT.total_seconds())
    )


def movements(sight: Sight, hours: float) -> list[MovementView]:
    """Arrivals and departures that a timeline of `hours` shows, and a little either side."""
    reach = timedelta(hours=hours)
    with sight.traffic() as session:
        return list(reading.movements_between(session, sight.now - reach, sight.now + reach))


def system(sight: Sight) -> SystemView:
    """What the System page shows."""
    with sight.traffic() as session:
        return SystemView(
            list(reading.feeds_now(session)),
            list(reading.rejections(session, limit=200)),
            reading.storage_figures(session) | {"tracks": len(sight.mirror.states())},
        )


def feeds(sight: Sight) -> Sequence[FeedView]:
    with sight.traffic() as session:
        return list(reading.feeds_now(session))


def rejections(sight: Sight, feed: str | None) -> Sequence[RejectionView]:
    with sight.traffic() as session:
        return list(reading.rejections(session, feed=feed, limit=200))
