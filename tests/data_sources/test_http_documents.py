"""Web servers on a bad day: every one of them ends in bounded time and memory, with plain words."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable

import pytest

from data_sources import http_documents
from data_sources.contract import FeedUnavailable
from tests.data_sources.doors import LOCAL, free_port

Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LIMIT = 100_000


def saying(*parts: bytes) -> Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
        await writer.drain()
        writer.close()

    return serve


def endless(*, head: bytes, part: bytes, pause: float = 0.0) -> Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        try:
            while True:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause)
        except ConnectionError:
            writer.close()

    return serve


def ask(serve: Server | None) -> http_documents.Answer:
    async def run() -> http_documents.Answer:
        port = free_port()
        server = None if serve is None else await asyncio.start_server(serve, LOCAL, port)
        try:
            async with http_documents.client() as http:
                request = http.build_request("GET", f"http://{LOCAL}:{port}/data/aircraft.json")
                return await http_documents.fetch(http, request, limit=LIMIT)
        finally:
            if server is not None:
                server.close()

    return asyncio.run(run())


def test_a_document() -> None:
    answer = ask(saying(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"))
    assert (answer.status, answer.data) == (200, b"{}")


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n"],
    ids=["no length", "a length of 100 GB"],
)
def test_an_endless_document_is_cut_one_byte_after_the_limit(head: bytes) -> None:
    assert len(ask(endless(head=head, part=b" " * 65_536)).data) == LIMIT + 1


def test_a_packed_document_is_measured_unpacked() -> None:
    packed = gzip.compress(b" " * 50_000_000)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(packed)
    assert len(ask(saying(head, packed)).data) == LIMIT + 1


@pytest.mark.parametrize(
    ("serve", "said"),
    [
        (None, "connection refused"),
        (saying(), "127.0.0.1: it hung up without an answer"),
        (saying(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"), "127.0.0.1: "),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "127.0.0.1: "),
        (saying(b"HTTP/1.1 302 Found\r\nlocation: /data/aircraft.json\r\ncontent-length: 0\r\n\r\n"), "127.0.0.1: "),
        (saying(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope"), "127.0.0.1: "),
    ],
    ids=["nobody there", "hangs up", "cut in the middle", "another protocol", "a circle", "not packed as it says"],
)
def test_what_is_no_document_is_an_outage_in_words(serve: Server | None, said: str) -> None:
    with pytest.raises(FeedUnavailable) as gone:
        ask(serve)
    assert said in str(gone.value) and len(str(gone.value)) < 200


def test_a_document_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_documents, "WHOLE_SECONDS", 0.4)
    with pytest.raises(FeedUnavailable, match="did not finish within"):
        ask(endless(head=b"HTTP/1.1 200 OK\r\n\r\n", part=b" ", pause=0.02))
