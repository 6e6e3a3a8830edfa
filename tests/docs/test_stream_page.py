"""What `docs/engineers/stream-and-api.md` says of addresses, columns and numbers is so."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from picture import frames
from picture.state import STATE
from tests.web.served import served
from web import stream

PAGE = Path(__file__).resolve().parents[2] / "docs" / "engineers" / "stream-and-api.md"


def test_every_address_of_the_api_is_on_the_page(tmp_path: Path) -> None:
    with served(tmp_path) as site:
        described = set(site.client().get("/api/v1/openapi.json").json()["paths"])
    assert set(re.findall(r"^\| `(/api/v1/[^`]*)`", PAGE.read_text(), re.MULTILINE)) == described


def test_the_columns_of_a_frame_are_those_on_the_page() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([ui]\d+) \|", PAGE.read_text(), re.MULTILINE)
    widths = {"u32": "<u4", "u16": "<u2", "u8": "|u1", "i8": "|i1"}
    states = np.zeros(3, STATE)
    packed = frames.encode(states, seq_from=1, seq_to=2, server_time=0.0, picture_at=0.0)
    columns = frames.decode(packed).columns
    assert [(name, widths[width]) for name, width in rows] == [(name, c.dtype.str) for name, c in columns.items()]
    assert "costs 28 bytes" in PAGE.read_text()
    assert sum(column.dtype.itemsize for column in columns.values()) == 28


def test_the_codes_on_the_page() -> None:
    text = PAGE.read_text()
    for code in (stream.POLICY, stream.TOO_BIG, stream.RESTART, stream.LATER):
        assert str(code) in text
    assert stream.HELLO_SECONDS == 10.0
