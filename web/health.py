"""`/healthz`, `/readyz` and `/metrics`: for whatever watches the watch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from runtime.hub import Hub

STALE_SECONDS = 10.0  # a picture older than this is said to be frozen
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_FEED_COUNTS = {
    "lines": "Lines or records received",
    "sentences": "Sentences received",
    "messages": "Messages decoded",
    "duplicates": "Messages heard before from another receiver",
    "observations": "Observations handed to the picture",
}


def install(
    app: FastAPI, hub: Hub, now: Callable[[], float], *, metrics: bool, collectors: Iterable[Collector] = ()
) -> None:
    """The three doors. `collectors` are further figures for `/metrics`; they are asked in a thread and may block."""

    async def healthz() -> JSONResponse:
        """This process runs and answers."""
        return JSONResponse({"status": "ok"})

    async def readyz() -> JSONResponse:
        """Whether what this process shows can be relied on; says what cannot, and what else is wrong."""
        missing = not_ready(hub, now())
        body = {"status": "not ready" if missing else "ready", "missing": missing}
        if hub.trouble:  # the picture can be relied on all the same
            body["warnings"] = [hub.trouble]
        return JSONResponse(body, 503 if missing else 200)

    app.add_api_route("/healthz", healthz, include_in_schema=False)
    app.add_api_route("/readyz", readyz, include_in_schema=False)
    if not metrics:
        return
    registry = CollectorRegistry()
    registry.register(HubCollector(hub, now))
    others = CollectorRegistry()
    for collector in collectors:
        others.register(collector)

    async def prometheus() -> Response:
        figures = generate_latest(registry) + await asyncio.to_thread(generate_latest, others)
        return Response(figures, media_type=METRICS_TYPE)

    app.add_api_route("/metrics", prometheus, include_in_schema=False)


def not_ready(hub: Hub, now: float) -> list[str]:
    """What keeps the picture from being relied on, in plain words."""
    missing = []
    if hub.why_away:
        missing.append(hub.why_away)
    elif not hub.started:
        missing.append("The picture has not been read yet")
    if hub.started and now - hub.mirror.picture_at > STALE_SECONDS:
        age = f"{now - hub.mirror.picture_at:.0f} s" if hub.mirror.picture_at else "unknown"
        missing.append(f"The feed process is silent: age of the picture {age}")
    return missing


class HubCollector:
    """Reads the figures at the moment they are asked for."""

    def __init__(self, hub: Hub, now: Callable[[], float]) -> None:
        self._hub = hub
        self._now = now

    def collect(self) -> Iterator[Metric]:
        hub, figures = self._hub, self._hub.figures
        yield _gauge("screens", "Screens attached", len(hub.screens))
        yield _count("screens_attached", "Screens attached since the start", figures.attached_total)
        yield _count("frames", "Frames made", figures.frames)
        yield _gauge("frame_bytes", "Size of the last frame", figures.frame_bytes)
        yield _count("stream_sent_bytes", "Bytes sent to screens", figures.sent_bytes)
        yield _count("stream_sent_frames", "Frames sent to screens", figures.sent_messages)
        yield _count("stream_skips", "Times a slow screen skipped to the newest", figures.skipped)
        yield _count("polls", "Looks at the picture database", figures.polls)
        yield _count("failed_polls", "Looks that were not answered", figures.failed_polls)
        yield _gauge("poll_seconds", "How long the last look took", figures.poll_seconds)
        yield _gauge("picture_seq", "Newest tick applied", hub.mirror.seq)
        yield _gauge("picture_age_seconds", "Age of the newest tick", max(0.0, self._now() - hub.mirror.picture_at))
        tracks = GaugeMetricFamily("watchfloor_tracks", "Tracks in the live picture", labels=["kind"])
        for kind, number in sorted(hub.mirror.counts().items()):
            tracks.add_metric([kind], number)
        yield tracks
        yield from self._feeds()

    def _feeds(self) -> Iterator[Metric]:
        feeds = self._hub.feeds
        for name, words in _FEED_COUNTS.items():
            family = CounterMetricFamily(f"watchfloor_feed_{name}", words, labels=["feed"])
            for feed in feeds:
                family.add_metric([feed.name], getattr(feed, name))
            yield family
        rejected = CounterMetricFamily("watchfloor_feed_rejected", "What could not be used", labels=["feed", "reason"])
        state = GaugeMetricFamily("watchfloor_feed_state", "1 for the state a feed is in", labels=["feed", "state"])
        age = GaugeMetricFamily("watchfloor_feed_age_seconds", "Since the last data of a feed", labels=["feed"])
        rate = GaugeMetricFamily("watchfloor_feed_per_second", "Observations a second", labels=["feed"])
        for feed in feeds:
            for reason, number in sorted(feed.rejected.items()):
                rejected.add_metric([feed.name, reason], number)
            state.add_metric([feed.name, str(feed.state)], 1)
            rate.add_metric([feed.name], feed.per_second)
            if feed.last_data_at is not None:
                age.add_metric([feed.name], max(0.0, self._now() - feed.last_data_at.timestamp()))
        yield from (rejected, state, age, rate)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"watchfloor_{name}", words, value=value)


def _count(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f"watchfloor_{name}", words, value=value)
