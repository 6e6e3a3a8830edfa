"""What happens by the calendar, in the feed process: so far the daily dropping of old traffic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from picture.journal import Journal
from picture.retention import cut_of, drop_bucket, drop_identities, held_spans, old_buckets
from storage.engines import Database

MISFIRE_GRACE_SECONDS = 6 * 3600  # a machine that slept through midnight catches up when it wakes
FIRST_RUN_SECONDS = 60  # after the start, for machines that are never on at midnight

log = structlog.get_logger("calendar")


def begin_calendar(
    *, journal: Journal, record: Database, picture: Database, history_days: int, clock: Callable[[], float]
) -> BackgroundScheduler:
    """Start the calendar; `shutdown(wait=False)` ends it. One job never runs twice at once, missed runs become one."""
    calendar = BackgroundScheduler(
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE_SECONDS},
    )
    job = partial(retain, journal=journal, record=record, picture=picture, history_days=history_days, clock=clock)
    first = datetime.fromtimestamp(clock(), UTC) + timedelta(seconds=FIRST_RUN_SECONDS)
    calendar.add_job(job, CronTrigger(hour=0, minute=10, timezone=UTC), id="retention", name="retention")
    calendar.add_job(job, DateTrigger(first), id="retention at start", name="retention at start")
    calendar.start()
    return calendar


def retain(
    *, journal: Journal, record: Database, picture: Database, history_days: int, clock: Callable[[], float]
) -> int:
    """Hand the journal what is to be dropped now; how many buckets. When holds can't be read nothing is dropped."""
    now = datetime.fromtimestamp(clock(), UTC)
    cut = cut_of(now, history_days)
    with record.reading() as session:
        held = held_spans(session, now)
    with picture.reading() as session:
        buckets = old_buckets(session, cut)
    for bucket in buckets:
        journal.submit(partial(drop_bucket, bucket=bucket, held=held))
    journal.submit(partial(drop_identities, cut=cut, held=held))
    log.info("old traffic is dropped", before=cut.isoformat(), buckets=len(buckets), held_tracks=len(held))
    return len(buckets)
