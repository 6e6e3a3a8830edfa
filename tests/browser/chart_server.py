"""A small real server for the map's scripts alone: the page, the assets, and a `/stream` that a test can drive.

Frames are made by `picture.frames`, sent over a real WebSocket under the product's content security policy; only
the Dash shell is left out.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dash
import dash_leaflet
import numpy as np
import uvicorn
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from picture.frames import encode
from picture.state import STATE

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = (
    "status.js",
    "stream.js",
    "map/basemap.js",
    "map/layers.js",
    "map/measure.js",
    "map/pointer.js",
    "map/tracks.js",
    "vendor/protomaps-leaflet/protomaps-leaflet.js",
)  # as Dash orders them
LAYERS = ("vessels", "aircraft", "contacts", "others", "zones", "trails", "labels")
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self' data:; style-src 'self' 'unsafe-inline'"
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Chart</title>
<link rel="stylesheet" href="/assets/00-fonts.css"><link rel="stylesheet" href="/assets/10-watchfloor.css">
<link rel="stylesheet" href="/assets/20-map.css"><link rel="stylesheet" href="/assets/map/basemap.css">
<style>#map {{ position: absolute; inset: 0; }} .map-tools, #feed-strip, .clocks {{ z-index: 900; }}</style></head><body>
<div id="config" hidden data-config='{config}'></div>
<div class="map-room" style="position:fixed;inset:0"><div id="map"></div><div class="map-tools">{chips}
<button id="tool-measure" class="chip tool" aria-pressed="false">Range and bearing</button>
<div id="feed-strip" class="strip"></div><div class="clocks"><b id="clock-utc"></b><span id="clock-utc-date"></span>
<b id="clock-local"></b><span id="clock-local-date"></span></div></div></div>
<div id="frozen" class="frozen" role="alert"></div><div id="announce" aria-live="polite" class="visually-hidden"></div>
<span id="age" data-age-since="{since}"></span>
{scripts}</body></html>"""
PAGE_SCRIPT = """
window.told = {};
window.dash_clientside = { set_props: (id, props) => { (window.told[id] = window.told[id] || []).push(props.data); } };
window.addEventListener("load", () => {
  const config = JSON.parse(document.getElementById("config").dataset.config);
  window.watchfloor.config = () => config;
  const map = window.L.map("map", { center: config.centre, zoom: config.zoom, zoomControl: false, minZoom: 2 });
  window.testMap = map;
  const group = window.L.layerGroup([]);
  group.on("add", window.watchfloor.attachTracks);
  group.addTo(map);
});
"""


def states(n: int) -> NDArray[np.void]:
    """n rows with nothing known but their ids, 1 to n."""
    rows = np.zeros(n, STATE)
    rows["id"] = np.arange(1, n + 1)
    rows["status"] = -1
    rows["kind"] = 1
    for name in ("lat", "lon", "speed", "course", "heading", "turn", "altitude", "climb"):
        rows[name] = np.nan
    rows["positioned_at"] = rows["heard_at"] = time.time()
    return rows


class ChartServer:
    """What the page talks to. `frame`, `say` reach every open page; `asked` is what pages sent."""

    def __init__(self, *, config: Mapping[str, Any] | None = None) -> None:
        self.config = {"mode": "desk", "timezone": "Pacific/Auckland", "centre": [-37.6, 175.6], "zoom": 7, "scale": 1}
        self.config.update(config or {})
        self.answers: dict[str, Any] = {}
        self.asked: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.on_hello: list[bytes] = []  # frames for a page that says hello or asks for a full frame
        self.clock: dict[str, Any] | None = None  # sent each second, with the time of sending
        self.clock_seconds = 0.25  # the product says it each second; tests need not wait
        self.refuse_sockets = False
        self.seq = 0
        self.port = 0
        self._pages: set[WebSocket] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    # what a test does

    def frame(
        self, rows: NDArray[np.void], *, full: bool = False, labels: Mapping[int, str] | None = None,
        removed: Sequence[int] = (), skip: int = 0, picture_at: float | None = None,
    ) -> bytes:  # fmt: skip
        """The next frame, sent to every page; a full one is also what later pages begin with."""
        before, self.seq = self.seq + skip, self.seq + skip + 1
        at = picture_at or time.time()
        data = encode(
            rows, seq_from=0 if full else before, seq_to=self.seq, server_time=time.time(), picture_at=at,
            removed=removed, labels=labels,
        )  # fmt: skip
        if full:
            self.on_hello = [data]
        self._to_all(data)
        return data

    def say(self, message: Mapping[str, Any]) -> None:
        self._to_all(json.dumps(message))

    def hang_up(self) -> None:
        """Closes every line."""
        assert self._loop is not None
        for page in list(self._pages):
            asyncio.run_coroutine_threadsafe(page.close(), self._loop).result(5)

    # how it answers

    def _to_all(self, data: bytes | str) -> None:
        assert self._loop is not None
        for page in list(self._pages):
            asyncio.run_coroutine_threadsafe(_send(page, data), self._loop).result(5)

    async def _stream(self, page: WebSocket) -> None:
        if self.refuse_sockets:
            await page.close()
            return
        await page.accept()
        clock = asyncio.create_task(self._tell_time(page))
        try:
            while True:
                message = await page.receive_json()
                self.asked.append(message)
                for data in self.on_hello:
                    await page.send_bytes(data)
                self._pages.add(page)
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._pages.discard(page)
            clock.cancel()

    async def _tell_time(self, page: WebSocket) -> None:
        while True:
            if self.clock is not None:
                now = time.time()
                told = {
                    "t": "clock",
                    "now": now,
                    "picture_at": now,
                    **({} if "last" in self.clock else {"feeds": []}),
                    **self.clock,
                }
                await _send(page, json.dumps(told))
            await asyncio.sleep(self.clock_seconds)

    async def _page(self, _request: Request) -> Response:
        chips = "".join(
            f'<button class="chip" data-layer="{name}" aria-pressed="{"false" if name in ("trails", "zones") else "true"}">'
            f'{name} <span class="count"></span></button>'
            for name in LAYERS
        )
        sources = ["/lib/react.js", "/lib/react-dom.js", "/lib/dash_leaflet.js", "/lib/page.js"]
        sources += [f"/assets/{name}" for name in SCRIPTS]
        scripts = "".join(f'<script src="{source}"></script>' for source in sources)
        page = PAGE.format(config=json.dumps(self.config), chips=chips, scripts=scripts, since=int(time.time()) - 240)
        return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})

    async def _library(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name == "page.js":
            return Response(PAGE_SCRIPT, media_type="text/javascript")
        if name == "dash_leaflet.js":
            path = Path(dash_leaflet.__file__).parent / name
        else:
            pattern = "react-dom@18*.min.js" if name == "react-dom.js" else "react@18*.min.js"
            path = next((Path(dash.__file__).parent / "deps").glob(pattern))
        return Response(path.read_bytes(), media_type="text/javascript")

    async def _api(self, request: Request) -> Response:
        self.requests.append(str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""))
        answer = self.answers.get(request.url.path)
        if answer is None:
            return JSONResponse({"title": "Not found", "status": 404}, 404)
        return (
            Response(answer, media_type="application/octet-stream")
            if isinstance(answer, bytes)
            else JSONResponse(answer)
        )

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/wall", self._page),
                Route("/lib/{name}", self._library),
                Route("/api/v1/{rest:path}", self._api),
                WebSocketRoute("/stream", self._stream),
                Mount("/assets", StaticFiles(directory=ROOT / "assets")),
            ]
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


async def _send(page: WebSocket, data: bytes | str) -> None:
    try:
        await (page.send_bytes(data) if isinstance(data, bytes) else page.send_text(data))
    except (RuntimeError, WebSocketDisconnect):
        return


@contextmanager
def serving(server: ChartServer) -> Iterator[ChartServer]:
    """The server, listening on a free port of this machine, until the block ends."""
    web = uvicorn.Server(
        uvicorn.Config(server.application(), host="127.0.0.1", port=0, log_level="error", ws_per_message_deflate=False)
    )
    started = threading.Event()

    async def run() -> None:
        server._loop = asyncio.get_running_loop()
        serve = asyncio.create_task(web.serve())
        while not web.started and not serve.done():  # noqa: ASYNC110 - uvicorn tells nobody that it has started
            await asyncio.sleep(0.01)
        server.port = web.servers[0].sockets[0].getsockname()[1]
        started.set()
        await serve

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert started.wait(10), "the chart server did not start"
    try:
        yield server
    finally:
        web.should_exit = True
        thread.join(10)
