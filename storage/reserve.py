"""Room kept back on the disk, so that there is some left for what must go on when everything else has filled it."""

from __future__ import annotations

import os
from pathlib import Path

RESERVE_BYTES = 32 * 1024 * 1024  # a write-ahead log of 1,000 pages twice over, and half a minute of ticks


class Reserve:
    """A file that is nothing but its size."""

    def __init__(self, path: Path, size: int = RESERVE_BYTES) -> None:
        self._path, self._size = path, size

    def take(self) -> bool:
        """Keep the room back. False: there is not so much, and none was taken."""
        try:
            with self._path.open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
        except OSError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Give the room to whoever needs it now."""
        self._path.unlink(missing_ok=True)
