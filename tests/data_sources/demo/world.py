"""The demonstration as the tests look at it; built once, it keeps no state."""

from __future__ import annotations

from functools import cache

from data_sources.demo.running import Scenario

MIDNIGHT = 1_795_478_400.0  # 24 November 2026 00:00 UTC
DAY, HOUR = 86_400.0, 3_600.0


@cache
def scenario() -> Scenario:
    return Scenario.build()
