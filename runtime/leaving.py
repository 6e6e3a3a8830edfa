"""When a child process must leave: on SIGTERM, on Ctrl-C, and when its parent is gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Callable


def on_leave(loop: asyncio.AbstractEventLoop, leave: Callable[[], None], *, with_parent: bool) -> None:
    """Call `leave` in the loop on SIGTERM and SIGINT, and with `with_parent` when standard input closes."""
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
    if with_parent:
        when_parent_is_gone(lambda: _from_thread(loop, leave))


def when_parent_is_gone(act: Callable[[], None]) -> None:
    """Call `act`, from a thread, when standard input closes: the supervisor never writes to it."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        act()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _from_thread(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(act)
