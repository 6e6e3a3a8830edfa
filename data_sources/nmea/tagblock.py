r"""NMEA 4.10 tag blocks (`\g:1-2-73874,s:r003669945,c:1241544035*4A\`) and the older USCG suffix.

The block's checksum is not held against good data: real providers write *00. Keys that are not in the standard
are passed over.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_NUMBER = re.compile(r"\d{1,17}(?:\.\d{1,6})?")
_GROUP = re.compile(r"([1-9])-([1-9])-(.{1,20})")
_OLD_GROUP = re.compile(r"([1-9])G([1-9]):(.{1,20})")  # key and value in one: 1G2:0125
_STATION_CHARS = 40


class TagBlock(NamedTuple):
    """What a tag block or a suffix says. Times are epoch seconds as sent, not yet believed."""

    time: float | None = None  # when received by the station
    delivered: float | None = None  # when handed on by the provider
    station: str = ""
    group: tuple[int, int, str] | None = None  # sentence, of how many, group id


NOTHING = TagBlock()


def epoch_seconds(number: str) -> float | None:
    """Epoch seconds from a number in seconds, milliseconds or microseconds; None when it is not a number."""
    if not _NUMBER.fullmatch(number):
        return None
    value = float(number)
    if value >= 1e14:
        return value / 1e6
    return value / 1e3 if value >= 1e11 else value


@lru_cache(maxsize=4096)
def read_tag_block(block: bytes) -> TagBlock:
    """The fields of the text between two backslashes."""
    time = delivered = group = None
    station = ""
    for item in block.decode("latin-1").rpartition("*")[0].split(",") if b"*" in block else _items(block):
        key, _, value = item.strip().partition(":")
        if key == "c":
            time = epoch_seconds(value)
        elif key == "t":
            delivered = epoch_seconds(value)
        elif key == "s":
            station = value.strip()[:_STATION_CHARS]
        elif found := (_GROUP.fullmatch(value) if key == "g" else _OLD_GROUP.fullmatch(item.strip())):
            group = (int(found[1]), int(found[2]), found[3])
    return TagBlock(time, delivered, station, group)


def _items(block: bytes) -> list[str]:
    return block.decode("latin-1").split(",")


def merge(earlier: TagBlock, later: TagBlock) -> TagBlock:
    """Two blocks before one sentence: the nearer one wins where both speak."""
    return TagBlock(
        later.time if later.time is not None else earlier.time,
        later.delivered if later.delivered is not None else earlier.delivered,
        later.station or earlier.station,
        later.group or earlier.group,
    )


_STATION = re.compile(r"r[A-Za-z0-9]{2,15}")
_BASE = re.compile(r"b[A-Za-z]?\d{6,12}")  # some networks name the base station with b
_EPOCH = re.compile(r"\d{9,10}")


@lru_cache(maxsize=4096)
def read_suffix(suffix: bytes) -> TagBlock:
    """USCG fields after the checksum: `,r003669987,1152921693`, among signal fields nobody needs here.

    Of two epochs the first is taken: it is the one that agrees with the slot time in the same suffix.
    """
    station, time = "", None
    for item in suffix.decode("latin-1").split(","):
        item = item.strip()
        if time is None and _EPOCH.fullmatch(item):
            time = float(item)
        elif not station and (_STATION.fullmatch(item) or _BASE.fullmatch(item)):
            station = item
    return TagBlock(time=time, station=station)
