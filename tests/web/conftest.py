from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.web.served import Served, served


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One served Watchfloor for a module's tests."""
    with served(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def client(site: Served) -> Iterator[httpx2.Client]:
    with site.client() as client:
        yield client
