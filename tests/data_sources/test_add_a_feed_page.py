"""The page that shows how to add a feed is true: its feed is put into the house and passes every check."""

from __future__ import annotations

import asyncio
import math
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import data_sources
from data_sources.contract import FORMATS, REGISTRY
from data_sources.coordinator import discover
from tests.data_sources import doors
from tests.data_sources.feed_checks import CHECKS
from tests.data_sources.flights import chunk

PAGE = Path(__file__).parents[2] / "docs" / "engineers" / "add-a-feed.md"


def code(first_line: str) -> str:
    """The block of the page that begins with this line."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if block.startswith(first_line))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[doors.Door]]:
    """The page's one file is found as any other module of `data_sources` would be."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "json_lines.py").write_text(code("# data_sources/json_lines.py"), "utf-8")
    formats = list(FORMATS)
    data_sources.__path__.append(str(folder))
    try:
        assert "json-lines" in discover(), "the feed is found by itself"
        exec(code("# tests/data_sources/doors.py"), vars(doors))
        yield doors.DOORS["json-lines"]
    finally:
        data_sources.__path__.remove(str(folder))
        sys.modules.pop("data_sources.json_lines", None)
        REGISTRY.pop("json-lines", None)
        doors.DOORS.pop("json-lines", None)
        FORMATS[:] = formats


@pytest.mark.parametrize("check", CHECKS)
def test_the_feed_of_the_page_passes(door: type[doors.Door], check: str) -> None:
    asyncio.run(CHECKS[check](door()))


def test_a_recording_of_it_is_recognised_and_read(door: type[doors.Door]) -> None:
    recording = b"".join(door().report(number, time.time()) for number in range(20))
    (best,) = [format_ for format_ in FORMATS if format_.recognise(recording) > 0.5]
    assert best.name == "json-lines"
    assert len(best.translator().translate(chunk(recording)).observations) == 20


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["mmsi", "lat", "lon", "rxuxtime", "speed", "course"]),
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=3),
    ),
    st.binary(max_size=60),
)
def test_it_never_raises_on_what_it_is_sent(door: type[doors.Door], given_: dict[str, object], junk: bytes) -> None:
    translator = REGISTRY["json-lines"]({"name": "n"}, time.time).translator()  # type: ignore[arg-type]
    batch = translator.translate(chunk(orjson.dumps({"mmsi": 512000100} | given_) + b"\n" + junk))
    rest = translator.flush(math.inf)
    for part in (batch, rest):
        assert part.sentences == part.messages + part.rejected.total()


def test_the_settings_of_the_page_are_valid(door: type[doors.Door]) -> None:
    import tomllib

    from data_sources.coordinator import make_feeds

    (block,) = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (feed,) = make_feeds(tomllib.loads(block)["feeds"], time.time)
    assert feed.settings.name == "Harbour JSON"
