"""What an officer sees when the picture is live but its history is not written."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chart_server import ChartServer, serving

pytestmark = pytest.mark.browser

WHY = "History is not being written: the disk is full (1,200 points lost)"


@pytest.fixture
def chart() -> Iterator[ChartServer]:
    with serving(ChartServer()) as server:
        server.clock = {}
        yield server


def test_trouble_stands_first_in_the_strip_and_goes_when_it_is_over(chart: ChartServer, page: Page) -> None:
    feed = {"name": "AIS", "family": "AIS", "state": "live", "last": 2, "heard": 1, "expected": 1, "why": ""}
    chart.clock = {"feeds": [feed], "why": WHY}
    page.goto(chart.address)
    entry = page.locator("#feed-strip .feed")
    expect(entry).to_have_count(2)
    expect(entry.nth(0)).to_have_text(f"▲{WHY}")
    colour = entry.nth(0).locator(".words").evaluate("e => getComputedStyle(e).color")
    assert colour != entry.nth(1).locator(".words").evaluate("e => getComputedStyle(e).color")
    expect(page.locator("#frozen")).not_to_have_attribute("data-on", "true")
    chart.clock = {"last": [time.time()]}
    expect(entry).to_have_count(1)
    expect(entry.nth(0)).to_contain_text("AIS")
