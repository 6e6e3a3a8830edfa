"""From a sentence on the socket to drawn on screen: 2,000 sentences a second, ten displays attached.

    python -m benchmarks.freshness [--seconds 60] [--rate 2000] [--vessels 5000] [--json PATH]

The whole product runs: feed process, web process, nine plain WebSocket displays and one real page in headless
Chromium at 1920x1080 that shows every vessel. Every sentence counts: it left for the socket at a known moment, is
found by vessel and time in one tick of the database, the tick's number is in the frames that displays get, and the
page's worker says with every drawing which number it has drawn. A drawing counts when the page has been painted.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

from benchmarks.displays import Screens, browser, open_page, seen
from benchmarks.rig import Steady, fed_rig, parser, spread, tell, until
from data_sources.demo.load import Many

MUST_SECONDS = 2.0
STEP = 0.025  # seconds between sends


def first_at(seqs: np.ndarray, times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The earliest of `times` at which a number as high as each wanted one was reached; NaN: never."""
    order = np.argsort(times, kind="stable")
    reached = np.maximum.accumulate(seqs[order])
    place = np.searchsorted(reached, wanted, "left")
    padded = np.append(times[order], np.nan)
    return padded[np.minimum(place, len(order))]


def ticks_of(rig: Any, after: int, first_mmsi: int) -> dict[tuple[int, int], tuple[int, float]]:
    """(vessel, whole second of its position) -> (seq, time) of the tick that brought it."""
    found: dict[tuple[int, int], tuple[int, float]] = {}
    while some := rig.ticks_since(after):
        for seq, tick in some:
            after = seq
            mmsi = (tick.states["key"] & ((1 << 40) - 1)).astype(np.int64) - first_mmsi
            seconds = np.floor(tick.states["positioned_at"])
            for who, second in zip(mmsi.tolist(), seconds.tolist(), strict=True):
                found.setdefault((who, int(second)), (seq, tick.at))
    return found


def measure(given: argparse.Namespace) -> dict[str, Any]:
    with fed_rig() as (rig, receiver, feeds), browser() as opened:
        web = rig.start_web()
        warm = Many(given.vessels, start=time.time(), rate=given.rate)
        receiver.send(b"".join(warm.statics()) + b"".join(warm.sentences(0, given.vessels)))
        until(lambda: rig.facts().get("tracks", 0) >= given.vessels, 60, "the fleet in the picture", every=0.25)
        screens = Screens(rig.address, given.displays - 1)
        screens.ready()
        page = open_page(opened, rig.address, tracks=given.vessels)
        page.wait_for_timeout(3000)
        seen(page)
        seq = rig.newest_seq()

        load = Many(given.vessels, start=time.time() + 0.5, rate=given.rate)
        cpu = feeds.cpu_seconds(), web.cpu_seconds(), time.monotonic()
        sender = Steady(receiver, load.blocks(given.seconds, STEP))
        while sender._thread.is_alive():
            page.wait_for_timeout(500)
        spent = time.monotonic() - cpu[2]
        shares = (feeds.cpu_seconds() - cpu[0]) / spent, (web.cpu_seconds() - cpu[1]) / spent
        page.wait_for_timeout(6000)
        noted = seen(page)
        ticks = ticks_of(rig, seq, int(load.mmsi[0]))
        screens.close()

    edges = [round(number * STEP * given.rate) for number in range(len(sender.left) + 1)]
    k = np.arange(edges[-1])
    left = np.repeat(sender.left, np.diff(edges))
    seconds = np.floor(load.start + k / given.rate).astype(np.int64)
    found = [ticks.get(pair, (0, np.nan)) for pair in zip((k % given.vessels).tolist(), seconds.tolist(), strict=True)]
    tick_seq, tick_at = (np.array(column, np.float64) for column in zip(*found, strict=True))
    known = tick_seq > 0
    left, tick_seq, tick_at = left[known], tick_seq[known], tick_at[known]
    frames, drawn = np.array(noted["frames"]), np.array([each[:2] for each in noted["drawn"]])
    frame_at = first_at(frames[:, 0], frames[:, 1] / 1000, tick_seq)
    drawn_at = first_at(drawn[:, 0], drawn[:, 1] / 1000, tick_seq)
    plain = [np.array(frames) for frames in screens.frames]
    plain_at = [first_at(each[:, 0], each[:, 1], tick_seq) - left for each in plain]
    whole = drawn_at - left
    seen_there = np.isfinite(whole)
    return {
        "sentences": len(k), "found_in_ticks": int(known.sum()), "drawn": int(seen_there.sum()),
        "socket_to_drawn_s": spread(whole[seen_there]),
        "socket_to_tick_s": spread(tick_at - left), "tick_to_frame_s": spread((frame_at - tick_at)[seen_there]),
        "frame_to_drawn_s": spread((drawn_at - frame_at)[seen_there]),
        "socket_to_frame_at_plain_displays_s": spread(np.concatenate([each[np.isfinite(each)] for each in plain_at])),
        "displays": given.displays, "displays_lost": screens.lost, "vessels": given.vessels, "rate": given.rate,
        "symbols_in_view": int(max(each[2] for each in noted["drawn"])), "drawings": len(noted["drawn"]),
        "share_of_a_core": {"feeds": round(shares[0], 3), "web": round(shares[1], 3)},
        "sender_late_at_most_s": round(sender.latest, 3),
    }  # fmt: skip


def main() -> None:
    asked = parser(__doc__ or "")
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--rate", type=float, default=2_000.0, help="sentences a second")
    asked.add_argument("--vessels", type=int, default=5_000)
    asked.add_argument("--displays", type=int, default=10)
    given = asked.parse_args()
    found = measure(given)
    rows: list[tuple[object, ...]] = [("part", "p50 s", "p95 s", "p99 s", "largest s", "must (p95)")]
    for name, words in (
        ("socket_to_drawn_s", "**sentence on the socket to drawn on screen**"), ("socket_to_tick_s", "socket to tick"),
        ("tick_to_frame_s", "tick to frame in the browser"), ("frame_to_drawn_s", "frame to painted"),
        ("socket_to_frame_at_plain_displays_s", "socket to frame at the nine plain displays"),
    ):  # fmt: skip
        each = found[name]
        must = f"<= {MUST_SECONDS}" if name == "socket_to_drawn_s" else ""
        rows.append((words, each["p50"], each["p95"], each["p99"], each["max"], must))
    tell(given, found, rows)


if __name__ == "__main__":
    main()
