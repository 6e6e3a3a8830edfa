"""AIS sentences per second, socket to database, everything stored, one core.

    python -m benchmarks.ingest [--vessels 100000] [--peak 1000000] [--steady 40] [--json PATH]

The real feed process (`app.py feeds`) is pinned to one core; this program sends from the other over a TCP socket,
sentences encoded ahead, as fast as the socket takes them. The clock stops when a reader of the database finds the
last sentence there: a tick, the kept points with it, and all before it, because the journal writes in order. Then the
last position of every vessel in the picture is compared with what was sent.

Steady: 5,000 sentences a second, processor time of the whole process by the system's count.
Baseline: pyais decoding the same sentences, pinned to the same core: joining and decoding alone, nothing stored. Rates
set beside each other are by processor time, which other work on the machine changes least.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rig import PYTHON, ROOT, Process, Receiver, Rig, Steady, cores, fed_rig, parser, tell, until
from benchmarks.traffic import Fleet, sentences_in
from data_sources.demo import aivdm
from picture.observations import Namespace, key_of

PEAK_MUST, STEADY_MUST, STEADY_RATE = 30_000, 0.5, 5_000
NOMINAL = 40_000.0  # messages a second by the times inside the sentences of the peak
MARKER = 299_999_999
BASELINE_SENTENCES = 150_000
PYAIS = """
import sys, time
from pyais.stream import IterMessages
lines = open(sys.argv[1], "rb").read().splitlines()
began = time.process_time(); n = 0
for message in IterMessages(lines):
    message.decode(); n += 1
print(n, len(lines) / (time.process_time() - began))
"""
OURS = """
import sys, time
from data_sources.contract import Chunk
from data_sources.nmea.translator import AisTranslator
data = open(sys.argv[1], "rb").read()
began = time.process_time(); n = 0; translator = AisTranslator()
for first in range(0, len(data), 65536):
    n += translator.translate(Chunk(data[first : first + 65536], 0.0)).messages
print(n, data.count(b"\\n") / (time.process_time() - began))
"""


def marker(number: int, at: float) -> bytes:
    """One sentence of a vessel of its own, at a place that says which one it is."""
    fields: dict[str, aivdm.Field] = {
        "type": 1, "mmsi": MARKER, "speed": 10, "lon": aivdm.degrees(160.0 + number * 0.001), "lat": aivdm.degrees(-30.0),
        "course": 900, "heading": 90,
    }  # fmt: skip
    characters, fill = aivdm.payload(1, 1, fields)
    tags = aivdm.tag_blocks(("COAST1",), np.zeros(1, np.int64), np.array([at]))
    return b"".join(aivdm.lines(characters, fill, tags=tags))


class Reader:
    """Follows the ticks as a web process does and keeps the newest position of everyone."""

    def __init__(self, rig: Rig) -> None:
        self._rig, self.seq, self.marker_lon = rig, 0, math.nan
        self.positioned: dict[int, float] = {}
        self.ticks = 0
        self._key = key_of(Namespace.MMSI, MARKER)

    def read(self) -> None:
        while found := self._rig.ticks_since(self.seq):
            for seq, tick in found:
                self.seq, self.ticks = seq, self.ticks + 1
                states = tick.states
                self.positioned.update(zip(states["key"].tolist(), states["positioned_at"].tolist(), strict=True))
                for row in np.flatnonzero(states["key"] == self._key):
                    self.marker_lon = float(states["lon"][row])

    def has_marker(self, number: int) -> bool:
        self.read()
        return abs(self.marker_lon - (160.0 + number * 0.001)) < 1e-5


def last_times(fleet: Fleet, data: bytes) -> dict[int, float]:
    """The newest time in the tag blocks of every MMSI's sentences with a position, read off the wire."""
    from data_sources.contract import Chunk
    from data_sources.nmea.translator import AisTranslator

    newest: dict[int, float] = {}
    translator = AisTranslator()
    for first in range(0, len(data), 2**20):
        seen = translator.translate(Chunk(data[first : first + 2**20], fleet.epoch)).observations
        located = np.isfinite(seen.lat)
        for key, at in zip(seen.key[located].tolist(), seen.observed_at[located].tolist(), strict=True):
            if at > newest.get(key, 0.0):
                newest[key] = at
    return newest


def blast(receiver: Receiver, reader: Reader, data: bytes, number: int, feeds: Process, at: float) -> dict[str, Any]:
    """Send as fast as the socket takes it; time until the marker behind it is in the database."""
    cpu, began = feeds.cpu_seconds(), time.monotonic()
    sender = threading.Thread(target=lambda: receiver.send(data + marker(number, at)))
    sender.start()
    until(lambda: reader.has_marker(number), 600, "everything in the database", every=0.02)
    spent = time.monotonic() - began
    sender.join()
    n = sentences_in(data) + 1
    return {"sentences": n, "seconds": round(spent, 2), "per_second": round(n / spent),
            "per_cpu_second": round(n / (feeds.cpu_seconds() - cpu)), "memory_mb": round(feeds.memory_mb())}  # fmt: skip


def steady(receiver: Receiver, fleet: Fleet, seconds: float, feeds: Process) -> dict[str, Any]:
    """5,000 sentences a second for so long; what share of a core it takes."""
    per_message = 1.0 + 0.06  # a type 5 is two sentences
    start = time.time() + 1.0
    blocks = list(fleet.blocks(seconds, start, STEADY_RATE / per_message))
    sentences = sum(sentences_in(data) for _, data in blocks)
    shift = max(0.0, time.time() + 0.5 - start)  # encoding took a while: tags are that much old, as real ones are
    sender = Steady(receiver, [(due + shift, data) for due, data in blocks])
    time.sleep(2.0)
    shares = []
    began, cpu = time.monotonic(), feeds.cpu_seconds()
    from_then, cpu_then = began, cpu
    while sender._thread.is_alive():
        time.sleep(5.0)
        shares.append((feeds.cpu_seconds() - cpu_then) / (time.monotonic() - from_then))
        from_then, cpu_then = time.monotonic(), feeds.cpu_seconds()
    sender.wait()
    return {"sentences_per_second": round(sentences / seconds), "seconds": seconds,
            "share_of_a_core": round((cpu_then - cpu) / (from_then - began), 3),
            "share_at_most_in_5_s": round(max(shares), 3), "sender_late_at_most": round(sender.latest, 3)}  # fmt: skip


def decoding_alone(program: str, data: bytes, core: int) -> dict[str, Any]:
    """Sentences a second of processor time, of a program that only joins and decodes: median of three."""
    lines = data.split(b"\n", BASELINE_SENTENCES)[:BASELINE_SENTENCES]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sentences.nmea"
        path.write_bytes(b"\n".join(lines) + b"\n")
        runs = []
        for _ in range(3):
            done = subprocess.run(["taskset", "-c", str(core), PYTHON, "-c", program, str(path)], capture_output=True,
                                  text=True, check=True, cwd=ROOT)  # fmt: skip
            messages, rate = done.stdout.split()
            runs.append(float(rate))
    return {"sentences": len(lines), "messages": int(messages), "per_second": round(statistics.median(runs))}


def measure(given: argparse.Namespace) -> dict[str, Any]:
    core = cores()[-1]
    now = time.time()
    fleet = Fleet(given.vessels, epoch=now)
    everyone = fleet.everyone(now)
    peak_data = [fleet.messages(given.peak // given.runs, now + 2 + k * given.peak / given.runs / NOMINAL, NOMINAL)
                 for k in range(given.runs)]  # fmt: skip
    ends = now + 2 + given.peak / NOMINAL
    with fed_rig(core=core) as (rig, receiver, feeds):
        os.sched_setaffinity(0, set(cores()[:-1]) or {core})
        reader = Reader(rig)
        first = blast(receiver, reader, everyone, 1, feeds, now)
        peaks = [blast(receiver, reader, data, 2 + k, feeds, now + 2 + (k + 1) * given.peak / given.runs / NOMINAL)
                 for k, data in enumerate(peak_data)]  # fmt: skip
        time.sleep(max(0.0, ends - time.time()))
        begun = time.time()
        newest = last_times(fleet, everyone + b"".join(peak_data))
        missing = sum(reader.positioned.get(key, 0.0) < math.floor(at) for key, at in newest.items())
        calm = steady(receiver, fleet, given.steady, feeds)
        time.sleep(3)
        feed, facts = rig.feed(), rig.facts()
        stored = {
            "vessels_sent": len(newest), "vessels_not_at_their_last_position": missing, "tracks": facts["tracks"],
            "rejected": dict(feed.rejected), "history_lost": facts["history_lost"], "ticks_written": facts["ticks_written"],
            "points_written": facts["points_written"], "database_mb": round(
                sum(each.stat().st_size for each in (rig.folder / "var").glob("picture.db*")) / 1e6),
            "seconds_between": round(time.time() - begun, 1),
        }  # fmt: skip
    baseline, ours = decoding_alone(PYAIS, peak_data[0], core), decoding_alone(OURS, peak_data[0], core)
    best = statistics.median(each["per_second"] for each in peaks)
    by_cpu = statistics.median(each["per_cpu_second"] for each in peaks)
    return {"vessels": given.vessels, "peak_per_second": best, "peaks": peaks, "first_heard": first, "steady": calm,
            "stored": stored, "pyais_alone": baseline, "our_decoding_alone": ours, "peak_per_cpu_second": by_cpu,
        "ratio_to_pyais": round(by_cpu / baseline["per_second"], 2)}  # fmt: skip


def main() -> None:
    asked = parser(__doc__ or "")
    asked.add_argument("--vessels", type=int, default=100_000)
    asked.add_argument("--peak", type=int, default=1_200_000, help="messages in all runs of the peak")
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--steady", type=float, default=40.0, help="seconds")
    given = asked.parse_args()
    found = measure(given)
    calm = found["steady"]
    tell(given, found, [
        ("what", "must", "measured", "baseline: pyais decoding alone"),
        ("peak, sentences/s", f">= {PEAK_MUST:,}", f"{found['peak_per_second']:,.0f}",
         f"{found['pyais_alone']['per_second']:,} ({found['ratio_to_pyais']} times)"),
        (f"steady {calm['sentences_per_second']:,}/s, share of a core", f"<= {STEADY_MUST}", calm["share_of_a_core"], ""),
        ("our own decoding alone, sentences/s", "", f"{found['our_decoding_alone']['per_second']:,}",
         f"{found['pyais_alone']['per_second']:,}"),
        ("first reports of unknown vessels, sentences/s", "", f"{found['first_heard']['per_second']:,}", ""),
        ("vessels not at their last position", "0", found["stored"]["vessels_not_at_their_last_position"], ""),
    ])  # fmt: skip


if __name__ == "__main__":
    main()
