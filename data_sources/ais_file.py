"""AIVDM from a file that grows, or from standard input. Recordings are for `replay`, which keeps their time."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, BinaryIO, ClassVar, Literal

from pydantic import Field

from data_sources.contract import Chunk, Feed, FeedSettings, FeedUnavailable, register
from data_sources.nmea.translator import AisTranslator

READ_BYTES = 64 * 1024
TAIL_BYTES = 256
LOOK_AGAIN = 0.25  # seconds between looks at a file that is followed
ENDED_RETRY = 60.0  # seconds until a file that has ended is looked at again


class AisFileSettings(FeedSettings):
    kind: Literal["ais-file"]
    path: Annotated[str, Field(min_length=1, description='a file, or "-" for standard input')]
    follow: Annotated[bool, Field(description="wait for more at the end of the file")] = True


@register
class AisFile(Feed):
    kind: ClassVar[str] = "ais-file"
    title: ClassVar[str] = "AIS from a file"
    family: ClassVar[str] = "AIS"
    Settings = AisFileSettings
    settings: AisFileSettings

    _read_to = 0  # bytes of the file already handed over: nothing is read twice
    _inode = 0
    _tail = b""  # the newest bytes handed over: they tell whether it is the same file still
    _written_at: int | None = None  # st_mtime_ns when it had been read to its end

    async def chunks(self) -> AsyncIterator[Chunk]:
        if self.settings.path == "-":
            async for data in _standard_input():
                yield Chunk(data, self.clock())
            raise FeedUnavailable("standard input has ended", retry_after=ENDED_RETRY)
        while True:
            file = await asyncio.to_thread(self._open)
            try:
                while data := await asyncio.to_thread(file.read, READ_BYTES):
                    self._read_to += len(data)
                    self._tail, self._written_at = (self._tail + data)[-TAIL_BYTES:], None
                    yield Chunk(data, self.clock())
                found = os.fstat(file.fileno())
                self._written_at = found.st_mtime_ns if found.st_size == self._read_to else None
            except OSError as broken:
                raise FeedUnavailable(f"cannot read {self.settings.path}: {broken.strerror or broken}") from broken
            finally:
                file.close()
            if not self.settings.follow:
                raise FeedUnavailable(f"{self.settings.path} has been read to its end", retry_after=ENDED_RETRY)
            await asyncio.sleep(LOOK_AGAIN)

    def _open(self) -> BinaryIO:
        """The file, at the first byte not yet read. A file that was replaced or cut is read from its start."""
        try:
            file = Path(self.settings.path).open("rb")  # noqa: SIM115
            found = os.fstat(file.fileno())
            if stat.S_ISREG(found.st_mode):
                if self._is_another(file, found):
                    self._inode, self._read_to, self._tail, self._written_at = found.st_ino, 0, b"", None
                file.seek(self._read_to)
        except OSError as missing:
            raise FeedUnavailable(f"cannot read {self.settings.path}: {missing.strerror or missing}") from missing
        return file

    def _is_another(self, file: BinaryIO, found: os.stat_result) -> bool:
        """Not the file that was read so far, grown. A new file often gets the number of the one it replaces."""
        if found.st_ino != self._inode or found.st_size < self._read_to:
            return True
        if found.st_size == self._read_to and self._written_at not in (None, found.st_mtime_ns):
            return True  # written to, and not longer
        return os.pread(file.fileno(), len(self._tail), self._read_to - len(self._tail)) != self._tail

    def remark(self) -> str:
        if self.settings.path == "-":
            return ""
        try:
            Path(self.settings.path).stat()
        except (OSError, ValueError) as missing:
            why = getattr(missing, "strerror", None) or missing
            return f"path = {self.settings.path!r}: not there yet ({why}); it is read as soon as it comes"
        return "" if not Path(self.settings.path).is_dir() else f"path = {self.settings.path!r}: a folder; name a file"

    def translator(self) -> AisTranslator:
        return AisTranslator()


async def _standard_input() -> AsyncIterator[bytes]:
    """Standard input without a thread that would hold up the shutdown: a daemon reads, a few chunks ahead."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    ahead = threading.Semaphore(8)

    def read() -> None:
        while True:
            ahead.acquire()
            try:
                data = os.read(sys.stdin.fileno(), READ_BYTES)
                loop.call_soon_threadsafe(queue.put_nowait, data)
            except (OSError, RuntimeError, ValueError):  # closed, or the loop is gone
                return
            if not data:
                return

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while data := await queue.get():
        ahead.release()
        yield data
