"""The supervisor with children that do nothing but live and die."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from runtime.supervisor import EXIT_NO_USE, EXIT_TRY_AGAIN, LONGEST_WAIT_SECONDS, Child, Supervisor
from tests.runtime.product import ROOT, until

WAITS = "import sys; sys.stdin.read()"  # until the parent closes its end


def child(name: str, code: str, *, once: bool = False) -> Child:
    return Child(name, [sys.executable, "-c", code], once=once)


class Watched(Supervisor):
    """Does not touch this process' signals."""

    def __init__(self, children: list[Child], **options: object) -> None:
        self.words: list[str] = []
        super().__init__(children, say=self.words.append, **options)  # type: ignore[arg-type]

    def run_until(self, true: Callable[[], object]) -> int:
        code = 0
        try:
            deadline = time.monotonic() + 30
            while not code and not true():
                assert time.monotonic() < deadline
                code = self._look()
                time.sleep(0.02)
        finally:
            self._stop()
        return code


def test_a_child_that_dies_is_back(tmp_path: Path) -> None:
    mark = tmp_path / "starts"
    supervisor = Watched([child("dies", f"open({str(mark)!r}, 'a').write('x')")])
    assert supervisor.run_until(lambda: mark.exists() and len(mark.read_text()) >= 3) == 0
    assert "dies ended with code 0; starting it again in 0.5 s" in supervisor.words[0]


def test_the_back_off_grows_and_stays_below_five_seconds() -> None:
    one = child("one", WAITS)
    waits = []
    for now in range(6):
        one.started_at = float(now)
        waits.append(one.died(float(now)))
    assert waits == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    assert LONGEST_WAIT_SECONDS < 5
    one.started_at = 100.0
    assert one.died(200.0) == 0.5


def test_a_child_that_says_trying_again_is_of_no_use_ends_all() -> None:
    other = child("other", WAITS)
    code = Watched([other, child("wrong", f"raise SystemExit({EXIT_NO_USE})")]).run_until(lambda: False)
    assert code == EXIT_NO_USE
    assert other.process is None


def test_a_child_with_one_thing_to_do_does_it_once(tmp_path: Path) -> None:
    mark = tmp_path / "starts"
    once = child("once", f"open({str(mark)!r}, 'a').write('x')", once=True)
    supervisor = Watched([once])
    began = time.monotonic()
    supervisor.run_until(lambda: once.ended and time.monotonic() - began > 1.0)
    assert mark.read_text() == "x"
    assert supervisor.words == []


def test_a_child_that_waits_for_room_is_tried_for_ever(tmp_path: Path) -> None:
    mark = tmp_path / "starts"
    code = f"open({str(mark)!r}, 'a').write('x'); raise SystemExit({EXIT_TRY_AGAIN})"
    full = child("feeds", code)
    supervisor = Watched([full, child("other", WAITS)])
    assert supervisor.run_until(lambda: mark.exists() and len(mark.read_text()) >= 3) == 0
    for failures in range(3, 10_000):
        assert full.died(0.0) <= LONGEST_WAIT_SECONDS, failures


def test_a_child_with_one_thing_to_do_never_ends_the_others() -> None:
    for code in (EXIT_NO_USE, EXIT_TRY_AGAIN, 1, -9):
        end = f"import os; os.kill(os.getpid(), {-code})" if code < 0 else f"raise SystemExit({code})"
        once, other = child("zones", end, once=True), child("other", WAITS)
        supervisor = Watched([once, other])
        assert supervisor.run_until(lambda said=supervisor.words: said) == 0  # type: ignore[misc]
        assert "zones" in supervisor.words[0]
        assert once.ended == (code == EXIT_NO_USE)
        assert ("starting it again in 60.0 s" in supervisor.words[0]) == (code != EXIT_NO_USE)


def test_a_log_without_room_does_not_end_the_supervisor() -> None:
    code = "import sys; from runtime.supervisor import say; sys.stderr = open('/dev/full', 'w'); say('x'); say('y')"
    done = subprocess.run([sys.executable, "-c", code + "; import os; os._exit(7)"], cwd=ROOT, check=False)
    assert done.returncode == 7


def test_children_stop_in_the_order_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "order"
    code = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit())\n"
    ready = [tmp_path / name for name in ("feeds", "web")]
    children = [
        child(
            path.name,
            f"import atexit\natexit.register(lambda: open({str(log)!r}, 'a').write({path.name!r} + ' '))\n"
            f"{code}open({str(path)!r}, 'w')\nsys.stdin.read()",
        )
        for path in ready
    ]
    Watched(children, stop_order=["web", "feeds"]).run_until(lambda: all(path.exists() for path in ready))
    assert log.read_text().split() == ["web", "feeds"]


def test_a_child_leaves_when_its_parent_closes_the_pipe() -> None:
    one = child("one", WAITS)
    one.start(0.0)
    process = one.process
    assert process is not None
    assert process.stdin is not None
    threading.Timer(0.2, process.stdin.close).start()
    until(lambda: process.poll() is not None, 10, "the child left")
