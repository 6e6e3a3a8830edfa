"""One thing is one symbol: from receivers on sockets and an officer's act to what the API shows."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pyais import encode_dict

from access.permissions import LOCAL_OFFICER
from data_sources.contract import Batch, Chunk, Feed, FeedSettings, FeedUnavailable, Translator
from data_sources.roster import make_feeds
from picture import reading
from picture.contacts import (
    ContactRefused,
    MergeTracks,
    ReportContact,
    SplitTracks,
    merge_tracks,
    report_contact,
    split_tracks,
)
from picture.models import Contact
from picture.observations import Kind, Namespace, Observations, key_of
from runtime.feeds import FeedProcess
from settings import Settings
from storage.engines import Database, open_picture, open_record
from storage.migrate import migrate
from tests.runtime.product import until
from tests.web.served import Served, served

MMSI, IMO = 512_000_111, 9_074_729
AUCKLAND, BLUFF = (-36.80, 174.85), (-46.60, 168.34)


def position(where: tuple[float, float] = AUCKLAND, *, turn: int = 0) -> bytes:
    told = {"type": 1, "mmsi": MMSI, "lat": where[0], "lon": where[1], "speed": 0.2, "course": turn % 360}
    return b"".join(line.encode() + b"\r\n" for line in encode_dict(told, talker_id="AI", sentence_type="VDM"))


def voyage(*, turn: int = 0) -> bytes:
    told = {"type": 5, "mmsi": MMSI, "imo": IMO, "shipname": "EXAMPLE TRADER", "ship_type": 70}
    return b"".join(line.encode() + b"\r\n" for line in encode_dict(told, talker_id="AI", sentence_type="VDM"))


class Station:
    """A receiver that hears a ship every tenth of a second and tells whoever connects."""

    def __init__(self, *lines: Callable[..., bytes]) -> None:
        self._lines = lines
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._stop = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._server.accept()
            with client:
                for turn in itertools.count():
                    for line in self._lines:
                        client.sendall(line(turn=turn))
                        if self._stop.wait(0.1):
                            return

    def close(self) -> None:
        self._stop.set()
        self._server.close()


class ByImo(Translator):
    """Each line is an IMO number of a ship off Auckland: what a long-range report knows."""

    def translate(self, chunk: Chunk) -> Batch:
        seen = Observations.blank(1)
        seen.key[0], seen.kind[0] = key_of(Namespace.IMO, int(chunk.data)), Kind.VESSEL
        seen.lat[0], seen.lon[0] = AUCKLAND
        seen.observed_at[0] = seen.received_at[0] = chunk.received_at
        return Batch(observations=seen, lines=1, messages=1)

    def flush(self, now: float) -> Batch:
        return Batch()


class LongRange(Feed):
    kind: ClassVar[str] = "long-range-of-a-test"
    title: ClassVar[str] = "reports known only by IMO number"
    family: ClassVar[str] = "AIS"
    Settings = FeedSettings

    async def chunks(self) -> AsyncIterator[Chunk]:
        yield Chunk(b"%d" % IMO, self.clock())
        await asyncio.Event().wait()
        raise FeedUnavailable("said all")

    def translator(self) -> Translator:
        return ByImo()


class Centre:
    """A feed process on real sockets and databases, and the web server that reads what it writes."""

    def __init__(self, folder: Path, stations: dict[str, Station], *more: Feed) -> None:
        self._stack = ExitStack()
        self._folder = folder
        told = [
            {"name": name, "kind": "ais-tcp", "host": "127.0.0.1", "port": each.port} for name, each in stations.items()
        ]
        for station in stations.values():
            self._stack.callback(station.close)
        self._feeds = [*make_feeds(tuple(told), time.time), *more]

    def __enter__(self) -> Centre:
        settings = Settings(data_dir=self._folder)
        databases = open_picture(settings), open_record(settings)
        for database in databases:
            migrate(database)
            self._stack.callback(database.dispose)
        picture, self.record = databases
        process = FeedProcess(settings, self._feeds, picture=picture, record=self.record, clock=time.time)
        process.begin()
        thread = threading.Thread(target=lambda: asyncio.run(process.run()), daemon=True)
        thread.start()
        self._stack.callback(thread.join, 10)
        self._stack.callback(process.leave)
        self.site: Served = self._stack.enter_context(served(self._folder, from_database=True))
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def act(self, function: Any, command: Any) -> Any:
        return asyncio.run(self.site.desk.act(function, command))

    def tracks(self) -> list[dict[str, Any]]:
        with self.site.client() as client:
            return list(client.get("/api/v1/tracks").json()["features"])

    def card(self, track: int) -> dict[str, Any]:
        with self.site.client() as client:
            return dict(client.get(f"/api/v1/tracks/{track}").json()["properties"])

    def picture(self) -> int:
        return self.site.hub.mirror.identity

    def kinds(self) -> list[str]:
        return sorted(feature["properties"]["kind"] for feature in self.tracks())


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    stations = {name: Station(position, voyage) for name in ("Hill", "Harbour", "Island")}
    feed = LongRange(FeedSettings(name="Long range", kind="long-range-of-a-test"), time.time)
    with Centre(tmp_path, stations, feed) as centre:
        yield centre


def launch(**more: Any) -> ReportContact:
    seen = datetime.now(UTC) - timedelta(seconds=30)
    return ReportContact(
        "white launch", "coastguard", seen, AUCKLAND[0] + 0.01, AUCKLAND[1], uncertainty_nm=0.5, **more
    )


def test_three_receivers_a_contact_and_a_report_by_imo_give_one_symbol(centre: Centre) -> None:
    def vessel() -> dict[str, Any]:
        return next(each["properties"] for each in centre.tracks() if each["properties"]["kind"] == "vessel")

    until(lambda: centre.kinds() == ["vessel"] and len(centre.card(vessel()["id"])["reports"]) == 4, 20, "one vessel")
    ship = centre.card(vessel()["id"])
    assert (ship["mmsi"], ship["imo"], ship["title"]) == (MMSI, IMO, "EXAMPLE TRADER")
    assert {report["feed"] for report in ship["reports"]} == {"Hill", "Harbour", "Island", "Long range"}

    centre.act(report_contact, launch())
    until(lambda: centre.kinds() == ["contact", "vessel"], 10, "a contact beside it")
    contact = next(each["properties"]["id"] for each in centre.tracks() if each["properties"]["kind"] == "contact")
    centre.act(merge_tracks, MergeTracks(centre.picture(), contact, ship["id"], "seen alongside by the pilot"))
    until(lambda: centre.kinds() == ["vessel"], 10, "one symbol")
    assert centre.card(contact)["id"] == ship["id"], "its number leads on"
    assert centre.card(ship["id"])["merged"] == [f"IMO {IMO}", "white launch"]

    centre.act(split_tracks, SplitTracks(centre.picture(), contact, ship["id"], "the pilot saw another"))
    until(lambda: centre.kinds() == ["contact", "vessel"], 10, "two again")
    assert centre.card(ship["id"])["merged"] == [f"IMO {IMO}"]


def test_a_contact_that_carries_a_number_joins_by_itself_until_an_officer_parts_them(centre: Centre) -> None:
    until(lambda: centre.kinds() == ["vessel"] and centre.tracks()[0]["properties"]["imo"] == IMO, 20, "one vessel")
    ship = centre.tracks()[0]["properties"]["id"]
    centre.act(report_contact, launch(imo=IMO))
    until(lambda: "white launch" in centre.card(ship)["merged"], 10, "joined by its number")
    assert centre.kinds() == ["vessel"]
    with centre.site.traffic.reading() as session:
        told = {
            track: known for _, tick in reading.ticks_since(session, 0) for track, known in tick.particulars.items()
        }
    part = next(track for track, known in told.items() if known.get("name") == "white launch")
    centre.act(split_tracks, SplitTracks(centre.picture(), part, ship, "the number was misheard"))
    until(lambda: centre.kinds() == ["contact", "vessel"], 10, "two")


def test_two_hulls_on_one_number_are_two_tracks_in_conflict(tmp_path: Path) -> None:
    stations = {"North": Station(position), "South": Station(partial(position, BLUFF))}
    with Centre(tmp_path, stations) as centre:
        until(lambda: len(centre.tracks()) == 2, 20, "two hulls")
        until(lambda: all("conflict" in each["properties"]["flags"] for each in centre.tracks()), 10, "in conflict")
        one, other = (each["properties"] for each in centre.tracks())
        assert one["mmsi"] == other["mmsi"] == MMSI
        assert abs(one["lat"] - other["lat"]) > 5
        assert centre.card(one["id"])["conflict_with"] == [other["id"]]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"imo": IMO + 1}, "no IMO number"),
        ({"mmsi": 10**9}, "nine digits"),
        ({"lat": 91.0}, "position on earth"),
        ({"title": " "}, "title"),
        ({"observed_at": datetime.now(UTC) + timedelta(days=1)}, "future"),
        ({"uncertainty_nm": -1.0}, "distance"),
    ],
)
def test_what_cannot_be_a_contact_is_refused_in_words(record: Database, wrong: dict[str, Any], words: str) -> None:
    with record.writing() as session, pytest.raises(ContactRefused, match=words):
        report_contact(session, replace(launch(), **wrong), actor=LOCAL_OFFICER, now=datetime.now(UTC))
    with record.reading() as session:
        assert session.query(Contact).count() == 0


def test_a_track_is_part_of_one_other_at_a_time(record: Database) -> None:
    def merge(part: int, into: int) -> None:
        with record.writing() as session:
            merge_tracks(session, MergeTracks(7, part, into, "same"), actor=LOCAL_OFFICER, now=datetime.now(UTC))

    merge(2, 1)
    with pytest.raises(ContactRefused, match="merged into track 1: split it first"):
        merge(2, 3)
    with record.writing() as session:
        split_tracks(session, SplitTracks(7, 2, 1, "not"), actor=LOCAL_OFFICER, now=datetime.now(UTC))
    merge(2, 3)
