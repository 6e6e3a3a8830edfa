"""The direct line: ticks go from the feed process to the web processes of the same machine, beside the database.

A Unix domain socket in the data folder, for its owner alone. So screens stay live while the database is locked, full
or away; it stays the path for other machines, for starting and for catching up. The feed process never waits for a
web process: one that reads too slowly is cut off, comes back, and reads what it missed from the database.

Every message is a length (u32), a kind (one byte) and a body, little-endian:

    HELLO    server  JSON: identity of the picture database, run of the feed process, newest seq
    TICK     server  seq, the seq it follows (u64 each), `Tick.pack()`
    PICTURE  server  the same, but everything: what a mirror begins from that can't be brought up to date otherwise
    STATUS   server  JSON, each second: how feeds and journal are, which the database can't tell while it is away
    SINCE    client  seq (u64): send again what came after it, or the whole picture
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import orjson
import structlog

from picture.changes import Checkpoint, Tick

SOCKET_NAME = "ticks.sock"
LONGEST_PATH = 107  # bytes that a socket's address has room for
KEPT_TICKS = 480  # two minutes of them, for those who come late
KEPT_BYTES = 32 * 1024 * 1024
UNSENT_BYTES = 16 * 1024 * 1024  # a web process that has left more than this unread is cut off
PICTURE_EVERY_SECONDS = 2.0  # one web process gets no more whole pictures than this

HEAD = struct.Struct("<IB")
PLACE = struct.Struct("<QQ")  # seq, the seq it follows
ASKED = struct.Struct("<Q")

log = structlog.get_logger("line")


class Word(IntEnum):
    HELLO = 0
    TICK = 1
    PICTURE = 2
    STATUS = 3
    SINCE = 4


def message(kind: Word, *parts: bytes) -> bytes:
    return b"".join((HEAD.pack(sum(map(len, parts)), kind), *parts))


def address(data_dir: Path) -> tuple[str, int | None]:
    """How to name the socket, and a folder to be closed again where its path is too long to be named itself."""
    path = data_dir.absolute() / SOCKET_NAME
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return str(path), None
    folder = os.open(data_dir, os.O_PATH | os.O_DIRECTORY)
    return f"/proc/self/fd/{folder}/{SOCKET_NAME}", folder


@dataclass(eq=False, slots=True)
class _Listener:
    """One web process on the line."""

    writer: asyncio.StreamWriter
    allowed: int = UNSENT_BYTES  # more for the time that a whole picture takes
    picture_at: float = -PICTURE_EVERY_SECONDS

    @property
    def unsent(self) -> int:
        return self.writer.transport.get_write_buffer_size()


class TickLine:
    """The feed process' end. Everything happens on its event loop; `put` and `say` never wait."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._listeners: set[_Listener] = set()
        self._kept: deque[tuple[Tick, bytes]] = deque()
        self._kept_bytes = 0
        self._status = b""
        self._server: asyncio.Server | None = None
        self._hello: Callable[[], dict[str, int]] = dict
        self._everything: Callable[[], Checkpoint] = Checkpoint

    async def open(self, *, hello: Callable[[], dict[str, int]], everything: Callable[[], Checkpoint]) -> None:
        """Begin to listen. Where that can't be, say so and go without: the database is the other path."""
        self._hello, self._everything = hello, everything
        try:
            self._server = await asyncio.start_unix_server(self._serve, sock=_bound(self._data_dir))
        except OSError as error:
            log.warning("no direct line: screens get the picture through the database", why=str(error))

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for listener in list(self._listeners):
            listener.writer.close()
        with contextlib.suppress(OSError):
            (self._data_dir / SOCKET_NAME).unlink()

    def put(self, tick: Tick) -> None:
        """Send one numbered tick to everyone."""
        data = message(Word.TICK, PLACE.pack(tick.seq, tick.after), tick.pack())
        self._kept.append((tick, data))
        self._kept_bytes += len(data)
        while len(self._kept) > KEPT_TICKS or (self._kept_bytes > KEPT_BYTES and len(self._kept) > 1):
            self._kept_bytes -= len(self._kept.popleft()[1])
        self._send_all(data)

    def say(self, status: dict[str, Any]) -> None:
        """How everything is, once a second."""
        self._status = message(Word.STATUS, orjson.dumps(status, option=orjson.OPT_SERIALIZE_NUMPY))
        self._send_all(self._status)

    def _send_all(self, data: bytes) -> None:
        for listener in list(self._listeners):
            if listener.unsent > listener.allowed:
                log.warning("a web process reads too slowly and is cut off the direct line")
                self._listeners.discard(listener)
                listener.writer.transport.abort()
                continue
            if listener.unsent < UNSENT_BYTES:
                listener.allowed = UNSENT_BYTES
            listener.writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener = _Listener(writer)
        writer.write(message(Word.HELLO, orjson.dumps(self._hello())) + self._status)
        self._listeners.add(listener)
        try:
            while True:
                size, kind = HEAD.unpack(await reader.readexactly(HEAD.size))
                if kind != Word.SINCE or size != ASKED.size:
                    break
                self._send_since(listener, ASKED.unpack(await reader.readexactly(size))[0])
        except (asyncio.IncompleteReadError, OSError):
            pass  # it has gone
        finally:
            self._listeners.discard(listener)
            writer.close()

    def _send_since(self, listener: _Listener, seq: int) -> None:
        """What came after `seq`; the whole picture when that is no longer all here."""
        if not self._kept:
            return
        later = [data for tick, data in self._kept if tick.seq > seq]
        newest = self._kept[-1][0]
        if self._kept[0][0].after <= seq <= newest.seq:
            size = sum(map(len, later))
        else:
            now = asyncio.get_running_loop().time()
            if now - listener.picture_at < PICTURE_EVERY_SECONDS:
                return
            listener.picture_at = now
            whole = _as_tick(self._everything(), newest.at)
            later = [message(Word.PICTURE, PLACE.pack(newest.seq, 0), whole.pack())]
            size = len(later[0])
        listener.allowed = max(listener.allowed, listener.unsent + size + UNSENT_BYTES)
        listener.writer.writelines(later)


def _as_tick(saved: Checkpoint, at: float) -> Tick:
    """A checkpoint in the form of a tick, which can be packed."""
    return Tick(at, saved.states, saved.reports, saved.particulars, merged=saved.merged, reporters=saved.reporters)


def _bound(data_dir: Path) -> socket.socket:
    """The socket at its address, for its owner alone; one that a killed process left behind is removed."""
    name, folder = address(data_dir)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        line.bind(name)
        Path(name).chmod(0o600)  # before anybody can connect: it does not listen yet
    except OSError:
        line.close()
        raise
    finally:
        if folder is not None:
            os.close(folder)
    return line
