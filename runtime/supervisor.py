"""The supervisor: a tiny parent that keeps the product's processes alive and imports none of what they do.

Each child runs in a process group of its own with a pipe as standard input. A child that dies is back after a
short back-off; a parent that dies closes the pipes, and the children flush and leave.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 4.0  # so that a child that can start is always back within five seconds
STEADY_SECONDS = 30.0  # a child that lived as long starts the back-off anew
STOP_SECONDS = 5.0
EXIT_NO_USE = 78  # a child ends with this when trying again is of no use: wrong settings, port or picture taken
EXIT_TRY_AGAIN = 75  # and with this when somebody has to make room or let go first: it was said, and is tried for ever
ONCE_AGAIN_SECONDS = 60.0  # between two tries of what has one thing to do, which is not urgent
LOOK_SECONDS = 0.1


def back_off(failures: int) -> float:
    """Seconds until the next try after so many failures in a row."""
    return min(FIRST_WAIT_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_WAIT_SECONDS)


def say(words: str) -> None:
    """To whoever started the product. A log on a full disk must not end what keeps everything alive."""
    with contextlib.suppress(OSError):
        print(words, file=sys.stderr, flush=True)  # noqa: T201


@dataclass(slots=True)
class Child:
    """One kind of process that must be running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_at: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)
    once: bool = False  # has one thing to do, and is left when that is done or of no use; it never ends the others
    ended: bool = False

    def start(self, now: float) -> None:
        self.process = subprocess.Popen(
            list(self.command),
            stdin=subprocess.PIPE,
            process_group=0,
            env={**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"},
        )
        self.started_at = now

    def died(self, now: float) -> float:
        """Note a death; how many seconds to wait before the next start."""
        self.process = None
        self.deaths = 1 if now - self.started_at > STEADY_SECONDS else self.deaths + 1
        wait = ONCE_AGAIN_SECONDS if self.once else back_off(self.deaths)
        self.start_at = now + wait
        return wait

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Ask it to leave, wait, and end it when it does not."""
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Supervisor:
    """Starts the children in order, keeps them alive, and stops them in the order given in `stop_order`."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        stop_order: Sequence[str] = (),
        say: Callable[[str], None] = say,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.children = list(children)
        self._order = {name: place for place, name in enumerate(stop_order)}
        self._say = say
        self._clock = clock
        self._leaving = False

    def leave(self, *_signal: object) -> None:
        self._leaving = True

    def run(self) -> int:
        """Until told to leave, or until a child says that trying again is of no use. The exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.leave)
        code = 0
        try:
            while not self._leaving and code == 0:
                code = self._look()
                time.sleep(LOOK_SECONDS)
        finally:
            self._stop()
        return code

    def _look(self) -> int:
        now = self._clock()
        for child in self.children:
            if child.process is None:
                if now >= child.start_at and not child.ended:
                    child.start(now)
                continue
            code = child.process.poll()
            if code is None:
                continue
            if code == EXIT_NO_USE and not child.once:
                child.process = None
                return EXIT_NO_USE
            why = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            if child.once and code in (0, EXIT_NO_USE):
                child.process, child.ended = None, True
                if code != 0:
                    self._say(f"watchfloor: {child.name} {why}; it is tried again at the next start")
                continue
            wait = child.died(now)
            self._say(f"watchfloor: {child.name} {why}; starting it again in {wait:.1f} s")
        return 0

    def _stop(self) -> None:
        for child in sorted(self.children, key=lambda each: self._order.get(each.name, len(self._order))):
            child.stop()
