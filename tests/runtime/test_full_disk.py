"""A disk without any room left: the picture goes on, what is lost is counted and said, and all comes back."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.product import Product, Receiver, figure, until, watching


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root, where it may mount, can make a disk that is full")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def newest(product: Product) -> int:
    return int(product.get("/api/v1/picture").json()["seq_to"])


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    _take_the_room(ballast)
    return ballast


def _take_the_room(ballast: Path) -> None:
    """All that is left, though the product writes meanwhile."""

    def taken() -> bool:
        with ballast.open("ab") as file:
            room = os.statvfs(ballast.parent)
            try:
                os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size + room.f_bavail * room.f_frsize)
            except OSError:
                return False
        return True

    until(taken, 10, "a disk without room")


def test_a_full_disk_loses_history_and_nothing_else(small_disk: Path) -> None:
    with Receiver() as receiver, Product(small_disk, receiver) as product:
        until(product.ready, 60, "ready")
        until(lambda: newest(product) > 10, 30, "a picture that goes on")
        feeds = product.child("feeds").pid
        with watching(product) as clock:
            ballast = fill(small_disk)
            until(lambda: figure(product, "history_lost_total") > 0, 30, "losses that are counted")
            first, at = figure(product, "history_lost_total"), newest(product)
            until(lambda: figure(product, "history_lost_total") > first + 100, 20, "losses counted as they happen")
            until(lambda: newest(product) > at + 60, 60, "a picture that goes on without room")
            assert product.ready()
            (said,) = product.get("/readyz").json()["warnings"]
            assert said.startswith("History is not being written: the disk is full (")
            assert said.endswith(" points lost)")
            assert "the disk is full" in product.said()
            ballast.unlink()
            until(lambda: figure(product, "journal_in_trouble") == 0, 30, "all written again")
        assert clock.latest < 4.0, "seconds that the picture was behind"
        assert said.split(" (")[0] in {why.split(" (")[0] for why in clock.whys()}
        assert not any("feed process" in why for why in clock.whys())
        lost = figure(product, "history_lost_total")
        at = newest(product)
        until(lambda: newest(product) > at + 10, 20, "a picture that goes on")
        assert figure(product, "history_lost_total") == lost
        assert product.child("feeds").pid == feeds, "it never died"
        assert product.said().count("picture database  ") == 2, "said once when it came, once when it was over"


def test_a_feed_process_that_starts_on_a_full_disk_is_tried_until_there_is_room(small_disk: Path) -> None:
    with Receiver() as receiver, Product(small_disk, receiver) as product:
        until(product.ready, 60, "ready")
        until(lambda: newest(product) > 10, 30, "a picture that goes on")
        first = product.child("feeds")
        ballast = fill(small_disk)
        for path in (small_disk / "var").glob("picture.reserve"):
            path.unlink()
        more = small_disk / "more"  # the room that the product had kept back
        _take_the_room(more)
        first.kill()
        first.wait(10)
        assert product.child("feeds").pid != first.pid
        web = product.child("web").pid
        assert product.process.poll() is None
        ballast.unlink()
        more.unlink()
        at = newest(product)
        until(lambda: newest(product) > at + 10, 60, "a picture that goes on")
        assert product.child("web").pid == web, "it never died"
        assert product.process.poll() is None
