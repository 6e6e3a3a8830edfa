"""`/stream` over real sockets: what a screen gets, in which order, and what it may not do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from access.permissions import LOCAL_OFFICER, Actor
from picture import frames
from picture.changes import Tick
from picture.frames import Frame
from picture.views import FeedState, FeedView
from runtime import hub as hubs
from tests.web.served import DEADLINE, Served, named, served, until, vessel
from web import stream


@contextmanager
def screen(site: Served, **more: object) -> Iterator[ClientConnection]:
    with connect(site.stream_url, max_size=None, compression=None, **more) as socket:  # type: ignore[arg-type]
        yield socket


def hello(socket: ClientConnection, since: int = 0, picture: int = 1) -> None:
    socket.send(json.dumps({"t": "hello", "since": since, "picture": picture}))


def next_frame(socket: ClientConnection) -> Frame:
    while True:
        message = socket.recv(DEADLINE)
        if isinstance(message, bytes):
            return frames.decode(message)


def next_text(socket: ClientConnection, kind: str) -> dict:
    while True:
        message = socket.recv(DEADLINE)
        if isinstance(message, str) and json.loads(message)["t"] == kind:
            return json.loads(message)


def test_hello_then_everything_then_what_changes(site: Served) -> None:
    site.put(vessel(1), vessel(2, np.nan), particulars={1: named("EXAMPLE TRADER")})
    with screen(site) as socket:
        hello(socket)
        first = next_frame(socket)
        assert first.full
        assert first.columns["id"].tolist() == [1], "never located ones are not sent"
        assert first.labels[1] == "EXAMPLE TRADER"
        site.put(vessel(1, -36.7), vessel(3))
        second = next_frame(socket)
        assert not second.full
        assert second.seq_from == first.seq_to
        assert sorted(second.columns["id"].tolist()) == [1, 3]
        site.put(removed=[3])
        third = next_frame(socket)
        assert (third.seq_from, third.removed) == (second.seq_to, [3])


def test_a_screen_that_comes_back_gets_only_what_it_lacks(site: Served) -> None:
    have = site.put(vessel(1), vessel(2))
    site.put(vessel(2, -35.0))
    with screen(site) as socket:
        hello(socket, have)
        frame = next_frame(socket)
        assert (frame.full, frame.seq_from, frame.columns["id"].tolist()) == (False, have, [2])


def test_a_screen_that_lost_its_place_asks_for_everything(site: Served) -> None:
    site.put(vessel(1))
    with screen(site) as socket:
        hello(socket, site.hub.mirror.seq)
        socket.send(json.dumps({"t": "full"}))
        assert next_frame(socket).full
    with screen(site) as socket:
        hello(socket, 2**31)
        assert next_frame(socket).full


def test_a_number_of_another_picture_brings_everything(site: Served) -> None:
    have = site.put(vessel(1))
    site.put(vessel(1, -36.1))
    for other in ({"picture": 2}, {}):
        with screen(site) as socket:
            socket.send(json.dumps({"t": "hello", "since": have, **other}))
            frame = next_frame(socket)
            assert (frame.full, frame.picture) == (True, site.source.number)
    with screen(site) as socket:
        hello(socket, have, picture=site.source.number)
        assert not next_frame(socket).full


def test_ten_screens_get_the_same_frames_without_a_gap(site: Served) -> None:
    made = site.hub.figures.frames
    got: list[list[Frame]] = [[] for _ in range(10)]

    def watch(number: int) -> None:
        with screen(site) as socket:
            hello(socket)
            while len(got[number]) < 6:
                got[number].append(next_frame(socket))

    watchers = [threading.Thread(target=watch, args=(number,)) for number in range(10)]
    for watcher in watchers:
        watcher.start()
    deadline = time.monotonic() + DEADLINE
    while any(watcher.is_alive() for watcher in watchers) and time.monotonic() < deadline:
        site.put(vessel(1, -36.0 - site.hub.mirror.seq / 1e6))
    for watcher in watchers:
        watcher.join(DEADLINE)
    for run in got:
        assert len(run) == 6
        assert run[0].full
        assert all(after.seq_from == before.seq_to for before, after in pairwise(run))
    assert site.hub.figures.frames - made < 40, "one frame serves all, not one a screen"
    until(lambda: not site.hub.screens)


def test_a_slow_screen_skips_to_the_newest_and_holds_nobody_up(site: Served) -> None:
    n = 20_000
    rows = np.repeat(vessel(0), n)
    rows["id"] = np.arange(100_000, 100_000 + n)
    skipped = site.hub.figures.skipped
    with screen(site) as quick, screen(site, max_queue=1) as slow:
        hello(quick)
        hello(slow)
        before = next_frame(slow)
        end = 0
        deadline = time.monotonic() + 60
        while site.hub.figures.skipped == skipped:  # the slow one reads nothing more
            assert time.monotonic() < deadline
            rows["lat"] = -36.0 - site.hub.mirror.seq / 1e5
            site.put(rows)
            end = next_frame(quick).seq_to
        assert end > before.seq_to
        waiting = max(len(held.waiting) for held in site.hub.screens)
        assert waiting <= hubs.WAITING_FRAMES
        at = before.seq_to
        while at < site.hub.mirror.seq:  # it reads again: no gap in what it is sent, fewer frames than were made
            frame = next_frame(slow)
            assert frame.full or frame.seq_from == at
            at = frame.seq_to
    site.put(removed=rows["id"].tolist())


def test_the_clock_ticks_and_carries_the_feeds(site: Served) -> None:
    with screen(site) as socket:
        first = next_text(socket, "clock")
        assert abs(first["now"] - time.time()) < 5
        assert first["feeds"] == []
        assert next_text(socket, "clock")["now"] > first["now"]


def test_the_feeds_are_told_in_full_once_and_when_they_change(tmp_path: Path) -> None:
    def feed(why: str = "", heard: float = 0.0) -> FeedView:
        last = datetime.fromtimestamp(1_795_305_600 + heard, UTC)
        state = FeedState.LATE if why else FeedState.LIVE
        return FeedView("AIS", "ais-tcp", "AIS", state, last, last, why, 1, 1, 1, 1, 1, 0, 1, {}, 1.0)

    def clock(socket: ClientConnection, holds: Callable[[dict], object]) -> dict:
        deadline = time.monotonic() + DEADLINE
        while not holds(told := next_text(socket, "clock")):
            assert time.monotonic() < deadline
        return told

    with served(tmp_path) as site:
        site.source.feed_views = [feed()]
        until(lambda: site.hub.feeds)
        with screen(site) as socket:
            (told,) = next_text(socket, "clock")["feeds"]
            assert (told["name"], told["state"], told["last"]) == ("AIS", "live", 1_795_305_600.0)
            site.source.feed_views = [feed(heard=7.0)]
            short = clock(socket, lambda told: told.get("last") == [1_795_305_607.0])
            assert "feeds" not in short
            site.source.feed_views = [feed("no data", heard=7.0)]
            (told,) = clock(socket, lambda told: "feeds" in told)["feeds"]
            assert (told["state"], told["why"], told["last"]) == ("late", "no data", 1_795_305_607.0)
            assert "feeds" not in next_text(socket, "clock")


def test_a_notice_when_a_topic_changed(site: Served) -> None:
    until(lambda: site.hub.started)
    with screen(site) as socket:
        hello(socket)
        site.source.topic_numbers["movements"] += 1
        assert next_text(socket, "notice")["topic"] == "movements"


def test_the_database_goes_away_and_comes_back(site: Served) -> None:
    site.put(vessel(1))
    with screen(site) as socket:
        site.source.away = OSError("disk gone")
        until(lambda: "why" in next_text(socket, "clock"))
        assert site.client().get("/readyz").status_code == 503
        site.source.away = None
        until(lambda: "why" not in next_text(socket, "clock"))
        hello(socket)
        assert next_frame(socket).full


def test_another_database_under_the_same_server_sends_everything_again(site: Served) -> None:
    site.put(vessel(1), vessel(2))
    with screen(site) as socket:
        hello(socket)
        assert next_frame(socket).full
        site.source.ticks.clear()
        site.source.ticks.append((1, Tick(time.time(), vessel(77))))
        frame = next_frame(socket)
        assert frame.full
        assert frame.columns["id"].tolist() == [77]


def test_another_database_whose_numbers_are_higher_sends_everything_again(site: Served) -> None:
    have = site.put(vessel(1), vessel(2))
    with screen(site) as socket:
        hello(socket)
        assert next_frame(socket).full
        site.source.number = 2
        site.source.ticks[:] = [(have + 1, Tick(time.time(), vessel(78)))]
        frame = next_frame(socket)
        assert (frame.full, frame.picture, frame.columns["id"].tolist()) == (True, 2, [78])
    site.source.number = 1
    until(lambda: site.hub.mirror.identity == 1)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
def test_a_page_from_elsewhere_is_refused(site: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus), screen(site, origin=origin):
        pass


def test_our_own_page_is_let_in(site: Served) -> None:
    with screen(site, origin=site.url) as socket:
        assert next_text(socket, "clock")


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        "[]",
        '{"t":"hello"}',
        '{"t":"hello","since":0,"picture":"x"}',
        '{"t":"hello","since":-1}',
        '{"t":"hello","since":true}',
        '{"t":"x"}',
        b"\x00",
    ],
)
def test_what_no_screen_of_ours_sends_ends_the_stream(site: Served, message: str | bytes) -> None:
    with screen(site) as socket:
        socket.send(message)
        assert closed_with(socket) == 1008


def test_a_long_message_and_a_flood_end_the_stream(site: Served) -> None:
    with screen(site) as socket:
        socket.send(json.dumps({"t": "hello", "since": 0, "more": "x" * 2_000}))
        assert closed_with(socket) == 1009
    with screen(site) as socket:
        with suppress(ConnectionClosed):  # the last may have been sent before the server's word arrives
            for _ in range(5_000):
                socket.send(json.dumps({"t": "full"}))
        assert closed_with(socket) == 1008


def test_another_host_name_is_refused(site: Served) -> None:
    with pytest.raises(InvalidStatus), screen(site, additional_headers={"Host": "evil.example"}):
        pass


def test_who_says_nothing_is_let_go(site: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HELLO_SECONDS", 0.1)
    with screen(site) as socket:
        assert closed_with(socket) == 1008


def test_no_more_screens_than_the_limit(site: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    until(lambda: not site.hub.screens)
    monkeypatch.setattr(stream, "SCREENS_LIMIT", 1)
    with screen(site) as socket:
        assert next_text(socket, "clock")
        with pytest.raises(InvalidStatus), screen(site):
            pass


def test_a_session_that_ends_ends_the_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SESSION_SECONDS", 0.1)
    who: list[Actor | None] = [LOCAL_OFFICER]
    with served(tmp_path, identify=lambda _connection: who[0]) as site:
        with screen(site) as socket:
            assert next_text(socket, "clock")
            who[0] = None
            assert closed_with(socket) == 1008
        with pytest.raises(InvalidStatus), screen(site):
            pass
        assert site.client().get("/api/v1/tracks").status_code == 403
        who[0] = Actor("nobody", "nowhere", frozenset())
        assert site.client().get("/api/v1/tracks").status_code == 403


def test_a_server_that_stops_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as site, screen(site) as socket:
        assert next_text(socket, "clock")
        site.uvicorn.should_exit = True
        assert closed_with(socket) == 1012


def closed_with(socket: ClientConnection) -> int | None:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            socket.recv(DEADLINE)
    return closed.value.rcvd.code if closed.value.rcvd else None
