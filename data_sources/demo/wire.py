"""From what is said to lines: moments, who hears it, and the sentences of every reception."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_sources.demo import aivdm
from data_sources.demo.craft import Craft
from data_sources.demo.motion import States
from data_sources.demo.receivers import IN_HARBOUR, NAMES, heard_by

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
Rows = NDArray[np.intp]
Spoken = tuple[Array, NDArray[np.bool_], list[bytes]]  # moments, of the harbour feed, lines


@dataclass(slots=True)
class OnAir:
    """Lines in order of time, and which of them belong to the harbour feed."""

    times: Array
    harbour: NDArray[np.bool_]
    lines: list[bytes]

    @classmethod
    def of(cls, parts: Sequence[Spoken]) -> OnAir:
        times = np.concatenate([part[0] for part in parts]) if parts else np.zeros(0)
        harbour = np.concatenate([part[1] for part in parts]) if parts else np.zeros(0, bool)
        order = np.argsort(times, kind="stable")
        everything = [line for part in parts for line in part[2]]
        return cls(times[order], harbour[order], [everything[i] for i in order.tolist()])


def moments(start: float, end: float, every: float, offset: float) -> Array:
    """The moments k * every + offset within [start, end)."""
    first = np.ceil((start - offset) / every)
    last = np.ceil((end - offset) / every)
    return np.arange(first, last, dtype=np.float64) * every + offset


def offset_of(craft: Craft, every: float) -> float:
    """Where in its reporting interval a craft transmits: each elsewhere, always the same."""
    return (craft.mmsi * 0.6180339887 + craft.seed * 1.37) % every


@dataclass(slots=True)
class Sent:
    """Messages of one sort before they are lines: columns, the moment, the transmitter, where it is."""

    craft: Numbers  # index into the fleet
    mmsi: Numbers
    times: Array
    lat: Array
    lon: Array
    columns: dict[str, NDArray]

    def take(self, rows: NDArray[np.intp]) -> Sent:
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Sent(self.craft[rows], self.mmsi[rows], self.times[rows], self.lat[rows], self.lon[rows], columns)


def gathered(fleet: Sequence[Craft], parts: Sequence[tuple[int, Array, States]]) -> Sent | None:
    """What single vessels send, as columns of all of them."""
    if not parts:
        return None
    who = np.concatenate([np.full(len(times), index, np.int64) for index, times, _ in parts])
    mmsi = np.array([craft.mmsi for craft in fleet], np.int64)[who]
    columns = {
        name: np.concatenate([getattr(state, name) for _, _, state in parts])
        for name in ("speed", "course", "heading", "turn", "status", "lat", "lon")
    }
    lat, lon = columns.pop("lat"), columns.pop("lon")
    return Sent(who, mmsi, np.concatenate([times for _, times, _ in parts]), lat, lon, columns)


def spread(sent: Sent) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """Row and receiver of every reception on land, and which rows only a satellite could hear."""
    slot = np.floor(sent.times).astype(np.int64)
    hears, far = heard_by(sent.lat, sent.lon, sent.mmsi, slot)
    rows, receivers = np.nonzero(hears)
    return rows, receivers, far


def as_lines(
    table: int, sent: Sent, rows: NDArray[np.intp], receivers: NDArray[np.intp], fields: dict[str, aivdm.Field],
    *, bare_harbour: bool,
) -> list[Spoken]:  # fmt: skip
    """Payloads made once a message, sentences once a reception; harbour lines without a time when bare."""
    if not len(rows):
        return []
    characters, fill = aivdm.payload(table, len(sent.times), fields)
    second = np.floor(sent.times).astype(np.int64)
    channel = np.where((second + sent.mmsi) % 2, ord("B"), ord("A")).astype(np.uint8)
    result = []
    harbour = IN_HARBOUR[receivers]
    for chosen, bare in ((~harbour, False), (harbour, bare_harbour)):
        r, who = rows[chosen], receivers[chosen]
        if len(r):
            tags = aivdm.tag_blocks(NAMES, who, None if bare else sent.times[r])
            sequence = (second[r] + sent.craft[r] + who) % 10
            lines = aivdm.lines(characters[r], fill, tags=tags, channel=channel[r], sequence=sequence)
            result.append((sent.times[r], IN_HARBOUR[who], lines))
    return result
