"""A really served Watchfloor for tests: real databases in a folder, real sockets, the picture driven from memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
import uvicorn
from numpy.typing import NDArray
from starlette.requests import HTTPConnection

import callbacks
from access.permissions import LOCAL_OFFICER, Actor
from layouts.shell import ShellView, shell
from picture.changes import Tick
from picture.mirror import Mirror
from picture.observations import Kind, Namespace, Particulars, key_of
from picture.places import Places
from picture.state import STATE
from runtime.desk import Desk
from runtime.hub import Hub
from runtime.picture_source import DatabaseSource
from runtime.tick_source import MemorySource, TickSource
from settings import Settings
from storage.engines import Database, open_picture, open_record
from storage.migrate import migrate
from web.app import Screens, create_app, server

ASSETS = Path(__file__).resolve().parents[2] / "assets"
DEADLINE = 10.0  # seconds to wait for something that should be there at once


@dataclass
class Served:
    """What a test may reach of it."""

    url: str
    source: MemorySource
    hub: Hub
    desk: Desk
    traffic: Database
    record: Database
    uvicorn: uvicorn.Server

    @property
    def stream_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/stream"

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=DEADLINE)

    def put(self, *vessels: NDArray[np.void], **more: object) -> int:
        """A tick of these rows; waits until the mirror has it."""
        rows = np.concatenate(vessels) if vessels else np.empty(0, STATE)
        seq = self.source.put(Tick(at=time.time(), states=rows, **more))  # type: ignore[arg-type]
        until(lambda: self.hub.mirror.seq >= seq)
        return seq


def until(holds: Callable[[], object], seconds: float = DEADLINE) -> None:
    """Wait until it holds. Raises AssertionError when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.005)


def vessel(
    track: int, lat: float = -36.8, lon: float = 174.8, *, kind: Kind = Kind.VESSEL, **columns: float
) -> NDArray:
    """One row of a track."""
    row = np.zeros(1, STATE)
    for name in row.dtype.names or ():
        if row.dtype[name].kind == "f":
            row[name] = np.nan
    namespace = Namespace.ICAO24 if kind is Kind.AIRCRAFT else Namespace.MMSI
    now = time.time()
    row["id"], row["kind"], row["status"] = track, kind, -1
    row["key"] = key_of(namespace, (0xC80000 if kind is Kind.AIRCRAFT else 512_000_000) + track)
    row["lat"], row["lon"], row["positioned_at"], row["heard_at"] = lat, lon, now, now
    for name, value in columns.items():
        row[name] = value
    return row


def named(name: str, **more: object) -> Particulars:
    return {"name": name, **more}  # type: ignore[typeddict-item]


@contextmanager
def served(
    folder: Path,
    identify: Callable[[HTTPConnection], Actor | None] = lambda _connection: LOCAL_OFFICER,
    from_database: bool = False,
    **overrides: object,
) -> Iterator[Served]:
    """Serve on a free port until the end of the block. `from_database`: what a feed process in `folder` writes."""
    settings = Settings(data_dir=folder, **overrides)  # type: ignore[arg-type]
    traffic, record = open_picture(settings), open_record(settings)
    for database in (traffic, record):
        migrate(database)
    source = MemorySource()
    places = Places.load(settings.picture.country)
    mirror = Mirror()
    chosen: TickSource = DatabaseSource(traffic, record, time.time) if from_database else source
    hub = Hub(chosen, mirror, now=time.time, frame_seconds=0.2, poll_seconds=0.05)
    desk = Desk(mirror, traffic, record, places, time.time, timezone=settings.picture.timezone)
    app = create_app(settings, hub=hub, desk=desk, screens=screens(settings, desk), identify=identify)
    web = server(app, host="127.0.0.1", port=0)
    thread = threading.Thread(target=web.run, daemon=True)
    thread.start()
    try:
        until(lambda: web.started)
        port = web.servers[0].sockets[0].getsockname()[1]
        yield Served(f"http://127.0.0.1:{port}", source, hub, desk, traffic, record, web)
    finally:
        web.should_exit = True
        thread.join(DEADLINE)
        traffic.dispose()
        record.dispose()


def screens(settings: Settings, desk: Desk) -> Screens:
    """The product's own screens."""
    view = ShellView(
        timezone=settings.picture.timezone,
        centre=(settings.picture.centre_lat, settings.picture.centre_lon),
        zoom=settings.picture.zoom,
        demo=settings.demo,
        wall_distance_m=settings.wall.distance_m,
        wall_panel_width_mm=settings.wall.panel_width_mm,
        frame_seconds=settings.picture.frame_seconds,
        tile_url=settings.picture.tile_url,
        version="test",
    )
    return Screens(
        layout=shell(view),
        register=lambda app: callbacks.register(app, desk),
        is_page=lambda path: callbacks.routes.match(path) is not None,
        assets=ASSETS,
    )
