"""The web process' end of the direct line (`runtime.tick_line`): a thread that reads, and reconnects when it is cut."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog

from picture.changes import Checkpoint, Tick
from runtime.tick_line import ASKED, HEAD, PLACE, Word, address, message

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 2.0
SILENT_SECONDS = 5.0  # a line that says nothing for so long is dropped: a status comes each second
KEPT_TICKS = 1_000  # a hub that doesn't take them for so long begins anew from the database
ASK_SECONDS = 1.0  # at most one question in this time
LARGEST_MESSAGE = 2**30

log = structlog.get_logger("line")


@dataclass(slots=True)
class Heard:
    """What this connection brought. Replaced as a whole when the line is cut."""

    identity: int
    run: int
    newest: int
    ticks: dict[int, Tick] = field(default_factory=dict)
    picture: tuple[int, Checkpoint] | None = None
    status: dict[str, Any] = field(default_factory=dict)


class LineReader:
    """`heard` is None while there is no line. Thread-safe."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._asked_at = float("-inf")
        self._stop = threading.Event()
        self.heard: Heard | None = None

    def start(self) -> None:
        threading.Thread(target=self._run, name="direct line", daemon=True).start()

    def close(self) -> None:
        self._stop.set()
        with self._lock:
            if self._socket is not None:
                self._socket.close()

    def after(self, seq: int) -> Sequence[Tick]:
        """Ticks that bring a mirror on from `seq`, without a gap; those up to it are let go."""
        heard = self.heard
        if heard is None:
            return []
        with self._lock:
            for number in [number for number in heard.ticks if number <= seq]:
                del heard.ticks[number]
            found: list[Tick] = []
            for number in sorted(heard.ticks):
                tick = heard.ticks[number]
                if tick.after > seq:
                    break
                found.append(tick)
                seq = number
            return found

    def ask(self, seq: int) -> None:
        """Have what came after `seq` sent again, or the whole picture."""
        now = time.monotonic()
        if now - self._asked_at < ASK_SECONDS:
            return
        self._asked_at = now
        with self._lock:
            if self._socket is not None:
                with contextlib.suppress(OSError):  # the reading thread finds out as well
                    self._socket.sendall(message(Word.SINCE, ASKED.pack(seq)))

    # ---- the thread

    def _run(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while not self._stop.is_set():
            try:
                self._follow()
            except (OSError, ValueError, EOFError) as error:
                if self.heard is not None:
                    log.info("the direct line to the feed process is gone", why=str(error))
                    wait = FIRST_WAIT_SECONDS
            self.heard = None
            self._stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _follow(self) -> None:
        with _connected(self._data_dir) as line:
            line.settimeout(SILENT_SECONDS)
            kind, body = _receive(line)
            if kind != Word.HELLO:
                raise ValueError("it does not say who it is")
            heard = Heard(**orjson.loads(body))
            with self._lock:
                self._socket, self._asked_at = line, float("-inf")
            try:
                self.heard = heard
                log.info("the direct line to the feed process is there")
                while not self._stop.is_set():
                    self._take(heard, *_receive(line))
            finally:
                with self._lock:
                    self._socket = None

    def _take(self, heard: Heard, kind: int, body: bytearray) -> None:
        if kind == Word.STATUS:
            heard.status = orjson.loads(body)
        elif kind in (Word.TICK, Word.PICTURE):
            seq, after = PLACE.unpack_from(body)
            tick = Tick.unpack(memoryview(body)[PLACE.size :])
            tick.seq, tick.after = seq, after
            with self._lock:
                heard.newest = max(heard.newest, seq)
                if kind == Word.PICTURE:
                    heard.picture = seq, _as_checkpoint(tick)
                else:
                    heard.ticks[seq] = tick
                while len(heard.ticks) > KEPT_TICKS:
                    del heard.ticks[min(heard.ticks)]


def _connected(data_dir: Path) -> socket.socket:
    name, folder = address(data_dir)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.connect(name)
    except OSError:
        line.close()
        raise
    finally:
        if folder is not None:
            os.close(folder)
    return line


def _receive(line: socket.socket) -> tuple[int, bytearray]:
    size, kind = HEAD.unpack(_exactly(line, HEAD.size))
    if size > LARGEST_MESSAGE:
        raise ValueError("a message that is no message")
    return kind, _exactly(line, size)


def _exactly(line: socket.socket, size: int) -> bytearray:
    whole = bytearray(size)
    view, got = memoryview(whole), 0
    while got < size:
        if not (some := line.recv_into(view[got:])):
            raise EOFError("it was closed")
        got += some
    return whole


def _as_checkpoint(tick: Tick) -> Checkpoint:
    return Checkpoint(tick.states, tick.reports, tick.particulars, tick.reporters, tick.merged)
