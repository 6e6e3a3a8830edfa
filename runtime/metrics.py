"""Figures of the feed process and of both databases for Prometheus, read from where the feed process writes them.

The web process serves them beside its own at `/metrics`: one address to watch, and it answers even when the feed
process is gone (then `watchfloor_feed_process_age_seconds` grows).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from picture import reading
from storage.engines import Database

_GAUGES = {
    "tracks": ("store_tracks", "Tracks the feed process holds"),
    "memory_bytes": ("feed_process_memory_bytes", "Resident memory of the feed process"),
    "slowest_beat_seconds": ("feed_process_slowest_beat_seconds", "Slowest beat of the last second"),
    "waiting_bytes": ("feed_waiting_bytes", "Bytes received and not yet translated"),
    "waiting_points": ("journal_waiting_points", "Kept points that wait to be written"),
}
_COUNTERS = {
    "cpu_seconds": ("feed_process_cpu_seconds", "Processor time of the feed process"),
    "ticks_written": ("journal_ticks", "Ticks written"),
    "points_written": ("journal_points", "Kept points written"),
    "failed_jobs": ("journal_failed_jobs", "Writes between flushes that failed"),
    "evicted": ("store_evicted", "Tracks let go because the picture was full"),
    "accepted": ("store_accepted", "Observations taken into the picture"),
    "late": ("store_late", "Observations that came after a newer one"),
    "implausible": ("store_implausible", "Observations that needed an impossible speed"),
    "repeated": ("store_repeated", "Observations that said what was known"),
}
_STORAGE = {
    "database_bytes": "Size of the picture database",
    "journal_bytes": "Kept points not yet folded into the history",
    "tracks_known": "Tracks whose identity is kept",
    "ticks": "Ticks kept for screens that are behind",
    "rejections": "Rejections kept to be read",
}


class FeedProcessCollector(Collector):
    """Asks the picture database at the moment it is scraped. When it does not answer `up` 0 is told.

    `said` gives what the feed process says on the direct line, which is newer than what it could write.
    """

    def __init__(self, picture: Database, now: Callable[[], float], said: Callable[[], dict[str, Any]] = dict) -> None:
        self._picture = picture
        self._now = now
        self._said = said

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand: registering must not ask the database."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        try:
            with self._picture.reading() as session:
                facts, storage = reading.facts(session), reading.storage_figures(session)
        except Exception:  # a scrape is answered whatever the database says
            facts, storage = {}, {}
        yield _gauge("picture_database_up", "Whether the picture database answers", bool(storage))
        facts |= self._said()
        yield from self._process(facts)
        for name, words in _STORAGE.items():
            if name in storage:
                yield _gauge(f"storage_{name}", words, storage[name])

    def _process(self, facts: dict[str, Any]) -> Iterator[Metric]:
        process = facts.get("process", {})
        if "said_at" in process:
            age = max(0.0, self._now() - process["said_at"])
            yield _gauge("feed_process_age_seconds", "Since the feed process last said how it is", age)
        for name, (metric, words) in _GAUGES.items():
            if name in process:
                yield _gauge(metric, words, process[name])
        for name, (metric, words) in _COUNTERS.items():
            if name in process:
                yield CounterMetricFamily(f"watchfloor_{metric}", words, value=process[name])
        if not facts:
            return
        lost = "Kept points given up because they could not be written"
        yield CounterMetricFamily("watchfloor_history_lost", lost, value=facts.get("history_lost", 0))
        yield _gauge("journal_in_trouble", "1 while the picture database cannot be written", bool(facts.get("trouble")))


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"watchfloor_{name}", words, value=value)
