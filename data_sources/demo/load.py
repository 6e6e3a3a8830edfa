"""Load for benchmarks: many vessels on the open sea, all moving, at a given rate of sentences.

Encoding costs about a microsecond a sentence and is done ahead, so that the sender is not what is measured.
The numbers stand under maritime identification digits 299, which no State has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data_sources.contract import Clock
from data_sources.demo import aivdm
from data_sources.demo.receivers import scatter
from data_sources.demo.servers import Broadcast

Array = NDArray[np.float64]

FIRST_MMSI = 299_000_000
_BOXES = np.array([(-46.0, -29.0, 155.0, 165.0), (-50.0, -28.0, 182.0, 195.0)])  # south, north, west, east
STEP = 0.05  # seconds between sends
AHEAD = 1.0  # seconds of sentences encoded at a time


class Many:
    """`n` vessels, each going round a circle of its own; sentence k is vessel k mod n at start + k / rate."""

    def __init__(self, n: int, *, start: float, rate: float) -> None:
        self.n, self.start, self.rate = n, start, rate
        who = np.arange(n, dtype=np.int64)
        self.mmsi = FIRST_MMSI + who

        def drawn(salt: int) -> Array:
            return scatter(who + 1, np.full(n, salt, np.int64))

        south, north, west, east = _BOXES[(drawn(1) > 0.45).astype(int)].T
        self.lat = south + drawn(2) * (north - south)
        self.lon = west + drawn(3) * (east - west)
        self.speed = 8.0 + 12.0 * drawn(4)  # knots
        self.radius = 3.0 + 9.0 * drawn(5)  # nautical miles
        self.phase = 2 * np.pi * drawn(6)

    def sentences(self, first: int, count: int) -> list[bytes]:
        """`count` sentences (type 1, with tag block) from the `first` on."""
        k = np.arange(first, first + count, dtype=np.int64)
        who = k % self.n
        times = self.start + k / self.rate
        angle = self.phase[who] + self.speed[who] / self.radius[who] / 3600.0 * (times - self.start)
        lat = self.lat[who] + self.radius[who] * np.sin(angle) / 60.0
        lon = self.lon[who] + self.radius[who] * np.cos(angle) / 60.0 / np.cos(np.radians(self.lat[who]))
        course = np.degrees(np.arctan2(-np.sin(angle), np.cos(angle))) % 360
        characters, fill = aivdm.payload(
            1,
            count,
            {
                "type": 1,
                "mmsi": self.mmsi[who],
                "speed": np.round(self.speed[who] * 10).astype(np.int64),
                "accuracy": 1,
                "lon": aivdm.degrees((lon + 180) % 360 - 180),
                "lat": aivdm.degrees(lat),
                "course": np.round(course * 10).astype(np.int64) % 3600,
                "heading": np.round(course).astype(np.int64) % 360,
                "second": np.floor(times).astype(np.int64) % 60,
            },
        )
        return aivdm.lines(characters, fill, tags=aivdm.tag_blocks(("LOAD",), np.zeros(count, np.int64), times))

    def statics(self) -> list[bytes]:
        """One type 5 of every vessel, so that they have names."""
        names = [f"NOTIONAL LOAD {number}" for number in range(self.n)]
        characters, fill = aivdm.payload(
            5,
            self.n,
            {"type": 5, "mmsi": self.mmsi, "name": names, "ship_type": 70, "bow": 90, "stern": 20, "hour": 24},
        )
        tags = aivdm.tag_blocks(("LOAD",), np.zeros(self.n, np.int64), np.full(self.n, self.start))
        return aivdm.lines(characters, fill, tags=tags, sequence=np.arange(self.n))

    def blocks(self, seconds: float, step: float = STEP) -> Iterator[tuple[float, bytes]]:
        """The moment each block is due and its bytes, for `seconds` of traffic."""
        for number in range(round(seconds / step)):
            first, last = round(number * step * self.rate), round((number + 1) * step * self.rate)
            yield self.start + (number + 1) * step, b"".join(self.sentences(first, last - first))


def many(n: int, *, start: float, rate: float) -> Many:
    """`n` vessels on the open sea that together send `rate` sentences a second from `start` (epoch seconds)."""
    return Many(n, start=start, rate=rate)


async def send_many(
    n: int, rate: float, door: Broadcast, clock: Clock, stop: asyncio.Event, *, with_names: bool = True
) -> int:
    """Send to every client of `door` until stopped; answers how many position sentences went out.

    When it falls behind it catches up, so that the rate asked for is the rate sent.
    """
    load = many(n, start=clock(), rate=rate)
    if with_names:
        door.send(b"".join(load.statics()))
    sent = 0
    ready: list[bytes] = []
    ready_from = 0
    while not stop.is_set():
        due = int((clock() - load.start) * rate)
        if due - ready_from > len(ready):
            ready = ready[sent - ready_from :]
            ready_from = sent
            fresh = max(due - sent, 0) - len(ready) + int(rate * AHEAD) + 1
            ready += await asyncio.to_thread(load.sentences, ready_from + len(ready), fresh)
        if due > sent:
            door.send(b"".join(ready[sent - ready_from : due - ready_from]))
            sent = due
        try:
            await asyncio.wait_for(stop.wait(), STEP)
        except TimeoutError:
            continue
    return sent
