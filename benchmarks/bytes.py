"""Bytes per display and minute at 2,000 tracks of live traffic, where they go, and what could be less.

    python -m benchmarks.bytes [--seconds 120] [--warm 200] [--scale 5] [--json PATH]

The demonstration's traffic (its own share of moving, berthed, anchored and flying craft, in its real protocols) at
`--scale` times its size, through feed process, web process and `/stream` to a plain display. What arrived is counted
on the socket and brought to 2,000 tracks. The same changes are then written as GeoJSON features, as a web map would
take them, and both are squeezed as permessage-deflate would.
"""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
import zlib
from typing import Any

import numpy as np
import orjson

from benchmarks.displays import Screens
from benchmarks.rig import parser, rig, tell, until
from data_sources.demo.ports import choose_ports, feed_settings
from data_sources.demo.running import Generator
from picture import frames

TRACKS = 2_000
HEAD_BYTES = 48
COLUMN_BYTES = {name: np.dtype(dtype).itemsize for name, dtype in frames._COLUMNS}
TURNS_LITTLE = ("flags", "kind", "ship_class", "status", "hull")


class Traffic:
    """The demonstration's generator in a thread."""

    def __init__(self, scale: float) -> None:
        self.ports = choose_ports()
        self.open = threading.Event()
        self._scale = scale
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._run()), daemon=True)
        self._thread.start()

    async def _run(self) -> None:
        generator = Generator(self.ports, time.time, scale=self._scale)
        await generator.open()
        self.open.set()
        await generator.run(self._stop)
        await generator.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


class Squeezed:
    """Size under permessage-deflate with its window kept between messages, and what that costs."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        self.bytes = 0
        self.seconds = 0.0

    def add(self, data: bytes) -> None:
        began = time.process_time()
        self.bytes += len(self._deflate.compress(data)) + len(self._deflate.flush(zlib.Z_SYNC_FLUSH)) - 4
        self.seconds += time.process_time() - began


def features(columns: dict[str, Any]) -> bytes:
    """The rows of a frame as a GeoJSON FeatureCollection: five decimals are a metre, like our columns' use on screen."""
    lon = columns["x"] / frames.WORLD * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * columns["y"] / frames.WORLD))))
    names = [name for name in COLUMN_BYTES if name not in ("id", "x", "y")]
    values = [columns[name].tolist() for name in names]
    return orjson.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "id": track, "geometry": {"type": "Point", "coordinates": [round(east, 5), round(north, 5)]},
         "properties": dict(zip(names, rest, strict=True))}
        for track, east, north, *rest in zip(
            columns["id"].tolist(), lon.tolist(), lat.tolist(), *values, strict=True)
    ]})  # fmt: skip


def look_at(seen: list[bytes]) -> dict[str, Any]:
    """Parts of the delta frames, and the same changes in other forms."""
    parts = dict.fromkeys((*COLUMN_BYTES, "head", "removed", "labels", "padding"), 0)
    known: dict[int, tuple[int, ...]] = {}
    rows = same = only_time = slow_columns_same = 0
    geojson, alone, squeezed, squeezed_geojson = 0, 0, Squeezed(), Squeezed()
    for data in seen:
        frame = frames.decode(data)
        n = len(frame.columns["id"])
        labels = len(orjson.dumps({"labels": frame.labels}, option=orjson.OPT_NON_STR_KEYS))
        if not frame.full:
            rows += n
            sizes = {name: n * size for name, size in COLUMN_BYTES.items()}
            sizes |= {"head": HEAD_BYTES, "removed": 4 * len(frame.removed), "labels": labels}
            sizes["padding"] = len(data) - sum(sizes.values())
            for name, size in sizes.items():
                parts[name] += size
            text = features(frame.columns)
            geojson += len(text)
            squeezed.add(data)
            alone += len(zlib.compress(data, 6))
            squeezed_geojson.add(text)
        slow = [tuple(row) for row in zip(*(frame.columns[name].tolist() for name in TURNS_LITTLE), strict=True)]
        quick = [tuple(row) for row in zip(
            *(frame.columns[name].tolist() for name in ("x", "y", "course", "heading", "speed")), strict=True)]  # fmt: skip
        for track, t, how, where in zip(
            frame.columns["id"].tolist(), frame.columns["t"].tolist(), slow, quick, strict=True
        ):
            before = known.get(track)
            if before is not None and not frame.full:
                same += before == (t, how, where)
                only_time += before[1:] == (how, where) and before[0] != t
                slow_columns_same += before[1] == how
            known[track] = (t, how, where)
    total = sum(parts.values())
    return {
        "frames": len(seen), "rows": rows, "bytes": total, "bytes_a_row": round(total / max(rows, 1), 2), "parts": parts,
        "rows_that_say_nothing_new": same, "rows_with_only_a_new_time": only_time,
        "rows_whose_slow_columns_are_the_same": slow_columns_same, "geojson_bytes": geojson,
        "deflated_each_alone_bytes": alone,
        "deflated_bytes": squeezed.bytes, "deflate_ms_a_frame": round(squeezed.seconds * 1000 / max(len(seen), 1), 2),
        "deflated_geojson_bytes": squeezed_geojson.bytes,
    }  # fmt: skip


def measure(given: argparse.Namespace) -> dict[str, Any]:
    traffic = Traffic(given.scale)
    assert traffic.open.wait(30), "the generator did not open"
    caught: list[bytes] = []
    tracks: list[int] = []
    try:
        with rig(feed_settings(traffic.ports)) as made:
            made.start("feeds")
            made.start_web()
            until(lambda: made.facts().get("tracks", 0) > 100, 60, "traffic in the picture", every=0.5)
            time.sleep(given.warm)  # what is moored reports every three minutes
            screens = Screens(made.address, 1, lambda _seq, _at, frame: caught.append(frame))
            screens.ready()
            time.sleep(2)
            del caught[1:]
            wire, texts, began = screens.bytes[0], screens.text_bytes[0], time.monotonic()
            while time.monotonic() - began < given.seconds:
                time.sleep(1)
                tracks.append(made.facts()["tracks"])
            spent = time.monotonic() - began
            wire, texts = screens.bytes[0] - wire, screens.text_bytes[0] - texts
            full = len(caught[0])
            moving = moving_share(made)
            screens.close()
    finally:
        traffic.close()
    found = look_at(caught)
    mean = float(np.mean(tracks))
    to_2000 = 60.0 / spent * TRACKS / mean
    return {
        "tracks": round(mean), "moving_share": moving, "seconds": round(spent, 1), "full_frame_bytes": full,
        "wire_bytes": wire, "clock_and_notice_bytes": texts, **found,
        "at_2000_tracks_and_minute": {
            "frames": round(wire * to_2000), "clock_and_notices": round(texts * 60 / spent),
            "total": round(wire * to_2000 + texts * 60 / spent),
            "changed_rows": round(found["rows"] * to_2000), "geojson": round(found["geojson_bytes"] * to_2000),
            "deflated_each_alone": round(found["deflated_each_alone_bytes"] * to_2000),
            "deflated": round(found["deflated_bytes"] * to_2000),
            "deflated_geojson": round(found["deflated_geojson_bytes"] * to_2000),
            "parts": {name: round(size * to_2000) for name, size in found["parts"].items()},
        },
    }  # fmt: skip


def moving_share(made: Any) -> float:
    """Share of all tracks that make more than half a knot."""
    from picture import reading

    with made.picture.reading() as session:
        _, saved = reading.checkpoint(session)
    return round(float(np.mean(saved.states["speed"] > 0.5)), 3)


def main() -> None:
    asked = parser(__doc__ or "")
    asked.add_argument("--seconds", type=float, default=120.0)
    asked.add_argument("--warm", type=float, default=200.0)
    asked.add_argument("--scale", type=float, default=5.0)
    given = asked.parse_args()
    found = measure(given)
    minute = found["at_2000_tracks_and_minute"]
    rows: list[tuple[object, ...]] = [("per display and minute, 2,000 tracks", "bytes", "share")]
    for name, size in minute["parts"].items():
        each = f"{COLUMN_BYTES[name]} bytes a changed row" if name in COLUMN_BYTES else ""
        rows.append((f"{name} {each}".strip(), f"{size:,}", f"{size / minute['total']:.1%}"))
    rows += [
        ("clock, feeds, notices (text)", f"{minute['clock_and_notices']:,}",
         f"{minute['clock_and_notices'] / minute['total']:.1%}"),
        ("**total**", f"**{minute['total']:,}**", ""),
        ("baseline: the same changes as GeoJSON", f"{minute['geojson']:,}", f"{minute['geojson'] / minute['total']:.1f} times"),
        ("frames squeezed by permessage-deflate", f"{minute['deflated']:,}", f"{minute['deflated'] / minute['total']:.1%}"),
        ("frames squeezed each alone, once for all displays", f"{minute['deflated_each_alone']:,}",
         f"{minute['deflated_each_alone'] / minute['total']:.1%}"),
        ("GeoJSON squeezed likewise", f"{minute['deflated_geojson']:,}",
         f"{minute['deflated_geojson'] / minute['total']:.1%}"),
    ]  # fmt: skip
    tell(given, found, rows)


if __name__ == "__main__":
    main()
