"""Memory and processor over time: 5,000 tracks, five displays of which one is a real browser.

    python -m benchmarks.soak [--minutes 60] [--rate 1000] [--json PATH]

Tells the slope by least squares of the resident memory of the feed process, the web process and Chromium's page
process, and of the page's JavaScript heap after a collection, all after a settling time (a tenth of the run, at most
five minutes), and the share of a core that each process took.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from typing import Any

import psutil

from benchmarks.displays import Screens, browser, open_page, renderers
from benchmarks.rig import Steady, fed_rig, parser, slope_per_hour, tell, until
from benchmarks.traffic import Fleet

SAMPLE_SECONDS = 10.0
STEP = 0.1


class Samples:
    """One list per figure, at the same moments."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.figures: dict[str, list[float]] = {}

    def add(self, at: float, **figures: float) -> None:
        self.at.append(at)
        for name, value in figures.items():
            self.figures.setdefault(name, []).append(value)

    def told(self, settle: float) -> dict[str, dict[str, float]]:
        begin = next((i for i, at in enumerate(self.at) if at >= settle), 0)
        return {
            name: {"first": round(values[begin], 1), "last": round(values[-1], 1), "largest": round(max(values), 1),
                   "slope_mb_per_hour": slope_per_hour(self.at[begin:], values[begin:])}
            for name, values in self.figures.items()
        }  # fmt: skip


def measure(given: argparse.Namespace) -> dict[str, Any]:
    seconds = given.minutes * 60.0
    with fed_rig() as (rig, receiver, feeds), browser() as opened:
        web = rig.start_web()
        fleet = Fleet(given.tracks, epoch=time.time())
        receiver.send(fleet.everyone(time.time()))
        until(lambda: rig.facts().get("tracks", 0) >= given.tracks, 60, "the fleet in the picture", every=0.25)
        screens = Screens(rig.address, given.displays - 1)
        screens.ready()
        page = open_page(opened, rig.address, tracks=given.tracks)
        devtools = page.context.new_cdp_session(page)
        devtools.send("HeapProfiler.enable")
        renderer = max(renderers(), key=lambda process: process.memory_info().rss)
        start = time.time() + 1.0
        sender = Steady(receiver, fleet.blocks(seconds + 30, start, given.rate / 1.06, STEP))
        samples, began = Samples(), time.monotonic()
        first = _cpu(feeds, web, renderer)
        while (at := time.monotonic() - began) < seconds:
            devtools.send("HeapProfiler.collectGarbage")
            heap = page.evaluate(
                "() => { seen.frames = []; seen.drawn = []; return performance.memory.usedJSHeapSize; }"
            )
            used = devtools.send("Runtime.getHeapUsage")["usedSize"]
            samples.add(at, feeds_rss=feeds.memory_mb(), web_rss=web.memory_mb(), page_heap=max(used, 0) / 1e6,
                        page_rss=renderer.memory_info().rss / 1e6)  # fmt: skip
            del heap
            page.wait_for_timeout(max(100.0, SAMPLE_SECONDS * 1000 - (time.monotonic() - began - at) * 1000))
        spent = time.monotonic() - began
        last = _cpu(feeds, web, renderer)
        sender.stop()
        probe = page.evaluate(
            "async () => { const p = await watchfloor.probe(); return { total: p.total, frames: p.frames }; }"
        )
        facts = rig.facts()
        database = sum(each.stat().st_size for each in (rig.folder / "var").glob("picture.db*")) / 1e6
        screens.close()
    return {
        "minutes": round(spent / 60, 1), "tracks": facts["tracks"], "displays": given.displays, "rate": given.rate,
        "memory_mb": samples.told(min(300.0, seconds / 10)),
        "share_of_a_core": {name: round((last[name] - first[name]) / spent, 3) for name in first},
        "tracks_in_the_browser": probe["total"], "frames_in_the_browser": probe["frames"],
        "displays_lost": screens.lost, "database_mb": round(database, 1), "history_lost": facts["history_lost"],
        "samples": {"seconds": [round(at) for at in samples.at],
                    **{name: [round(v, 1) for v in values] for name, values in samples.figures.items()}},
    }  # fmt: skip


def _cpu(feeds: Any, web: Any, renderer: psutil.Process) -> dict[str, float]:
    page = 0.0
    with contextlib.suppress(psutil.Error):
        used = renderer.cpu_times()
        page = used.user + used.system
    return {"feeds": feeds.cpu_seconds(), "web": web.cpu_seconds(), "page": page}


def main() -> None:
    asked = parser(__doc__ or "")
    asked.add_argument("--minutes", type=float, default=60.0)
    asked.add_argument("--tracks", type=int, default=5_000)
    asked.add_argument("--displays", type=int, default=5)
    asked.add_argument("--rate", type=float, default=1_000.0, help="sentences a second")
    given = asked.parse_args()
    found = measure(given)
    words = {"feeds_rss": ("feed process, resident", "feeds"), "web_rss": ("web process, resident", "web"),
             "page_heap": ("browser, JavaScript heap", ""), "page_rss": ("browser, page process resident", "page")}  # fmt: skip
    rows: list[tuple[object, ...]] = [("what", "after settling MB", "at the end MB", "slope MB/h", "share of a core")]
    for name, each in found["memory_mb"].items():
        share = found["share_of_a_core"].get(words[name][1], "")
        rows.append((words[name][0], each["first"], each["last"], each["slope_mb_per_hour"], share))
    tell(given, found, rows)


if __name__ == "__main__":
    main()
