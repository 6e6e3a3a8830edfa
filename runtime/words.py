"""What is said of a failure that the user can do something about, and whether trying again is of use."""

from __future__ import annotations

import errno

from runtime.children import PortTaken
from runtime.holding import PictureHeld
from runtime.supervisor import EXIT_NO_USE, EXIT_TRY_AGAIN
from settings import SettingsError

EXIT_BROKEN = 1  # a database that is none: the supervisor tries again, `serve` does not begin with it
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Sentence(Exception):
    """What went wrong, in one sentence for whoever typed the command."""


def in_words(error: Exception) -> tuple[str, int] | None:
    """The sentence and the exit code; None for a failure that is ours."""
    if isinstance(error, SettingsError | Sentence | PortTaken | PictureHeld):
        return str(error), EXIT_NO_USE
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return f"there is no room left on the disk{f': {error.filename}' if error.filename else ''}", EXIT_TRY_AGAIN
    return _of_a_database(error)


def _of_a_database(error: Exception) -> tuple[str, int] | None:
    from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError

    from data_sources.demo.ports import DoorTaken
    from storage.engines import DatabaseBusy
    from storage.migrate import NewerDatabase

    if isinstance(error, DoorTaken | NewerDatabase):
        return str(error), EXIT_NO_USE
    if isinstance(error, DatabaseBusy):
        return str(error), EXIT_TRY_AGAIN
    if isinstance(error, ArgumentError):
        return (
            f"record_url or picture_url: {error}; allowed are sqlite:///path and postgresql://user@host/name",
            EXIT_NO_USE,
        )
    if isinstance(error, DBAPIError):
        words = f"a database cannot be used: {(str(error.orig).strip().splitlines() or ['no reason given'])[0]}"
        return words, EXIT_TRY_AGAIN if isinstance(error, OperationalError | InterfaceError) else EXIT_BROKEN
    return None
