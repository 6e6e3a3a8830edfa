"""How fast the live picture takes reports in, one core: `python benchmarks/store.py` prints one JSON object.

Batches of 2,000 as the AIS path makes them, of distinct tracks unless named otherwise. Best of several runs,
because other work on the machine only ever makes it slower.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from picture.observations import Kind, Namespace, Observations, key_of
from picture.store import TrackStore

TRACKS = 320_000
BATCH = 2_000
T0 = 1_800_000_000.0


def heard(which: np.ndarray, at: float, receivers: int = 2) -> Observations:
    """One report of each vessel at `at` seconds: all under way at 12 knots, straight on."""
    seen = Observations.blank(len(which), receivers=[f"station {n}" for n in range(receivers)])
    seen.key[:], seen.kind[:] = key_of(Namespace.MMSI, 200_000_000) + which, Kind.VESSEL
    seen.observed_at[:] = T0 + at
    seen.received_at[:] = T0 + at + 0.5
    seen.lat[:] = -60 + which // 1000 * 0.2 + 12 * at / 3600 / 60
    seen.lon[:] = 150 + which % 1000 * 0.05
    seen.speed[:], seen.course[:], seen.heading[:], seen.status[:] = 12.0, 0.0, 1.0, 0
    seen.receiver[:] = which % receivers
    return seen


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def main() -> None:
    rng = np.random.default_rng(1)
    store = TrackStore()
    everyone = np.arange(TRACKS)
    figures: dict[str, float] = {}

    batches = [heard(everyone[first : first + BATCH], 0.0) for first in range(0, TRACKS, BATCH)]
    spent = seconds(lambda: [store.apply("coast", batch, T0) for batch in batches])
    figures["new_tracks_per_second"] = TRACKS / spent
    store.flush(T0)

    at, rates, ten_thousand, flushes = 0.0, [], [], []
    for _ in range(7):
        at += 10.0
        order = rng.permutation(TRACKS)
        batches = [heard(order[first : first + BATCH], at) for first in range(0, 100_000, BATCH)]
        spent = seconds(lambda batches=batches: [store.apply("coast", batch, T0) for batch in batches])
        rates.append(100_000 / spent)
        store.flush(T0)
        some = heard(rng.permutation(TRACKS)[:10_000], at + 5.0)
        ten_thousand.append(seconds(lambda some=some: store.apply("coast", some, T0)))
        flushes.append(seconds(lambda: store.flush(T0)))
    figures["observations_per_second"] = max(rates)
    figures["ten_thousand_reports_into_all_ms"] = min(ten_thousand) * 1000
    figures["flush_of_ten_thousand_ms"] = min(flushes) * 1000
    figures["flush_of_nothing_ms"] = min(seconds(lambda: store.flush(T0)) for _ in range(9)) * 1000
    figures["sweep_ms"] = min(seconds(lambda: store.sweep(T0 + 60)) for _ in range(5)) * 1000
    figures["checkpoint_of_ten_thousand_ms"] = seconds(lambda: store.checkpoint(range(1, 10_001))) * 1000

    one = Observations.join([heard(np.array([7]), 1000.0 + n * 10) for n in range(BATCH)])
    figures["reports_of_one_track_per_second"] = BATCH / seconds(lambda: store.apply("coast", one, T0))
    odd = heard(everyone[:500], 2000.0)
    odd.lat[:] += 20.0
    figures["impossible_reports_per_second"] = len(odd) / seconds(lambda: store.apply("coast", odd, T0))
    figures["memory_mb_peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"tracks": TRACKS, "batch": BATCH} | {name: round(value, 2) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
