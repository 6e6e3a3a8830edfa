"""Tracks worth a look: what the picture itself shows to be out of the ordinary.

These are facts of tracks (silent, in conflict, in distress, changed), not alerts: alerts are records that someone
answers for, and come with the operations centre.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Worth:
    """One track and why an officer might want to look at it."""

    track_id: int
    what: str  # "Distress", "Two on one MMSI", "LAST SEEN"
    title: str
    detail: str
    since: datetime | None  # when it was last seen, for what fell silent
    danger: bool
