"""Displays as benchmarks attach them: plain WebSocket clients, and a real page in headless Chromium."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from benchmarks.rig import until
from tests.chromium import chromium

VIEW = {"width": 1920, "height": 1080}
_HEAD = struct.Struct("<4sB3xIIddIIII")

# Notes [seq, ms since the epoch] of every frame that arrives and every drawing that has been painted.
WATCH = """() => {
  const seen = (window.seen = { frames: [], drawn: [] });
  watchfloor.stream.on("frame", () => seen.frames.push([watchfloor.stream.seq(), Date.now()]));
  watchfloor.chart.on("drawn", (message) => {
    requestAnimationFrame(() => setTimeout(() => seen.drawn.push([message.seq, Date.now(), message.drawn]), 0));
  });
}"""

OnFrame = Callable[[int, float, bytes], None]  # seq_to, epoch seconds of arrival, the bytes


class Screens:
    """`count` plain clients of /stream in a thread; `on_frame` hears what the first of them is sent."""

    def __init__(self, address: str, count: int, on_frame: OnFrame | None = None) -> None:
        self.address, self.count = address, count
        self.attached = 0
        self.lost = 0
        self.frames: list[list[tuple[int, float]]] = [[] for _ in range(count)]  # seq_to, arrival
        self.bytes = [0] * count
        self.text_bytes = [0] * count
        self._on_frame = on_frame
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()

    async def _run(self) -> None:
        await asyncio.gather(*(self._one(number) for number in range(self.count)))

    async def _one(self, number: int) -> None:
        async with connect(f"ws://{self.address}/stream", max_size=None, compression=None) as socket:
            await socket.send('{"t":"hello","since":0}')
            self.attached += 1
            while not self._stop.is_set():
                try:
                    async with asyncio.timeout(1.0):
                        message = await socket.recv()
                except TimeoutError:
                    continue
                except ConnectionClosed:
                    self.lost += 1
                    return
                if isinstance(message, str):
                    self.text_bytes[number] += len(message) + _overhead(len(message))
                else:
                    self._note(number, message)

    def _note(self, number: int, frame: bytes) -> None:
        seq = _HEAD.unpack_from(frame)[3]
        at = time.time()
        self.frames[number].append((seq, at))
        self.bytes[number] += len(frame) + _overhead(len(frame))
        if number == 0 and self._on_frame is not None:
            self._on_frame(seq, at, frame)

    def ready(self) -> None:
        until(lambda: all(self.frames), 60, "a first frame at every plain client")

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)


def _overhead(size: int) -> int:
    """Bytes of the WebSocket's own head, server to client (RFC 6455, 5.2)."""
    return 2 if size < 126 else 4 if size < 65536 else 10


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=chromium(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield opened
        finally:
            with contextlib.suppress(Exception):
                opened.close()


def open_page(opened: Browser, address: str, *, tracks: int, query: str = "?lat=-38&lon=175&z=5") -> Page:
    """The Picture page with at least so many tracks; what it hears and draws is noted from now on."""
    page = opened.new_page(viewport=VIEW)  # type: ignore[arg-type]
    page.goto(f"http://{address}/{query}")

    def shows() -> bool:
        count = page.evaluate(
            "async () => { const p = window.watchfloor && await watchfloor.probe?.(); return p ? p.total : 0; }"
        )
        return bool(count >= tracks)

    until(shows, 60, f"{tracks} tracks in the browser", every=0.25)
    page.evaluate(WATCH)
    return page


def seen(page: Page) -> dict[str, list[list[float]]]:
    """What was noted since the last call: frames [seq, ms], drawings [seq, ms, symbols in view]."""
    found: dict[str, Any] = page.evaluate("() => { const s = {...seen}; seen.frames = []; seen.drawn = []; return s; }")
    return found


def renderers() -> list[psutil.Process]:
    """Chromium's page processes below this one; the busiest is the page's."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "--type=renderer" in child.cmdline():
                found.append(child)
    return found
