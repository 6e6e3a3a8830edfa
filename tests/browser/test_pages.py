"""The served product in a real browser: every page comes up, says nothing on the console, and follows the picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.web.served import Served, named, served, until, vessel

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as site:
        site.put(vessel(1, speed=12.0, course=45.0), particulars={1: named("EXAMPLE TRADER")})
        yield site


@pytest.fixture
def said(page: Page) -> list[str]:
    """Everything a page complained of: console errors and warnings, refusals, failed requests."""
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("response", lambda answer: said.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    return said


@pytest.mark.parametrize("path", ["/", "/wall", "/system"])
def test_a_page_comes_up_without_a_complaint(site: Served, page: Page, said: list[str], path: str) -> None:
    page.goto(site.url + path)
    expect(page.locator("#nav")).to_be_attached()
    expect(page.locator("#clock-utc")).to_contain_text(":", timeout=20_000)
    expect(page.locator("#clock-utc")).not_to_contain_text("--", timeout=20_000)
    until(lambda: site.hub.figures.sent_messages)
    if path == "/system":
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=20_000)
    assert said == []


def test_a_server_that_comes_back_is_followed_again(site: Served, page: Page, said: list[str]) -> None:
    page.goto(site.url)
    until(lambda: any(screen.attached for screen in site.hub.screens), 30)
    for screen in list(site.hub.screens):
        screen.seq = 2**31  # its next frame will not fit what the page has
    site.put(vessel(1, -36.7))
    until(lambda: any(screen.attached and screen.seq == site.hub.mirror.seq for screen in site.hub.screens), 30)
    assert said == []
