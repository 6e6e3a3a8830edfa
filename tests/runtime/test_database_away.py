"""The picture database locked or deleted under the running product: the picture stays live and the truth is told."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from threading import Event

import pytest

from picture import history, reading
from picture.observations import number_of
from storage.engines import Database
from tests.runtime.product import Product, Receiver, figure, until, watching

pytestmark = [pytest.mark.xdist_group("product"), pytest.mark.timeout(400)]

READY_WITHIN = 90.0
LATE_AT_MOST = 4.0  # seconds between the picture and the clock, on a busy machine


def picture_of(product: Product) -> Path:
    return product.folder / "var" / "picture.db"


def live(product: Product) -> int:
    return int(figure(product, "picture_seq"))


def running(product: Product) -> None:
    until(product.ready, READY_WITHIN, "ready")
    until(lambda: live(product) > 20, 30, "a picture that goes on")
    until(lambda: "the direct line to the feed process is there" in product.said(), 20, "a direct line")


def kept(product: Product, receiver: Receiver, start: float, end: float) -> tuple[set[int], set[int]]:
    """MMSI sent from `start` to `end`, and which of them the history has a point of."""
    sent = receiver.sent_between(start, end)
    database = Database(f"sqlite:///{picture_of(product)}", schema="picture", durable=False)
    with database.reading() as session:
        seq, saved = reading.checkpoint(session)
        states = [saved.states, *(tick.states for _, tick in reading.ticks_since(session, seq, 100_000))]
        number = {int(row["id"]): number_of(int(row["key"])) for some in states for row in some}
        points = history.trails(session, list(number), start - 60, end + 60)
    database.dispose()
    return sent, sent & {number[track] for track in set(points["track"].tolist())}


def test_a_database_locked_for_long_keeps_no_screen_waiting(tmp_path: Path) -> None:
    with Receiver(every=0.03) as receiver, Product(tmp_path, receiver) as product:
        running(product)
        other = sqlite3.connect(picture_of(product), isolation_level=None)
        began = time.time()
        with watching(product) as clock:
            other.execute("BEGIN IMMEDIATE")
            warned = until(lambda: product.get("/readyz").json().get("warnings"), 10, "the truth is told")
            assert warned[0].startswith(
                "History is not being written: the picture database is locked by another process ("
            )
            while time.time() - began < 15:
                assert product.ready()
                assert figure(product, "picture_age_seconds") < LATE_AT_MOST
                Event().wait(0.5)
            at = live(product)
            with sqlite3.connect(picture_of(product)) as reader:
                assert reader.execute("SELECT max(seq) FROM tick").fetchone()[0] < at - 40, (
                    "the screens are ahead of it"
                )
            other.execute("ROLLBACK")
            other.close()
            until(lambda: "warnings" not in product.get("/readyz").json(), 20, "all is written again")
        assert len(clock.told) > 12
        assert clock.latest < LATE_AT_MOST
        assert any("points wait, none lost" in why for why in clock.whys())
        assert not any("feed process" in why for why in clock.whys())
        ended = time.time()
        until(lambda: receiver.sent[-1][0] > ended + 2, 10, "traffic")
        assert figure(product, "history_lost_total") == 0
        until(lambda: len(set.difference(*kept(product, receiver, began, ended))) == 0, 20, "history without a hole")


@pytest.mark.parametrize("name", ["web", "feeds"])
def test_a_process_killed_while_the_database_is_locked_is_back_with_the_picture(tmp_path: Path, name: str) -> None:
    with Receiver(every=0.03) as receiver, Product(tmp_path, receiver) as product:
        running(product)
        other = sqlite3.connect(picture_of(product), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        until(lambda: product.get("/readyz").json().get("warnings"), 10, "the truth is told")
        old = product.child(name)
        old.kill()
        until(lambda: product.child(name).pid != old.pid, 20, "it is back")
        with sqlite3.connect(picture_of(product)) as reader:
            written = int(reader.execute("SELECT max(seq) FROM tick").fetchone()[0])

        def shown() -> bool:
            return product.ready() and live(product) > written + 20

        until(shown, READY_WITHIN, "a picture that goes on, though the database is locked still")
        assert product.get("/readyz").json()["warnings"]
        other.execute("ROLLBACK")
        other.close()
        until(lambda: "warnings" not in product.get("/readyz").json(), 20, "all is written again")
        assert product.ready()


@pytest.mark.parametrize("beside", [True, False], ids=["with what lies beside it", "alone"])
def test_a_deleted_database_is_noticed_said_and_made_anew(tmp_path: Path, beside: bool) -> None:
    with Receiver(every=0.03) as receiver, Product(tmp_path, receiver) as product:
        running(product)
        began = receiver.sent[0][0]
        before = receiver.sent_between(began, time.time() - 2)
        pids = {name: product.child(name).pid for name in ("feeds", "web")}
        with watching(product) as clock:
            for path in picture_of(product).parent.glob("picture.db*" if beside else "picture.db"):
                path.unlink()
            deleted_at = time.time()
            said = "The picture database was deleted while in use and has been made anew: history before that is lost"
            until(lambda: product.get("/readyz").json().get("warnings") == [said], 15, "it is said")
            until(lambda: picture_of(product).exists() and before <= known(product), 30, "the picture is in it again")
            until(lambda: time.time() > deleted_at + 5, 10, "time passes")
        assert clock.latest < LATE_AT_MOST
        assert {name: product.child(name).pid for name in pids} == pids
        assert product.get("/api/v1/tracks?limit=1").status_code == 200
        sent, have = kept(product, receiver, deleted_at + 4, deleted_at + 5)
        assert sent == have
        assert product.stop() == 0
        assert before <= known(product)
        with sqlite3.connect(picture_of(product)) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def known(product: Product) -> set[int]:
    """MMSI of every track that the next start would find."""
    database = Database(f"sqlite:///{picture_of(product)}", schema="picture", durable=False)
    try:
        with database.reading() as session:
            seq, saved = reading.checkpoint(session)
            ticks = [tick.states for _, tick in reading.ticks_since(session, seq, 100_000)]
    finally:
        database.dispose()
    return {number_of(key) for states in (saved.states, *ticks) for key in states["key"].tolist()}
