"""The questions of the API: each takes a sight, runs in a thread of the desk, and gives plain values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from picture import history, portrait, reading
from picture.mirror import Box, Mirror
from picture.observations import Kind
from picture.sight import Sight
from picture.state import PointFlag
from picture.views import MovementView, RejectionView, TrackView
from web.api.answers import line, moment, numbers, track_feature

TRAIL_POINTS = 400  # of one track: more than a screen can show of it


def tracks(
    sight: Sight, box: Box | None, kinds: list[Kind] | None, text: str, limit: int, after_id: int
) -> dict[str, Any]:
    mirror: Mirror = sight.mirror
    with mirror.still():
        found = mirror.within(box, kinds, text, limit + 1, after_id, now=sight.now.timestamp())
        at = mirror.picture_at
    more = found[limit:]
    found = found[:limit]
    return {
        "type": "FeatureCollection",
        "features": [track_feature(track) for track in found],
        "picture_at": moment(at),
        "next": str(found[-1].id) if more else None,
    }


def track(sight: Sight, track_id: int) -> TrackView | None:
    return sight.mirror.track(track_id, sight.now.timestamp())


def path(sight: Sight, track_id: int, start: datetime, end: datetime, limit: int) -> NDArray[np.void]:
    """Points of a track and of all that was merged into it, at most `limit` + 1 of them, oldest first."""
    with sight.traffic() as session:
        parts = history.parts_of(session, track_id)
        points = history.trails(session, parts, start.timestamp(), end.timestamp())
    return points[np.argsort(points["observed_at"], kind="stable")][: limit + 1]


def known(sight: Sight, track_id: int) -> bool:
    """Whether the live picture has it. What left it long ago may still have a history."""
    return bool(sight.mirror.label(track_id))


def history_line(track_id: int, points: NDArray[np.void], title: str, following: datetime | None) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": track_id,
        "geometry": line(points),
        "properties": {
            "track": track_id,
            "title": title,
            "count": len(points),
            "next": following,
            "lon": np.round(points["lon"], 6).tolist(),
            "lat": np.round(points["lat"], 6).tolist(),
            "observed_at": [moment(at) for at in points["observed_at"].tolist()],
            "speed": numbers(points["speed"]),
            "course": numbers(points["course"]),
            "altitude": numbers(points["altitude"], 0),
            "late": ((points["flags"] & PointFlag.LATE) != 0).tolist(),
            "implausible": ((points["flags"] & PointFlag.IMPLAUSIBLE) != 0).tolist(),
        },
    }


def history_points(points: NDArray[np.void], mirror: Mirror, following: datetime | None) -> dict[str, Any]:
    columns = {
        "speed": numbers(points["speed"]),
        "course": numbers(points["course"]),
        "altitude": numbers(points["altitude"], 0),
    }
    features = []
    for row, point in enumerate(points):
        feed, receiver = mirror.reporter(int(point["reporter"]))
        features.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point",
                    "coordinates": [round(float(point["lon"]), 6), round(float(point["lat"]), 6)],
                },
                "properties": {
                    "observed_at": moment(float(point["observed_at"])),
                    "received_at": moment(float(point["received_at"])),
                    **{name: column[row] for name, column in columns.items()},
                    "feed": feed,
                    "receiver": receiver,
                    "late": bool(point["flags"] & PointFlag.LATE),
                    "implausible": bool(point["flags"] & PointFlag.IMPLAUSIBLE),
                },
            }
        )
    return {"type": "FeatureCollection", "features": features, "next": following}


def trails(sight: Sight, box: Box | None, minutes: int, limit: int) -> dict[str, Any]:
    ids = sight.mirror.ids_within(box, limit + 1)
    start = sight.now - timedelta(minutes=minutes)
    with sight.traffic() as session:
        points = history.trails(session, ids[:limit], start.timestamp(), sight.now.timestamp())
    points = points[(points["flags"] & (PointFlag.LATE | PointFlag.IMPLAUSIBLE)) == 0]
    rows = np.column_stack((np.round(points["lon"], 5), np.round(points["lat"], 5), np.round(points["observed_at"])))
    starts = np.flatnonzero(np.diff(points["track"], prepend=0))
    found = [
        {"id": int(points["track"][first]), "points": part[-TRAIL_POINTS:].tolist()}
        for first, part in zip(starts.tolist(), np.split(rows, starts[1:]), strict=False)
        if len(part)
    ]
    return {"from": start, "to": sight.now, "truncated": len(ids) > limit, "trails": found}


def rejections(sight: Sight, feed: str | None, before: int | None, limit: int) -> list[RejectionView]:
    with sight.traffic() as session:
        return list(reading.rejections(session, feed=feed, before_id=before, limit=limit))


def movements(sight: Sight, start: datetime, end: datetime) -> list[MovementView]:
    with sight.traffic() as session:
        return list(reading.movements_between(session, start, end))


def changes(sight: Sight, since: int) -> dict[str, Any]:
    """What changed, as JSON: for clients that would rather not read frames."""
    mirror: Mirror = sight.mirror
    with mirror.still():
        change = mirror.changed_since(since)
        at = mirror.picture_at
        states = change.states[~np.isnan(change.states["lat"])]
        titles = [mirror.label(track) for track in states["id"].tolist()]
    columns = {
        "lat": numbers(states["lat"], 6),
        "lon": numbers(states["lon"], 6),
        **{name: numbers(states[name]) for name in ("speed", "course", "heading")},
        "altitude": numbers(states["altitude"], 0),
    }
    return {
        "full": change.full,
        "seq_from": change.seq_from,
        "seq_to": change.seq_to,
        "picture_at": moment(at),
        "tracks": [
            {
                "id": int(state["id"]),
                "kind": portrait.kind_word(int(state["kind"])),
                "title": titles[row],
                "positioned_at": moment(float(state["positioned_at"])),
                **{name: column[row] for name, column in columns.items()},
                "flags": portrait.flag_words(int(state["flags"])),
            }
            for row, state in enumerate(states)
        ],
        "removed": change.removed,
    }
