"""Only one process writes the picture: a lock file in the data folder says which."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO


def unwritable(folder: Path) -> str:
    """Why the data folder cannot be used, "" when it can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"data_dir = {folder}: it cannot be made ({error.strerror}); name another with WATCHFLOOR_DATA_DIR"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"data_dir = {folder}: this user may not write there; name another with WATCHFLOOR_DATA_DIR"
    return ""


class PictureHeld(Exception):
    """Another process holds the picture database."""


class PictureLock:
    """Held as long as the process lives; the kernel releases it even after a kill -9."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "picture.lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take the lock or raise PictureHeld in one sentence."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise PictureHeld(
                f"a running Watchfloor (process {holder}) holds the picture in {self.path.parent}: stop it first, or "
                "name another folder with WATCHFLOOR_DATA_DIR"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
