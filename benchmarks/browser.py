"""What the map costs a browser: main-thread time per refresh, and frames while panning and zooming.

    python -m benchmarks.browser [--tracks 5000 20000] [--seconds 10] [--json PATH]

Every track moves in every refresh, once a second, over a real WebSocket in real frames, at 1920x1080 in headless
Chromium without a GPU. The baseline is measured in the same run on the same page size: a Dash page with
`dl.GeoJSON` drawing circle markers on Leaflet's canvas, its data replaced once a second.

Main-thread time is read from Chromium's own trace: the sum of all tasks of the page's main thread, whatever they
were for, divided by the refreshes. CPU time of the thread is told beside wall time, for a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.browser.chart_server import ChartServer, serving, states
from tests.chromium import chromium

VIEW = ViewportSize(width=1920, height=1080)
LIMIT_REFRESH_MS = 16.0
LIMIT_FRAME_MS = 25.0
CATEGORIES = ["-*", "toplevel", "disabled-by-default-devtools.timeline", "devtools.timeline", "__metadata"]
RECORD_FRAMES = """() => {
  const frames = []; let last = performance.now(); window.frameTimes = frames;
  const tick = (now) => { frames.push(now - last); last = now; requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
BASELINE_SCRIPT = """
window.bench = { circle: (feature, latlng) => L.circleMarker(latlng, { radius: 3 }) };
window.prepare = (n, refreshes) => {
  window.rounds = Array.from({ length: refreshes }, (_, round) => ({ type: "FeatureCollection",
    features: Array.from({ length: n }, (_, i) => ({ type: "Feature", properties: { id: i },
      geometry: { type: "Point", coordinates: [171.6 + ((i * 7919) % 8000) / 1000 + round * 0.001,
                                               -40.6 + ((i * 104729) % 6000) / 1000] } })) }));
};
"""


def traffic(n: int) -> NDArray[np.void]:
    """n moving tracks around New Zealand, all in view at zoom 7, a quarter of them aircraft."""
    rng = np.random.default_rng(11)
    rows = states(n)
    rows["lat"] = rng.uniform(-40.4, -34.8, n)
    rows["lon"] = rng.uniform(171.0, 179.9, n)
    rows["kind"] = np.where(rng.random(n) < 0.25, 2, 1)
    rows["speed"] = np.where(rows["kind"] == 2, 420.0, rng.uniform(5.0, 20.0, n))
    rows["course"] = rows["heading"] = rng.uniform(0.0, 360.0, n)
    rows["status"] = 0
    return rows


def main_thread(trace: bytes) -> dict[str, float]:
    """Totals of the page's main thread in milliseconds: wall and CPU time of its tasks, and the longest one."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (e["pid"], e["tid"]) for e in events if e.get("name") == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    tasks: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for event in events:
        thread = (event["pid"], event["tid"])
        if event.get("ph") == "X" and thread in mains and event["name"] in ("RunTask", "ThreadControllerImpl::RunTask"):
            tasks.setdefault(thread, []).append(event)
    busiest = max(tasks.values(), key=lambda found: sum(e["dur"] for e in found))
    name = busiest[0]["name"]  # both names may be there for the same task: count one
    busiest = [event for event in busiest if event["name"] == name]
    return {
        "wall": sum(event["dur"] for event in busiest) / 1000,
        "cpu": sum(event.get("tdur", 0) for event in busiest) / 1000,
        "longest": max(event["dur"] for event in busiest) / 1000,
    }


def per_refresh(browser: Browser, page: Page, refreshes: int, refresh: Callable[[int], None]) -> dict[str, float]:
    """Traces `refreshes` refreshes, one a second."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    for number in range(refreshes):
        begun = time.monotonic()
        refresh(number)
        page.wait_for_timeout(max(1.0, 1000 - (time.monotonic() - begun) * 1000))
    found = main_thread(browser.stop_tracing())
    return {
        "main_ms_per_refresh": round(found["wall"] / refreshes, 2),
        "main_cpu_ms_per_refresh": round(found["cpu"] / refreshes, 2),
        "longest_task_ms": round(found["longest"], 2),
    }


def frames_while(page: Page, act: Callable[[], None]) -> dict[str, float]:
    """Intervals between animation frames while something is done."""
    page.evaluate(RECORD_FRAMES)
    act()
    times = np.array(page.evaluate("() => window.frameTimes.slice(2)"))
    page.reload()
    return {
        "frames": len(times),
        "p50_ms": round(float(np.percentile(times, 50)), 1),
        "p95_ms": round(float(np.percentile(times, 95)), 1),
        "p99_ms": round(float(np.percentile(times, 99)), 1),
    }


def drag(page: Page, seconds: float) -> None:
    """Drags the map about with the mouse, as a hand does."""
    begun = time.monotonic()
    page.mouse.move(960, 540)
    page.mouse.down()
    while (at := time.monotonic() - begun) < seconds:
        page.mouse.move(960 + 400 * np.sin(at * 1.7), 540 + 240 * np.sin(at * 2.3))
    page.mouse.up()


def zoom(page: Page, seconds: float) -> None:
    """In and out with the wheel, twice a second."""
    page.mouse.move(960, 540)
    for number in range(int(seconds * 2)):
        page.mouse.wheel(0, -240 if number % 4 < 2 else 240)
        page.wait_for_timeout(500)


def measure_chart(browser: Browser, n: int, seconds: int) -> dict[str, Any]:
    """Our map at n moving tracks."""
    rows = traffic(n)
    labels = {int(track): f"SAMPLE {track}" for track in rows["id"]}
    server = ChartServer()
    with serving(server) as chart:
        chart.clock, chart.clock_seconds = {}, 1.0
        page = browser.new_page(viewport=VIEW)

        def ready(expected: int) -> None:
            page.goto(chart.address)
            page.wait_for_timeout(1500)
            deadline = time.monotonic() + 30
            while page.evaluate("async () => (await watchfloor.probe()).total") < expected:
                assert time.monotonic() < deadline, "the map did not get its frame"
                page.wait_for_timeout(100)
            page.wait_for_timeout(1500)

        def move(_number: int = 0) -> None:
            rows["lon"] += 0.002
            rows["positioned_at"] = time.time()
            chart.frame(rows)

        def live(act: Callable[[Page, float], None]) -> Callable[[], None]:
            """`act` while frames keep coming, once a second."""

            def run() -> None:
                stop = threading.Event()

                def keep_moving() -> None:
                    while not stop.wait(1.0):
                        move()

                thread = threading.Thread(target=keep_moving)
                thread.start()
                act(page, float(seconds))
                stop.set()
                thread.join()

            return run

        ready(0)
        idle = frames_while(page, lambda: page.wait_for_timeout(3000))
        bare = frames_while(page, lambda: drag(page, 4))
        ready(0)
        bare_zoom = frames_while(page, lambda: zoom(page, 4))
        ready(0)
        quiet = per_refresh(browser, page, 4, lambda _number: None)
        chart.frame(rows, full=True, labels=labels)
        ready(n)
        found: dict[str, Any] = per_refresh(browser, page, seconds, move)
        stats = page.evaluate("async () => (await watchfloor.probe()).stats")
        found["worker_ms_p50"] = round(float(np.median(stats["workerMs"])), 1)
        found["frame_bytes"] = len(chart.frame(rows))
        for name, act in (("pan", drag), ("zoom", zoom)):
            chart.frame(rows, full=True, labels=labels)
            ready(n)
            found[name] = frames_while(page, live(act))
        page.close()
    return {
        "tracks": n,
        **found,
        "control_idle": idle,
        "control_pan_no_tracks": bare,
        "control_zoom_no_tracks": bare_zoom,
        "control_main_ms_per_second_no_tracks": quiet["main_ms_per_refresh"],
        "control_main_cpu_ms_per_second_no_tracks": quiet["main_cpu_ms_per_refresh"],
    }


@contextmanager
def baseline_page() -> Iterator[str]:
    """A Dash page with `dl.GeoJSON`, as the library's documentation has it; gives its address."""
    import dash
    import dash_leaflet as dl
    import uvicorn
    from fastapi import FastAPI

    app = dash.Dash("baseline", server=FastAPI(), backend="fastapi", assets_folder="none")
    app.index_string = app.index_string.replace("{%scripts%}", f"<script>{BASELINE_SCRIPT}</script>{{%scripts%}}")
    circles = dl.GeoJSON(id="tracks", pointToLayer={"variable": "bench.circle"})
    app.layout = dl.Map(circles, center=[-37.6, 175.6], zoom=7, preferCanvas=True, style={"height": "100vh"})
    setup = getattr(app, "_setup_server", None)
    if setup is not None:
        setup()
    server = uvicorn.Server(uvicorn.Config(app.server, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the baseline's server did not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def measure_baseline(browser: Browser, address: str, n: int, seconds: int) -> dict[str, Any]:
    page = browser.new_page(viewport=VIEW)
    page.goto(address)
    page.wait_for_selector(".leaflet-container")
    page.evaluate("([n, rounds]) => prepare(n, rounds)", [n, seconds + 1])

    def refresh(number: int) -> None:
        page.evaluate("i => { dash_clientside.set_props('tracks', { data: rounds[i] }); }", number)

    refresh(seconds)
    page.wait_for_timeout(4000)
    painted = "() => { let k = 0; window.L && document.querySelectorAll('canvas').forEach(() => k++); return k; }"
    assert page.evaluate(painted), "the baseline drew nothing"
    found = per_refresh(browser, page, seconds, refresh)
    page.close()
    return {"tracks": n, **found}


def table(results: dict[str, Any]) -> str:
    """As the README has it. "No tracks" is the same page without any: what the base map, clocks and strip cost."""
    lines = [
        "| tracks, all moving | main thread per refresh, wall (CPU) | no tracks | dl.GeoJSON circle markers "
        "| pan p95 (no tracks) | zoom p95 (no tracks) |",
        "|---|---|---|---|---|---|",
    ]
    baseline = {one["tracks"]: one for one in results["baseline"]}
    for one in results["watchfloor"]:
        other = baseline[one["tracks"]]
        lines.append(
            f"| {one['tracks']:,} | {one['main_ms_per_refresh']} ms ({one['main_cpu_ms_per_refresh']} ms) "
            f"| {one['control_main_ms_per_second_no_tracks']} ms ({one['control_main_cpu_ms_per_second_no_tracks']} ms) "
            f"| {other['main_ms_per_refresh']} ms ({other['main_cpu_ms_per_refresh']} ms) "
            f"| {one['pan']['p95_ms']} ms ({one['control_pan_no_tracks']['p95_ms']} ms) "
            f"| {one['zoom']['p95_ms']} ms ({one['control_zoom_no_tracks']['p95_ms']} ms) |"
        )
    lines.append(
        f"Must: at most {LIMIT_REFRESH_MS:.0f} ms a refresh, {LIMIT_FRAME_MS:.0f} ms a frame. {results['machine']},"
    )
    lines.append(
        f"load {results['load_before']} before and {results['load_after']} after: quote it from a quiet machine only."
    )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="What the map costs a browser.")
    parser.add_argument("--tracks", type=int, nargs="+", default=[5_000, 20_000])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--json", type=Path, help="also write the results there")
    given = parser.parse_args()
    with sync_playwright() as playwright, baseline_page() as address:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        results = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Chromium {browser.version}",
            "load_before": round(os.getloadavg()[0], 2),
            "watchfloor": [measure_chart(browser, n, given.seconds) for n in given.tracks],
            "baseline": [measure_baseline(browser, address, n, given.seconds) for n in given.tracks],
        }
        results["load_after"] = round(os.getloadavg()[0], 2)
        browser.close()
    text = json.dumps(results, indent=1)
    if given.json:
        given.json.write_text(text + "\n")
    print(text)
    print(table(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
