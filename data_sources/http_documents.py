"""Fetching one document over HTTP: bounded in size and time, failures in plain words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from data_sources.contract import FeedUnavailable

CONNECT_SECONDS = 5.0
SILENT_SECONDS = 10.0  # without a byte
WHOLE_SECONDS = 30.0  # for the whole document, so that a source that drips cannot hold the feed


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said. `data` is cut one byte after the limit."""

    status: int
    headers: Mapping[str, str]
    data: bytes


def client(*, through_proxy: bool = False, **options: Any) -> httpx2.AsyncClient:
    """A client for one connection of a feed. `through_proxy` obeys HTTP_PROXY and its kin."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS),
        trust_env=through_proxy,
        follow_redirects=True,
        max_redirects=3,
        headers={"user-agent": "watchfloor"},
        **options,
    )


async def fetch(http: httpx2.AsyncClient, request: httpx2.Request, *, limit: int) -> Answer:
    """Send the request and read at most `limit` + 1 bytes of the answer. Raises FeedUnavailable."""
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            response = await http.send(request, stream=True)
            try:
                data = bytearray()
                async for part in response.aiter_bytes(65536):
                    data += part
                    if len(data) > limit:
                        break
            finally:
                await response.aclose()
    except TimeoutError as late:
        raise FeedUnavailable(f"{request.url.host} did not finish within {WHOLE_SECONDS:.0f} s") from late
    except httpx2.TimeoutException as late:
        raise FeedUnavailable(f"{request.url.host} did not answer in time") from late
    except httpx2.ConnectError as refused:
        raise FeedUnavailable(f"no connection to {request.url.netloc.decode()}: {_plain(refused)}") from refused
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as broken:
        raise FeedUnavailable(f"{request.url.host}: {_plain(broken)}") from broken
    return Answer(response.status_code, response.headers, bytes(data[: limit + 1]))


def expect_ok(answer: Answer, what: str) -> None:
    """Raise FeedUnavailable unless the answer is 200, naming how long to wait where the server did."""
    if answer.status == 200:
        return
    wait = seconds(answer.headers.get("retry-after"))
    raise FeedUnavailable(f"{what} answered {answer.status}", retry_after=wait)


def seconds(text: str | None) -> float | None:
    """A whole number of seconds as servers write it in a header, None where they did not."""
    if text is None or not text.strip().isdecimal():
        return None
    return float(min(int(text.strip()[:12]), 86_400))


def _plain(error: Exception) -> str:
    text = str(error).strip()
    lowered = text.lower()
    if "refused" in lowered or "all connection attempts failed" in lowered:
        return "connection refused"
    if "name or service" in lowered or "nodename" in lowered or "name resolution" in lowered:
        return "the name is not known"
    if "disconnected" in lowered:
        return "it hung up without an answer"
    return text or type(error).__name__
