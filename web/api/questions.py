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
from web.api.answers import legs, moment, numbers, path_feature, track_feature

TRAIL_POINTS = 400  # of one track: more than a screen can show of it


def tracks(
    sight: Sight, box: Box | None, kinds: list[Kind] | None, text: str, limit: int, after_id: int
) -> dict[str, Any]:
    mirror: Mirror = sight.mirror
    at = mirror.picture_at
    found = mirror.within(box, kinds, text, limit + 1, after_id, now=sight.now.timestamp())
    more = found[limit:]
    found = found[:limit]
    return {
        "type": "FeatureCollection",
        "features": [track_feature(track) for track in found],
        "picture_at": moment(at),
        "next": found[-1].id if more else None,
    }


def track(sight: Sight, track_id: int) -> TrackView | None:
    return sight.mirror.track(track_id, sight.now.timestamp())


def path(sight: Sight, track_id: int, start: datetime, end: datetime, limit: int) -> NDArray[np.void]:
    """Points of a track and of all that was merged into it, at most `limit` + 1 of them, oldest first."""
    with sight.traffic() as session:
        parts = history.parts_of(session, track_id)
        points = history.trails(session, parts, start.timestamp(), end.timestamp())
    return points[np.argsort(points["observed_at"], kind="stable")][: limit + 1]


def history_lines(track_id: int, points: NDArray[np.void], _mirror: Mirror, title: str) -> list[dict[str, Any]]:
    return [
        path_feature(
            leg,
            track=track_id,
            title=title,
            speed=numbers(leg["speed"]),
            course=numbers(leg["course"]),
            altitude=numbers(leg["altitude"], 0),
            late=((leg["flags"] & PointFlag.LATE) != 0).tolist(),
            implausible=((leg["flags"] & PointFlag.IMPLAUSIBLE) != 0).tolist(),
        )
        for leg in legs(points)
    ]


def history_points(track_id: int, points: NDArray[np.void], mirror: Mirror, title: str) -> list[dict[str, Any]]:
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
                    "track": track_id,
                    "title": title,
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
    return features


def trails(sight: Sight, box: Box | None, minutes: int, limit: int) -> dict[str, Any]:
    ids = sight.mirror.ids_within(box, limit + 1)
    start = sight.now - timedelta(minutes=minutes)
    with sight.traffic() as session:
        points = history.trails(session, ids[:limit], start.timestamp(), sight.now.timestamp())
    points = points[(points["flags"] & (PointFlag.LATE | PointFlag.IMPLAUSIBLE)) == 0]
    starts = np.flatnonzero(np.diff(points["track"].astype(np.int64), prepend=-1))
    features = [
        path_feature(leg, track=int(leg["track"][0]))
        for path in (np.split(points, starts[1:]) if len(points) else ())
        for leg in legs(path[-TRAIL_POINTS:])
        if len(leg) > 1
    ]
    return {"type": "FeatureCollection", "features": features, "truncated": len(ids) > limit}


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
        at, identity = mirror.picture_at, mirror.picture
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
        "picture": identity,
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
