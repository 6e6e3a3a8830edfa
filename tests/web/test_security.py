"""Headers, host names, sizes, and failures that tell nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from tests.web.served import Served
from web.security import BODY_LIMIT, Edge, content_security_policy, tile_origin


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1/tracks", "/assets/stream.js", "/healthz", "/_dash-layout"])
def test_every_answer_carries_the_headers(client: httpx2.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "",
        "[::1",
        "localhost:x",
        "x@localhost",
        "localhost/x",
        "evil.example#@localhost",
    ],
)
def test_other_host_names_are_refused(site: Served, client: httpx2.Client, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "[::1]:8050", "LOCALHOST"])
def test_this_machines_names_are_let_in(client: httpx2.Client, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("hosts", [b"", b"Host: localhost\r\nHost: evil.example\r\n"])
def test_no_host_name_or_two_are_refused(site: Served, hosts: bytes) -> None:
    port = int(site.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(b"GET /healthz HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n")
        assert raw.recv(100).split(b" ")[1] in (b"400", b"421")


def test_a_body_beyond_the_limit_is_refused(client: httpx2.Client) -> None:
    headers = {"Content-Type": "application/json"}
    assert client.post("/_dash-update-component", content=b" " * (BODY_LIMIT + 1), headers=headers).status_code == 413

    def unannounced() -> Iterator[bytes]:
        for _ in range(BODY_LIMIT // 50_000 + 2):
            yield b" " * 50_000

    assert client.post("/_dash-update-component", content=unannounced(), headers=headers).status_code == 413


def test_bytes_that_are_no_request(site: Served, client: httpx2.Client) -> None:
    port = int(site.url.rsplit(":", 1)[1])
    for junk in (b"\x00" * 1000, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 200_000, b"\r\n" * 5000):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
            raw.sendall(junk)
    assert client.get("/healthz").status_code == 200


def test_a_tile_server_of_ones_own_is_let_into_the_policy() -> None:
    assert tile_origin("https://tiles.example.org/{z}/{x}/{y}.png") == ("https://tiles.example.org",)
    assert tile_origin("/tiles/{z}/{x}/{y}.png") == ()
    assert "img-src 'self' data: blob: https://t.example" in content_security_policy(["'x'"], ["https://t.example"])


@contextmanager
def answered(app: object) -> Iterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)  # type: ignore[arg-type]
    yield httpx2.AsyncClient(transport=transport, base_url="http://localhost")


def test_a_failure_tells_a_reference_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    import asyncio

    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("the secret is 1234")

    async def ask() -> httpx2.Response:
        with answered(Edge(broken, policy="default-src 'none'")) as client:
            async with client:
                return await client.get("/api/v1/tracks")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(body["reference"]) == 4
    assert "1234" not in answer.text
    assert "Traceback" not in answer.text
