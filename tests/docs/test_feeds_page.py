"""The feeds page names every kind of feed with all its own settings; the example settings are real ones."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from data_sources.contract import REGISTRY, FeedSettings
from data_sources.roster import discover
from settings import Settings
from tests.docs.test_settings_page import defaults

ROOT = Path(__file__).resolve().parents[2]


def test_every_kind_is_on_the_page_with_its_settings() -> None:
    discover()
    page = (ROOT / "docs" / "operators" / "feeds.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: set(re.findall(r"`(\w+)`", row)) for row in page.splitlines() if row.startswith("| `")}
    shipped = {kind: feed for kind, feed in REGISTRY.items() if feed.__module__.startswith("data_sources.")}
    assert rows.keys() == shipped.keys()
    for kind, feed in shipped.items():
        own = set(feed.Settings.model_fields) - set(FeedSettings.model_fields)
        assert own <= rows[kind], kind


def test_every_line_of_the_example_is_a_setting_with_its_default() -> None:
    text = (ROOT / "watchfloor.example.toml").read_text(encoding="utf-8")
    uncommented = re.sub(r"^# (?=\w+ = |\[\[)", "", text, flags=re.M)
    example = tomllib.loads(uncommented)
    named = {
        f"{part}.{name}": value
        for part, values in example.items()
        if isinstance(values, dict)
        for name, value in values.items()
    }
    named |= {name: value for name, value in example.items() if not isinstance(value, dict | list)}
    real = defaults(Settings)
    assert set(named) <= set(real)
    assert {name: str(value) for name, value in named.items()} == {name: str(real[name]) for name in named}
    assert {feed["kind"] for feed in example["feeds"]} <= set(REGISTRY)
