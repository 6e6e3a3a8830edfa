"""Finds the Chromium for the browser tests. They never skip: without one they fail and say what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "WATCHFLOOR_CHROMIUM"


class NoChromium(Exception):
    """None of the four ways led to a browser that answers."""


@cache
def chromium() -> str:
    """The path of a Chromium that answers `--version`: named, known, Playwright's own, or installed by apt."""
    ways: tuple[Callable[[], str | None], ...] = (_named, _known, _playwrights_own, _from_apt)
    for way in ways:
        if found := way():
            return found
    raise NoChromium(
        f"no Chromium for the browser tests: {VARIABLE} names none, none of {', '.join(NAMES)} answers --version, "
        f"Playwright has none ({sys.executable} -m playwright install chromium), and apt could not install one "
        "(as root on Debian: apt-get install chromium)"
    )


def answers(path: str) -> bool:
    """Whether a program at `path` says which version it is."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _named() -> str | None:
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    if not answers(path):
        raise NoChromium(f"{VARIABLE} = {path!r} does not answer --version: name a Chromium that does")
    return path


def _known() -> str | None:
    for name in NAMES:
        path = shutil.which(name)
        if path and answers(path):
            return path
    return None


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and answers(path) else None


def _from_apt() -> str | None:
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", "chromium"]):
        subprocess.run(command, env=environment, capture_output=True, timeout=900, check=False)
    return _known()
