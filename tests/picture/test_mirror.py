"""The mirror: ticks in, the same picture out; what a screen lacks; finding."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from picture.changes import Checkpoint, Tick
from picture.mirror import Mirror
from picture.observations import Kind, Namespace, key_of
from picture.portrait import eta_near
from picture.state import REPORT, STATE

NOW = datetime(2026, 11, 22, 21, 14, tzinfo=UTC).timestamp()


def row(track: int, lat: float = -36.8, lon: float = 174.8, kind: Kind = Kind.VESSEL, **columns: float) -> np.ndarray:
    state = np.zeros(1, STATE)
    for name in ("speed", "course", "heading", "turn", "altitude", "climb"):
        state[name] = np.nan
    state["id"], state["kind"], state["status"] = track, kind, -1
    namespace = Namespace.ICAO24 if kind is Kind.AIRCRAFT else Namespace.MMSI
    state["key"] = key_of(namespace, 0xC80000 + track if kind is Kind.AIRCRAFT else 512_000_000 + track)
    state["lat"], state["lon"], state["positioned_at"], state["heard_at"] = lat, lon, NOW, NOW
    for name, value in columns.items():
        state[name] = value
    return state


def tick(*rows: np.ndarray, **more: object) -> Tick:
    return Tick(NOW, np.concatenate(rows) if rows else np.empty(0, STATE), **more)  # type: ignore[arg-type]


@pytest.fixture
def mirror() -> Mirror:
    mirror = Mirror(resolve_port=lambda text, _track: "Auckland" if text == "NZAKL" else None)
    mirror.apply(
        1,
        tick(
            row(1), row(2, -41.3, 174.9), row(3, -17.5, -179.5), row(4, -36.9, 174.7, Kind.AIRCRAFT), row(5, np.nan, np.nan),
            particulars={
                1: {"name": "EXAMPLE TRADER", "imo": 9074729, "call_sign": "ZZEX1", "destination": "NZAKL", "eta": "11-23T04:37"},
                2: {"name": "SAMPLE GARNET"}, 4: {"flight": "ZZA123", "registration": "ZK-ZZA", "aircraft_type": "B738"},
            },
            reporters={1: ("coast", "Bluff"), 2: ("coast", "Kaipara")},
        ),
    )  # fmt: skip
    return mirror


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("example", [1]), ("TRADER", [1]), ("ample", [1, 2]), ("512000001", [1]), ("512 000 001", [1]), ("MMSI 512000002", [2]),
        ("9074729", [1]), ("imo 9074729", [1]), ("IMO9074729", [1]), ("zzex1", [1]), ("zza123", [4]), ("ZK-ZZA", [4]),
        ("c80004", [4]), ("garnet", [2]), ("nothing of the sort", []), ("  ", []), ("", []),
    ],
)  # fmt: skip
def test_finding_by_whatever_an_officer_has(mirror: Mirror, text: str, found: list[int]) -> None:
    assert sorted(track.id for track in mirror.find(text)) == found


def test_the_best_match_comes_first(mirror: Mirror) -> None:
    mirror.apply(2, tick(row(6), row(7), particulars={6: {"name": "OLD GARNET"}, 7: {"name": "GARNET"}}))
    found = [track.title for track in mirror.find("garnet")]
    assert found[0] == "GARNET"
    assert set(found[1:]) == {"SAMPLE GARNET", "OLD GARNET"}


def test_a_track_is_found_under_its_new_name_only(mirror: Mirror) -> None:
    mirror.apply(2, tick(particulars={2: {"name": "OTHER NAME"}}))
    assert mirror.find("garnet") == []
    assert [track.id for track in mirror.find("other")] == [2]


def test_a_box_may_cross_the_antimeridian(mirror: Mirror) -> None:
    assert [t.id for t in mirror.within((170, -50, -170, 0))] == [1, 2, 3, 4]
    assert [t.id for t in mirror.within((170, -50, 180, 0))] == [1, 2, 4]
    assert [t.id for t in mirror.within((-180, -50, 180, 0))] == [1, 2, 3, 4]


def test_pages_by_number_kind_and_text(mirror: Mirror) -> None:
    assert [t.id for t in mirror.within(limit=2)] == [1, 2]
    assert [t.id for t in mirror.within(limit=2, after_id=2)] == [3, 4]
    assert [t.id for t in mirror.within(kinds=[Kind.AIRCRAFT])] == [4]
    assert [t.id for t in mirror.within(text="sample")] == [2]


def test_a_card_in_words(mirror: Mirror) -> None:
    report = np.zeros(2, REPORT)
    report["track"], report["reporter"], report["observed_at"] = 1, [1, 2], [NOW, NOW - 60]
    report["lat"], report["lon"], report["speed"], report["course"] = [-36.8, -36.9], 174.8, [0.0, 60.0], 0.0
    mirror.apply(2, tick(row(1, status=0, source=1, speed=14.2), reports=report))
    card = mirror.track(1, NOW)
    assert card is not None
    assert (card.title, card.mmsi, card.imo, card.call_sign) == ("EXAMPLE TRADER", 512_000_001, 9_074_729, "ZZEX1")
    assert card.status is not None
    assert (card.speed, card.course, card.source) == (14.2, None, "coast · Bluff")
    assert (card.destination, card.destination_port) == ("NZAKL", "Auckland")
    assert card.eta == datetime(2026, 11, 23, 4, 37, tzinfo=UTC)
    assert [(r.receiver, r.apart_nm) for r in card.reports] == [("Bluff", 0.0), ("Kaipara", 5.0)]


@pytest.mark.parametrize(
    ("eta", "now", "year"),
    [
        ("01-02T06:00", datetime(2026, 12, 30, tzinfo=UTC), 2027), ("12-30T22:00", datetime(2027, 1, 2, tzinfo=UTC), 2026),
        ("11-23T04:37", datetime(2026, 11, 22, tzinfo=UTC), 2026), ("02-29T00:00", datetime(2027, 6, 1, tzinfo=UTC), 2028),
        ("13-40T99:99", datetime(2026, 1, 1, tzinfo=UTC), None), ("", datetime(2026, 1, 1, tzinfo=UTC), None),
    ],
)  # fmt: skip
def test_the_year_of_an_eta_is_the_nearest_one(eta: str, now: datetime, year: int | None) -> None:
    found = eta_near(eta, now.timestamp())
    assert (found and found.year) == year


def test_two_hulls_on_one_identity_point_at_each_other(mirror: Mirror) -> None:
    second = row(9, -40.0, 170.0, hull=1)
    second["key"] = row(1)["key"]
    mirror.apply(2, tick(second))
    first_card, second_card = mirror.track(1, NOW), mirror.track(9, NOW)
    assert first_card is not None and first_card.conflict_with == (9,)
    assert second_card is not None and second_card.conflict_with == (1,)


def test_a_merged_number_leads_on_and_a_split_brings_it_back(mirror: Mirror) -> None:
    mirror.apply(2, tick(merged={2: 1}, removed=[2]))
    card = mirror.track(2, NOW)
    assert card is not None and card.id == 1 and card.merged == ("SAMPLE GARNET",)
    mirror.apply(3, tick(row(2, -41.3, 174.9), particulars={2: {"name": "SAMPLE GARNET"}}))
    card = mirror.track(2, NOW)
    assert card is not None and card.id == 2


def test_what_a_screen_lacks(mirror: Mirror) -> None:
    mirror.apply(2, tick(row(1, -36.7)))
    mirror.apply(3, tick(removed=[2]))
    change = mirror.changed_since(1)
    assert not change.full
    assert (change.seq_from, change.seq_to, change.states["id"].tolist(), change.removed) == (1, 3, [1], [2])
    assert change.labels == {}
    assert mirror.changed_since(0).full
    assert mirror.changed_since(99).full, "a screen from another database"


def test_a_label_travels_when_it_changes_and_when_a_track_is_first_located(mirror: Mirror) -> None:
    mirror.apply(2, tick(particulars={5: {"name": "LATE BLOOMER"}}))
    assert mirror.changed_since(1).labels == {5: "LATE BLOOMER"}
    mirror.apply(3, tick(row(5)))
    assert mirror.changed_since(2).labels == {5: "LATE BLOOMER"}
    mirror.apply(4, tick(row(5, -36.0)))
    assert mirror.changed_since(3).labels == {}


def test_after_a_checkpoint_only_what_came_later_is_a_delta(mirror: Mirror) -> None:
    fresh = Mirror()
    states = np.concatenate([row(1), row(2), row(3)])
    fresh.load(50, Checkpoint(states, np.empty(0, REPORT), {1: {"name": "A"}, 3: {"name": "PART"}}, {}, {3: 1}, 4))
    assert len(fresh) == 2, "what an officer merged is no track of its own"
    assert fresh.changed_since(40).full
    assert not fresh.changed_since(50).full
    card = fresh.track(3, NOW)
    assert card is not None and card.merged == ("PART",)


CHANGES = st.lists(
    st.tuples(st.sets(st.integers(1, 12), max_size=5), st.sets(st.integers(1, 12), max_size=3)), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(CHANGES, st.integers(0, 12))
def test_deltas_from_anywhere_come_to_the_same_picture(changes: list[tuple[set[int], set[int]]], behind: int) -> None:
    """A screen that has the picture as of any tick and takes the delta has what a full frame has."""
    mirror = Mirror()
    seen: dict[int, dict[int, float]] = {}
    screen: dict[int, float] = {}
    for seq, (moved, removed) in enumerate(changes, 1):
        rows = [row(track, lat=seq / 100 + track) for track in moved - removed]
        mirror.apply(seq, tick(*rows, removed=sorted(removed)))
        states = mirror.states()
        seen[seq] = dict(zip(states["id"].tolist(), states["lat"].tolist(), strict=True))
    start = max(1, len(changes) - behind)
    screen = dict(seen[start])
    change = mirror.changed_since(start)
    for track in change.removed:
        screen.pop(track, None)
    screen.update(zip(change.states["id"].tolist(), change.states["lat"].tolist(), strict=True))
    assert screen == seen[len(changes)]
