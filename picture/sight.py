"""What a question about the picture is asked of: the live mirror, the traffic on disk, the record, at one moment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from access.permissions import Actor
from picture.mirror import Mirror
from picture.places import Places

OpenSession = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Sight:
    """Handed to every query by the desk. A database is opened only by the query that needs it."""

    mirror: Mirror
    traffic: OpenSession  # the picture database, one reading snapshot
    record: OpenSession  # the record database, likewise
    places: Places
    actor: Actor
    now: datetime
    timezone: str  # of the second clock, IANA name
