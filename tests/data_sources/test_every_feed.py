"""Every registered feed, at its real door, through the coordinator: bad bytes, old data, outage and the rest.

A new feed needs an entry in `doors.DOORS`; see docs/engineers/add-a-feed.md.
"""

from __future__ import annotations

import asyncio

import pytest

from data_sources.coordinator import discover
from tests.data_sources.doors import DOORS
from tests.data_sources.feed_checks import CHECKS


@pytest.mark.parametrize("kind", sorted(discover()))
@pytest.mark.parametrize("check", CHECKS)
def test_every_feed(kind: str, check: str) -> None:
    assert kind in DOORS, (
        f"the feed {kind!r} has no local source in tests/data_sources/doors.py: write one, add it to DOORS"
    )
    asyncio.run(CHECKS[check](DOORS[kind]()))


def test_every_door_has_its_feed() -> None:
    assert set(DOORS) <= set(discover()), "a local source in doors.py for a feed that does not exist"
