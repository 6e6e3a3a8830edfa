"""Whether a SQLite database's file is still the one that was opened: somebody may delete or replace it meanwhile."""

from __future__ import annotations

from pathlib import Path

_BESIDE = ("-wal", "-shm")


class DatabaseFile:
    """A path, and which file was there when it was opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._noted: dict[str, tuple[int, int]] = {}

    def note(self) -> None:
        """What is there now is what is open. Done once after opening; `forget` first to do it anew."""
        for suffix in ("", *_BESIDE):
            if suffix not in self._noted and (found := self._found(suffix)) is not None:
                self._noted[suffix] = found

    @property
    def gone(self) -> bool:
        return bool(self._noted) and self._found("") is None

    @property
    def another(self) -> bool:
        """Another file stands in its place."""
        return bool(self._noted) and self._found("") not in (None, self._noted.get(""))

    def forget(self) -> None:
        """Before whatever is there now is opened: what our file left beside itself must not be read as part of it.

        Called while our file is still open, so that its inode numbers can't have been given to other files.
        """
        if self.gone or self.another:
            for suffix in _BESIDE:
                if suffix in self._noted and self._found(suffix) == self._noted[suffix]:
                    Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        self._noted.clear()

    def _found(self, suffix: str) -> tuple[int, int] | None:
        try:
            about = Path(f"{self.path}{suffix}").stat()
        except OSError:
            return None
        return about.st_dev, about.st_ino
