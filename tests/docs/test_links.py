"""Every link and every path that the pages name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "benchmarks" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOT_SHIPPED = ("watchfloor.toml",)  # the operator's own


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not link.startswith("http") and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_in_the_text_are_there(page: Path) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_\-]+\.(?:py|js|md|css|toml))`", page.read_text(encoding="utf-8"))
    missing = [
        path
        for path in named
        if path not in NOT_SHIPPED and not list(ROOT.glob(path)) and not (page.parent / path).exists()
    ]
    assert missing == []
