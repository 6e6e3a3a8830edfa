"""Hostile input at full speed: what it costs the feed process in memory, and whether good traffic gets through after.

    python -m benchmarks.hostile [--seconds 10] [--json PATH]

Each attack goes over a TCP connection of its own feed process, while the resident memory is sampled every 50 ms.
`bounded` compares with what the same process held before: 8 MB of queue a feed, one unfinished line, 1,000 open
messages, 100,000 remembered payloads twice, and the table of `max_tracks` are all that it may grow by.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.ingest import MARKER, Reader, marker
from benchmarks.rig import fed_rig, parser, tell, until
from data_sources.demo import aivdm

GARBAGE_MB_PER_SECOND = 50
MILLION = 1_000_000


def random_bytes(seconds: float) -> Iterator[bytes]:
    """50 MB/s of noise, line ends and sentence starts among it as chance has it."""
    noise = np.random.default_rng(3).integers(0, 256, 8 * 2**20, np.uint8).tobytes()
    began, sent = time.monotonic(), 0
    while (spent := time.monotonic() - began) < seconds:
        if sent < spent * GARBAGE_MB_PER_SECOND * 1e6:
            first = sent % (7 * 2**20)
            sent += 2**20
            yield noise[first : first + 2**20]
        else:
            time.sleep(0.002)


def looks_like_ais(seconds: float) -> Iterator[bytes]:
    """Sentence-like noise: every line begins as it should and is wrong further on."""
    draw = np.random.default_rng(4)
    lines = [b"!AIVDM,1,1,,A," + draw.integers(48, 120, 40, np.uint8).tobytes() + b",0*00\r\n" for _ in range(20_000)]
    block = b"".join(lines)
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        yield block


def megabyte_sentences(_seconds: float) -> Iterator[bytes]:
    for _ in range(100):
        yield b"!AIVDM,1,1,,A," + b"1" * 2**20 + b",0*00\r\n"
    yield b"!AIVDM,1,1,,A," + b"1" * 100 * 2**20  # and one without an end
    yield b"\r\n"


def half_open(_seconds: float) -> Iterator[bytes]:
    """The first of two parts, ten thousand times, each under receiver, channel and number of its own."""

    def part(k: int) -> bytes:
        body = b"AIVDM,2,1,%d,A,%s,0" % (k % 10, b"5" + b"0" * 55)
        check = 0
        for byte in body:
            check ^= byte
        tag = b"s:R%d" % k
        tag_check = 0
        for byte in tag:
            tag_check ^= byte
        return b"\\%s*%02X\\!%s*%02X\r\n" % (tag, tag_check, body, check)

    for first in range(0, 10_000, 1000):
        yield b"".join(part(k) for k in range(first, first + 1000))


def million_mmsi(_seconds: float) -> Iterator[bytes]:
    draw = np.random.default_rng(6)
    for first in range(0, MILLION, 20_000):
        mmsi = 200_000_000 + np.arange(first, first + 20_000, dtype=np.int64) * 37
        fields: dict[str, aivdm.Field] = {
            "type": 1, "mmsi": mmsi, "speed": 100, "lon": aivdm.degrees(draw.uniform(150, 180, 20_000)),
            "lat": aivdm.degrees(draw.uniform(-50, -30, 20_000)), "course": 900, "heading": 90,
        }  # fmt: skip
        characters, fill = aivdm.payload(1, 20_000, fields)
        yield b"".join(aivdm.lines(characters, fill))


ATTACKS = {
    "random bytes, 50 MB/s": random_bytes, "sentence-like noise, full speed": looks_like_ais,
    "sentences of 1 MB, one of 100 MB": megabyte_sentences, "10,000 half-open multi-parts": half_open,
    "a million MMSI": million_mmsi,
}  # fmt: skip


class Watch:
    """Largest resident memory while it runs."""

    def __init__(self, process: Any) -> None:
        self.largest = process.memory_mb()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(process,), daemon=True)
        self._thread.start()

    def _run(self, process: Any) -> None:
        while not self._stop.wait(0.05):
            self.largest = max(self.largest, process.memory_mb())

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)


def attack(name: str, seconds: float) -> dict[str, Any]:
    with fed_rig() as (rig, receiver, feeds):
        reader = Reader(rig)
        receiver.send(marker(1, time.time()))
        until(lambda: reader.has_marker(1), 30, "a first good sentence in the database")
        time.sleep(1.0)
        before, watch, began, sent = feeds.memory_mb(), Watch(feeds), time.monotonic(), 0
        for data in ATTACKS[name](seconds):
            receiver.send(data)
            sent += len(data)
        spent = time.monotonic() - began
        over = time.monotonic()
        receiver.send(b"\r\n" + marker(2, time.time() + 1))
        until(lambda: reader.has_marker(2), 300, "a good sentence after the attack")
        recovered = time.monotonic() - over
        time.sleep(12.0)  # a checkpoint and a word of status later
        watch.close()
        feed, facts = rig.feed(), rig.facts()
        return {
            "attack": name, "sent_mb": round(sent / 1e6, 1), "taken_mb_per_second": round(sent / 1e6 / spent, 1),
            "before_mb": round(before), "largest_mb": round(watch.largest), "after_mb": round(feeds.memory_mb()),
            "good_again_after_s": round(recovered, 1), "rejected": feed.rejected, "tracks": facts["tracks"],
            "slowest_beat_s": facts["slowest_beat_seconds"], "evicted": facts["evicted"],
            "refused": {key: value for key, value in facts.items() if key.startswith("refused")},
        }  # fmt: skip


def main() -> None:
    asked: argparse.ArgumentParser = parser(__doc__ or "")
    asked.add_argument("--seconds", type=float, default=10.0)
    asked.add_argument("--only", default="", help="attacks whose name holds this")
    given = asked.parse_args()
    found = [attack(name, given.seconds) for name in ATTACKS if given.only in name]
    rows: list[tuple[object, ...]] = [
        ("attack", "taken MB/s", "before MB", "largest MB", "after MB", "good traffic again after s", "counted as")
    ]
    for each in found:
        counted = ", ".join(f"{count:,} {reason}" for reason, count in each["rejected"].items()) or "nothing rejected"
        rows.append((each["attack"], each["taken_mb_per_second"], each["before_mb"], each["largest_mb"], each["after_mb"],
                     each["good_again_after_s"], counted))  # fmt: skip
    tell(given, {"marker_mmsi": MARKER, "attacks": found}, rows)


if __name__ == "__main__":
    main()
