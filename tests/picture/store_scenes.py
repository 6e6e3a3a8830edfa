"""Small words for store tests: one report, a run of reports, what the picture shows."""

from __future__ import annotations

import numpy as np

from picture.observations import Kind, Namespace, Observations, Particulars, key_of
from picture.state import STATE
from picture.store import Applied, TrackStore

T0 = 1_800_000_000.0  # epoch s, an arbitrary "now"
AUCKLAND = (-36.80, 174.85)


def report(
    number: int = 512_000_111,
    *,
    namespace: Namespace = Namespace.MMSI,
    kind: Kind = Kind.VESSEL,
    at: float = 0.0,
    position: tuple[float, float] | None = AUCKLAND,
    receiver: str = "",
    told: Particulars | None = None,
    **columns: float,
) -> Observations:
    """One observation, `at` seconds after T0."""
    seen = Observations.blank(1, receivers=(receiver,))
    seen.key[:], seen.kind[:] = key_of(namespace, number), kind
    seen.observed_at[:] = T0 + at
    seen.received_at[:] = T0 + at + 1.0
    if position is not None:
        seen.lat[:], seen.lon[:] = position
    for name, value in columns.items():
        getattr(seen, name)[:] = value
    if told:
        seen.particulars[0] = told
    return seen


def aircraft(number: int = 0xC81234, **rest: float) -> Observations:
    return report(number, namespace=Namespace.ICAO24, kind=Kind.AIRCRAFT, **rest)  # type: ignore[arg-type]


def north_of(position: tuple[float, float], miles: float) -> tuple[float, float]:
    return position[0] + miles / 60.0, position[1]


def hear(store: TrackStore, *reports: Observations, feed: str = "coast") -> Applied:
    """Apply the reports one batch after the other; the outcome of the last."""
    outcome = Applied()
    for seen in reports:
        outcome = store.apply(feed, seen, float(seen.received_at.max()))
    return outcome


def tracks(store: TrackStore) -> np.ndarray:
    """All tracks that a screen shows, by id."""
    saved = store.checkpoint(None)
    shown = saved.states[~np.isin(saved.states["id"], list(saved.merged))]
    return np.sort(shown, order="id")


def only(store: TrackStore) -> np.void:
    """The one track there is."""
    shown = tracks(store)
    assert len(shown) == 1, shown
    return shown[0]


def same(a: np.ndarray, b: np.ndarray, dtype: np.dtype = STATE) -> bool:
    """Equal field by field, NaN equal to NaN."""
    return len(a) == len(b) and all(
        np.array_equal(a[name], b[name], equal_nan=dtype[name].kind == "f") for name in dtype.names or ()
    )
