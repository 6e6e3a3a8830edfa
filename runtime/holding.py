"""Only one process writes the picture: a lock file in the data folder says which."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from settings import Settings, shown

SQLITE = "sqlite:///"


def unwritable(folder: Path, setting: str = "data_dir") -> str:
    """Why the folder that a setting names cannot be used, "" when it can."""
    another = f"name another with WATCHFLOOR_{setting.upper()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{setting} = {shown(str(folder))}: the folder cannot be made ({error.strerror}); {another}"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{setting} = {shown(str(folder))}: this user may not write there; {another}"
    return ""


def unusable(settings: Settings) -> str:
    """Why a folder that the settings name cannot be used, "" when all can."""
    if why := unwritable(settings.data_dir):
        return why
    for setting in ("record_url", "picture_url"):
        url: str = getattr(settings, setting)
        if not url.startswith(SQLITE):
            continue
        file = Path(url.removeprefix(SQLITE))
        if why := unwritable(file.parent, setting):
            return why
        if file.is_dir():
            return f"{setting} = {shown(url)}: that is a folder; name a file in it"
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
        self._file = file
        with contextlib.suppress(OSError):  # on a full disk the lock holds all the same, it only tells no name
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()

    def release(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


@contextmanager
def picture_held(data_dir: Path) -> Iterator[None]:
    """This process alone writes the picture."""
    lock = PictureLock(data_dir)
    lock.take()
    try:
        yield
    finally:
        lock.release()
