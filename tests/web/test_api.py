"""`/api/v1` over HTTP, every address: against real databases, the live picture driven from memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx2
import numpy as np
import pytest

from picture import frames
from picture.changes import Tick
from picture.journal import Journal
from picture.observations import Kind
from picture.state import POINT, PointFlag
from picture.views import FeedState, FeedView
from picture.zones import seed_zones
from record.audit import System
from tests.web.served import Served, named, served, until, vessel


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site")) as site:
        site.put(
            vessel(1, -36.8, 174.8, speed=14.24, course=209.0),
            vessel(2, -41.3, 174.9),
            vessel(3, -17.5, -179.5),
            vessel(4, -36.9, 174.7, kind=Kind.AIRCRAFT, altitude=35_000),
            vessel(5, np.nan, np.nan),
            particulars={1: named("EXAMPLE TRADER", imo=9074729, destination="NZAKL"), 2: named("SAMPLE GARNET")},
            reporters={1: ("coast", "Bluff")},
        )
        keep(site, walk(1, 5, 174.8), walk(3, 4, 179.7, step=0.2))
        yield site


def walk(track: int, n: int, lon: float, step: float = 0.01) -> np.ndarray:
    """A track's kept points, one a minute up to now, eastward."""
    points = np.zeros(n, POINT)
    points["track"], points["reporter"], points["lat"] = track, 1, -36.8
    points["observed_at"] = points["received_at"] = np.floor(time.time()) - 60.0 * np.arange(n)[::-1]
    points["lon"] = (lon + step * np.arange(n) + 180) % 360 - 180
    points["speed"], points["course"], points["altitude"] = 10.0, 90.0, np.nan
    return points


def keep(site: Served, *points: np.ndarray) -> None:
    """Write history the way the feed process does."""
    journal = Journal(site.traffic, clock=time.time)
    journal.start()
    journal.put(Tick(time.time(), reporters={1: ("coast", "Bluff")}), np.concatenate(points))
    until(lambda: journal.figures.points >= sum(map(len, points)))
    journal.close()


def get(client: httpx2.Client, path: str, **query: object) -> dict:
    answer = client.get(f"/api/v1{path}", params=query)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(collection: dict) -> list[int]:
    return [feature["id"] for feature in collection["features"]]


def test_tracks_by_box_kind_and_text(client: httpx2.Client) -> None:
    answer = client.get("/api/v1/tracks")
    assert answer.headers["content-type"] == "application/geo+json"
    assert ids(answer.json()) == [1, 2, 3, 4, 5]
    assert ids(get(client, "/tracks", bbox="174,-37,175,-36")) == [1, 4]
    assert ids(get(client, "/tracks", bbox="170,-50,-170,0")) == [1, 2, 3, 4], "across the antimeridian"
    assert ids(get(client, "/tracks", kind="aircraft")) == [4]
    assert ids(client.get("/api/v1/tracks?kind=aircraft&kind=vessel&bbox=174,-37,175,-36").json()) == [1, 4]
    assert ids(get(client, "/tracks", text="garnet")) == [2]


def test_tracks_are_paged_by_address(client: httpx2.Client) -> None:
    seen, address = [], "/api/v1/tracks?limit=2"
    while address:
        page = client.get(address).json()
        seen.append(ids(page))
        address = page["next"]
    assert seen == [[1, 2], [3, 4], [5]]


def test_a_track_is_a_geojson_feature(client: httpx2.Client) -> None:
    feature = get(client, "/tracks/1")
    assert feature["geometry"] == {"type": "Point", "coordinates": [174.8, -36.8]}
    about = feature["properties"]
    assert (about["title"], about["mmsi"], about["imo"]) == ("EXAMPLE TRADER", 512_000_001, 9_074_729)
    assert (about["speed"], about["course"], about["heading"], about["country"]) == (14.2, 209.0, None, "New Zealand")
    assert datetime.fromisoformat(about["heard_at"]).tzinfo is not None
    assert get(client, "/tracks/5")["geometry"] is None


def test_history_as_lines_and_as_points(client: httpx2.Client) -> None:
    lines = get(client, "/tracks/1/history")
    (line,) = lines["features"]
    assert line["geometry"]["type"] == "LineString"
    assert [lon for lon, _ in line["geometry"]["coordinates"]] == [174.8, 174.81, 174.82, 174.83, 174.84]
    about = line["properties"]
    assert {len(about[name]) for name in ("times", "speed", "course", "altitude", "late", "implausible")} == {5}
    assert about["times"] == sorted(about["times"])
    points = get(client, "/tracks/1/history", points=True)["features"]
    assert [point["geometry"]["coordinates"][0] for point in points] == [174.8, 174.81, 174.82, 174.83, 174.84]
    assert points[0]["properties"]["speed"] == 10.0
    assert points[0]["properties"]["altitude"] is None


def test_history_is_paged_without_gap_or_repeat(client: httpx2.Client) -> None:
    times, address = [], "/api/v1/tracks/1/history?limit=2"
    while address:
        page = client.get(address).json()
        times += [time for feature in page["features"] for time in feature["properties"]["times"]]
        address = page["next"]
    assert times == get(client, "/tracks/1/history")["features"][0]["properties"]["times"]


def test_history_within_a_span(client: httpx2.Client) -> None:
    whole = get(client, "/tracks/1/history")["features"][0]["properties"]["times"]
    start, end = (datetime.fromtimestamp(at, UTC).isoformat() for at in (whole[1], whole[3]))
    assert get(client, "/tracks/1/history", start=start, end=end)["count"] == 3
    assert get(client, "/tracks/1/history", start="2020-01-01T00:00", end="2020-01-02T00:00")["count"] == 0


def test_a_path_is_cut_at_the_antimeridian(client: httpx2.Client) -> None:
    west, east = get(client, "/tracks/3/history")["features"]
    assert west["geometry"]["coordinates"][-1][0] == 180
    assert east["geometry"]["coordinates"][0][0] == -180
    assert west["properties"]["times"][-1] == east["properties"]["times"][0]
    assert all(abs(lon) >= 179 for leg in (west, east) for lon, _ in leg["geometry"]["coordinates"])


def test_trails_of_many(client: httpx2.Client) -> None:
    found = get(client, "/trails", bbox="170,-50,-170,0", minutes=30)
    assert {feature["properties"]["track"] for feature in found["features"]} == {1, 3}
    for feature in found["features"]:
        assert len(feature["properties"]["times"]) == len(feature["geometry"]["coordinates"])
    assert found["truncated"] is False
    assert get(client, "/trails", limit=1)["truncated"] is True


def test_what_was_late_or_impossible_is_told_in_history_and_left_out_of_trails(
    site: Served, client: httpx2.Client
) -> None:
    points = walk(2, 3, 174.9)
    points["flags"] = [0, PointFlag.IMPLAUSIBLE, PointFlag.LATE]
    keep(site, points)
    about = get(client, "/tracks/2/history")["features"][0]["properties"]
    assert (about["implausible"], about["late"]) == ([False, True, False], [False, False, True])
    assert 2 not in {feature["properties"]["track"] for feature in get(client, "/trails")["features"]}


def test_the_picture_since_a_number(site: Served, client: httpx2.Client) -> None:
    everything = get(client, "/picture")
    assert everything["full"] is True
    assert [track["id"] for track in everything["tracks"]] == [1, 2, 3, 4]
    site.put(vessel(1, -36.7, speed=13.0))
    known = {"since": everything["seq_to"], "picture": everything["picture"]}
    change = get(client, "/picture", **known)
    assert (change["full"], change["seq_from"]) == (False, everything["seq_to"])
    assert [(track["id"], track["speed"]) for track in change["tracks"]] == [(1, 13.0)]
    asked = {"Accept": "application/octet-stream"}
    answer = client.get("/api/v1/picture", params=known, headers=asked)
    frame = frames.decode(answer.content)
    assert (frame.seq_from, frame.columns["id"].tolist()) == (everything["seq_to"], [1])
    assert frame.picture == everything["picture"]
    assert get(client, "/picture", since=everything["seq_to"])["full"], "a number of nobody knows which picture"


def test_feeds(site: Served, client: httpx2.Client) -> None:
    feed = FeedView(
        name="coast", kind="ais_tcp", family="AIS", state=FeedState.LATE, since=None, last_data_at=datetime.now(UTC),
        why="no data for 40 s", receivers_heard=11, receivers_expected=12, lines=10, sentences=9, messages=8, duplicates=1,
        observations=7, rejected={"bad_checksum": 2}, per_second=0.5,
    )  # fmt: skip
    site.source.feed_views = [feed]
    until(lambda: site.hub.feeds)
    (told,) = get(client, "/feeds")["feeds"]
    assert (told["name"], told["state"], told["why"], told["rejected"]) == (
        "coast", "late", "no data for 40 s", {"bad_checksum": 2},
    )  # fmt: skip


def test_rejections_movements_and_places(client: httpx2.Client) -> None:
    assert get(client, "/rejections", feed="coast", limit=5) == {"rejections": [], "next": None}
    assert get(client, "/movements") == {"movements": []}
    places = get(client, "/places")["features"]
    assert {"port", "airport"} == {place["properties"]["kind"] for place in places}


def test_zones(site: Served, client: httpx2.Client) -> None:
    with site.record.writing() as session:
        seed_zones(session, "NZ", [], site.desk.places.ports, actor=System(), now=datetime.now(UTC))
    zones = get(client, "/zones")["features"]
    assert zones
    assert all(zone["geometry"]["type"] == "Polygon" and zone["properties"]["authority"] for zone in zones)
    assert get(client, "/zones", as_of="2020-01-01T00:00:00Z")["features"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tracks/999", 404), ("/tracks/999/history", 404), ("/nothing", 404), ("/", 404),
        ("/tracks/0", 422), ("/tracks/x", 422), ("/tracks/99999999999999999999", 422),
        ("/tracks?limit=0", 422), ("/tracks?limit=1001", 422), ("/tracks?limit=nan", 422),
        ("/tracks?bbox=1,2,3", 422), ("/tracks?bbox=a,b,c,d", 422), ("/tracks?bbox=0,10,1,5", 422),
        ("/tracks?bbox=nan,nan,nan,nan", 422), ("/tracks?bbox=-181,0,0,1", 422), ("/tracks?bbox=1e999,0,0,1", 422),
        ("/tracks?kind=submarine", 422), ("/tracks?cursor=x", 422), ("/tracks?cursor=%C2%B2", 422),
        ("/tracks?text=" + "x" * 81, 422),
        ("/tracks/1/history?start=yesterday", 422), ("/tracks/1/history?start=0001-01-01T00:00:00", 422),
        ("/tracks/1/history?end=9999-12-31T23:59:59-14:00", 422), ("/tracks/1/history?start=2026-01-02&end=2026-01-01", 422),
        ("/tracks/1/history?start=2024-01-01&end=2026-01-01", 422), ("/tracks/1/history?limit=10001", 422),
        ("/trails?minutes=0", 422), ("/trails?minutes=1441", 422), ("/picture?since=-1", 422), ("/picture?since=4294967296", 422),
        ("/rejections?before=0", 422), ("/rejections?before=9223372036854775808", 422),
    ],
)  # fmt: skip
def test_every_refusal_is_a_problem(client: httpx2.Client, path: str, status: int) -> None:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert body.get("detail") or body.get("wrong")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_is_read_only(client: httpx2.Client, method: str) -> None:
    answer = client.request(method, "/api/v1/tracks")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_database_that_does_not_answer_is_a_problem_with_a_reference(site: Served, client: httpx2.Client) -> None:
    folder = site.traffic.engine.url.database
    assert folder is not None
    with site.traffic.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE rejection RENAME TO rejection_away")
    try:
        answer = client.get("/api/v1/rejections")
        assert answer.status_code == 500
        assert len(answer.json()["reference"]) == 4
        assert "sqlite" not in answer.text.lower()
        assert "rejection" not in answer.text.lower()
    finally:
        with site.traffic.writing() as session:
            session.connection().exec_driver_sql("ALTER TABLE rejection_away RENAME TO rejection")
