"""The product as a user starts it: real processes, a real receiver on a socket, ports of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import psutil
from pyais import encode_dict
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parents[2]
FIRST_MMSI = 512_100_000


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def until(true: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true answer; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := true():
                return answer
        except (httpx2.HTTPError, psutil.NoSuchProcess):
            pass
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


class Receiver:
    """An AIS receiver on TCP that reports another vessel every few milliseconds and remembers when it did."""

    def __init__(self, every: float = 0.01) -> None:
        self.sent: list[tuple[float, int]] = []  # when, MMSI
        self._every = every
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._stop = threading.Event()
        self._next = FIRST_MMSI
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        with client:
            while not self._stop.wait(self._every):
                mmsi, self._next = self._next, self._next + 1
                told = {
                    "type": 1,
                    "mmsi": mmsi,
                    "lat": -36 - (mmsi % 1000) / 500,
                    "lon": 175.5,
                    "speed": 8,
                    "course": 10,
                }
                line = encode_dict(told, talker_id="AI", radio_channel="A")[0]
                try:
                    client.sendall(line.encode() + b"\r\n")
                except OSError:
                    return
                self.sent.append((time.time(), mmsi))

    def sent_between(self, start: float, end: float) -> set[int]:
        """MMSI reported from `start` to `end` (epoch seconds)."""
        return {mmsi for when, mmsi in list(self.sent) if start <= when < end}

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._server.close()


class Product:
    """`app.py serve` in a folder of its own."""

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self.folder, self.port = folder, free_port()
        (folder / "watchfloor.toml").write_text(
            f'[[feeds]]\nname = "AIS"\nkind = "ais-tcp"\nhost = "127.0.0.1"\nport = {receiver.port}\n'
        )
        self.log = (folder / "serve.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), "serve", "--port", str(self.port)],
            cwd=folder,
            env=environment(folder),
            stdout=self.log,
            stderr=self.log,
        )

    def __enter__(self) -> Product:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.stop()
        self.log.close()

    def child(self, name: str) -> psutil.Process:
        """The child that runs a command, as soon as there is one."""

        def find() -> psutil.Process | None:
            for child in psutil.Process(self.process.pid).children():
                if name in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                    return child
            return None

        found = until(find, 20, f"a running {name}")
        assert isinstance(found, psutil.Process)
        return found

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    def ready(self) -> bool:
        return self.get("/readyz").status_code == 200

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def said(self) -> str:
        return (self.folder / "serve.log").read_text()


def figure(product: Product, name: str) -> float:
    found = re.search(rf"^watchfloor_{name} (\S+)$", product.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


class Clock:
    """What a screen is told each second."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    @property
    def latest(self) -> float:
        """How far the picture was behind at worst, in seconds."""
        return max(one["now"] - one["picture_at"] for one in self.told)

    def whys(self) -> set[str]:
        return {one.get("why", "") for one in self.told}


@contextmanager
def watching(product: Product) -> Iterator[Clock]:
    clock, stop = Clock(), threading.Event()

    def listen() -> None:
        with connect(f"ws://127.0.0.1:{product.port}/stream", max_size=2**26) as stream:
            stream.send('{"t": "hello", "since": 0}')
            while not stop.is_set():
                if isinstance(text := stream.recv(10), str) and (said := orjson.loads(text))["t"] == "clock":
                    clock.told.append(said)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield clock
    finally:
        stop.set()
        thread.join(15)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Only this folder's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WATCHFLOOR_")}
    return {**kept, "WATCHFLOOR_DATA_DIR": str(folder / "var"), **more}
