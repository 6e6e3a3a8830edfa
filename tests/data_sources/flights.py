"""Where the recordings of flights are, and one chunk of anything."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from data_sources.contract import Chunk

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "flights"
NOON = 1_700_000_000.0


def recording(name: str) -> bytes:
    """The bytes of one recording, unpacked."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the recordings are not here: {path.name} is missing beside the project")
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def chunk(data: bytes, at: float = NOON) -> Chunk:
    return Chunk(data, at)
