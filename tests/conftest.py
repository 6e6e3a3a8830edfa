"""What tests share: databases as the product makes them, the recordings, and the browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.engines import Database
from storage.migrate import migrate
from tests.chromium import chromium

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Recordings collected from others; not part of the project, so tests that need them say when they are absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared recordings are not beside the project (../shared/data)")
    return SHARED_DATA


@pytest.fixture
def picture(tmp_path: Path) -> Iterator[Database]:
    """An empty picture database."""
    database = Database(f"sqlite:///{tmp_path / 'picture.db'}", schema="picture", durable=False)
    migrate(database)
    yield database
    database.dispose()


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Database]:
    """An empty record database."""
    database = Database(f"sqlite:///{tmp_path / 'record.db'}", schema="record")
    migrate(database)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """pytest-playwright uses the Chromium that is found, headless, without a GPU."""
    return {
        **browser_type_launch_args,
        "executable_path": chromium(),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright leaves an event loop running in this thread, and `asyncio.run` refuses another."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
