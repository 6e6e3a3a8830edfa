"""The one place that asks the machine what time it is; `app.py` hands it down, tests hand in their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], float]  # epoch seconds UTC


def system_clock() -> float:
    """Epoch seconds UTC by this machine's clock."""
    return time.time()


def moment(epoch: float) -> datetime:
    """Epoch seconds as an aware datetime in UTC."""
    return datetime.fromtimestamp(epoch, UTC)
