"""Which processes make up the product, and how `serve` starts and stops them. Imports none of what they do."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Sequence

from runtime.supervisor import EXIT_NO_USE, EXIT_TRY_AGAIN, Child, Supervisor, back_off, say
from settings import Settings


class PortTaken(Exception):
    """Somebody else listens where the web server should."""


def need_port(host: str, port: int) -> None:
    """Raise PortTaken, in one sentence, unless the web server can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"port {port} on {host} cannot be used ({error.strerror}): another program listens there; stop it, or "
                "choose another with --port or WATCHFLOOR_PORT"
            ) from error


def supervise(settings: Settings, *, program: Sequence[str]) -> int:
    """Prepare the databases, then keep feeds, web and, where asked for, the demonstration alive. The exit code."""
    need_port(settings.host, settings.port)
    environment = {"WATCHFLOOR_PORT": str(settings.port), "WATCHFLOOR_DEMO": "true" if settings.demo else "false"}
    prepared = _prepare([*program, "prepare"], environment)
    if prepared != 0:
        return prepared
    if settings.demo:  # only now: preparing takes long enough for somebody else to take the ports
        environment["WATCHFLOOR_DEMO_PORT"] = str(settings.demo_port or free_port())
    children = [
        Child("feeds", [*program, "feeds", "--with-parent"], environment=environment),
        Child("web", [*program, "web", "--with-parent"], environment=environment),
        Child("zones", [*program, "zones"], environment=environment, once=True),
    ]
    if settings.demo:
        children.insert(0, Child("demo", [*program, "demo", "--with-parent"], environment=environment))
    return Supervisor(children, stop_order=["zones", "web", "feeds", "demo"]).run()


def _prepare(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run the first step in the foreground; Ctrl-C ends it and us. A database that is full or locked is waited for."""
    failures = 0
    try:
        while True:
            code = subprocess.run(list(command), env={**os.environ, **environment}, check=False).returncode
            if code != EXIT_TRY_AGAIN:
                return code
            failures += 1
            wait = back_off(failures)
            say(f"watchfloor: not ready yet; trying again in {wait:.1f} s")
            time.sleep(wait)
    except KeyboardInterrupt:
        return EXIT_NO_USE


def free_port(count: int = 4) -> int:
    """The first of `count` neighbouring ports that nobody listens on.

    The search begins elsewhere in every process, so that two that look at once do not find the same.
    """
    places = range(18_100, 30_000 - count, count)
    begin = os.getpid() * 7 % len(places)
    for first in (*places[begin:], *places[:begin]):
        if all(_is_free(first + step) for step in range(count)):
            return first
    raise PortTaken("no free ports for the demonstration: set WATCHFLOOR_DEMO_PORT")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
