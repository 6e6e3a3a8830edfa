"""What watches the watch can rely on."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from picture.views import FeedState, FeedView
from tests.web.served import Served, until, vessel


def feed(name: str) -> FeedView:
    return FeedView(
        name=name, kind="ais_tcp", family="AIS", state=FeedState.LIVE, since=None, last_data_at=datetime.now(UTC), why="",
        receivers_heard=1, receivers_expected=1, lines=10, sentences=9, messages=8, duplicates=1, observations=7,
        rejected={"bad_checksum": 2},
    )  # fmt: skip


def test_healthz(client: httpx2.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_says_what_is_not_ready(site: Served, client: httpx2.Client) -> None:
    site.put(vessel(1))
    site.source.away = OSError("gone")
    try:
        until(lambda: site.hub.why_away)
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["missing"] == ["The picture database does not answer"]
    finally:
        site.source.away = None
    site.put(vessel(1))
    until(lambda: not site.hub.why_away)
    assert client.get("/readyz").json() == {"status": "ready", "missing": []}


def test_readyz_says_when_the_feed_process_is_silent(site: Served, client: httpx2.Client) -> None:
    site.put(vessel(1))
    site.hub.mirror.picture_at -= 60
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert re.search(r"silent: age of the picture 6\d s", answer.json()["missing"][0])
    site.put(vessel(1))


def test_metrics_can_be_read_and_labels_cannot_break_out(site: Served, client: httpx2.Client) -> None:
    nasty = 'a"} 1\nwatchfloor_fake{x="\\'
    site.source.feed_views = [feed("coast"), feed(nasty)]
    until(lambda: len(site.hub.feeds) == 2)
    text = client.get("/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert "watchfloor_fake" not in families
    observed = {sample.labels["feed"]: sample.value for sample in families["watchfloor_feed_observations"].samples}
    assert observed == {"coast": 7.0, nasty: 7.0}
    rejected = families["watchfloor_feed_rejected"].samples[0]
    assert (rejected.labels["reason"], rejected.value) == ("bad_checksum", 2.0)
    for name in ("screens", "frames", "stream_sent_bytes", "poll_seconds", "picture_age_seconds", "tracks"):
        assert f"watchfloor_{name}" in families
