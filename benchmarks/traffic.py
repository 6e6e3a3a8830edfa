"""AIS traffic for benchmarks: a fleet with the mix of message types that shore stations hear, encoded ahead.

Shares of messages are near those of coastal networks: two thirds class A positions, a seventh class B, static and
voyage data in two sentences each, stations, aids and satellite reports. Every sentence has a tag block with its
receiver and time. The numbers begin with 299, which no State has (and 00299, 99299 for stations and aids).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from data_sources.demo import aivdm
from data_sources.demo.receivers import scatter

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

SHARES = {1: 0.60, 3: 0.06, 5: 0.06, 18: 0.14, 19: 0.01, 24: 0.03, aivdm.PART_B: 0.02, 4: 0.04, 21: 0.02, 27: 0.02}
GROUP_OF = {1: "a", 3: "a", 5: "a", 27: "a", 18: "b", 19: "b", 24: "b", aivdm.PART_B: "b", 4: "station", 21: "aid"}
GROUPS = {"a": (0.70, 299_000_000), "b": (0.24, 299_500_000), "station": (0.02, 2_990_000), "aid": (0.04, 992_990_000)}
RECEIVERS = ("COAST1", "COAST2", "COAST3", "COAST4")
BOX = (-46.0, -29.0, 155.0, 195.0)  # south, north, west, east
WIDE = 16_384  # messages encoded at a time


def sentences_in(data: bytes) -> int:
    return data.count(b"\n")


class Fleet:
    """`n` senders. Those that sail go round circles of their own, so that every report is a new position."""

    def __init__(self, n: int, *, epoch: float, seed: int = 5) -> None:
        self.n, self.epoch = n, epoch
        self._random = np.random.default_rng(seed)
        self._next = dict.fromkeys(SHARES, 0)
        counts = {group: max(1, round(share * n)) for group, (share, _) in GROUPS.items()}
        counts["a"] += n - sum(counts.values())
        self.mmsi: dict[str, Ints] = {g: GROUPS[g][1] + np.arange(count, dtype=np.int64) for g, count in counts.items()}
        self._home = {group: self._homes(mmsi) for group, mmsi in self.mmsi.items()}
        self._told: dict[int, NDArray[np.uint8]] = {}

    def _homes(self, mmsi: Ints) -> dict[str, Array]:
        drawn = [scatter(mmsi, np.full(len(mmsi), salt, np.int64)) for salt in range(6)]
        south, north, west, east = BOX
        return {
            "lat": south + drawn[0] * (north - south), "lon": west + drawn[1] * (east - west),
            "speed": 6.0 + 12.0 * drawn[2], "radius": 3.0 + 9.0 * drawn[3], "phase": 2 * np.pi * drawn[4],
        }  # fmt: skip

    def everyone(self, at: float) -> bytes:
        """Every sender once: who it is, then where."""
        parts: list[bytes] = []
        for table in (5, 24, aivdm.PART_B, 1, 18, 4, 21):
            who = np.arange(len(self.mmsi[GROUP_OF[table]]))
            for first in range(0, len(who), WIDE):
                some = who[first : first + WIDE]
                parts += self._lines(table, some, np.full(len(some), at))
        return b"".join(parts)

    def messages(self, count: int, start: float, rate: float) -> bytes:
        """`count` messages of the mix in the order of their times, `rate` a second from `start` on."""
        parts = []
        for first in range(0, count, WIDE):
            times = start + np.arange(first, min(first + WIDE, count)) / rate
            parts.append(b"".join(self._mixed(times)))
        return b"".join(parts)

    def blocks(self, seconds: float, start: float, rate: float, step: float = 0.05) -> Iterator[tuple[float, bytes]]:
        """The moment each block is due and its bytes, encoded some seconds ahead."""
        for ahead in range(0, round(seconds / step), 20):
            steps = range(ahead, min(ahead + 20, round(seconds / step)))
            edges = [round(k * step * rate) for k in (*steps, steps[-1] + 1)]
            lines = self._mixed(start + np.arange(edges[0], edges[-1]) / rate)
            for number, k in enumerate(steps):
                some = lines[edges[number] - edges[0] : edges[number + 1] - edges[0]]
                yield start + (k + 1) * step, b"".join(some)

    def _mixed(self, times: Array) -> list[bytes]:
        tables = self._random.choice(list(SHARES), len(times), p=list(SHARES.values()))
        found = np.empty(len(times), object)
        for table in SHARES:
            rows = np.flatnonzero(tables == table)
            if not len(rows):
                continue
            many = len(self.mmsi[GROUP_OF[table]])
            who = (self._next[table] + np.arange(len(rows))) % many
            self._next[table] = int(self._next[table] + len(rows)) % many
            found[rows] = self._lines(table, who, times[rows])
        return found.tolist()

    def _lines(self, table: int, who: Ints, times: Array) -> list[bytes]:
        characters, fill = self._payload(table, who, times)
        mmsi = self.mmsi[GROUP_OF[table]][who]
        tags = aivdm.tag_blocks(RECEIVERS, mmsi % len(RECEIVERS), times)
        return aivdm.lines(characters, fill, tags=tags, sequence=np.arange(len(who)))

    def _payload(self, table: int, who: Ints, times: Array) -> tuple[NDArray[np.uint8], int]:
        group = GROUP_OF[table]
        if table in (5, 24, aivdm.PART_B):  # the same from each sender every time: encoded once
            if table not in self._told:
                self._told[table], _fill = aivdm.payload(table, len(self.mmsi[group]), self._statics(table, group))
            return self._told[table][who], -sum(width for _, width in aivdm.TABLES[table]) % 6
        return aivdm.payload(table, len(who), self._position(table, group, who, times))

    def _statics(self, table: int, group: str) -> dict[str, aivdm.Field]:
        mmsi = self.mmsi[group]
        names = [f"BENCH {number}" for number in mmsi.tolist()]
        if table == 5:
            return {"type": 5, "mmsi": mmsi, "name": names, "call_sign": [f"B{m % 10**6}" for m in mmsi.tolist()],
                    "ship_type": 60 + mmsi % 30, "bow": 90, "stern": 20, "port": 8, "starboard": 8, "draught": 82,
                    "destination": "NZAKL", "month": 11, "day": 30, "hour": 6}  # fmt: skip
        if table == 24:
            return {"type": 24, "mmsi": mmsi, "part": 0, "name": names}
        return {"type": 24, "mmsi": mmsi, "part": 1, "ship_type": 36, "call_sign": "BENCH", "bow": 8, "stern": 4}

    def position(self, group: str, who: Ints, times: Array) -> tuple[Array, Array, Array]:
        """Latitude, longitude and course at these times."""
        home = {name: column[who] for name, column in self._home[group].items()}
        if group in ("station", "aid"):
            return home["lat"], (home["lon"] + 180) % 360 - 180, np.zeros(len(who))
        angle = home["phase"] + home["speed"] / home["radius"] / 3600.0 * (times - self.epoch)
        lat = home["lat"] + home["radius"] * np.sin(angle) / 60.0
        lon = home["lon"] + home["radius"] * np.cos(angle) / 60.0 / np.cos(np.radians(home["lat"]))
        return lat, (lon + 180) % 360 - 180, np.degrees(np.arctan2(-np.sin(angle), np.cos(angle))) % 360

    def _position(self, table: int, group: str, who: Ints, times: Array) -> dict[str, aivdm.Field]:
        lat, lon, course = self.position(group, who, times)
        coarse = table == 27
        scale, knots = (600.0, 1) if coarse else (600_000.0, 10)
        speed = np.round(self._home[group]["speed"][who] * knots).astype(np.int64)
        fields: dict[str, aivdm.Field] = {
            "type": table, "mmsi": self.mmsi[group][who], "accuracy": 1,
            "lon": aivdm.degrees(lon, scale), "lat": aivdm.degrees(lat, scale),
        }  # fmt: skip
        if not coarse:
            fields["second"] = np.floor(times).astype(np.int64) % 60
        if group in ("a", "b"):
            fields |= {"speed": speed, "course": np.round(course * (1 if coarse else 10)).astype(np.int64) % (
                360 if coarse else 3600), "heading": np.round(course).astype(np.int64) % 360}  # fmt: skip
        if table in (19, 21):
            fields["name"] = [f"BENCH {number}" for number in self.mmsi[group][who].tolist()]
        if table == 19:
            fields["ship_type"] = 36
        if table == 4:
            fields |= {"year": 2026, "month": 11, "day": 22, "minute": np.floor(times / 60).astype(np.int64) % 60}
        return fields
