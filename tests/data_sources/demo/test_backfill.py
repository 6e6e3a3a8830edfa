"""The hours before, as the same bytes the live feeds would have brought."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np

from data_sources.contract import FORMATS
from data_sources.demo import backfill
from data_sources.nmea.translator import AisTranslator
from data_sources.readsb import AircraftJson
from picture.observations import Kind, Namespace, namespace_of
from tests.data_sources.demo.world import DAY, HOUR, MIDNIGHT

START, END = MIDNIGHT + 5 * HOUR, MIDNIGHT + 7.5 * HOUR


def test_it_goes_through_the_translators_without_a_rejection() -> None:
    translators = {"AIS Coast": AisTranslator(), "AIS Harbour": AisTranslator(), "ADS-B": AircraftJson()}
    known = {form.name for form in FORMATS}
    fractions, received = [], []
    kinds: Counter[int] = Counter()
    tracks: set[int] = set()
    for part in backfill(START, END):
        assert part.format_name in known
        batch = translators[part.feed_name].translate(part.chunk)
        assert not batch.rejected, batch.rejections
        observed = batch.observations.observed_at
        assert np.all(observed <= part.chunk.received_at + 1)
        fractions.append(part.fraction)
        received.append(part.chunk.received_at)
        kinds.update(batch.observations.kind.tolist())
        tracks.update(batch.observations.key.tolist())
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert received == sorted(received)
    assert received[-1] == END
    assert {Kind.VESSEL, Kind.AIRCRAFT, Kind.BASE_STATION, Kind.AID, Kind.RESCUE_AIRCRAFT} <= set(kinds)
    vessels = [key for key in tracks if namespace_of(key) is Namespace.MMSI]
    aircraft = [key for key in tracks if namespace_of(key) is Namespace.ICAO24]
    assert len(vessels) > 330
    assert len(aircraft) > 100


def test_a_day_costs_less_than_twenty_seconds() -> None:
    started = time.process_time()
    size = sum(len(part.chunk.data) for part in backfill(MIDNIGHT, MIDNIGHT + DAY / 4))
    assert (time.process_time() - started) * 4 < 20
    assert size > 2_500_000
