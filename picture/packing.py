"""The packed form of history: 26 bytes a point, in buckets of three hours of receipt.

Precision kept: position 1e-7 degrees (1 cm), receipt 1 ms, speed 0.1 kn, course 0.01 degrees, altitude 5 ft (ADS-B
reports 25), delay from observation to receipt as a 32-bit float (0.2 ms at an hour, 8 ms at a day).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from picture.state import POINT

BUCKET_SECONDS = 3 * 3600

PACKED = np.dtype(
    [
        ("received", "<i4"),  # milliseconds from the start of the bucket; before it for a carried point
        ("delay", "<f4"),  # seconds from observation to receipt
        ("lat", "<i4"),  # 1e-7 degrees
        ("lon", "<i4"),
        ("speed", "<u2"),  # 0.1 knots
        ("course", "<u2"),  # 0.01 degrees
        ("altitude", "<i2"),  # 5 feet
        ("reporter", "<u2"),
        ("flags", "u1"),
        ("status", "i1"),
    ],
    align=False,
)

_NO_WORD = 65535
_NO_ALTITUDE = -32768
_MS_LIMIT = 2**31 - 1  # 24.8 days to either side of the start of a bucket


def bucket_of(received_at: NDArray[np.float64]) -> NDArray[np.int64]:
    """The bucket numbers of times of receipt (epoch seconds)."""
    return np.floor(received_at / BUCKET_SECONDS).astype(np.int64)


def bucket_at(moment: float) -> int:
    return int(moment // BUCKET_SECONDS)


def pack(points: NDArray[np.void], bucket: int | NDArray[np.int64]) -> NDArray[np.void]:
    """Points in their packed form. The track is not in it: it is half of the row's key."""
    packed = np.empty(len(points), PACKED)
    since = (points["received_at"] - np.asarray(bucket) * float(BUCKET_SECONDS)) * 1000
    packed["received"] = np.clip(np.rint(since), -_MS_LIMIT, _MS_LIMIT)
    packed["delay"] = points["received_at"] - points["observed_at"]
    packed["lat"] = np.rint(points["lat"] * 1e7)
    packed["lon"] = np.rint(points["lon"] * 1e7)
    packed["speed"] = _words(points["speed"], 10)
    packed["course"] = _words(points["course"], 100)
    altitude = np.clip(np.rint(np.nan_to_num(points["altitude"], nan=0) / 5), -32767, 32767)
    packed["altitude"] = np.where(np.isnan(points["altitude"]), _NO_ALTITUDE, altitude)
    for name in ("reporter", "flags", "status"):
        packed[name] = points[name]
    return packed


def unpack(data: bytes, bucket: int | NDArray[np.int64], track: int | NDArray[np.int64]) -> NDArray[np.void]:
    """The reverse of `pack`, for one row or for many joined rows (then bucket and track have one value a point)."""
    packed = np.frombuffer(data, PACKED)
    points = np.empty(len(packed), POINT)
    points["track"] = track
    points["received_at"] = np.asarray(bucket) * float(BUCKET_SECONDS) + packed["received"] / 1000
    points["observed_at"] = points["received_at"] - packed["delay"]
    points["lat"] = packed["lat"] / 1e7
    points["lon"] = packed["lon"] / 1e7
    points["speed"] = _numbers(packed["speed"], 10)
    points["course"] = _numbers(packed["course"], 100)
    points["altitude"] = np.where(packed["altitude"] == _NO_ALTITUDE, np.nan, packed["altitude"] * 5.0)
    for name in ("reporter", "flags", "status"):
        points[name] = packed[name]
    return points


def unpack_rows(rows: list[tuple[int, int, bytes]]) -> NDArray[np.void]:
    """Points of many history rows `(bucket, track, data)`, row after row."""
    if not rows:
        return np.empty(0, POINT)
    counts = [len(data) // PACKED.itemsize for _, _, data in rows]
    buckets = np.repeat(np.array([row[0] for row in rows], np.int64), counts)
    tracks = np.repeat(np.array([row[1] for row in rows], np.int64), counts)
    return unpack(b"".join(row[2] for row in rows), buckets, tracks)


def _words(values: NDArray[np.float32], scale: int) -> NDArray[np.float64]:
    scaled = np.clip(np.rint(np.nan_to_num(values, nan=0) * scale), 0, _NO_WORD - 1)
    return np.where(np.isnan(values), _NO_WORD, scaled)


def _numbers(words: NDArray[np.uint16], scale: int) -> NDArray[np.float64]:
    return np.where(words == _NO_WORD, np.nan, words / scale)
