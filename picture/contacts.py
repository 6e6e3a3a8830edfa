"""Contacts: what a person reports ("white launch, no AIS, two aboard") as an observation like any other.

A contact has its own number, age and uncertainty. It may carry an MMSI or IMO number; then it joins the track
of that number by itself. An officer merges and splits the rest: each act is a row of the record, which the feed
process follows, so that the picture can be brought to the same state from the record alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from access.permissions import Actor
from picture.identity import imo_valid
from picture.models import Contact, ContactMerge
from picture.observations import Kind, Namespace, Observations, Particulars, ReportFlag, key_of
from record import audit

QUALITY = 1  # below every instrument: wins a tie against none
COARSE_ABOVE = 0.25  # nautical miles; about what an eye with a chart achieves near the shore
CLOCKS_DIFFER = timedelta(minutes=2)  # a report may seem to come from the future by this much
JOINED_BY_ITSELF = "the picture"  # who merged what no officer did


class ContactRefused(ValueError):
    """What an officer asked for cannot be; the text says why."""


@dataclass(frozen=True, slots=True)
class ReportContact:
    """What a person saw: degrees, nautical miles, knots, degrees true."""

    title: str
    reported_by: str
    observed_at: datetime
    lat: float
    lon: float
    uncertainty_nm: float
    description: str = ""
    course: float | None = None
    speed: float | None = None
    mmsi: int | None = None
    imo: int | None = None


@dataclass(frozen=True, slots=True)
class MergeTracks:
    """`part` is the same thing as `into`: numbers of tracks in the picture of this identity."""

    picture: int
    part: int
    into: int
    why: str


@dataclass(frozen=True, slots=True)
class SplitTracks:
    """`part` is not the same thing as `into` after all."""

    picture: int
    part: int
    into: int
    why: str


def report_contact(session: Session, command: ReportContact, *, actor: Actor, now: datetime) -> Contact:
    """Enter what a person reported. Raises ContactRefused."""
    _need(command.title.strip(), "a contact needs a title")
    _need(abs(command.lat) <= 90 and abs(command.lon) <= 180, "a contact needs a position on earth")
    _need(command.uncertainty_nm >= 0, "uncertainty is a distance in nautical miles")
    _need(command.observed_at <= now + CLOCKS_DIFFER, "a contact cannot be seen in the future")
    _need(command.mmsi is None or 0 < command.mmsi <= 999_999_999, f"{command.mmsi} is no MMSI: nine digits")
    _need(command.imo is None or imo_valid(command.imo), f"{command.imo} is no IMO number: its digits do not agree")
    contact = Contact(
        title=command.title.strip(),
        description=command.description,
        reported_by=command.reported_by,
        observed_at=command.observed_at,
        entered_at=now,
        lat=command.lat,
        lon=command.lon,
        uncertainty_nm=command.uncertainty_nm,
        course=command.course,
        speed=command.speed,
        mmsi=command.mmsi,
        imo=command.imo,
    )
    session.add(contact)
    audit.record(session, "contact.reported", contact, actor=actor, at=now)
    return contact


def merge_tracks(session: Session, command: MergeTracks, *, actor: Actor, now: datetime) -> ContactMerge:
    """Find that two tracks are one thing. Raises ContactRefused when the part already is part of another."""
    _need(command.part != command.into, "a track is the same thing as itself already")
    _need(command.why.strip(), "a merge needs a reason")
    if (there := _standing(session, command)) is not None:
        raise ContactRefused(f"track {command.part} is merged into track {there.into_track}: split it first")
    merge = ContactMerge(
        picture=command.picture,
        part_track=command.part,
        into_track=command.into,
        why=command.why,
        merged_by=actor.name,
        merged_at=now,
    )
    session.add(merge)
    audit.record(session, "contact.merged", merge, actor=actor, at=now)
    return merge


def split_tracks(session: Session, command: SplitTracks, *, actor: Actor, now: datetime) -> ContactMerge:
    """Take a merge back, an officer's or one that came about by a number. The part then stays by itself."""
    _need(command.why.strip(), "a split needs a reason")
    merge = _standing(session, command)
    if merge is None or merge.into_track != command.into:
        merge = ContactMerge(
            picture=command.picture,
            part_track=command.part,
            into_track=command.into,
            why="the same number",
            merged_by=JOINED_BY_ITSELF,
            merged_at=now,
        )
        session.add(merge)
    merge.split_at, merge.split_by = now, actor.name
    audit.record(session, "contact.split", merge, actor=actor, at=now, detail={"why": command.why})
    return merge


def _standing(session: Session, command: MergeTracks | SplitTracks) -> ContactMerge | None:
    """The merge by which a track is part of another now."""
    query = select(ContactMerge).where(
        ContactMerge.picture == command.picture,
        ContactMerge.part_track == command.part,
        ContactMerge.split_at.is_(None),
    )
    return session.scalars(query.order_by(ContactMerge.id.desc())).first()


def _need(holds: object, words: str) -> None:
    if not holds:
        raise ContactRefused(words)


def contact_observation(
    number: int,
    *,
    observed_at: float,
    received_at: float,
    lat: float,
    lon: float,
    title: str,
    uncertainty: float | None = None,
    speed: float | None = None,
    course: float | None = None,
    remark: str = "",
    mmsi: int | None = None,
    imo: int | None = None,
    reported_by: str = "",
) -> Observations:
    """One contact as one observation. Times in epoch s, uncertainty in nautical miles, speed in knots."""
    seen = Observations.blank(1, receivers=(reported_by,))
    seen.key[0], seen.kind[0], seen.quality[0] = key_of(Namespace.CONTACT, number), Kind.CONTACT, QUALITY
    seen.observed_at[0], seen.received_at[0] = observed_at, received_at
    seen.lat[0], seen.lon[0] = lat, lon
    seen.speed[0] = np.nan if speed is None else speed
    seen.course[0] = np.nan if course is None else course
    told: Particulars = {"name": title}
    if uncertainty is not None:
        told["uncertainty"] = uncertainty
        if uncertainty > COARSE_ABOVE:
            seen.flags[0] = ReportFlag.LOW_ACCURACY
    if remark:
        told["remark"] = remark
    if mmsi is not None:
        told["mmsi"] = mmsi
    if imo is not None:
        told["imo"] = imo
    seen.particulars[0] = told
    return seen
