"""docs/recordings.md says what replay really makes of the recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.recordings import NOTES, recordings_of, replayed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recordings.md"


@pytest.mark.parametrize("folder", ["ais", "flights"])
def test_page_lists_every_recording(shared_data: Path, folder: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    found, others = recordings_of(shared_data / folder)
    assert found
    missing = [path.name for path in found if f"| {path.name} | " not in page]
    assert missing == [], "run: python -m benchmarks.recordings"
    assert all(other in page for other in others)


def test_counts_of_the_page_are_those_of_replay(shared_data: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for path in recordings_of(shared_data / "ais")[0]:
        counts, _ = replayed(path)
        row = (
            f"| {path.name} | {counts.lines:,} | {counts.sentences:,} | {counts.messages:,} | {counts.duplicates:,} | "
        )
        assert row in page, f"run: python -m benchmarks.recordings ({row})"


def test_every_difference_that_is_explained_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| {name} | " in page and words in page for name, words in NOTES.items())
