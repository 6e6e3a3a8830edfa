"""The generator at work: live traffic through the four doors, and the back-fill of the hours before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from data_sources.contract import Chunk, Clock
from data_sources.demo.airwaves import document, sbs_lines
from data_sources.demo.craft import Craft
from data_sources.demo.fleet import build_fleet
from data_sources.demo.flights import Airframe, build_flights
from data_sources.demo.ports import DoorTaken, Ports
from data_sources.demo.receivers import COAST, HARBOUR
from data_sources.demo.servers import Broadcast, Datagrams, Documents
from data_sources.demo.transmissions import on_air
from data_sources.demo.wire import OnAir

SEED = 1
WINDOW = 5.0  # seconds of traffic worked out at a time
BEAT = 0.1  # seconds between sends
BACKFILL_WINDOW = 7_200.0
BACKFILL_SLICE = 60.0  # seconds of lines in one chunk
BACKFILL_DOCUMENTS = 60.0  # seconds between aircraft documents
AIVDM, AIRCRAFT_JSON = "AIS (NMEA 0183)", "aircraft-json"  # names of data_sources.contract.Format
SPOILED = 1_500  # one line in so many arrives damaged, as lines do


@dataclass(slots=True)
class Scenario:
    """Everything that moves; the same seed and scale give the same one, at any time, in any process."""

    fleet: list[Craft]
    airframes: list[Airframe]

    @classmethod
    def build(cls, seed: int = SEED, scale: float = 1.0) -> Scenario:
        return cls(build_fleet(seed, scale), build_flights(seed, scale))


@dataclass(frozen=True, slots=True)
class BackfillPart:
    """A piece of the past: how far the whole is done after it (0..1), whose it is, and the bytes."""

    fraction: float
    feed_name: str
    format_name: str
    chunk: Chunk


def backfill(start: float, end: float, *, seed: int = SEED, scale: float = 1.0) -> Iterator[BackfillPart]:
    """The traffic of [start, end), thinned, in order of time, as the live feeds would have received it."""
    scenario = Scenario.build(seed, scale)
    window = start
    while window < end:
        until = min(window + BACKFILL_WINDOW, end)
        air = on_air(scenario.fleet, window, until, full=False)
        at, row = window, 0
        while at < until:
            stop = min(at + BACKFILL_SLICE, until)
            last = row
            while last < len(air.lines) and air.times[last] < stop:
                last += 1
            share = (stop - start) / (end - start)
            for name, wanted in ((COAST, False), (HARBOUR, True)):
                data = b"".join(air.lines[i] for i in range(row, last) if air.harbour[i] == wanted)
                if data:
                    yield BackfillPart(share, name, AIVDM, Chunk(data, stop))
            yield BackfillPart(share, "ADS-B", AIRCRAFT_JSON, Chunk(document(scenario.airframes, stop), stop))
            at, row = stop, last
        window = until


class Generator:
    """Live traffic. Lines are worked out a window ahead and sent at their moment."""

    def __init__(self, ports: Ports, clock: Clock, *, seed: int = SEED, scale: float = 1.0) -> None:
        self.ports, self.clock = ports, clock
        self.scenario = Scenario.build(seed, scale)
        self.coast, self.sbs, self.harbour = Broadcast(), Broadcast(), Datagrams()
        self.documents = Documents(lambda: document(self.scenario.airframes, clock()))
        self.sent = 0

    async def open(self) -> None:
        """Open the doors. Raises DoorTaken."""
        host = self.ports.host
        doors = ((self.coast, self.ports.coast), (self.sbs, self.ports.sbs), (self.documents, self.ports.aircraft))
        for door, port in doors:
            try:
                await door.open(host, port)
            except OSError as taken:
                raise DoorTaken(port) from taken
        await self.harbour.open(host, self.ports.harbour)

    async def close(self) -> None:
        for door in (self.coast, self.sbs, self.documents):
            await door.close()
        self.harbour.close()

    async def run(self, stop: asyncio.Event) -> None:
        sent_to = self.clock()
        ready_to, row = sent_to, 0
        air = on_air([], sent_to, sent_to, full=True)
        while not stop.is_set():
            now = self.clock()
            if now - sent_to > 30 or now < sent_to:  # the machine slept or its clock was set
                sent_to = ready_to = now
                air, row = on_air([], now, now, full=True), 0
            while sent_to < now:
                if row >= len(air.lines) and ready_to <= now:
                    air, row = on_air(self.scenario.fleet, ready_to, ready_to + WINDOW, full=True), 0
                    ready_to += WINDOW
                row = self._send(air, row, now)
                if int(now) != int(sent_to):
                    self.sbs.send(b"".join(sbs_lines(self.scenario.airframes, float(int(now)))))
                if ready_to > now:
                    sent_to = now
            try:
                await asyncio.wait_for(stop.wait(), BEAT)
            except TimeoutError:
                continue

    def _send(self, air: OnAir, row: int, now: float) -> int:
        """Send what is due from `row` on; answers the row to go on with."""
        coast: list[bytes] = []
        port: list[bytes] = []
        while row < len(air.lines) and air.times[row] <= now:
            self.sent += 1
            (port if air.harbour[row] else coast).append(self._perhaps_spoiled(air.lines[row]))
            row += 1
        if coast:
            self.coast.send(b"".join(coast))
        if port:
            self.harbour.send(port)
        return row

    def _perhaps_spoiled(self, line: bytes) -> bytes:
        if self.sent % SPOILED:
            return line
        middle = len(line) // 2
        return line[:middle] + b"?" + line[middle + 1 :] if self.sent % (2 * SPOILED) else line[:middle] + b"\r\n"


async def run(
    ports: Ports, clock: Clock, stop: asyncio.Event, *, seed: int = SEED, scale: float = 1.0,
    opened: Callable[[], None] | None = None,
) -> None:  # fmt: skip
    """Open the four doors and send until `stop` is set. `opened` is called when clients can connect."""
    generator = Generator(ports, clock, seed=seed, scale=scale)
    try:
        await generator.open()
        if opened is not None:
            opened()
        await generator.run(stop)
    finally:
        await generator.close()
