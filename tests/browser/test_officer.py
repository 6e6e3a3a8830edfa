"""An officer's first minutes, in the whole product: a receiver on a socket, both processes, a real browser."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pyais import encode_dict

from tests.runtime.product import Product, until

pytestmark = pytest.mark.browser

SOON = 30_000  # ms: both processes start, the browser draws on a busy machine


class Harbour:
    """A receiver that hears two ships near Auckland, over and over, and says nothing while it is silenced."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self.stop = threading.Event()
        self._lines = b"".join(self._sentences())
        threading.Thread(target=self._accept, daemon=True).start()

    def _sentences(self) -> list[bytes]:
        eta = datetime.now(UTC) + timedelta(hours=3)
        ships: list[dict[str, Any]] = [
            {"type": 1, "mmsi": 512999001, "lat": -36.60, "lon": 175.20, "speed": 12.3, "course": 210, "heading": 209, "status": 0},
            {"type": 5, "mmsi": 512999001, "imo": 9999993, "callsign": "ZZEX1", "shipname": "EXAMPLE TRADER", "ship_type": 70,
             "to_bow": 150, "to_stern": 30, "to_port": 15, "to_starboard": 15, "draught": 9.1, "destination": "NZAKL",
             "month": eta.month, "day": eta.day, "hour": eta.hour, "minute": eta.minute},
            {"type": 1, "mmsi": 512999002, "lat": -36.70, "lon": 175.00, "speed": 4.0, "course": 30, "heading": 30, "status": 0},
            {"type": 5, "mmsi": 512999002, "imo": 0, "callsign": "ZZEX2", "shipname": "SAMPLE GARNET", "ship_type": 30,
             "destination": "MUSSEL FARM 7", "month": eta.month, "day": eta.day, "hour": eta.hour, "minute": eta.minute},
        ]  # fmt: skip
        return [
            line.encode() + b"\r\n"
            for number, ship in enumerate(ships)
            for line in encode_dict(ship, talker_id="AI", radio_channel="A", seq_id=number)
        ]

    def _accept(self) -> None:
        while not self.stop.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            with client:
                while not self.stop.wait(0.5):
                    try:
                        client.sendall(self._lines)
                    except OSError:
                        break

    def close(self) -> None:
        self.stop.set()
        self._server.close()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    harbour = Harbour()
    with Product(tmp_path_factory.mktemp("centre"), harbour) as product:  # type: ignore[arg-type]
        until(product.ready, 60, "a product that is ready")
        yield product
    harbour.close()


@pytest.fixture
def desk(product: Product, page: Page) -> Page:
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(f"http://127.0.0.1:{product.port}/")
    expect(page.locator("[data-layer=vessels] .count")).to_have_text(re.compile("^2 of 2$"), timeout=SOON)
    return page


def test_what_moves_is_found_by_keyboard_and_its_card_says_who_it_is(desk: Page) -> None:
    desk.keyboard.press("/")
    expect(desk.locator("#search")).to_be_focused()
    desk.keyboard.type("trad")
    expect(desk.locator("#search-results [role=option]").first).to_contain_text("EXAMPLE TRADER", timeout=SOON)
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    card = desk.locator("#card")
    expect(card.locator("h2.title")).to_have_text("EXAMPLE TRADER", timeout=SOON)
    for said in ("9999993", "512 999 001", "210° · 12.3 kn", "180 × 30 m, draught 9.1 m", "Auckland · ETA", "AIS"):
        expect(card).to_contain_text(said)
    expect(card.locator("[data-age-since]").first).to_contain_text("s ago")
    expect(desk).to_have_url(re.compile(r"[?&]sel=\d+"))
    desk.keyboard.press("Escape")
    expect(card).to_be_empty()


def test_a_search_that_finds_nothing_says_so_and_a_place_can_be_gone_to(desk: Page) -> None:
    desk.locator("#search").fill("zzzzzz")
    expect(desk.locator("#search-results")).to_contain_text("Nothing in the picture matches", timeout=SOON)
    desk.locator("#search").fill("NZBLU")
    expect(desk.locator("#search-results [role=option]").first).to_contain_text("Bluff", timeout=SOON)
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(r"lat=-46"), timeout=SOON)


def test_what_is_due_is_listed_by_port_where_known_and_as_typed_where_not(desk: Page) -> None:
    due = desk.locator("#due-next")
    expect(due).to_contain_text("Auckland", timeout=SOON)
    expect(due).to_contain_text("“MUSSEL FARM 7” as typed")
    due.get_by_role("button", name="EXAMPLE TRADER").click()
    expect(desk.locator("#card h2.title")).to_have_text("EXAMPLE TRADER", timeout=SOON)


def test_the_timeline_has_what_is_due_and_takes_another_span(desk: Page) -> None:
    points = desk.locator("#timeline .scatterlayer .point")
    expect(points.first).to_be_attached(timeout=SOON)
    assert points.count() >= 2
    desk.locator("[data-hours='8']").click()
    expect(desk.locator("[data-hours='8']")).to_have_attribute("aria-pressed", "true")
    expect(desk).to_have_url(re.compile("hours=8"))


def _range(desk: Page) -> list[float]:
    """Both ends of what the timeline shows, in epoch seconds."""
    script = """() => document.querySelector('#timeline .js-plotly-plot').layout.xaxis.range
      .map((edge) => Date.parse(`${edge.slice(0, 19).replace(' ', 'T')}Z`) / 1000)"""
    return desk.evaluate(script)


def _drag(desk: Page, by: int) -> None:
    box = desk.locator("#timeline .nsewdrag").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.9
    desk.mouse.move(x, y)
    desk.mouse.down()
    desk.mouse.move(x + by / 2, y, steps=3)
    desk.mouse.move(x + by, y, steps=3)
    desk.mouse.up()


def test_the_timeline_is_panned_by_dragging_and_goes_back_to_now(desk: Page) -> None:
    expect(desk.locator("#timeline .scatterlayer .point").first).to_be_attached(timeout=SOON)
    live = desk.locator("[data-live]")
    expect(live).to_have_text("LIVE")
    until(lambda: _range(desk)[1] - _range(desk)[0] == pytest.approx(24 * 3600, abs=2), 10, "a range of 24 h")
    before = _range(desk)
    _drag(desk, 300)
    expect(live).to_have_text("Back to now")
    panned = _range(desk)
    assert before[0] - panned[0] > 3600
    desk.evaluate("() => watchfloor.redrawTimeline()")  # as it does by itself when the now line has moved
    assert _range(desk) == pytest.approx(panned, abs=2)
    live.click()
    expect(live).to_have_text("LIVE")
    assert _range(desk)[0] == pytest.approx(before[0], abs=120)
    _drag(desk, -200)
    expect(live).to_have_text("Back to now")
    desk.locator("[data-hours='8']").click()
    expect(live).to_have_text("LIVE")
    until(lambda: _range(desk)[1] - _range(desk)[0] == pytest.approx(8 * 3600, abs=2), 10, "a range of 8 h")


def test_a_click_on_the_timeline_selects_whose_point_it_is(desk: Page) -> None:
    point, title = desk.locator("#timeline .scatterlayer .point").first, desk.locator("#card h2.title")
    expect(point).to_be_attached(timeout=SOON)

    def clicked() -> bool:
        """Its place moves while the figure is still being laid out, so a click may have to be made again."""
        box = point.bounding_box()
        if box is None:
            return False
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        desk.mouse.move(x - 3, y)
        desk.mouse.move(x, y)
        desk.mouse.down()
        desk.mouse.up()
        try:
            expect(title).to_be_visible(timeout=2_000)
        except AssertionError:
            return False
        return True

    until(clicked, 60, "a card after a click on a point")
    expect(title).to_have_text(re.compile("EXAMPLE TRADER|SAMPLE GARNET"), timeout=SOON)
    expect(desk.locator("[data-live]")).to_have_text("LIVE")


def test_the_search_takes_quick_fingers_right_after_a_choice(desk: Page) -> None:
    search = desk.locator("#search")
    for _ in range(3):
        desk.keyboard.press("/")
        desk.keyboard.type("trad")
        expect(desk.locator("#search-results [role=option]").first).to_contain_text("EXAMPLE TRADER", timeout=SOON)
        desk.keyboard.press("Enter")
        desk.keyboard.press("Escape")
        desk.keyboard.press("/")
        desk.keyboard.type("garnet")
        expect(desk.locator("#search-results [role=option]").first).to_contain_text("SAMPLE GARNET", timeout=SOON)
        expect(search).to_have_value("garnet")
        desk.keyboard.press("Escape")
        expect(search).to_have_value("")


def test_the_view_is_brought_back_by_its_address(desk: Page, product: Product) -> None:
    desk.locator("#due-next").get_by_role("button", name="SAMPLE GARNET").click()
    expect(desk.locator("#card h2.title")).to_have_text("SAMPLE GARNET", timeout=SOON)
    expect(desk).to_have_url(re.compile(r"[?&]sel=\d+"))
    address = desk.url
    desk.goto("about:blank")
    desk.goto(address)
    expect(desk.locator("#card h2.title")).to_have_text("SAMPLE GARNET", timeout=SOON)


def test_the_system_page_tells_feeds_and_storage_and_the_map_is_kept(desk: Page) -> None:
    desk.get_by_role("link", name="System").click()
    expect(desk.locator("#feeds-grid")).to_contain_text("● live", timeout=SOON)
    expect(desk.locator("#system-storage")).to_contain_text("picture database")
    expect(desk.locator("#picture-page")).not_to_be_visible()
    desk.get_by_role("link", name="Picture").click()
    expect(desk.locator("#map")).to_be_visible()
    expect(desk.locator("[data-layer=vessels] .count")).to_have_text("2 of 2", timeout=SOON)


def test_a_page_that_does_not_exist_says_so(desk: Page, product: Product) -> None:
    assert product.get("/operations/unknown").status_code == 404


def test_the_wall_has_no_controls_and_text_for_the_farthest_viewer(product: Product, page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(f"http://127.0.0.1:{product.port}/wall?distance=3&width=1439")
    expect(page.locator("[data-layer=vessels] .count")).to_contain_text("of 2", timeout=SOON)
    assert page.locator("button:visible, input:visible").evaluate_all(
        "all => all.filter(e => getComputedStyle(e).pointerEvents !== 'none').map(e => e.textContent)"
    ) == page.locator(".rail button:visible").evaluate_all("all => all.map(e => e.textContent)")
    for _ in range(5):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body")
    assert page.evaluate("getComputedStyle(document.elementFromPoint(300, 300)).cursor") == "none"
    size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    cap_height_mm = size * 0.727 * 1439 / 1920  # of the font, on a panel 1439 mm wide
    assert cap_height_mm == pytest.approx(3000 * 0.0058, rel=0.01)


def test_a_killed_feed_process_is_said_and_the_screen_recovers_by_itself(desk: Page, product: Product) -> None:
    before = desk.evaluate("watchfloor.probe ? true : false")
    assert before
    feeds = product.child("feeds")
    feeds.kill()
    until(lambda: product.child("feeds").pid != feeds.pid, 10, "a new feed process")
    expect(desk.locator("#feed-strip")).to_contain_text(re.compile(r"AIS\s*[0-3] s"), timeout=SOON)
    expect(desk.locator("[data-layer=vessels] .count")).to_have_text("2 of 2", timeout=SOON)
    expect(desk.locator("#frozen")).not_to_be_visible(timeout=SOON)
