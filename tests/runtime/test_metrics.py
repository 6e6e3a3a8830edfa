from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from picture.models import MetaRow
from runtime.metrics import FeedProcessCollector
from storage.engines import Database
from storage.upsert import upsert


def scraped(database: Database, now: float) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(FeedProcessCollector(database, lambda: now))
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, value in (line.split(" ") for line in lines if not line.startswith("#"))}


def test_the_feed_process_figures_are_served_by_whoever_reads_the_database(picture: Database) -> None:
    with picture.writing() as session:
        process = {"said_at": 1_000.0, "tracks": 12, "cpu_seconds": 3.5, "late": 4}
        upsert(session, MetaRow, [{"name": "process", "value": process}, {"name": "history_lost", "value": 7}])
    told = scraped(picture, 1_009.0)
    assert told["watchfloor_picture_database_up"] == 1
    assert told["watchfloor_feed_process_age_seconds"] == 9
    assert told["watchfloor_store_tracks"] == 12
    assert told["watchfloor_feed_process_cpu_seconds_total"] == 3.5
    assert told["watchfloor_store_late_total"] == 4
    assert told["watchfloor_history_lost_total"] == 7
    assert told["watchfloor_storage_database_bytes"] > 0


def test_a_database_that_does_not_answer_is_told_and_nothing_else(tmp_path: Path) -> None:
    assert scraped(Database(f"sqlite:///{tmp_path / 'empty.db'}", schema="picture"), 0.0) == {
        "watchfloor_picture_database_up": 0
    }
