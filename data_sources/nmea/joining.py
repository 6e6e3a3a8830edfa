"""Parts of multi-part messages to whole ones, per receiver, within a time limit and bounded memory.

Parts of one message share receiver, sequence number, count and channel; talker and second may differ. A group id of
a tag block is better than a sequence number when there is one. Without it parts must come in order: a later
part whose first was lost must not be completed by the first part of another message.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass

from data_sources.contract import RAW_LIMIT
from data_sources.nmea.clock import Stamp

OPEN_LIMIT = 1000  # half-received messages
TIME_LIMIT = 10.0  # seconds between the parts, of receipt and (when both carry one) of their own time


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence of a multi-part message."""

    total: int
    number: int
    sequence: bytes
    channel: bytes
    payload: bytes
    fill: int
    stamp: Stamp
    own_ship: bool
    raw: bytes


@dataclass(frozen=True, slots=True)
class Whole:
    """A message put together."""

    payload: bytes
    fill: int
    stamp: Stamp
    own_ship: bool
    raw: bytes


@dataclass(slots=True)
class _Open:
    parts: list[Part | None]
    heard_at: float  # receipt of the newest part
    stamp: Stamp

    def orphans(self) -> list[Part]:
        return [part for part in self.parts if part is not None]


class Joiner:
    """Half-received messages of one feed, oldest first."""

    def __init__(self) -> None:
        self._open: dict[Hashable, _Open] = {}
        self._latest: dict[Hashable, Hashable] = {}  # a part that names no receiver belongs to the newest of its number
        self._orphans: list[Part] = []

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: str, part: Part, heard_at: float) -> Whole | None:
        """The whole message when this part was the last one missing."""
        group = part.stamp.group
        grouped = group is not None and group[0] == part.number and group[1] == part.total
        nameless = (connection, part.total, part.sequence, part.channel)
        key: Hashable = (connection, group[2], part.total) if grouped and group else (*nameless, part.stamp.receiver)
        if not grouped and part.number > 1:
            key = self._of_same_message(key, nameless, part)
        found = self._open.get(key)
        if found is not None and not self._fits(found, part, heard_at, grouped):
            self._give_up(key)
            found = None
        if found is None:
            if part.number > 1 and not grouped:
                self._orphans.append(part)
                return None
            found = self._begin(key, nameless, part, heard_at)
        found.parts[part.number - 1] = part
        found.heard_at = heard_at
        if part.stamp.own_time and not found.stamp.own_time:
            found.stamp = part.stamp
        return self._whole(key, found) if None not in found.parts else None

    def expire(self, now: float) -> None:
        """Give up what has waited too long; `math.inf` gives up everything."""
        late = [key for key, group in self._open.items() if now == math.inf or now - group.heard_at > TIME_LIMIT]
        for key in late:
            self._give_up(key)

    def take_orphans(self) -> list[Part]:
        """Parts given up since the last call."""
        orphans, self._orphans = self._orphans, []
        return orphans

    def _of_same_message(self, key: Hashable, nameless: Hashable, part: Part) -> Hashable:
        """The group a later part belongs to when it, or the first part, did not name the receiver."""
        if key in self._open:
            return key
        latest = self._latest.get(nameless)
        group = self._open.get(latest)
        if group is not None and not (part.stamp.named and group.stamp.named):
            return latest
        return key

    def _fits(self, group: _Open, part: Part, heard_at: float, grouped: bool) -> bool:
        if abs(heard_at - group.heard_at) > TIME_LIMIT:
            return False
        if (
            part.stamp.own_time
            and group.stamp.own_time
            and abs(part.stamp.observed_at - group.stamp.observed_at) > TIME_LIMIT
        ):
            return False
        if group.parts[part.number - 1] is not None:
            return False
        return grouped or group.parts.index(None) == part.number - 1

    def _begin(self, key: Hashable, nameless: Hashable, part: Part, heard_at: float) -> _Open:
        if len(self._open) >= OPEN_LIMIT:
            self._give_up(next(iter(self._open)))
        group = self._open[key] = _Open([None] * part.total, heard_at, part.stamp)
        self._latest.pop(nameless, None)  # to the end: the oldest are let go first
        self._latest[nameless] = key
        if len(self._latest) > OPEN_LIMIT:
            del self._latest[next(iter(self._latest))]
        return group

    def _give_up(self, key: Hashable) -> None:
        self._orphans.extend(self._open.pop(key).orphans())

    def _whole(self, key: Hashable, group: _Open) -> Whole:
        del self._open[key]
        parts = group.orphans()
        return Whole(
            payload=b"".join(part.payload for part in parts),
            fill=parts[-1].fill,
            stamp=group.stamp,
            own_ship=parts[0].own_ship,
            raw=b"\n".join(part.raw for part in parts)[:RAW_LIMIT],
        )
