"""The product as benchmarks run it: real processes in a folder of their own, fed over a real socket.

Everything measured is measured from outside: processor time and memory as the system counts them, what was stored
as any reader of the picture database sees it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from picture import reading
from storage.engines import Database

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable


def until(true: Callable[[], Any], seconds: float, what: str, every: float = 0.05) -> Any:
    """The first true answer; TimeoutError when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what}")
        time.sleep(every)
    return answer


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


class Receiver:
    """A TCP server that AIS feeds connect to, as receivers are."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._client: socket.socket | None = None

    def connected(self, seconds: float = 60.0) -> None:
        self._server.settimeout(seconds)
        self._client, _ = self._server.accept()
        self._client.settimeout(None)

    def send(self, data: bytes) -> None:
        assert self._client is not None, "nobody has connected yet"
        self._client.sendall(data)

    def close(self) -> None:
        for each in (self._client, self._server):
            if each is not None:
                each.close()


class Steady:
    """Sends blocks at the moments they are due, in a thread; notes when each left."""

    def __init__(
        self, receiver: Receiver, blocks: Iterator[tuple[float, bytes]] | Sequence[tuple[float, bytes]]
    ) -> None:
        self.left: list[float] = []  # epoch seconds at which each block was handed to the socket
        self.latest = 0.0  # seconds that a block was late at the worst
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(receiver, iter(blocks)), daemon=True)
        self._thread.start()

    def _run(self, receiver: Receiver, blocks: Iterator[tuple[float, bytes]]) -> None:
        for due, data in blocks:
            wait = due - time.time()
            if wait > 0 and self._stop.wait(wait):
                return
            self.latest = max(self.latest, time.time() - due)
            self.left.append(time.time())
            receiver.send(data)
            if self._stop.is_set():
                return

    def wait(self) -> None:
        self._thread.join()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)


class Process:
    """One process of the product and what it costs."""

    def __init__(self, folder: Path, command: Sequence[str], environment: dict[str, str], core: int | None) -> None:
        self.name = command[0]
        self.log = folder / f"{self.name}.log"
        pin = None if core is None else (lambda: os.sched_setaffinity(0, {core}))
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [PYTHON, str(ROOT / "app.py"), *command], cwd=folder, env=environment, stdout=log, stderr=log,
                preexec_fn=pin,
            )  # fmt: skip
        self.system = psutil.Process(self.popen.pid)

    def cpu_seconds(self) -> float:
        used = self.system.cpu_times()
        return float(used.user + used.system)

    def memory_mb(self) -> float:
        return float(self.system.memory_info().rss / 1e6)

    def alive(self) -> bool:
        return self.popen.poll() is None

    def stop(self) -> None:
        if self.alive():
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(15)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait(5)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


class Rig:
    """A data folder, settings, and the processes started in it."""

    def __init__(self, folder: Path, feeds: Sequence[dict[str, Any]], more: str = "") -> None:
        self.folder = folder
        self.processes: list[Process] = []
        (folder / "watchfloor.toml").write_text(more + "".join(_toml(feed) for feed in feeds))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WATCHFLOOR_")}
        self._environment = {**kept, "WATCHFLOOR_DATA_DIR": str(folder / "var"), "PYTHONUNBUFFERED": "1"}
        self._picture: Database | None = None
        self.port = free_port()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, *command: str, core: int | None = None) -> Process:
        process = Process(self.folder, command, self._environment, core)
        self.processes.append(process)
        return process

    def start_web(self, core: int | None = None) -> Process:
        web = self.start("web", "--port", str(self.port), core=core)

        def listens() -> bool:
            if not web.alive():
                raise RuntimeError(web.said())
            with socket.socket() as trial:
                return trial.connect_ex(("127.0.0.1", self.port)) == 0

        until(listens, 60, "the web process listens")
        return web

    @property
    def picture(self) -> Database:
        """The picture database, to be read."""
        if self._picture is None:
            self._picture = Database(f"sqlite:///{self.folder / 'var' / 'picture.db'}", schema="picture", durable=False)
        return self._picture

    def ticks_since(self, seq: int) -> list[tuple[int, Any]]:
        with self.picture.reading() as session:
            return reading.ticks_since(session, seq)

    def newest_seq(self) -> int:
        with self.picture.reading() as session:
            return reading.newest_tick(session)

    def facts(self) -> dict[str, Any]:
        with self.picture.reading() as session:
            found = reading.fact(session, "process", {})
            return found | {"history_lost": reading.fact(session, "history_lost", 0)}

    def feed(self) -> Any:
        with self.picture.reading() as session:
            return reading.feeds_now(session)[0]

    def close(self) -> None:
        if self._picture is not None:
            self._picture.dispose()
        for process in reversed(self.processes):
            process.stop()


def _toml(feed: dict[str, Any]) -> str:
    return "[[feeds]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in feed.items())


@contextmanager
def rig(feeds: Sequence[dict[str, Any]], more: str = "") -> Iterator[Rig]:
    """A fresh installation that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="watchfloor-bench-"))
    made = Rig(folder, feeds, more)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fed_rig(more: str = "", core: int | None = None) -> Iterator[tuple[Rig, Receiver, Process]]:
    """An installation with one AIS feed that has connected, and the receiver it is connected to."""
    receiver = Receiver()
    feed = {"name": "Bench", "kind": "ais-tcp", "host": "127.0.0.1", "port": receiver.port}
    try:
        with rig([feed], more) as made:
            feeds = made.start("feeds", core=core)
            receiver.connected()
            until(lambda: (made.folder / "var" / "picture.db").exists(), 10, "a picture database")
            yield made, receiver, feeds
    finally:
        receiver.close()


def machine() -> str:
    """The machine in a line."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, no GPU, Python {platform.python_version()}"


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, largest, and how many."""
    if not len(values):
        return {"n": 0}
    numbers = np.asarray(values, np.float64)
    p50, p95, p99 = np.percentile(numbers, (50, 95, 99))
    return {"p50": round(float(p50), 3), "p95": round(float(p95), 3), "p99": round(float(p99), 3),
            "max": round(float(numbers.max()), 3), "n": len(numbers)}  # fmt: skip


def slope_per_hour(seconds: Sequence[float], values: Sequence[float]) -> float:
    """Rise per hour by least squares."""
    if len(seconds) < 3:
        return 0.0
    return round(float(np.polyfit(np.asarray(seconds) / 3600.0, np.asarray(values), 1)[0]), 2)


def parser(words: str) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=words.strip().splitlines()[0])
    made.add_argument("--json", type=Path, help="also write the results there")
    return made


def tell(given: argparse.Namespace, results: dict[str, Any], rows: Sequence[Sequence[object]]) -> None:
    """JSON, then the table for people. The first row is its head."""
    results = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(),
               "load": round(os.getloadavg()[0], 2)} | results  # fmt: skip
    text = json.dumps(results, indent=1)
    if given.json:
        given.json.write_text(text + "\n")
    print(text)
    print()
    head, *body = [[str(cell) for cell in row] for row in rows]
    for row in (head, ["---"] * len(head), *body):
        print("| " + " | ".join(row) + " |")
