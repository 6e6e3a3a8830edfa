"""The web process' application: one ASGI server carries the screens, `/api/v1`, `/stream` and health.

Everything it needs is handed in by `app.py`; nothing is opened or read from the surroundings here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from dash import Dash, no_update
from fastapi import FastAPI
from prometheus_client.registry import Collector
from starlette.requests import HTTPConnection

from access.permissions import LOCAL_OFFICER, Actor
from runtime.desk import Desk
from runtime.hub import Hub
from settings import Settings
from web import dash_edge, health, problems, stream
from web.api import routes as api
from web.security import LOOPBACK, Edge, content_security_policy, tile_origin

CLOSE_SECONDS = 3  # how long a stopping server waits for screens to go


@dataclass(frozen=True, slots=True)
class Screens:
    """What the screens are made of: handed in, because the web layer knows neither layouts nor callbacks."""

    layout: Any  # Dash component of the shell, or a function that gives it
    register: Callable[[Dash], None]  # applies the callbacks
    is_page: Callable[[str], bool]  # whether an address is a page
    assets: Path
    message_id: str = "message"  # where a failure is said


def create_app(
    settings: Settings,
    *,
    hub: Hub,
    desk: Desk,
    screens: Screens,
    identify: Callable[[HTTPConnection], Actor | None] = lambda _connection: LOCAL_OFFICER,
    collectors: Sequence[Collector] = (),
) -> FastAPI:
    """The application. The hub runs as long as it does."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(hub.run())
        try:
            yield
        finally:
            hub.close()
            await asyncio.wait([running], timeout=CLOSE_SECONDS)
            desk.close()

    app = FastAPI(title="Watchfloor", docs_url=None, redoc_url=None, openapi_url=None, lifespan=life)
    problems.install(app)
    health.install(app, hub, desk.clock, metrics=settings.metrics, collectors=collectors)
    stream.install(app, hub, identify)
    api.install(app, hub, desk, identify)
    page = dash_edge.build(
        app,
        layout=screens.layout,
        assets=screens.assets,
        register=screens.register,
        on_error=_said(desk, screens.message_id),
        is_page=screens.is_page,
    )
    policy = content_security_policy(dash_edge.script_hashes(page), tile_origin(settings.picture.tile_url))
    app.add_middleware(Edge, policy=policy, hosts=LOOPBACK | {settings.host})
    app.state.dash = page
    return app


def server(app: FastAPI, *, host: str, port: int) -> uvicorn.Server:
    """A server for the application: small messages in, nothing compressed twice, its name kept to itself."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_max_size=16_384,
        ws_per_message_deflate=False,
        server_header=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=CLOSE_SECONDS,
        h11_max_incomplete_event_size=65_536,
    )
    return uvicorn.Server(config)


def _said(desk: Desk, message_id: str) -> Callable[[Exception], Any]:
    """What happens when a callback fails outside the guard: the log gets the detail, the officer plain words."""

    def on_error(why: Exception) -> Any:
        reference = desk.report(why, "callback")
        dash_edge.say(message_id, "children", f"That did not go through. Quote {reference} to support.")
        return no_update

    return on_error
