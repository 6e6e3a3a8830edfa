from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sqlalchemy import func, insert, select

from picture import history, retention
from picture.folding import append, fold
from picture.models import HistoryRow, JournalRow, TrackRow
from picture.packing import BUCKET_SECONDS, PACKED, bucket_at, bucket_of, pack, unpack
from picture.state import POINT, PointFlag
from storage.engines import Database

START = 1_795_305_600.0  # the beginning of a bucket
assert START % BUCKET_SECONDS == 0


def points(track: int, received: list[float], *, delay: float = 2.0, flags: int = 0) -> NDArray[np.void]:
    made = np.zeros(len(received), POINT)
    made["track"], made["flags"] = track, flags
    made["received_at"] = received
    made["observed_at"] = made["received_at"] - delay
    made["lat"], made["lon"] = -36.5, 174.0 + np.arange(len(received)) / 100
    made["speed"], made["course"], made["altitude"] = 12.3, 271.25, np.nan
    return made


def journal(database: Database, *some: NDArray[np.void]) -> None:
    with database.writing() as session:
        for part in some:
            session.execute(insert(JournalRow).values(bucket=0, data=part.tobytes()))


def fold_all(database: Database) -> None:
    more = True
    while more:
        with database.writing() as session:
            more = fold(session, points_a_piece=100)


finite = {"allow_nan": False, "allow_infinity": False}
one_point = st.fixed_dictionaries(
    {
        "reporter": st.integers(0, 65535),
        "flags": st.integers(0, 255),
        "status": st.integers(-1, 15),
        "received_at": st.floats(START - 20 * 86400, START + BUCKET_SECONDS - 0.001, **finite),
        "delay": st.floats(-120, 86_400, **finite),
        "lat": st.floats(-90, 90, **finite),
        "lon": st.floats(-180, 180, **finite),
        "speed": st.one_of(st.just(np.nan), st.floats(0, 6_000, width=32, **finite)),
        "course": st.one_of(st.just(np.nan), st.floats(0, 359.9375, width=32, **finite)),
        "altitude": st.one_of(st.just(np.nan), st.floats(-1_500, 160_000, width=32, **finite)),
    }
)


@given(st.lists(one_point, min_size=1, max_size=50))
def test_a_point_comes_back_as_precisely_as_promised(told: list[dict[str, float]]) -> None:
    made = np.zeros(len(told), POINT)
    for row, one in enumerate(told):
        for name in ("reporter", "flags", "status", "received_at", "lat", "lon", "speed", "course", "altitude"):
            made[name][row] = one[name]
        made["observed_at"][row] = one["received_at"] - one["delay"]
    made["track"] = 7
    bucket = bucket_at(START)
    packed = pack(made, bucket).tobytes()
    assert len(packed) == 26 * len(told)
    back = unpack(packed, bucket, 7)
    for name in ("track", "reporter", "flags", "status"):
        assert (back[name] == made[name]).all()
    for name, within in (
        ("received_at", 0.0006), ("observed_at", 0.006), ("lat", 6e-8), ("lon", 6e-8),
        ("speed", 0.0505), ("course", 0.0051), ("altitude", 2.51),
    ):  # fmt: skip
        np.testing.assert_allclose(back[name], made[name], rtol=0, atol=within, equal_nan=True)


def test_points_are_found_before_and_after_folding(picture: Database) -> None:
    journal(picture, points(1, [START + 10, START + 70]), points(2, [START + 20]), points(1, [START + 130]))
    for _ in range(2):
        with picture.reading() as session:
            one = history.track_history(session, 1, START, START + 1000)
            both = history.trails(session, [1, 2], START + 60, START + 1000)
        assert one["received_at"].tolist() == [START + 10, START + 70, START + 130]
        assert [(track, int(at - START)) for track, at in both[["track", "observed_at"]].tolist()] == [
            (1, 68),
            (1, 128),
        ]
        fold_all(picture)
    with picture.reading() as session:
        assert session.scalar(select(func.count()).select_from(JournalRow)) == 0
        assert session.scalar(select(func.count()).select_from(HistoryRow)) == 2


def test_a_bucket_begins_with_what_was_known(picture: Database) -> None:
    later = START + BUCKET_SECONDS
    journal(picture, points(1, [START + 10, START + 5_000]), points(2, [START + 20]), points(3, [START + 30]))
    fold_all(picture)
    with picture.writing() as session:  # 3 has left the picture since
        session.execute(
            insert(TrackRow), [{"id": 3, "state": b"", "reports": b"", "particulars": b"{}", "left_at": START + 900}]
        )
    journal(picture, points(1, [later + 60]))
    fold_all(picture)
    with picture.reading() as session:
        rows = session.scalars(select(HistoryRow).where(HistoryRow.bucket == bucket_at(later))).all()
        carried = {row.track: unpack(row.data, row.bucket, row.track) for row in rows}
        assert sorted(carried) == [1, 2]
        assert carried[2]["flags"].tolist() == [PointFlag.CARRIED]
        assert carried[2]["received_at"].tolist() == [START + 20]
        assert carried[1]["received_at"].tolist() == [START + 5_000, later + 60]
        # a trail does not show a point twice
        assert len(history.track_history(session, 1, 0, later * 2)) == 3


def test_everything_is_where_it_was_known_to_be_at_a_moment(picture: Database) -> None:
    later = START + BUCKET_SECONDS
    late = points(1, [START + 400], delay=390.0, flags=PointFlag.LATE)
    journal(picture, points(1, [START + 10, START + 300]), late, points(2, [START + 20]), points(1, [later + 60]))

    def known(moment: float) -> dict[int, float]:
        with picture.reading() as session:
            found = history.positions_at(session, moment)
        return {int(point["track"]): float(point["received_at"] - START) for point in found}

    for _ in range(2):
        assert known(START) == {}
        assert known(START + 15) == {1: 10}
        assert known(START + 500) == {1: 300, 2: 20}  # what came late does not move it
        fold_all(picture)
    assert known(later + 30) == {1: 300, 2: 20}
    assert known(later + 61) == {1: BUCKET_SECONDS + 60, 2: 20}
    assert known(later + 100 * BUCKET_SECONDS) == {1: BUCKET_SECONDS + 60, 2: 20}


def test_what_comes_for_an_older_bucket_is_filed_there(picture: Database) -> None:
    with picture.writing() as session:
        append(session, points(1, [START + BUCKET_SECONDS + 5]))
        append(session, points(1, [START + 5]))
    with picture.reading() as session:
        assert (
            sorted(session.scalars(select(HistoryRow.bucket))) == bucket_of(np.array([START, START + 10_800])).tolist()
        )
        assert len(history.track_history(session, 1, 0, START * 2)) == 2


def test_packed_is_26_bytes() -> None:
    assert PACKED.itemsize == 26


def test_retention_drops_days_and_keeps_what_is_held(picture: Database) -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    with picture.writing() as session:
        for hours in range(0, 96, 3):
            at = (day + timedelta(hours=hours)).timestamp()
            append(session, points(1, [at + 1]))
            append(session, points(2, [at + 2]))
    now = day + timedelta(days=3, hours=5)
    cut = retention.cut_of(now, 1)
    assert cut == day + timedelta(days=2)
    held = {2: [((day + timedelta(hours=7)).timestamp(), (day + timedelta(hours=10)).timestamp())]}
    with picture.reading() as session:
        old = retention.old_buckets(session, cut)
    assert len(old) == 16
    for bucket in old:
        with picture.writing() as session:
            retention.drop_bucket(session, bucket, held)
    with picture.reading() as session:
        one = history.track_history(session, 1, 0, 2e9)
        two = history.track_history(session, 2, 0, 2e9)
    assert datetime.fromtimestamp(one["received_at"].min(), UTC) >= cut
    kept = [datetime.fromtimestamp(at, UTC) for at in two["received_at"].tolist()]
    assert [at - day for at in kept if at < cut] == [timedelta(hours=6, seconds=2), timedelta(hours=9, seconds=2)]


def test_identities_of_tracks_long_gone_are_forgotten_unless_held(picture: Database) -> None:
    cut = datetime(2026, 11, 2, tzinfo=UTC)
    before, after = cut.timestamp() - 60, cut.timestamp() + 60
    rows = [(1, before), (2, before), (3, after), (4, None)]
    with picture.writing() as session:
        session.execute(
            insert(TrackRow),
            [{"id": n, "state": b"", "reports": b"", "particulars": b"{}", "left_at": left} for n, left in rows],
        )
        retention.drop_identities(session, cut, {2: [(0.0, 1.0)]})
    with picture.reading() as session:
        assert sorted(session.scalars(select(TrackRow.id))) == [2, 3, 4]
