"""Reading from a TCP server for as long as it sends: bounded in time, failures in plain words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from data_sources.contract import Chunk, Clock, FeedUnavailable

READ_BYTES = 64 * 1024
CONNECT_SECONDS = 5.0


async def chunks_from(host: str, port: int, *, clock: Clock, silent_after: float) -> AsyncIterator[Chunk]:
    """Connect and yield what comes. Raises FeedUnavailable, also when the server ends the connection.

    A connection that is silent for `silent_after` seconds may be half open: it is given up.
    """
    where = f"{host}:{port}"
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port, limit=READ_BYTES)
    except TimeoutError as late:
        raise FeedUnavailable(f"no answer from {where}") from late
    except OSError as refused:
        raise FeedUnavailable(f"no connection to {where}: {refused.strerror or refused}") from refused
    except UnicodeError as nonsense:  # of host names that cannot be any
        raise FeedUnavailable(f"{host!r} cannot be a host name") from nonsense
    try:
        while data := await _read(reader, where, silent_after):
            yield Chunk(data, clock())
    finally:
        writer.close()
    raise FeedUnavailable(f"{where} closed the connection")


async def _read(reader: asyncio.StreamReader, where: str, silent_after: float) -> bytes:
    try:
        async with asyncio.timeout(silent_after):
            return await reader.read(READ_BYTES)
    except TimeoutError as silent:
        raise FeedUnavailable(f"{where} sent nothing for {silent_after:.0f} s") from silent
    except OSError as broken:
        raise FeedUnavailable(f"the connection to {where} broke: {broken.strerror or broken}") from broken
