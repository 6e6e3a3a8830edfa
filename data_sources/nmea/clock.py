"""When a sentence was received by the station that heard it.

In this order: its own tag block, the $PGHP line before it, its USCG suffix, the ship's own clock (RMC, ZDA) in the
same stream, else the time at which we received it. A time that cannot be is passed over, not the sentence.
"""

from __future__ import annotations

import re
from calendar import timegm
from functools import lru_cache, reduce
from operator import xor
from typing import NamedTuple

from data_sources.nmea.tagblock import NOTHING, TagBlock, merge, read_suffix, read_tag_block

EARLIEST = 946_684_800.0  # 2000-01-01: no recording is older
AHEAD = 86_400.0  # seconds; more is no time at all. A clock that is merely ahead is refused for all feeds alike,
# by the coordinator, and shown as such
BEFORE_HEARD = 60.0  # seconds a provider may say it delivered before the station heard: two clocks
PGHP_HOLDS = 60.0  # seconds of receipt a $PGHP line speaks for what follows it
SHIP_CLOCK_HOLDS = 10.0  # seconds of receipt the ship's clock is used after it was last heard
CLOCKS_AGREE = 10.0  # seconds: within these the talker that came first keeps the clock

_PGHP = re.compile(rb"\$PGHP,1,(\d{4}),(\d{1,2}),(\d{1,2}),(\d{1,2}),(\d{1,2}),(\d{1,2}),(\d{0,3}),(\d*),(\d*),(\d*)")
_RMC = re.compile(rb"\$(..)RMC,(\d\d)(\d\d)(\d\d(?:\.\d+)?),A,[^*]*?,[EW],[^,]*,[^,]*,(\d\d)(\d\d)(\d\d),")
_ZDA = re.compile(rb"\$(..)ZDA,(\d\d)(\d\d)(\d\d(?:\.\d+)?),(\d\d),(\d\d),(\d{4}),")


class Stamp(NamedTuple):
    """Where and when a sentence was heard."""

    observed_at: float
    received_at: float
    receiver: str
    timed: bool  # carried or was given a time; else observed_at is the time of receipt
    named: bool  # named its own receiver
    own_time: bool  # said the time itself, in its tag block or suffix
    group: tuple[int, int, str] | None = None


class StreamClock:
    """The clock of one stream of sentences."""

    def __init__(self, receiver: str) -> None:
        self._receiver = receiver
        self._pending = NOTHING  # tag block on a line of its own: speaks for the next sentence
        self._pghp: tuple[float, str, float] | None = None  # time, station, when heard
        self._ship: tuple[bytes, float, float] | None = None  # talker, time, when heard
        self._unsure: tuple[bytes, float] | None = None  # talker and time of a line with a wrong checksum
        self._usual: Stamp | None = None  # of a sentence that says nothing itself

    def tag_block(self, block: bytes) -> None:
        """A tag block that stands alone."""
        self._pending = merge(self._pending, read_tag_block(block))

    def line(self, line: bytes, received_at: float) -> None:
        """Any other sentence of the stream; those that tell the time are used."""
        if line.startswith(b"$PGHP"):
            self._read_pghp(line, received_at)
        elif line[3:6] in (b"RMC", b"ZDA"):
            self._read_ship(line, received_at)

    def stamp(self, tag: bytes, suffix: bytes, received_at: float) -> Stamp:
        """Of a sentence with this tag block and this suffix (each may be empty)."""
        if not tag and not suffix and self._pending is NOTHING:
            usual = self._usual
            if usual is None or usual.received_at != received_at:
                usual = self._usual = self._work_out(NOTHING, NOTHING, received_at)
            return usual
        block = read_tag_block(tag) if tag else NOTHING
        if self._pending is not NOTHING:
            block = merge(self._pending, block)
            self._pending = NOTHING
        return self._work_out(block, read_suffix(suffix) if suffix else NOTHING, received_at)

    def _work_out(self, block: TagBlock, after: TagBlock, received_at: float) -> Stamp:
        latest = received_at + AHEAD
        observed, station = None, block.station or after.station
        own_time = False
        if block.time is not None and EARLIEST <= block.time <= latest:
            observed, own_time = block.time, True
            if self._pghp is not None:
                self._pghp = self._usual = None  # it spoke for what came before
        if self._pghp is not None and abs(received_at - self._pghp[2]) <= PGHP_HOLDS:
            station = station or self._pghp[1]
            if observed is None and self._pghp[0] <= latest:
                observed = self._pghp[0]
        if observed is None and after.time is not None and EARLIEST <= after.time <= latest:
            observed, own_time = after.time, True
        if observed is None and self._ship is not None and abs(received_at - self._ship[2]) <= SHIP_CLOCK_HOLDS:
            observed = self._ship[1] if self._ship[1] <= latest else None
        delivered = block.delivered
        if delivered is None or observed is None or not observed - BEFORE_HEARD <= delivered <= latest:
            delivered = received_at
        return Stamp(
            observed_at=received_at if observed is None else observed,
            received_at=delivered,
            receiver=station or self._receiver,
            timed=observed is not None,
            named=bool(station),
            own_time=own_time,
            group=block.group,
        )

    def _read_pghp(self, line: bytes, received_at: float) -> None:
        found = _PGHP.match(line)
        if found is None:
            return
        year, month, day, hour, minute, second, millis = (int(part or 0) for part in found.groups()[:7])
        time = moment(year, month, day, hour, minute, second + millis / 1000)
        if time is None:
            return
        station = found[10].decode("ascii")  # the base station, after country and region
        self._pghp = (time, station, received_at)
        self._usual = None

    def _read_ship(self, line: bytes, received_at: float) -> None:
        """A clock without a date is no clock: $IIRMC often comes without one, beside a complete $GPRMC."""
        if found := _RMC.match(line):
            talker, hour, minute, second, day, month, year = found.groups()
            time = moment(2000 + int(year), int(month), int(day), int(hour), int(minute), float(second))
        elif found := _ZDA.match(line):
            talker, hour, minute, second, day, month, year = found.groups()
            time = moment(int(year), int(month), int(day), int(hour), int(minute), float(second))
        else:
            return
        if time is None or not self._believed(line, talker, time):
            return
        ship = self._ship
        if ship is not None and ship[0] != talker and abs(time - ship[1]) <= CLOCKS_AGREE:
            return  # a second clock of the same ship
        self._ship = (talker, time, received_at)
        self._usual = None

    def _believed(self, line: bytes, talker: bytes, time: float) -> bool:
        """The checksum is right, or the line before said nearly the same (gateways exist that get every one wrong)."""
        body, star, check = line[1:].partition(b"*")
        if star and f"{reduce(xor, body, 0):02X}".encode() == check.strip().upper()[:2]:
            return True
        before, self._unsure = self._unsure, (talker, time)
        return before is not None and before[0] == talker and 0 <= time - before[1] <= CLOCKS_AGREE


@lru_cache(maxsize=64)
def _midnight(year: int, month: int, day: int) -> float | None:
    if not (2000 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    return float(timegm((year, month, day, 0, 0, 0)))


def moment(year: int, month: int, day: int, hour: int, minute: int, second: float) -> float | None:
    """Epoch seconds of a UTC date and time, None when it is not one."""
    midnight = _midnight(year, month, day)
    if midnight is None or hour > 23 or minute > 59 or second >= 61:
        return None
    return midnight + hour * 3600 + minute * 60 + second
