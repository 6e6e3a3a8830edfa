"""`/stream`: frames of the picture, the clock and notices, over one WebSocket a screen.

Every stream proves that someone is watching and still allowed: the origin and the session are checked at the
handshake, the session each minute, and what a screen may send is little and short.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

import orjson
from fastapi import FastAPI
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

from access.permissions import Actor, Permission
from runtime.hub import Hub, Screen

log = logging.getLogger(__name__)

SCREENS_LIMIT = 200
MESSAGE_LIMIT = 1_000  # characters of what a screen sends
MESSAGES_PER_MINUTE = 60
HELLO_SECONDS = 10.0  # say what you want within this time
SESSION_SECONDS = 60.0  # check that the session is still good this often
SEND_SECONDS = 30.0  # a screen that takes nothing for this long is let go

# close codes (RFC 6455): 1000 done, 1008 policy, 1009 too big, 1012 restart, 1013 try again later
POLICY, TOO_BIG, RESTART, LATER = 1008, 1009, 1012, 1013

Identify = Callable[[HTTPConnection], Actor | None]


def install(app: FastAPI, hub: Hub, identify: Identify) -> None:
    """Add the endpoint. `identify` says who asks, None when nobody who may."""

    async def stream(socket: WebSocket) -> None:
        actor = identify(socket)
        if not same_origin(socket) or actor is None or not actor.may(Permission.SEE_PICTURE):
            await socket.close(POLICY)
            return
        if len(hub.screens) >= SCREENS_LIMIT:
            await socket.close(LATER)
            return
        await socket.accept()
        await _serve(socket, hub, actor.audience, lambda: identify(socket) == actor)

    app.add_api_websocket_route("/stream", stream)


def same_origin(connection: HTTPConnection) -> bool:
    """The page that opened it came from here. Programs that send no Origin are not browsers: let them."""
    origin = connection.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == connection.headers.get("host", "").lower()


async def _serve(socket: WebSocket, hub: Hub, audience: str, allowed: Callable[[], bool]) -> None:
    screen = hub.attach(audience)
    tasks = [
        asyncio.create_task(_send(socket, hub, screen)),
        asyncio.create_task(_listen(socket, hub, screen)),
        asyncio.create_task(_watch_session(allowed)),
    ]
    code = 1000
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        code = next(iter(done)).result()
    except (WebSocketDisconnect, RuntimeError, TimeoutError, OSError):
        code = 0  # it is gone: nothing to close
    except Exception:
        log.exception("a stream failed")
        code = 1011
    finally:
        hub.detach(screen)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if code:
        with contextlib.suppress(RuntimeError, OSError, WebSocketDisconnect):
            await socket.close(code)


async def _send(socket: WebSocket, hub: Hub, screen: Screen) -> int:
    while not hub.closed:
        await screen.wake.wait()
        screen.wake.clear()
        texts, screen.texts = screen.texts, {}
        for text in texts.values():
            await asyncio.wait_for(socket.send_text(text), SEND_SECONDS)
            hub.figures.sent_bytes += len(text)
        while (frame := await hub.next_frame(screen)) is not None:
            await asyncio.wait_for(socket.send_bytes(frame), SEND_SECONDS)
            hub.figures.sent_bytes += len(frame)
            hub.figures.sent_messages += 1
    return RESTART


async def _listen(socket: WebSocket, hub: Hub, screen: Screen) -> int:
    loop = asyncio.get_running_loop()
    allowance, since = float(MESSAGES_PER_MINUTE), loop.time()
    while True:
        try:
            message = await asyncio.wait_for(socket.receive(), None if screen.attached else HELLO_SECONDS)
        except TimeoutError:
            return POLICY
        if message["type"] == "websocket.disconnect":
            return 0
        now = loop.time()
        allowance = min(MESSAGES_PER_MINUTE, allowance + (now - since) * MESSAGES_PER_MINUTE / 60.0) - 1.0
        since = now
        text = message.get("text")
        if allowance < 0 or text is None:
            return POLICY
        if len(text) > MESSAGE_LIMIT:
            return TOO_BIG
        if not _act(hub, screen, text):
            return POLICY


def _act(hub: Hub, screen: Screen, text: str) -> bool:
    """Do what a screen asks; False for what no screen of ours sends."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    match message:
        case {"t": "hello", "since": since} if _number(since) and _number(message.get("picture", 0)):
            screen.begin(hub.since(since, message.get("picture", 0)))
        case {"t": "full"}:
            screen.begin(0)
        case _:
            return False
    return True


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32


async def _watch_session(allowed: Callable[[], bool]) -> int:
    while allowed():  # noqa: ASYNC110 - nothing wakes it: it is a clock
        await asyncio.sleep(SESSION_SECONDS)
    return POLICY
