"""What every answer carries and what every request must be: headers, content security policy, host, size."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import problems

log = logging.getLogger(__name__)

BODY_LIMIT = 1_000_000  # bytes of one request; nothing that an officer does comes near
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def content_security_policy(script_hashes: Sequence[str], image_origins: Iterable[str] = ()) -> str:
    """The policy. Styles must allow inline ones: AG Grid, Leaflet and Dash set them from script."""
    images = " ".join(["'self'", "data:", "blob:", *image_origins])
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {' '.join(script_hashes)}".rstrip(),
            "worker-src 'self'",
            "connect-src 'self'",
            f"img-src {images}",
            "font-src 'self' data:",
            "style-src 'self' 'unsafe-inline'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def tile_origin(tile_url: str) -> tuple[str, ...]:
    """The origin of a centre's own tile server, for the policy; none when tiles come from here."""
    parts = urlsplit(tile_url)
    return (f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}",) if parts.scheme and parts.netloc else ()


class Edge:
    """Outermost ASGI layer. Refuses foreign host names (DNS rebinding) and oversized bodies, adds the headers,
    and turns what nobody else caught into a plain answer with a reference."""

    def __init__(self, app: ASGIApp, *, policy: str, hosts: frozenset[str] = LOOPBACK) -> None:
        self._app = app
        self._hosts = hosts
        self._headers = {**_HEADERS, "Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if not self._known_host(scope):
            await self._refuse_host(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False
        taken = 0

        async def measured() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > BODY_LIMIT:
                raise _TooLarge
            return message

        async def dressed(message: Message) -> None:
            nonlocal started
            if taken > BODY_LIMIT and not started:
                raise _TooLarge  # whoever read the body made something of the failure: it is answered below
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        if _announced(request) > BODY_LIMIT:
            await _too_large(request)(scope, receive, dressed)
            return
        try:
            await self._app(scope, measured, dressed)
        except _TooLarge:
            taken = 0
            if not started:
                await _too_large(request)(scope, receive, dressed)
        except Exception as why:
            if started:
                problems.log_failure(why, f"{request.method} {request.url.path} broke off")
                raise
            await problems.failed(request, why)(scope, receive, dressed)

    def _known_host(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        return len(hosts) == 1 and host_name(hosts[0].decode("latin-1")) in self._hosts

    async def _refuse_host(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        response = problems.problem(421, "This server answers to this machine's own name only.")
        await response(scope, receive, send)


class _TooLarge(Exception):
    pass


def _too_large(request: Request) -> ASGIApp:
    return problems.answer(
        request, 413, f"A request may hold at most {BODY_LIMIT:,} bytes.", headers={"Connection": "close"}
    )


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isdigit() else 0


def host_name(host: str) -> str:
    """The name in a Host header, without the port; "" when it is not of that form."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:  # a port that is none, brackets left open
        return ""
    return "" if "@" in host or parts.path or parts.query or parts.fragment else parts.hostname or ""
