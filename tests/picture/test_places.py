"""Ports and airports: the nearest one, and the one a typed destination means."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pyais.stream import IterMessages

from picture.places import Places, main_airports, nautical_miles

NZ_PORTS_OF_CALL = [
    "Auckland",
    "Tauranga",
    "Wellington",
    "Lyttelton",
    "Napier",
    "New_Plymouth",
    "Nelson",
    "Port_Chalmers",
    "Bluff",
    "Timaru",
    "Whangarei",
    "Marsden_Point",
    "Gisborne",
    "Picton",
    "Westport",
    "Greymouth",
    "Onehunga",
    "Taharoa",
    "Opua",
]


@pytest.fixture(scope="module")
def places() -> Places:
    return Places.load("NZ")


def test_every_port_of_call_is_known_once_with_its_radius(places: Places) -> None:
    home = {port.name: port for port in places.ports if port.country == "NZ"}
    for name in NZ_PORTS_OF_CALL:
        port = home[name.replace("_", " ")]
        assert 1 <= port.radius_nm < port.approach_nm <= 20
        assert -47.5 < port.lat < -34 and 166 < port.lon < 179
    codes = [port.locode for port in places.ports if port.locode]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("typed", "locode"),
    [
        ("NZAKL", "NZAKL"),
        ("NZ AKL", "NZAKL"),
        ("nz akl", "NZAKL"),
        ("=NZLYT", "NZLYT"),
        ("NZ-NPE", "NZNPE"),
        ("NZTRG@@@@@@", "NZTRG"),
        ("AU SYD>NZ TRG", "NZTRG"),
        ("AUMEL>NZAKL>NZTRG", "NZTRG"),
        ("NZBLU > AUSYD", "AUSYD"),
        ("AUCKLAND", "NZAKL"),
        ("AUCKLAND PILOT STATION", "NZAKL"),
        ("AUCKLAND ANCH", "NZAKL"),
        ("AKL", "NZAKL"),
        ("LYT NZ", "NZLYT"),
        ("TAURANGA NZ", "NZTRG"),
        ("TAURANGA, NEW ZEALAND", "NZTRG"),
        ("LYTTLETON", "NZLYT"),
        ("TAURNAGA", "NZTRG"),
        ("NAPEIR", "NZNPE"),
        ("NEW PLYMUTH", "NZNPL"),
        ("OTAGO", "NZPOE"),
        ("MT MAUNGANUI", "NZTRG"),
        ("MARSDEN PT", "NZMAP"),
        ("NELSON", "NZNSN"),
        ("PORTLAND OR.", "USPDX"),
        ("LONG BEACH,CA", "USLGB"),
        ("VANCOVER", "CAVAN"),
        ("COPENHAGEN", "DKCPH"),
        ("SKAGEN FOR ORDER", "DKSKA"),
        ("ROTTERDAM", "NLRTM"),
    ],
)
def test_a_typed_destination_means_a_port(places: Places, typed: str, locode: str) -> None:
    port = places.resolve_destination(typed)
    assert port is not None and port.locode == locode


@pytest.mark.parametrize(
    "typed",
    [None, "", "   ", "@@@@", "FOR ORDERS", "FISHING GROUNDS", "FISHING", "HOME", "AT SEA", "NONE", "TBA", "PILOT",
     "PORTLAND", "NEWPORT", "NZWLG<>NZPCN", "WELLINGTON/PICTON", "CPH/OSL/CPH/OSL", "NZXXX", "NZ", "AK", "BLUF", "SEA",
     "LOCAL HARBOR CRUISE", "WILLEMSKADE", "WAITANGI", "02000511", "???", ">", "<>", "A" * 200, "ÆØÅ", "NZAKLAUSYD"],
)  # fmt: skip
def test_what_is_no_one_port_stays_unresolved(places: Places, typed: str | None) -> None:
    assert places.resolve_destination(typed) is None


def test_namesakes_are_read_from_where_the_centre_stands() -> None:
    assert Places.load("AU").resolve_destination("NEWCASTLE").locode == "AUNTL"  # type: ignore[union-attr]
    assert Places.load("AU").resolve_destination("SYD").locode == "AUSYD"  # type: ignore[union-attr]
    assert Places.load("AU").resolve_destination("AKL") is None
    assert Places.load("US").resolve_destination("SEA") is None  # at sea, or Seattle: nobody can say


def test_destinations_in_real_recordings(places: Places, shared_data: Path) -> None:
    """Every destination of every recording is read without an error, and those we can judge are read rightly."""
    read = {typed: places.resolve_destination(typed) for typed in _typed_destinations(shared_data / "ais")}
    assert len(read) > 150
    expected = {"AUCKLAND,NZ": "NZAKL", "LYT NZ": "NZLYT", "TIMARU NZ": "NZTIU", "GISBORNE": "NZGIS", "TW KHH": "TWKHH",
                "LONG BEACH   CA": "USLGB", "ESBJERK": "DKEBJ", "SE GOT>SE LAA": "SELAA", "KR INC": "KRINC",
                "NEW_YORK NY,": "USNYC", "LIAN YUN GANG": "CNLYG", "VICTORIA": "CAVIC"}  # fmt: skip
    for typed, locode in expected.items():
        port = read[typed]
        assert port is not None and port.locode == locode, typed
    for typed in ("FISHING GROUNDS", "HEEN EN WEER", "HOME", "WADDENZEE", "WEIHAI<=>INCHEON", "UNDERWAY SAILING",
                  "RONDJE WAD", "HJEM TIL FAR", "WILLEMSKADE", "SHIFT IN HARBOR", "<> SFO VJ/FB"):  # fmt: skip
        assert read[typed] is None, typed


def test_what_is_remembered_is_bounded(places: Places) -> None:
    for number in range(30_000):
        places.resolve_destination(f"X{number}Q")
    assert len(places._destinations._remembered) <= 20_000


def test_nearest_port_and_airport(places: Places) -> None:
    assert places.nearest_port(-36.80, 174.90, 20).locode == "NZAKL"  # type: ignore[union-attr]
    assert places.nearest_port(-40.0, 160.0, 50) is None
    assert places.nearest_airport(-37.0, 174.8, 5).iata == "AKL"  # type: ignore[union-attr]
    assert places.nearest_airport(-37.03, 174.97, 15).iata == "AMZ"  # type: ignore[union-attr]
    assert places.nearest_airport(-37.03, 174.97, 15, main_only=True).iata == "AKL"  # type: ignore[union-attr]
    # across the antimeridian: Funafuti lies at 179.2 E
    assert places.nearest_port(-8.5, -179.9, 120).locode == "TVFUN"  # type: ignore[union-attr]


def test_in_port_or_at_its_approaches(places: Places) -> None:
    assert places.port_at(-37.655, 176.175).locode == "NZTRG"  # type: ignore[union-attr]
    outside = (-37.56, 176.22)  # six miles north
    assert places.port_at(*outside) is None
    assert places.port_at(*outside, approaches=True).locode == "NZTRG"  # type: ignore[union-attr]


def test_codes_and_main_airports(places: Places) -> None:
    assert places.airport("AKL") is places.airport("nzaa")
    assert {"NZAA", "NZWN", "NZCH", "NZQN", "NZDN"} <= main_airports("NZ")
    assert all(places.airport(icao) for icao in main_airports("NZ"))
    assert places.port("nz trg").name == "Tauranga"  # type: ignore[union-attr]
    assert "YSSY" in main_airports("AU")


def test_places_as_geojson(places: Places) -> None:
    features = places.features()["features"]
    names = {feature["properties"]["name"] for feature in features if feature["properties"]["kind"] == "port"}
    assert {"Auckland", "Tauranga", "Suva"} <= names
    for feature in features:
        lon, lat = feature["geometry"]["coordinates"]
        assert -180 <= lon <= 180 and -90 <= lat <= 90


def test_distance_across_the_antimeridian() -> None:
    assert nautical_miles(0, 179.5, 0, -179.5) == pytest.approx(60, rel=0.005)
    assert nautical_miles(-45, 10, -45, 10) == 0


def _typed_destinations(recordings: Path) -> set[str]:
    typed = set()
    for path in recordings.iterdir():
        if path.suffix in (".csv", ".chk"):
            continue
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = [line[line.find(b"!") :] for line in raw.replace(b"\r", b"\n").split(b"\n") if b"!" in line]
        for message in IterMessages(lines):
            try:
                fields = message.decode().asdict()
            except Exception:
                continue
            if fields.get("msg_type") == 5:
                typed.add(fields["destination"])
    return typed
