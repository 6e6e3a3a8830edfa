"""The map's scripts in a real browser, fed by real frames over a real WebSocket, under the content security policy."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from picture.frames import encode
from picture.observations import Kind
from picture.state import TrackFlag
from tests.browser.chart_server import ChartServer, serving, states

pytestmark = pytest.mark.browser
LIVE, STALE, SILENT = 0, 1, 2


@pytest.fixture
def chart() -> Iterator[ChartServer]:
    with serving(ChartServer()) as server:
        server.clock = {}
        yield server


@pytest.fixture
def open_page(page: Page) -> Iterator[Callable[[str], Page]]:
    """Opens an address; whatever the page itself did wrong fails the test."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    page.set_viewport_size({"width": 1280, "height": 800})

    def open_at(address: str) -> Page:
        page.goto(address)
        until(page, lambda: probe(page) is not None)
        return page

    yield open_at
    assert not wrong


def until(page: Page, holds: Callable[[], Any], seconds: float = 10.0) -> Any:
    """What `holds` gives as soon as it is true; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come about in time"
        page.wait_for_timeout(50)


def probe(page: Page) -> Any:
    return page.evaluate("() => window.watchfloor && watchfloor.probe()")


def told(page: Page, name: str) -> list[Any]:
    """All that the page was told of one Dash component."""
    return page.evaluate("name => window.told[name] || []", name)


def vessels(*places: tuple[float, float]) -> NDArray[np.void]:
    rows = states(len(places))
    for row, (lat, lon) in zip(rows, places, strict=True):
        row["lat"], row["lon"], row["speed"], row["course"], row["heading"], row["status"] = (
            lat,
            lon,
            12.0,
            45.0,
            45.0,
            0,
        )
    return rows


def names(rows: NDArray[np.void]) -> dict[int, str]:
    return {int(track): f"SAMPLE {track}" for track in rows["id"]}


def drawn(page: Page, n: int) -> dict[str, Any]:
    """The probe once n tracks are drawn."""
    return until(page, lambda: (found := probe(page)) and found["drawn"] == n and found)


def symbol(page: Page, track: int) -> dict[str, Any]:
    return next(one for one in probe(page)["tracks"] if one["id"] == track)


def test_draws_what_a_frame_brings_and_counts_it_on_the_chips(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 175.0), (-37.5, 176.0), (-38.0, 175.5), (10.0, 20.0))
    rows["kind"][2] = Kind.AIRCRAFT
    chart.frame(rows, full=True, labels=names(rows))
    page = open_page(chart.address)
    found = drawn(page, 3)
    assert found["total"] == 4
    expect(page.locator("[data-layer=vessels] .count")).to_have_text("2 of 3")
    expect(page.locator("[data-layer=aircraft] .count")).to_have_text("1 of 1")
    assert {label["text"] for label in found["labels"]} >= {"SAMPLE 1", "SAMPLE 2", "SAMPLE 3"}


def test_counts_carry_a_comma_at_the_thousands(chart: ChartServer, open_page: Any) -> None:
    rng = np.random.default_rng(1)
    places = zip(-37.5 + rng.normal(0, 0.5, 1284), 175.5 + rng.normal(0, 0.5, 1284), strict=True)
    chart.frame(vessels(*places), full=True)
    page = open_page(chart.address)
    expect(page.locator("[data-layer=vessels] .count")).to_have_text(re.compile(r"^1,\d{3} of 1,284$"))


def test_a_click_selects_the_nearest_and_escape_lets_go(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 175.0), (-37.5, 176.0))
    chart.frame(rows, full=True, labels=names(rows))
    page = open_page(chart.address)
    drawn(page, 2)
    at = symbol(page, 2)
    page.mouse.click(at["x"] + 6, at["y"] - 6)
    until(page, lambda: probe(page)["selected"] == 2)
    assert told(page, "selected-track") == [2]
    assert "sel=2" in until(page, lambda: "sel=" in page.url and page.url)
    assert any(label["id"] == 2 for label in probe(page)["labels"])
    page.keyboard.press("Escape")
    until(page, lambda: probe(page)["selected"] is None)
    assert told(page, "selected-track") == [2, None]


def test_the_page_hears_that_the_selected_track_moved_but_not_too_often(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 175.0))
    chart.frame(rows, full=True)
    page = open_page(chart.address)
    drawn(page, 1)
    page.evaluate("() => watchfloor.select(1)")
    until(page, lambda: told(page, "selected-tick"))
    for _ in range(10):
        rows["lat"] += 0.01
        rows["positioned_at"] = time.time()
        chart.frame(rows)
        page.wait_for_timeout(150)
    assert len(told(page, "selected-tick")) <= 3
    until(page, lambda: len(told(page, "selected-tick")) >= 2)


def test_hovering_shows_name_and_age(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 175.0))
    chart.frame(rows, full=True, labels=names(rows))
    page = open_page(chart.address)
    drawn(page, 1)
    at = symbol(page, 1)
    page.mouse.move(at["x"] + 40, at["y"] + 40)
    page.mouse.move(at["x"] + 2, at["y"] + 2)
    expect(page.locator(".track-tip.on")).to_have_text(re.compile(r"^SAMPLE 1 · 12\.0 kn · \d+ s ago$"))


def test_silence_turns_dashed_then_last_seen_with_a_circle(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 175.0), (-37.5, 176.0), (-38.0, 175.5), (-37.2, 177.0), (-38.2, 174.2))
    rows["positioned_at"] -= [0, 15 * 60, 4 * 3600, 20 * 60, 2 * 3600]
    rows["kind"][3] = Kind.AIRCRAFT
    rows["status"][4], rows["speed"][4] = 5, 0.0  # moored: silence is no news
    chart.frame(rows, full=True, labels=names(rows))
    page = open_page(chart.address)
    found = drawn(page, 5)
    quiet = {one["id"]: one["quiet"] for one in found["tracks"]}
    assert quiet == {1: LIVE, 2: STALE, 3: SILENT, 4: SILENT, 5: STALE}
    assert found["circles"] == 2
    texts = [label["text"] for label in found["labels"]]
    seen = time.strftime("%H:%MZ", time.gmtime(float(rows["positioned_at"][2])))
    assert f"SAMPLE 3 · LAST SEEN {seen}" in texts


def test_dead_reckoning_moves_a_track_between_reports(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.5, 175.5), (-37.5, 176.5))
    rows["positioned_at"][0] -= 1800
    rows["course"], rows["speed"] = 90.0, 20.0
    chart.frame(rows, full=True)
    page = open_page(chart.address)
    drawn(page, 2)
    apart = symbol(page, 2)["x"] - symbol(page, 1)["x"]
    degree = 256 * 2**7 / 360  # pixels
    moved = 20.0 * 0.5 / 60 / np.cos(np.radians(37.5))  # degrees of longitude in half an hour
    assert apart == pytest.approx((1.0 - moved) * degree, abs=0.6)


def test_labels_never_overprint_each_other(chart: ChartServer, open_page: Any) -> None:
    rng = np.random.default_rng(7)
    rows = vessels(*zip(-37.6 + rng.normal(0, 0.12, 400), 175.6 + rng.normal(0, 0.2, 400), strict=True))
    rows["flags"][:20] = TrackFlag.CONFLICT
    rows["flags"][20:30] = TrackFlag.DISTRESS
    rows["positioned_at"][30:60] -= 5 * 3600
    chart.frame(rows, full=True, labels=names(rows))
    page = open_page(f"{chart.address}/?lat=-37.6&lon=175.6&z=10")
    labels = until(page, lambda: (found := probe(page)) and len(found["labels"]) > 30 and found)["labels"]
    for a, b in itertools.combinations(labels, 2):
        apart = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        assert apart or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"], (a, b)
    assert sum("DISTRESS" in label["text"] for label in labels) >= 8


def test_a_layer_goes_and_comes_but_distress_always_shows(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 175.0), (-37.5, 176.0), (-38.0, 175.5))
    rows["flags"][2] = TrackFlag.DISTRESS
    chart.frame(rows, full=True)
    page = open_page(chart.address)
    drawn(page, 3)
    chip = page.locator("[data-layer=vessels]")
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "false")
    drawn(page, 1)
    expect(chip.locator(".count")).to_have_text("3 of 3")
    chip.click()
    drawn(page, 3)


def test_the_view_lives_in_the_address(chart: ChartServer, open_page: Any) -> None:
    chart.frame(vessels((-36.5, 174.5), (-36.4, 174.6)), full=True)
    page = open_page(f"{chart.address}/?lat=-36.5&lon=174.5&z=9&sel=2&layers=vessels&hours=8")
    found = drawn(page, 2)
    assert found["selected"] == 2
    assert found["view"]["lat"] == pytest.approx(-36.5, abs=0.01)
    assert found["view"]["zoom"] == 9
    expect(page.locator("[data-layer=aircraft]")).to_have_attribute("aria-pressed", "false")
    page.evaluate("() => testMap.setView([-35.25, 173.5], 8, {animate: false})")
    address = until(page, lambda: "z=8" in page.url and page.url)
    assert "lat=-35.25" in address and "lon=173.5" in address and "hours=8" in address and "layers=vessels" in address


def test_tracks_stand_on_both_sides_of_the_antimeridian(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 179.5), (-37.0, -179.5), (-37.0, 175.0))
    chart.frame(rows, full=True)
    page = open_page(f"{chart.address}/?lat=-37&lon=180&z=7")
    drawn(page, 3)
    left, right = symbol(page, 1), symbol(page, 2)
    assert right["x"] - left["x"] == pytest.approx(256 * 2**7 / 360, abs=0.5)
    assert left["y"] == pytest.approx(right["y"], abs=0.1)
    page.evaluate("() => testMap.setView([-37, -180], 7, {animate: false})")
    until(page, lambda: probe(page)["view"]["lon"] < 0)
    until(page, lambda: abs(symbol(page, 1)["x"] - left["x"]) < 1)


def test_panning_and_zooming_keep_symbols_on_their_places(chart: ChartServer, open_page: Any) -> None:
    chart.frame(vessels((-37.6, 175.6)), full=True)
    page = open_page(chart.address)
    drawn(page, 1)
    page.evaluate("() => { testMap.panBy([120, -60], {animate: false}); testMap.zoomIn(1); }")
    until(page, lambda: probe(page)["view"]["zoom"] == 8)
    expected = page.evaluate("() => testMap.latLngToContainerPoint([-37.6, 175.6])")
    until(page, lambda: abs(symbol(page, 1)["x"] - expected["x"]) < 2 and abs(symbol(page, 1)["y"] - expected["y"]) < 2)
    corner = (
        "() => { const box = document.querySelector('canvas.tracks').getBoundingClientRect(); return [box.x, box.y]; }"
    )
    until(page, lambda: page.evaluate(corner) == pytest.approx([-80, -80], abs=1))  # the bitmap lies where its view is


def test_a_gap_in_the_sequence_asks_for_a_full_frame(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 175.0))
    chart.frame(rows, full=True)
    page = open_page(chart.address)
    drawn(page, 1)
    before = sum(message == {"t": "full"} for message in chart.asked)
    both = vessels((-37.0, 175.0), (-37.5, 176.0))
    chart.on_hello = [
        encode(both, seq_from=0, seq_to=9, server_time=time.time(), picture_at=time.time(), labels=names(both))
    ]
    chart.frame(rows, skip=3)
    drawn(page, 2)
    assert sum(message == {"t": "full"} for message in chart.asked) == before + 1
    assert probe(page)["seq"] == 9


def test_removed_tracks_leave_and_memory_stays(chart: ChartServer, open_page: Any) -> None:
    rng = np.random.default_rng(2)
    rows = vessels(*zip(-37.6 + rng.normal(0, 0.5, 500), 175.6 + rng.normal(0, 0.5, 500), strict=True))
    chart.frame(rows, full=True, labels=names(rows))
    page = open_page(chart.address)
    until(page, lambda: probe(page)["total"] == 500)
    for generation in range(1, 12):
        rows["id"] += 500
        chart.frame(rows, removed=range((generation - 1) * 500 + 1, generation * 500 + 1), labels=names(rows))
    until(page, lambda: probe(page)["seq"] == chart.seq)
    found = until(page, lambda: (now := probe(page))["total"] == 500 and now)
    assert found["capacity"] == 4096
    assert found["sheets"] < 20


def test_a_lost_line_is_taken_up_again_where_it_was_left(chart: ChartServer, open_page: Any) -> None:
    rows = vessels((-37.0, 175.0))
    chart.frame(rows, full=True)
    page = open_page(chart.address)
    drawn(page, 1)
    chart.on_hello = []
    chart.hang_up()
    until(page, lambda: chart.asked[-1] == {"t": "hello", "since": chart.seq, "picture": 0})
    both = vessels((-37.0, 175.0), (-37.5, 176.0))
    until(page, lambda: chart.frame(both) and probe(page)["total"] == 2)


def test_polls_where_sockets_do_not_get_through(chart: ChartServer, open_page: Any) -> None:
    chart.refuse_sockets = True
    rows = vessels((-37.0, 175.0), (-37.5, 176.0))
    chart.answers["/api/v1/picture"] = encode(
        rows, seq_from=0, seq_to=4, server_time=time.time(), picture_at=time.time(), labels=names(rows)
    )
    page = open_page(chart.address)
    until(page, lambda: probe(page)["total"] == 2, 20)
    until(page, lambda: "/api/v1/picture?since=4&picture=0" in chart.requests)


def test_frozen_says_since_when_and_clears_itself(chart: ChartServer, open_page: Any) -> None:
    chart.frame(vessels((-37.0, 175.0)), full=True)
    page = open_page(chart.address)
    frozen = page.locator("#frozen .text")
    drawn(page, 1)
    expect(frozen).to_have_count(0)
    since = time.time() - 30
    chart.on_hello = []
    chart.clock = None  # the line is open but says nothing
    expect(frozen).to_be_visible(timeout=14_000)
    expect(frozen).to_have_text(re.compile(r"^PICTURE FROZEN since \d\d:\d\d:\d\dZ$"))
    chart.clock = {}
    expect(frozen).to_have_count(0, timeout=5_000)
    assert since < time.time()


def test_frozen_when_the_picture_is_old_though_the_line_lives(chart: ChartServer, open_page: Any) -> None:
    stood = time.time() - 30
    chart.clock = {"picture_at": stood}
    chart.frame(vessels((-37.0, 175.0)), full=True, picture_at=stood)
    page = open_page(chart.address)
    told_at = time.strftime("%H:%M:%SZ", time.gmtime(stood))
    expect(page.locator("#frozen .text")).to_have_text(f"PICTURE FROZEN since {told_at}")
    chart.clock = {}
    expect(page.locator("#frozen .text")).to_have_count(0)


def test_clocks_tick_from_the_server_and_ages_count(chart: ChartServer, open_page: Any) -> None:
    at = 1_795_554_847.0  # 2026-11-24 21:14:07 UTC
    chart.clock = {"now": at, "picture_at": at}
    page = open_page(chart.address)
    expect(page.locator("#clock-utc")).to_have_text(re.compile(r"^21:14:0[789]$"))
    expect(page.locator("#clock-utc-date")).to_have_text("UTC · Tue 24 Nov")
    expect(page.locator("#clock-local")).to_have_text("10:14")
    expect(page.locator("#clock-local-date")).to_have_text("NZDT · Wed")


def test_ages_tick(chart: ChartServer, open_page: Any) -> None:
    page = open_page(chart.address)
    expect(page.locator("#age")).to_have_text("4 min ago")


def feed(
    name: str, state: str, last: float | None, heard: int = 1, expected: int = 1, family: str = "AIS"
) -> dict[str, Any]:
    age = None if last is None else time.time() - last
    return {
        "name": name,
        "family": family,
        "state": state,
        "last": age,
        "heard": heard,
        "expected": expected,
        "why": "",
    }


def test_the_strip_tells_late_partial_and_dead_apart(chart: ChartServer, open_page: Any) -> None:
    dead_at = time.time() - 3000
    chart.clock = {
        "feeds": [
            feed("AIS", "live", 2, 12, 12),
            feed("Targets", "late", 38 * 60 + 5),
            feed("Coast", "partial", 3, 9, 12),
            feed("ADS-B", "dead", 3000),
            feed("SBS", "paused", None),
        ]
    }
    page = open_page(chart.address)
    entry = page.locator("#feed-strip .feed")
    expect(entry.nth(0)).to_have_text(re.compile(r"^●AIS\d+ s · 12/12$"))
    expect(entry.nth(1)).to_have_text("▲Targetslate 38 min")
    expect(entry.nth(2)).to_have_text(re.compile(r"^◐Coast\d+ s · 9/12$"))
    expect(entry.nth(3)).to_have_text(f"■ADS-Bdead since {time.strftime('%H:%MZ', time.gmtime(dead_at))}")
    expect(entry.nth(4)).to_have_text("‖SBSpaused")
    colours = {entry.nth(i).locator(".mark").evaluate("e => getComputedStyle(e).color") for i in range(4)}
    assert len(colours) == 3  # late and partial share theirs, and differ in mark and words


def test_ages_come_in_the_order_of_the_feeds(chart: ChartServer, open_page: Any) -> None:
    chart.clock = {"feeds": [feed("AIS", "live", 2), feed("ADS-B", "live", 3)]}
    page = open_page(chart.address)
    entry = page.locator("#feed-strip .feed")
    expect(entry.nth(1)).to_have_text(re.compile(r"^●ADS-B\d+ s$"))
    chart.clock = {"last": [time.time() - 200, time.time() - 7300]}
    expect(entry.nth(0)).to_have_text("●AIS3 min")
    expect(entry.nth(1)).to_have_text("●ADS-B2 h 1 min")


def test_many_feeds_are_grouped_by_family(chart: ChartServer, open_page: Any) -> None:
    chart.clock = {
        "feeds": [feed(f"AIS {i}", "live" if i else "dead", 2) for i in range(5)]
        + [feed("A", "live", 1, family="ADS-B")]
    }
    page = open_page(chart.address)
    expect(page.locator("#feed-strip .feed")).to_have_count(2)
    expect(page.locator("#feed-strip .feed").nth(0)).to_have_text(re.compile(r"^◐AIS\d+ s · 4/5$"))


def test_notices_reach_the_page(chart: ChartServer, open_page: Any) -> None:
    chart.frame(vessels((-37.0, 175.0)), full=True)
    page = open_page(chart.address)
    drawn(page, 1)
    chart.say({"t": "notice", "topic": "movements", "seq": 42})
    until(page, lambda: told(page, "notice-movements") == [42])


def test_zones_and_the_trail_are_drawn(chart: ChartServer, open_page: Any) -> None:
    ring = [[174.0, -37.0], [177.0, -37.0], [177.0, -38.5], [174.0, -38.5], [174.0, -37.0]]
    chart.answers["/api/v1/zones"] = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
                      "properties": {"name": "12 nm", "kind": "limit", "authority": "computed from the coast, approximate"}}],
    }  # fmt: skip
    now = time.time()
    leg = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [[174.5, -37.0], [174.6, -37.1], [9.0, 9.0], [174.9, -37.3]]},
        "properties": {
            "track": 1,
            "times": [now - age for age in (7200, 3600, 3000, 600)],
            "late": [False] * 4,
            "implausible": [False, False, True, False],
        },
    }
    chart.answers["/api/v1/tracks/1/history"] = {"type": "FeatureCollection", "features": [leg], "next": None}
    chart.frame(vessels((-37.3, 175.0)), full=True)
    page = open_page(f"{chart.address}/?layers=vessels,zones,labels&sel=1")
    found = until(page, lambda: (now := probe(page)) and now["zones"] == 1 and now["trail"] and now)
    assert found["trail"] in (3, 4)  # without the implausible point; the live end may have been added
    assert any(request.startswith("/api/v1/tracks/1/history?start=") for request in chart.requests)


INK = """([lat, lon, reach]) => {
  const at = testMap.latLngToContainerPoint([lat, lon]);
  const canvas = document.querySelector('canvas.tracks');
  const room = testMap.getContainer().getBoundingClientRect();
  const box = canvas.getBoundingClientRect();
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
  copy.drawImage(canvas, 0, 0);
  const scale = canvas.width / box.width;
  const corner = [(at.x + room.x - box.x - reach) * scale, (at.y + room.y - box.y - reach) * scale].map(Math.round);
  const { data } = copy.getImageData(...corner, 2 * reach * scale, 2 * reach * scale);
  const seen = [];
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 40) seen.push([data[i], data[i + 1], data[i + 2], data[i + 3]]);
  return seen;
}"""


def ink(page: Page, lat: float, lon: float, reach: int = 4) -> list[list[int]]:
    """What is drawn within `reach` pixels of a place, as red, green, blue, alpha; without what is clear."""
    return page.evaluate(INK, [lat, lon, reach])


@pytest.mark.parametrize("centre", [183.0, -177.0, 178.0])
def test_a_zone_goes_on_beyond_180_degrees(chart: ChartServer, open_page: Any, centre: float) -> None:
    whole = [[176.0, -41.0], [185.0, -41.0], [185.0, -43.0], [176.0, -43.0], [176.0, -41.0]]  # as the server has it
    halves = [
        [[176.0, -44.0], [180.0, -44.0], [180.0, -45.0], [176.0, -45.0], [176.0, -44.0]],
        [[-180.0, -44.0], [-175.0, -44.0], [-175.0, -45.0], [-180.0, -45.0], [-180.0, -44.0]],
    ]  # cut at the antimeridian, as RFC 7946 asks for
    chart.answers["/api/v1/zones"] = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
             "properties": {"name": "", "kind": "limit", "authority": ""}}
            for ring in (whole, *halves)
        ],
    }  # fmt: skip
    chart.frame(vessels((-38.0, 179.0)), full=True)
    page = open_page(f"{chart.address}/?lat=-43&lon={centre}&z=6&layers=vessels,zones")
    until(page, lambda: probe(page)["zones"] == 3)
    turn = -360.0 if centre < 0 else 0.0
    for lat, lon in [(-41.0, 182.0), (-43.0, 182.0), (-42.0, 185.0), (-44.0, 182.0), (-44.5, 185.0), (-41.0, 177.0)]:
        until(page, lambda lat=lat, lon=lon: ink(page, lat, lon + turn, 12))
    assert not ink(page, -44.5, 180.0 + turn, 12)  # the cut itself is no line


def test_how_far_a_silent_aircraft_may_be_is_said_where_a_circle_is_too_wide(
    chart: ChartServer, open_page: Any
) -> None:
    rows = vessels((-37.0, 175.0), (-38.0, 176.0), (-36.8, 176.5))
    rows["kind"][:2] = Kind.AIRCRAFT
    rows["positioned_at"] -= [2 * 3600, 900, 4 * 3600]
    rows["speed"] = [485.0, 485.0, 0.6]
    rows["status"][2] = 0
    chart.frame(rows, full=True, labels=names(rows))
    page = open_page(chart.address)
    found = drawn(page, 3)
    seen = [time.strftime("%H:%MZ", time.gmtime(float(at))) for at in rows["positioned_at"]]
    texts = [label["text"] for label in found["labels"]]
    assert f"SAMPLE 1 · LAST SEEN {seen[0]} · within 980 nm" in texts  # 970 and what ticked by
    assert f"SAMPLE 2 · LAST SEEN {seen[1]}" in texts
    assert f"SAMPLE 3 · LAST SEEN {seen[2]}" in texts
    assert found["circles"] == 2
    north = -36.8 + 4 * 5 / 60  # a vessel under way may make 5 knots, whatever it said last
    until(page, lambda: ink(page, north, 176.5, 6))


def test_the_selected_symbol_lies_on_clear_ground(chart: ChartServer, open_page: Any) -> None:
    rng = np.random.default_rng(3)
    rows = vessels(*zip(-37.3 + rng.normal(0, 0.004, 300), 175.0 + rng.normal(0, 0.004, 300), strict=True))
    chart.frame(rows, full=True)
    page = open_page(f"{chart.address}/?lat=-37.3&lon=175&z=10&layers=vessels")
    drawn(page, 300)
    at = (float(rows["lat"][0]), float(rows["lon"][0]))
    bright = sum(sum(pixel[:3]) > 240 for pixel in ink(page, *at, 9))
    page.evaluate("() => watchfloor.select(1)")
    until(page, lambda: sum(sum(pixel[:3]) > 240 for pixel in ink(page, *at, 9)) < bright / 2)


def test_the_name_of_a_port_is_read_above_its_ships(chart: ChartServer, open_page: Any) -> None:
    chart.frame(vessels((-38.5, 177.0)), full=True)
    page = open_page(f"{chart.address}/?lat=-37.64&lon=176.18&z=9&layers=vessels")
    drawn(page, 1)
    script = "() => watchfloor.chart.ground.labelBoxes().find(({ name }) => name && name.text === 'Tauranga')"
    box = until(page, lambda: page.evaluate(script))
    middle = page.evaluate(
        "([x, y]) => testMap.containerPointToLatLng([x, y])", [box["x"] + box["w"] / 2, box["y"] + box["h"] / 2]
    )
    assert not ink(page, middle["lat"], middle["lng"], 5)  # nothing hides it: the base map's own is enough
    chart.frame(vessels((middle["lat"], middle["lng"])), full=True)
    ground = until(page, lambda: [p for p in ink(page, middle["lat"], middle["lng"], 5) if sum(p[:3]) < 100])
    assert ground


def test_range_and_bearing_from_one_point_to_another(chart: ChartServer, open_page: Any) -> None:
    chart.frame(vessels((-37.3, 175.0)), full=True)
    page = open_page(chart.address)
    drawn(page, 1)
    page.keyboard.press("m")
    expect(page.locator("#tool-measure")).to_have_attribute("aria-pressed", "true")
    page.mouse.click(500, 300)
    page.mouse.move(650, 300)
    page.mouse.click(650, 300)
    expect(page.locator(".measure-flag")).to_have_text(re.compile(r"^\d+(\.\d+)? nm · \d{3}° true$"))
    expect(page.locator("#announce")).to_have_text(re.compile(r"nautical miles, bearing \d+ degrees true$"))
    page.keyboard.press("Escape")
    expect(page.locator(".measure-flag")).to_have_count(0)
    expect(page.locator("#tool-measure")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("start", "end", "nm", "bearing"),
    [
        ((-36.84, 174.76), (-33.95, 151.18), 1164.6, 271.8),  # Auckland to Sydney
        ((-37.0, 179.5), (-37.0, -179.5), 48.0, 90.3),  # over the antimeridian
        ((0.0, 0.0), (0.0, 1.0), 60.1, 90.0),
    ],
)
def test_range_and_bearing_agree_with_geographiclib(
    chart: ChartServer, open_page: Any, start: tuple[float, float], end: tuple[float, float], nm: float, bearing: float
) -> None:
    from geographiclib.geodesic import Geodesic

    page = open_page(chart.address)
    script = "([a, b]) => watchfloor.rangeAndBearing({lat: a[0], lon: a[1]}, {lat: b[0], lon: b[1]})"
    found = page.evaluate(script, [start, end])
    truth = Geodesic.WGS84.Inverse(*start, *end)
    assert found["nm"] == pytest.approx(truth["s12"] / 1852, abs=0.001)
    assert found["bearing"] == pytest.approx(truth["azi1"] % 360, abs=0.001)
    assert (found["nm"], found["bearing"]) == pytest.approx((nm, bearing), rel=0.01)


def test_the_wall_takes_no_hands(page: Page) -> None:
    with serving(ChartServer(config={"mode": "wall", "scale": 2})) as chart:
        chart.clock = {}
        rows = vessels((-37.0, 175.0))
        chart.frame(rows, full=True, labels=names(rows))
        page.goto(chart.address)
        until(page, lambda: (found := probe(page)) and found["drawn"] == 1)
        at = symbol(page, 1)
        page.mouse.click(at["x"], at["y"])
        page.locator("[data-layer=vessels]").click()
        page.wait_for_timeout(300)
        found = probe(page)
        assert found["selected"] is None
        assert found["drawn"] == 1
        assert found["labels"][0]["h"] == pytest.approx(30, abs=1)
