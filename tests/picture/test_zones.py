"""Limits measured against geographiclib, zones kept in the record database, official limits in their place."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from shapely.geometry import MultiPolygon, mapping, shape
from sqlalchemy import select

from access.permissions import LOCAL_OFFICER
from picture.geo.coast import UnknownCountry, read_coast
from picture.geo.limits import ERROR_NM, _vectors, grown, limits
from picture.models import Zone
from picture.official_limits import ImportLimits, LimitsRefused, import_limits
from picture.places import Places
from picture.views import ZoneView
from picture.zones import COMPUTED, Limit, ZoneShape, circle, compute_limits, prepare_zones, zones
from record.models import AuditEntry
from storage.engines import Database

NOW = datetime(2026, 11, 22, 21, 14, tzinfo=UTC)


@cache
def new_zealand() -> tuple[Limit, ...]:
    return tuple(compute_limits("NZ"))


@pytest.mark.parametrize("nautical_miles", [12.0, 24.0, 200.0])
def test_the_line_runs_at_its_distance_from_the_coast(nautical_miles: float) -> None:
    coast = read_coast("NZ")
    line = shapely.get_coordinates(shapely.segmentize(grown(coast, nautical_miles).boundary, 0.05))
    shore = shapely.get_coordinates(shapely.segmentize(MultiPolygon(coast.land), 0.005))
    picked = np.random.default_rng(1).choice(len(line), 400, replace=False)
    errors = [_nautical_miles_to(shore, lon, lat) - nautical_miles for lon, lat in line[picked]]
    allowed = ERROR_NM if nautical_miles > 100 else 0.05
    assert max(map(abs, errors)) < allowed


def test_new_zealand_s_waters_are_one_piece_across_the_antimeridian() -> None:
    twelve, twenty_four, two_hundred = (limit.geometry for limit in new_zealand())
    assert len(two_hundred.geoms) == 1
    west, _, east, _ = two_hundred.bounds
    assert west > 160 and 186 < east < 190  # the Chathams lie at 183.5, the Kermadecs at 182
    assert twelve.area < twenty_four.area < two_hundred.area
    assert all(shape.is_valid for shape in (twelve, twenty_four, two_hundred))


def test_limits_end_where_another_coast_is_nearer() -> None:
    two_hundred = ZoneShape(_view(compute_limits("FJ")[2].geometry))
    assert two_hundred.contains(-18.0, 178.0)
    assert two_hundred.contains(-18.0, -179.0)
    assert not two_hundred.contains(-21.14, -175.2)  # Nuku'alofa, 190 nm from Fiji's Lau islands
    coast, tonga, futuna = read_coast("FJ"), read_coast("TO"), read_coast("WF")
    line = shapely.get_coordinates(two_hundred._line)
    between = [point for point in line if -22 < point[1] < -17 and point[0] > 181.5]
    own, *theirs = (
        shapely.get_coordinates(shapely.segmentize(MultiPolygon(part.land), 0.01)) for part in (coast, tonga, futuna)
    )
    for lon, lat in between[::5]:
        nearest = min(_nautical_miles_to(other, lon, lat) for other in theirs)
        assert _nautical_miles_to(own, lon, lat) == pytest.approx(min(200, nearest), abs=1.5)


def test_a_country_without_a_coast_has_no_limits() -> None:
    assert all(area.is_empty for area in limits(read_coast("CH"), (12.0, 24.0)))


def test_an_unknown_country_is_refused_by_name() -> None:
    with pytest.raises(UnknownCountry, match="QQ"):
        read_coast("QQ")


def test_tokelau_keeps_its_own_waters() -> None:
    assert not ZoneShape(_view(new_zealand()[2].geometry)).contains(-9.2, -171.8)


def test_inside_and_how_far_to_the_line() -> None:
    twelve = ZoneShape(_view(new_zealand()[0].geometry))
    assert twelve.contains(-36.8, 174.8) and twelve.contains(-43.95, -176.4) and twelve.contains(-43.95, 183.6)
    assert not twelve.contains(-38.0, 180.0)
    harbour = ZoneShape(_view(circle(-37.65, 176.18, 8)))
    assert harbour.contains(-37.65, 176.18)
    assert harbour.distance_nm(-37.65, 176.18) == pytest.approx(8, abs=0.02)
    east = Geodesic.WGS84.Direct(-37.65, 176.18, 90, 18 * 1852)
    assert harbour.distance_nm(east["lat2"], east["lon2"]) == pytest.approx(10, abs=0.02)


def test_first_start_computes_zones_once_and_a_new_country_anew(
    record: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("picture.zones.compute_limits", lambda country: new_zealand() if country == "NZ" else [])
    ports = Places.load("NZ").ports
    assert prepare_zones(record, "NZ", ports, now=NOW)
    assert not prepare_zones(record, "NZ", ports, now=NOW + timedelta(days=1))
    with record.reading() as session:
        views = zones(session)
    limit_names = [view.name for view in views if view.kind == "limit"]
    assert limit_names == ["Exclusive economic zone, 200 nm", "Contiguous zone, 24 nm", "Territorial sea, 12 nm"]
    assert all(view.authority.startswith(COMPUTED) for view in views if view.kind == "limit")
    assert {"Auckland", "Tauranga", "Napier"} <= {view.name for view in views if view.kind == "port"}
    assert len(json.dumps([view.geometry for view in views])) < 400_000

    assert prepare_zones(record, "FJ", ports, now=NOW + timedelta(days=2))
    with record.reading() as session:
        assert {view.name for view in zones(session)} == {"Suva", "Lautoka"}
        assert len(zones(session, as_of=NOW + timedelta(hours=1))) == len(views)
        assert zones(session, as_of=NOW - timedelta(hours=1)) == []


def test_official_limits_take_the_place_of_computed_ones(record: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("picture.zones.compute_limits", lambda _country: new_zealand())
    prepare_zones(record, "NZ", [], now=NOW)
    official = _collection(
        ("NZ Exclusive Economic Zone", shapely.box(160, -55, 180, -26), shapely.box(-180, -55, -172, -26))
    )
    later = NOW + timedelta(days=1)
    with record.writing() as session:
        import_limits(session, ImportLimits(official, "LINZ, notice 12", "NZ"), actor=LOCAL_OFFICER, now=later)
    with record.reading() as session:
        now, before = zones(session), zones(session, as_of=NOW + timedelta(hours=1))
        acts = set(session.scalars(select(AuditEntry.action)))
    assert [view.name for view in now] == [
        "NZ Exclusive Economic Zone",
        "Contiguous zone, 24 nm",
        "Territorial sea, 12 nm",
    ]
    assert now[0].authority == "LINZ, notice 12"
    joined = shape(now[0].geometry)
    assert joined.geom_type == "Polygon" and joined.bounds == (160, -55, 188, -26)
    assert before[0].name == "Exclusive economic zone, 200 nm"
    assert {"zone.computed", "zone.imported", "zone.ended", "zones.seeded"} <= acts

    # computing again leaves what is official alone
    with record.writing() as session:
        session.query(AuditEntry).filter_by(action="zones.seeded").delete()
    prepare_zones(record, "NZ", [], now=later + timedelta(days=1))
    with record.reading() as session:
        assert [view.authority.startswith(COMPUTED) for view in zones(session)] == [False, True, True]


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"\x00\x01", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "not GeoJSON"),
        (b'{"type":"FeatureCollection","features":[]}', "no feature"),
        (b'{"type":"Point","coordinates":[1,2]}', "not GeoJSON"),
        (b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}', "only lines and polygons"),
        (b'{"type":"Feature","geometry":{"type":"Polygon","coordinates":"x"}}', "cannot be read"),
        (b'{"type":"LineString","coordinates":[[425000,15167],[425001,15168]]}', "not degrees"),
        (b'{"type":"LineString","coordinates":[[170,-95],[171,-40]]}', "not degrees"),
    ],
)
def test_a_file_that_is_not_limits_is_refused_and_changes_nothing(record: Database, document: bytes, says: str) -> None:
    with pytest.raises(LimitsRefused, match=says), record.writing() as session:
        import_limits(session, ImportLimits(document, "office", "NZ"), actor=LOCAL_OFFICER, now=NOW)
    with record.reading() as session:
        assert list(session.scalars(select(Zone))) == []


def _nautical_miles_to(shore: np.ndarray, lon: float, lat: float) -> float:
    nearness = _vectors(shore) @ _vectors(np.array([[lon, lat]]))[0]
    nearest = shore[np.argpartition(-nearness, 5)[:5]]
    return min(Geodesic.WGS84.Inverse(lat, lon, y, x)["s12"] for x, y in nearest) / 1852


def _view(geometry: shapely.Geometry) -> ZoneView:
    return ZoneView(1, "zone", "limit", "test", mapping(geometry))


def _collection(*features: tuple[str, shapely.Geometry, shapely.Geometry]) -> bytes:
    written = [
        {"type": "Feature", "properties": {"name": name}, "geometry": mapping(MultiPolygon(list(parts)))}
        for name, *parts in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": written}).encode()
