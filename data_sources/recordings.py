"""Recordings: opened whatever they are packed in, recognised by what is in them, read in bounded memory.

Every translator module adds its `Format` to `contract.FORMATS`; this one knows none of them by name.
"""

from __future__ import annotations

import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from data_sources.contract import FORMATS, Format
from data_sources.roster import discover

HEAD = 64 * 1024  # bytes looked at to recognise a recording
CHUNK = 64 * 1024
WHOLE_LIMIT = 256 * 1024 * 1024  # bytes of a document that has to be read in one piece
STANDARD_INPUT = "-"
_LEAST_SURE = 0.2

_MAGIC: dict[bytes, Callable[[BinaryIO], BinaryIO]] = {
    b"\x1f\x8b": lambda packed: cast(BinaryIO, gzip.GzipFile(fileobj=packed)),
    b"\xfd7zXZ\x00": lambda packed: cast(BinaryIO, lzma.LZMAFile(packed)),  # noqa: SIM115 - closed by the caller
}
_MAGIC_LENGTH = max(map(len, _MAGIC))


class RecordingUnreadable(Exception):
    """A recording cannot be opened, recognised or read on. The text is one plain sentence."""


@dataclass(slots=True)
class Recording:
    """An open recording. Iterate `chunks()` once."""

    name: str
    format: Format
    size: int | None  # bytes as stored; None when that cannot be known
    _head: bytes
    _source: BinaryIO
    _packed: _Rejoined

    @property
    def position(self) -> int:
        """Bytes read so far, as stored."""
        return self._packed.position

    def chunks(self) -> Iterator[bytes]:
        """The recording's bytes, unpacked: in chunks, or in one piece where the format is one document."""
        if not self.format.whole:
            yield self._head
            while data := _read(self._source, self.name):
                yield data
            return
        pieces, size = [self._head], len(self._head)
        while data := _read(self._source, self.name):
            pieces.append(data)
            size += len(data)
            if size > WHOLE_LIMIT:
                raise RecordingUnreadable(
                    f"{self.name} is one {self.format.name} document of more than {WHOLE_LIMIT >> 20} MiB; split it."
                )
        yield b"".join(pieces)


@contextmanager
def open_recording(path: str | Path) -> Iterator[Recording]:
    """Open a recording ("-" is standard input), unpack it and recognise it. Raises RecordingUnreadable."""
    name = "standard input" if str(path) == STANDARD_INPUT else str(path)
    with ExitStack() as stack:
        if str(path) == STANDARD_INPUT:
            stored, size = cast(BinaryIO, sys.stdin.buffer), None
        else:
            stored = stack.enter_context(_open(Path(path)))
            size = Path(path).stat().st_size
        packed = _Rejoined(stored)
        source = stack.enter_context(_unpacked(packed))
        head = b""
        while len(head) < HEAD and (data := _read(source, name)):
            head += data
        yield Recording(name, _recognise(head, name), size, head, source, packed)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except IsADirectoryError as folder:
        raise RecordingUnreadable(f"{path} is a folder; name the recordings in it.") from folder
    except OSError as missing:
        raise RecordingUnreadable(f"{path} cannot be read: {missing.strerror or missing}.") from missing


class _Rejoined(io.RawIOBase):
    """A stream whose first bytes were read to look at them, as if they had not been."""

    def __init__(self, stored: BinaryIO) -> None:
        self._stored = stored
        self.magic = stored.read(_MAGIC_LENGTH)
        self._again = self.magic
        self.position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._again or self._stored.read1(len(buffer))  # type: ignore[attr-defined]
        data, self._again = data[: len(buffer)], self._again[len(buffer) :] if self._again else b""
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


def _unpacked(packed: _Rejoined) -> BinaryIO:
    source = io.BufferedReader(packed, CHUNK)
    for magic, unpack in _MAGIC.items():
        if packed.magic.startswith(magic):
            return unpack(source)
    return source


def _read(source: BinaryIO, name: str) -> bytes:
    try:
        data: bytes = source.read1(CHUNK)  # type: ignore[attr-defined]
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as damaged:
        raise RecordingUnreadable(f"{name} is damaged: its compression breaks off ({damaged}).") from damaged
    except OSError as broken:
        raise RecordingUnreadable(f"{name} cannot be read on: {broken.strerror or broken}.") from broken
    return data


def _recognise(head: bytes, name: str) -> Format:
    discover()
    if not head.strip():
        raise RecordingUnreadable(f"{name} is empty.")
    sure, best = max(((form.recognise(head), form) for form in FORMATS), key=lambda pair: pair[0])
    if sure < _LEAST_SURE:
        known = ", ".join(sorted(form.name for form in FORMATS))
        raise RecordingUnreadable(f"{name} is no recording that Watchfloor knows; it knows {known}.")
    return best
