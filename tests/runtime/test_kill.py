"""kill -9 of the feed process, of the web process, of both, while traffic runs: what is lost, how soon it is back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from picture import reading
from picture.observations import number_of
from storage.engines import Database
from tests.runtime.product import Product, Receiver, until

LOST_AT_MOST = 2.0  # seconds of traffic
BACK_WITHIN = 5.0  # seconds until the process is there again
READY_WITHIN = 90.0  # seconds until it serves, on a busy machine

pytestmark = [pytest.mark.xdist_group("product"), pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("product"), receiver) as product:
        until(product.ready, READY_WITHIN, "the product is ready")
        yield product


def known(product: Product) -> set[int]:
    """MMSI of every track that was saved: checkpoint and the ticks after it."""
    database = Database(f"sqlite:///{product.folder / 'var' / 'picture.db'}", schema="picture", durable=False)
    with database.reading() as session:
        seq, saved = reading.checkpoint(session)
        ticks = reading.ticks_since(session, seq, limit=100_000)
    database.dispose()
    keys = set(saved.states["key"].tolist()).union(*(tick.states["key"].tolist() for _, tick in ticks))
    return {number_of(key) for key in keys}


def kill(product: Product, *names: str) -> float:
    """kill -9; how long until every one of them runs again."""
    before = [product.child(name) for name in names]
    began = time.monotonic()
    for process in before:
        process.kill()
    for name, old in zip(names, before, strict=True):
        until(lambda name=name, old=old: product.child(name).pid != old.pid, BACK_WITHIN, f"{name} is back")
    return time.monotonic() - began


def test_the_feed_process_killed_loses_at_most_two_seconds(product: Product, receiver: Receiver) -> None:
    until(lambda: len(receiver.sent) > 300, 20, "traffic")
    killed_at = time.time()
    assert kill(product, "feeds") < BACK_WITHIN
    until(lambda: max(receiver.sent)[0] > killed_at + 0.5, READY_WITHIN, "traffic again")
    until(lambda: receiver.sent[-1][1] - 300 in known(product), READY_WITHIN, "new traffic is written")
    assert receiver.sent_between(0.0, killed_at - LOST_AT_MOST) <= known(product)
    until(product.ready, READY_WITHIN, "the screens are live again, unaided")


def test_the_web_process_killed_loses_nothing(product: Product, receiver: Receiver) -> None:
    began = time.time()
    until(lambda: receiver.sent_between(began, time.time()), READY_WITHIN, "traffic")
    killed_at = time.time()
    assert kill(product, "web") < BACK_WITHIN
    until(product.ready, READY_WITHIN, "the page is served again")
    sent = receiver.sent_between(began, killed_at + 1.0)
    until(lambda: sent <= known(product), READY_WITHIN, "all traffic is written")


def test_both_killed_come_back_with_the_same_picture(product: Product, receiver: Receiver) -> None:
    began = time.time()
    until(lambda: time.time() - began > LOST_AT_MOST + 1, READY_WITHIN, "traffic")
    killed_at = time.time()
    before = known(product)
    assert kill(product, "feeds", "web") < BACK_WITHIN
    until(product.ready, READY_WITHIN, "the product is ready again")
    assert before | receiver.sent_between(began, killed_at - LOST_AT_MOST) <= known(product)


def test_a_parent_that_is_killed_takes_its_children_along(tmp_path: Path) -> None:
    with Receiver() as receiver, Product(tmp_path, receiver) as product:
        until(product.ready, READY_WITHIN, "the product is ready")
        children = [product.child(name) for name in ("feeds", "web")]
        product.process.kill()
        product.process.wait()
        psutil.wait_procs(children, timeout=15)
        assert not any(child.is_running() for child in children)
        assert "feeds end" in product.said()  # it flushed before it left


def test_a_stopped_product_leaves_in_order_and_saves(product: Product, receiver: Receiver) -> None:
    began = time.time()
    until(lambda: time.time() - began > 1.0, READY_WITHIN, "traffic")
    stopped_at = time.time()
    assert product.stop() == 0
    assert time.time() - stopped_at < 15
    assert receiver.sent_between(began, stopped_at - 0.5) <= known(product)
    assert product.said().rindex("Finished server process") < product.said().rindex("feeds end")
