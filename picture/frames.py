"""Frames: what a screen is sent of the picture, as columns that a browser worker can lay typed arrays over.

Little-endian. A head of 48 bytes, then one column after the other, each start padded to 4 bytes:

    magic "WFF1" | u8 full 0, delta 1 | 3 pad | u32 seq_from (0 for full) | u32 seq_to | f64 server_time |
    f64 picture_at (epoch seconds of the newest tick) | u32 n | u32 n_removed | u32 n_json (bytes) |
    u32 picture (which picture database: numbers of another one mean nothing)

    id u32[n], x u32[n], y u32[n], t u32[n] (positioned_at, whole epoch seconds), course u16[n] and
    heading u16[n] (0.01 degree, 65535 not available), speed u16[n] (0.1 knot, 65535 not available),
    flags u16[n] (TrackFlag), kind u8[n], ship_class u8[n], status i8[n], hull u8[n], removed u32[n_removed],
    JSON: {"labels": {"<id>": "NAME"}}

x and y are Web Mercator scaled to 0..2^32, y from the north: one unit is less than a centimetre, and drawing
needs one multiplication per axis. Tracks that were never located are not sent.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

MAGIC = b"WFF1"
FULL, DELTA = 0, 1
NOT_AVAILABLE = 65535
MERCATOR_LIMIT = 85.05112877980659  # degrees: where Web Mercator is square
WORLD = 2.0**32

_HEAD = struct.Struct("<4sB3xIIddIIII")
_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "<u4"),
    ("x", "<u4"),
    ("y", "<u4"),
    ("t", "<u4"),
    ("course", "<u2"),
    ("heading", "<u2"),
    ("speed", "<u2"),
    ("flags", "<u2"),
    ("kind", "u1"),
    ("ship_class", "u1"),
    ("status", "i1"),
    ("hull", "u1"),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded frame: what tests and clients in Python read. `columns` maps the names above to arrays."""

    full: bool
    seq_from: int
    seq_to: int
    server_time: float
    picture_at: float
    picture: int
    columns: dict[str, NDArray[Any]]
    removed: list[int]
    labels: dict[int, str]


def mercator(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Degrees to Web Mercator 0..2^32. Longitude wraps, latitude is held within the square."""
    x = np.mod((lon + 180.0) * (WORLD / 360.0), WORLD)
    sine = np.sin(np.radians(np.clip(lat, -MERCATOR_LIMIT, MERCATOR_LIMIT)))
    y = (0.5 - np.arctanh(sine) / (2.0 * np.pi)) * WORLD
    top = WORLD - 1.0
    return np.minimum(x, top).astype(np.uint32), np.clip(y, 0.0, top).astype(np.uint32)


def encode(
    states: NDArray[np.void],
    *,
    seq_from: int,
    seq_to: int,
    server_time: float,
    picture_at: float,
    picture: int = 0,
    removed: Iterable[int] = (),
    labels: Mapping[int, str] | None = None,
) -> bytes:
    """The bytes of one frame. `seq_from` 0 makes it a full one: the worker then forgets what it had."""
    located = states[~(np.isnan(states["lat"]) | np.isnan(states["lon"]))]
    x, y = mercator(located["lat"], located["lon"])
    columns = {
        "id": located["id"],
        "x": x,
        "y": y,
        "t": _whole_seconds(located["positioned_at"]),
        "course": _angle(located["course"]),
        "heading": _angle(located["heading"]),
        "speed": _scaled(located["speed"], 10.0),
        "flags": located["flags"],
        "kind": located["kind"],
        "ship_class": located["ship_class"],
        "status": located["status"],
        "hull": located["hull"],
    }
    gone = np.fromiter(removed, "<u4")
    rest = orjson.dumps({"labels": dict(labels or {})}, option=orjson.OPT_NON_STR_KEYS)
    head = _HEAD.pack(
        MAGIC, DELTA if seq_from else FULL, seq_from, seq_to, server_time, picture_at,
        len(located), len(gone), len(rest), picture,
    )  # fmt: skip
    parts = [head]
    for name, dtype in _COLUMNS:
        parts.append(_padded(np.ascontiguousarray(columns[name], dtype).tobytes()))
    parts += (gone.tobytes(), rest)
    return b"".join(parts)


def decode(data: bytes) -> Frame:
    """The reverse of `encode`, for clients in Python. Raises ValueError on anything else."""
    if len(data) < _HEAD.size or not data.startswith(MAGIC):
        raise ValueError("not a frame of the picture")
    _, delta, seq_from, seq_to, server_time, picture_at, n, n_removed, n_json, picture = _HEAD.unpack_from(data)
    at = _HEAD.size
    columns: dict[str, NDArray[Any]] = {}
    for name, dtype in _COLUMNS:
        columns[name] = np.frombuffer(data, dtype, n, at)
        at += _up_to_four(columns[name].nbytes)
    removed = np.frombuffer(data, "<u4", n_removed, at)
    at += removed.nbytes
    labels = orjson.loads(data[at : at + n_json])["labels"]
    return Frame(
        full=not delta,
        seq_from=seq_from,
        seq_to=seq_to,
        server_time=server_time,
        picture_at=picture_at,
        picture=picture,
        columns=columns,
        removed=removed.tolist(),
        labels={int(track): text for track, text in labels.items()},
    )


def _angle(degrees: NDArray[np.float32]) -> NDArray[np.uint16]:
    with np.errstate(invalid="ignore"):
        hundredths = np.mod(np.rint(degrees.astype(np.float64) * 100.0), 36000.0)
    return np.where(np.isfinite(hundredths), hundredths, NOT_AVAILABLE).astype(np.uint16)


def _scaled(values: NDArray[np.float32], factor: float) -> NDArray[np.uint16]:
    with np.errstate(invalid="ignore"):
        scaled = np.clip(np.rint(values.astype(np.float64) * factor), 0, NOT_AVAILABLE - 1)
    return np.where(np.isnan(scaled), NOT_AVAILABLE, scaled).astype(np.uint16)


def _whole_seconds(times: NDArray[np.float64]) -> NDArray[np.uint32]:
    return np.clip(np.nan_to_num(times, nan=0.0), 0, WORLD - 1).astype(np.uint32)


def _up_to_four(size: int) -> int:
    return -(-size // 4) * 4


def _padded(data: bytes) -> bytes:
    return data.ljust(_up_to_four(len(data)), b"\0")
