"""Frames: what is packed is what a plain reader, written apart from the packer, finds."""

from __future__ import annotations

import json
import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picture import frames
from picture.state import STATE

ANGLES = st.one_of(st.just(math.nan), st.floats(-720, 720, width=32))
SPEEDS = st.one_of(st.just(math.nan), st.floats(0, 20_000, width=32))
TRACK = st.tuples(
    st.integers(1, 2**32 - 1),
    st.one_of(st.just(math.nan), st.floats(-90, 90)),
    st.floats(-180, 180),
    st.floats(0, 4e9),
    ANGLES,
    ANGLES,
    SPEEDS,
    st.integers(0, 2**16 - 1),
    st.integers(0, 255),
    st.integers(-1, 15),
)


def rows(tracks: list[tuple]) -> np.ndarray:
    states = np.zeros(len(tracks), STATE)
    names = ("id", "lat", "lon", "positioned_at", "course", "heading", "speed", "flags", "kind", "status")
    for name, values in zip(names, zip(*tracks, strict=True), strict=True) if tracks else ():
        states[name] = values
    states["ship_class"] = states["kind"] // 2
    states["hull"] = states["kind"] // 3
    return states


def plain(data: bytes) -> dict:
    """Read a frame by the written layout, one value at a time."""
    magic, kind, seq_from, seq_to, at, picture_at, n, gone, text, _ = struct.unpack_from("<4sB3xIIddIIII", data)
    assert magic == b"WFF1"
    assert struct.calcsize("<4sB3xIIddIIII") == 48
    offset, columns = 48, {}
    layout = [("id", "I"), ("x", "I"), ("y", "I"), ("t", "I"), ("course", "H"), ("heading", "H"), ("speed", "H")]
    layout += [("flags", "H"), ("kind", "B"), ("ship_class", "B"), ("status", "b"), ("hull", "B")]
    for name, code in layout:
        assert offset % 4 == 0
        columns[name] = struct.unpack_from(f"<{n}{code}", data, offset)
        offset = (offset + n * struct.calcsize(code) + 3) // 4 * 4
    removed = struct.unpack_from(f"<{gone}I", data, offset)
    offset += 4 * gone
    assert len(data) == offset + text
    head = {"full": kind == 0, "seq_from": seq_from, "seq_to": seq_to, "server_time": at, "picture_at": picture_at}
    return {**head, **columns, "removed": removed, "labels": json.loads(data[offset:])["labels"]}


@settings(max_examples=150, deadline=None)
@given(st.lists(TRACK, max_size=9), st.lists(st.integers(0, 2**32 - 1), max_size=5), st.booleans())
def test_a_plain_reader_finds_what_was_packed(tracks: list[tuple], removed: list[int], delta: bool) -> None:
    states = rows(tracks)
    labels = {int(track): f"NAME {track}" for track in states["id"]}
    packed = frames.encode(
        states, seq_from=7 if delta else 0, seq_to=9, server_time=1.5, picture_at=2.5, removed=removed, labels=labels
    )
    read = plain(packed)
    located = [track for track in tracks if not math.isnan(track[1])]
    assert list(read["id"]) == [track[0] for track in located]
    assert read["full"] is not delta
    assert (read["seq_from"], read["seq_to"], read["server_time"], read["picture_at"]) == (7 * delta, 9, 1.5, 2.5)
    assert list(read["removed"]) == removed
    assert read["labels"] == {str(track): name for track, name in labels.items()}
    for row, track in enumerate(located):
        _, lat, lon, at, course, heading, speed, flags, kind, status = track
        assert (read["flags"][row], read["kind"][row], read["status"][row]) == (flags, kind, status)
        assert (read["ship_class"][row], read["hull"][row]) == (kind // 2, kind // 3)
        assert read["t"][row] == int(at)
        assert_place(read["x"][row], read["y"][row], lat, lon)
        assert_angle(read["course"][row], course)
        assert_angle(read["heading"][row], heading)
        assert_speed(read["speed"][row], speed)

    again = frames.decode(packed)
    assert again.columns["x"].tolist() == list(read["x"])
    assert again.removed == removed


def assert_place(x: int, y: int, lat: float, lon: float) -> None:
    """Back to degrees, within a hundredth of an arc second, as far as Web Mercator reaches."""
    assert abs((x / 2**32 * 360 - 180 - lon + 180) % 360 - 180) < 3e-6
    back = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**32))))
    assert abs(back - max(-frames.MERCATOR_LIMIT, min(frames.MERCATOR_LIMIT, lat))) < 3e-6


def assert_speed(packed: int, speed: float) -> None:
    if math.isnan(speed):
        assert packed == 65535
    else:
        assert abs(packed / 10 - min(speed, 6553.4)) < 0.06


def assert_angle(packed: int, angle: float) -> None:
    if math.isnan(angle):
        assert packed == 65535
    else:
        assert packed < 36000
        assert abs((packed / 100 - angle + 180) % 360 - 180) < 0.006


@pytest.mark.parametrize("data", [b"", b"WFF1", b"WFT1" + bytes(60)])
def test_other_bytes_are_no_frame(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a frame"):
        frames.decode(data)


def test_a_track_costs_28_bytes_and_its_name_once() -> None:
    states = np.zeros(1_000, STATE)
    states["id"] = np.arange(1, 1_001)
    packed = frames.encode(states, seq_from=1, seq_to=2, server_time=0, picture_at=0)
    assert len(packed) == 48 + 28 * 1_000 + len('{"labels":{}}')
