"""One thing under several identities; identities that change, that two claim, that cannot be."""

from __future__ import annotations

import pytest

from picture.contacts import contact_observation
from picture.describe import country_of, notes, what_it_is
from picture.identity import FORMER_KEPT
from picture.observations import Kind, Namespace, key_of
from picture.state import TrackFlag
from picture.store import TrackStore
from tests.picture.store_scenes import AUCKLAND, T0, aircraft, hear, north_of, only, report, tracks

IMO = 9999993  # valid check digit, not issued
OTHER_IMO = 9999981
HOUR = 3600.0


@pytest.fixture
def store() -> TrackStore:
    return TrackStore()


def by_imo(at: float, number: int = IMO, **rest: object):
    return report(number, namespace=Namespace.IMO, at=at, **rest)  # type: ignore[arg-type]


def contact(number: int = 7, at: float = 0.0, position: tuple[float, float] = AUCKLAND, **rest: object):
    return contact_observation(
        number, observed_at=T0 + at, received_at=T0 + at + 60, lat=position[0], lon=position[1],
        title="white launch", uncertainty=1.0, **rest,  # type: ignore[arg-type]
    )  # fmt: skip


def id_of(store: TrackStore, namespace: Namespace, number: int) -> int:
    return int(store.table.cells["id"][store.index[key_of(namespace, number)]])


def test_three_receivers_a_contact_and_a_report_by_imo_are_one_symbol(store: TrackStore) -> None:
    for second, receiver in enumerate(("Bluff", "Dunedin", "Oamaru")):
        hear(store, report(at=second, receiver=receiver, told={"name": "EXAMPLE TRADER", "imo": IMO}))
    hear(store, by_imo(at=600, position=north_of(AUCKLAND, 1.0)), feed="satellite")
    hear(store, contact(at=300), feed="contacts")
    store.merge(id_of(store, Namespace.CONTACT, 7), id_of(store, Namespace.MMSI, 512_000_111), T0 + 700)
    track = only(store)
    assert len(store) == 1
    assert track["positioned_at"] == T0 + 600 and track["lat"] == pytest.approx(AUCKLAND[0] + 1 / 60)
    assert track["flags"] & TrackFlag.MERGED
    saved = store.checkpoint(None)
    mine = saved.reports[saved.reports["track"] == track["id"]]
    assert {saved.reporters[number][0] for number in mine["reporter"].tolist()} == {"coast", "satellite", "contacts"}


def test_a_report_by_imo_waits_for_the_ship_that_tells_its_number(store: TrackStore) -> None:
    hear(store, by_imo(at=0), feed="satellite")
    alone = int(only(store)["id"])
    store.flush(T0)
    hear(store, report(at=60, position=None), report(at=61, position=None, told={"imo": IMO}))
    tick = store.flush(T0 + 61).tick
    track = only(store)
    assert tick.merged == {alone: int(track["id"])} and alone in tick.removed
    assert track["positioned_at"] == T0, "the ship is where the report had it"
    hear(store, by_imo(at=900, position=north_of(AUCKLAND, 2.0)), feed="satellite")
    assert only(store)["positioned_at"] == T0 + 900
    assert alone not in store.flush(T0).tick.states["id"], "a part stays inside"


def test_two_ships_that_claim_one_imo_are_not_merged_and_both_say_so(store: TrackStore) -> None:
    hear(store, report(512_000_111, told={"imo": IMO}), report(512_000_222, told={"imo": IMO}))
    hear(store, by_imo(at=10), feed="satellite")
    assert len(tracks(store)) == 3, "whose report is it?"
    first, second = tracks(store)["id"].tolist()[:2]
    assert store.particulars[first]["imo_also"] == [512_000_222]
    said = notes(key_of(Namespace.MMSI, 512_000_222), 0, store.particulars[second])
    assert f"IMO {IMO} is also claimed by MMSI 512000111" in said
    hear(store, report(512_000_222, at=20, told={"imo": OTHER_IMO}))
    assert "imo_also" not in store.particulars[first] and "imo_also" not in store.particulars[second]


def test_an_imo_number_with_a_wrong_check_digit_joins_nothing(store: TrackStore) -> None:
    hear(store, report(told={"imo": 9999992}), by_imo(at=10, number=9999992))
    assert len(tracks(store)) == 2


def test_a_name_alone_joins_nothing(store: TrackStore) -> None:
    hear(store, report(512_000_111, told={"name": "GARNET"}), report(512_000_222, told={"name": "GARNET"}))
    hear(store, contact(at=1), feed="contacts")
    assert len(tracks(store)) == 3


def test_a_merge_is_taken_back_without_loss(store: TrackStore) -> None:
    hear(store, report(at=0, position=north_of(AUCKLAND, 3.0), speed=8.0))
    hear(store, contact(at=1200), feed="contacts")
    part, whole = id_of(store, Namespace.CONTACT, 7), id_of(store, Namespace.MMSI, 512_000_111)
    before = {int(track["id"]): track.copy() for track in tracks(store)}
    store.flush(T0)
    store.merge(part, whole, T0 + 1300)
    assert only(store)["positioned_at"] == T0 + 1200, "the instruments were quiet: the eye leads"
    store.flush(T0 + 1300)
    store.split(part, T0 + 1400)
    tick = store.flush(T0 + 1400).tick
    assert set(tick.states["id"].tolist()) == {part, whole}
    for track in tracks(store):
        for name in ("lat", "lon", "positioned_at", "speed", "flags", "heard_at", "source"):
            if int(track["id"]) == part or name != "heard_at":
                assert track[name] == before[int(track["id"])][name] or track[name] != track[name], name


def test_what_is_heard_of_a_merged_contact_is_there_after_a_split(store: TrackStore) -> None:
    hear(store, report(at=0))
    hear(store, contact(at=0), feed="contacts")
    part, whole = id_of(store, Namespace.CONTACT, 7), id_of(store, Namespace.MMSI, 512_000_111)
    store.merge(part, whole, T0)
    hear(store, contact(at=60, position=north_of(AUCKLAND, 4.0), remark="two aboard"), feed="contacts")
    assert only(store)["positioned_at"] == T0, "a coarse word does not lead while the instruments speak"
    assert not only(store)["flags"] & TrackFlag.JUMP
    store.split(part, T0 + 90)
    shown = {int(track["id"]): track for track in tracks(store)}
    assert shown[part]["positioned_at"] == T0 + 60 and store.particulars[part]["remark"] == "two aboard"
    assert not shown[whole]["flags"] & TrackFlag.MERGED


def test_a_contact_that_carries_a_number_joins_by_itself_until_an_officer_parts_them(store: TrackStore) -> None:
    hear(store, report(at=0, told={"imo": IMO}))
    hear(store, contact(at=10, imo=IMO), feed="contacts")
    hear(store, contact(8, at=10, mmsi=512_000_111), feed="contacts")
    assert len(tracks(store)) == 1
    store.split(id_of(store, Namespace.CONTACT, 7), T0 + 20)
    hear(store, contact(at=30, imo=IMO, remark="again"), feed="contacts")
    assert len(tracks(store)) == 2


def test_merge_of_what_is_not_there_says_so(store: TrackStore) -> None:
    hear(store, report())
    with pytest.raises(KeyError):
        store.merge(99, 1, T0)
    with pytest.raises(KeyError):
        store.split(1, T0)
    store.merge(1, 1, T0)
    assert len(store) == 1


def test_a_ring_of_merges_cannot_be_made(store: TrackStore) -> None:
    for number in (512_000_001, 512_000_002, 512_000_003):
        hear(store, report(number))
    store.merge(1, 2, T0)
    store.merge(2, 3, T0)
    store.merge(3, 1, T0)
    assert len(store) == 1
    hear(store, report(512_000_001, at=10))
    assert only(store)["positioned_at"] == T0 + 10, "heard of the part of a part"


def test_a_change_of_identity_is_flagged_for_a_day_and_remembered(store: TrackStore) -> None:
    hear(store, report(at=0, told={"name": "SAMPLE GARNET", "ship_type": 70}))
    hear(store, report(at=60, told={"name": "SAMPLE GARNET", "ship_type": 71}))
    assert not only(store)["flags"] & TrackFlag.IDENTITY_CHANGED, "another cargo, the same ship"
    hear(store, report(at=120, told={"name": "OTHER NAME", "ship_type": 71}))
    track = only(store)
    assert track["flags"] & TrackFlag.IDENTITY_CHANGED
    known = store.particulars[int(track["id"])]
    assert known["was"] == [{"name": "SAMPLE GARNET", "until": T0 + 120}]
    assert any("Name was SAMPLE GARNET until" in note for note in notes(int(track["key"]), 0, known))
    store.sweep(T0 + 23 * HOUR)
    assert only(store)["flags"] & TrackFlag.IDENTITY_CHANGED
    store.sweep(T0 + 25 * HOUR)
    assert not only(store)["flags"] & TrackFlag.IDENTITY_CHANGED
    assert "was" in store.particulars[int(track["id"])]


def test_former_identities_are_bounded(store: TrackStore) -> None:
    for n in range(50):
        hear(store, report(at=n, told={"name": f"NAME {n}"}))
    assert len(store.particulars[1]["was"]) == FORMER_KEPT


def test_older_particulars_only_fill_gaps(store: TrackStore) -> None:
    hear(store, report(at=100, told={"name": "NEW NAME"}))
    hear(store, report(at=50, told={"name": "OLD NAME", "call_sign": "ZMTEST"}))
    assert store.particulars[1] == {"name": "NEW NAME", "call_sign": "ZMTEST"}


def test_numbers_name_their_country() -> None:
    assert country_of(key_of(Namespace.MMSI, 512_000_111)) == "New Zealand"
    assert country_of(key_of(Namespace.MMSI, 5_120_001)) == "New Zealand", "coast station 005120001"
    assert country_of(key_of(Namespace.MMSI, 51_200_001)) == "New Zealand", "group 051200001"
    assert country_of(key_of(Namespace.MMSI, 995_121_234)) == "New Zealand"
    assert country_of(key_of(Namespace.MMSI, 111_503_001)) == "Australia"
    assert country_of(key_of(Namespace.MMSI, 970_010_123)) == ""
    assert country_of(key_of(Namespace.MMSI, 123_456_789)) == ""
    assert country_of(key_of(Namespace.ICAO24, 0xC81234)) == "New Zealand"
    assert country_of(key_of(Namespace.ICAO24, 0x7C0000)) == "Australia"
    assert country_of(key_of(Namespace.ICAO24, 0xFFFFFF)) == ""


def test_what_disagrees_is_said() -> None:
    ship, plane = key_of(Namespace.MMSI, 352_000_111), key_of(Namespace.ICAO24, 0xC81234)
    assert notes(ship, 0, {"country": "Liberia"}) == ("Flag disagrees: the number is of Panama, reported as Liberia",)
    assert notes(plane, 0, {"registration": "VH-XXX"}) == (
        "Registration VH-XXX is of Australia, its address of New Zealand",
    )
    assert notes(plane, 0, {"registration": "ZK-XXX", "country": "New Zealand"}) == ()
    assert notes(plane, 0, {"registration": "1234"}) == (), "a military number tells no state"
    assert notes(ship, 0, {"imo_invalid": 15411}) == ("IMO number 15411 as sent is not valid",)
    assert notes(key_of(Namespace.MMSI, 123_456_789), 0, {}) == ("MMSI 123456789 names no country",)


def test_things_are_called_what_they_are() -> None:
    assert what_it_is(Kind.VESSEL, 0, {"ship_type": 82}) == "tanker, hazard category B (Z)"
    assert what_it_is(Kind.VESSEL, 0, {"ship_type": 30}) == "fishing vessel"
    assert what_it_is(Kind.VESSEL, 0, {}) == "vessel"
    assert what_it_is(Kind.AIRCRAFT, 0, {"category": "A5", "aircraft_type": "B77W"}) == "heavy aircraft B77W"
    assert what_it_is(Kind.AID, 0, {"aid_type": 5}) == "aid to navigation: light"
    assert what_it_is(Kind.BEACON, key_of(Namespace.MMSI, 972_000_001), {}) == "man-overboard device"


def test_a_flight_number_changes_without_a_change_of_identity(store: TrackStore) -> None:
    hear(store, aircraft(at=0, told={"flight": "ZZZ1"}), aircraft(at=9000, told={"flight": "ZZZ2"}))
    assert not only(store)["flags"] & TrackFlag.IDENTITY_CHANGED
