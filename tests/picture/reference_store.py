"""The store's rules once more, one observation at a time and as plain as possible, to hold the columns against.

Covers what happens to ordinary traffic: fusion, order, motion, reports, thinning. No jumps, merges or hulls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from picture.observations import Kind, Observations, ReportFlag


@dataclass
class Plain:
    kind: int
    positioned_at: float = math.nan
    quality: int = 0
    lat: float = math.nan
    lon: float = math.nan
    moving_at: float = -math.inf
    heard_at: float = -math.inf
    status: int = -1
    motion: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("speed", "course", "heading"), math.nan))
    altitude: float = math.nan
    reports: dict[str, tuple[float, float, float]] = field(default_factory=dict)


class ReferenceStore:
    def __init__(self) -> None:
        self.tracks: dict[int, Plain] = {}
        self.accepted = self.late = self.repeated = 0

    def apply(self, seen: Observations) -> None:
        duplicate = (seen.flags & ReportFlag.DUPLICATE) != 0
        for wanted in (False, True):  # the store notes who else heard a message after the messages themselves
            for i in range(len(seen)):
                if bool(duplicate[i]) is wanted:
                    self._one(seen, i)

    def _one(self, seen: Observations, i: int) -> None:
        key, at = int(seen.key[i]), float(seen.observed_at[i])
        lat, lon, quality = float(seen.lat[i]), float(seen.lon[i]), int(seen.quality[i])
        receiver = seen.receivers[int(seen.receiver[i])]
        if seen.flags[i] & ReportFlag.DUPLICATE:
            self.repeated += 1
            if key in self.tracks:
                self._note(self.tracks[key], receiver, at, lat, lon)
            return
        track = self.tracks.setdefault(key, Plain(int(seen.kind[i])))
        located = not math.isnan(lat)
        order = (math.floor(at), quality, at)
        moved = located and (
            math.isnan(track.positioned_at)
            or order > (math.floor(track.positioned_at), track.quality, track.positioned_at)
        )
        stale = located and not moved
        same = (at, lat, lon) == (track.positioned_at, track.lat, track.lon)
        if stale and (same or (at, lat, lon) in track.reports.values()):
            self.repeated += 1
        elif stale:
            self.late += 1
        else:
            self.accepted += 1
        if not (stale and same):
            track.heard_at = max(track.heard_at, at)
        if not stale and (moved or at >= track.moving_at):
            self._motion(track, seen, i, at, moved)
        if moved:
            track.positioned_at, track.quality, track.lat, track.lon = at, quality, lat, lon
        self._note(track, receiver, at, lat, lon)

    def _motion(self, track: Plain, seen: Observations, i: int, at: float, moved: bool) -> None:
        aircraft = track.kind == Kind.AIRCRAFT
        current = at >= track.moving_at
        for name in track.motion:
            value = float(getattr(seen, name)[i])
            if (moved and not aircraft) or (current and not math.isnan(value)):
                track.motion[name] = value
        if current and not math.isnan(seen.altitude[i]):
            track.altitude = float(seen.altitude[i])
        if (current or (moved and not aircraft)) and seen.status[i] != -1:
            track.status = int(seen.status[i])
        if moved or not math.isnan(seen.speed[i]) or not math.isnan(seen.course[i]):
            track.moving_at = max(track.moving_at, at)

    def _note(self, track: Plain, receiver: str, at: float, lat: float, lon: float) -> None:
        held = track.reports.get(receiver, (-math.inf, math.nan, math.nan))
        never = math.isnan(held[1])
        if at >= held[0] if math.isnan(lat) == never else never:
            track.reports[receiver] = (at, lat, lon)
