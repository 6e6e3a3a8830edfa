"""Officers' acts that change the live picture: contacts, merges and splits. The audit row is the notice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import select

from picture.contacts import contact_observation
from picture.models import Contact, ContactMerge
from picture.observations import Observations
from picture.store import TrackStore
from record import audit
from storage.engines import Database

CONTACTS_FEED = "contacts"  # what a contact's position is said to come from; the receiver is who reported it

log = structlog.get_logger("acts")


class Named(Protocol):
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class MergeAct:
    part: int
    into: int
    split: bool


@dataclass(frozen=True, slots=True)
class ContactAct:
    contact: Contact


Act = MergeAct | ContactAct


class OfficerActs:
    """Reads the acts since it last looked. The first look gives every merge, split and open contact there is.

    Merges are those of one picture: in another the same numbers are other tracks.
    """

    def __init__(self, record: Database, picture: int) -> None:
        self._record, self._picture = record, picture
        self._seq: int | None = None

    def new(self) -> list[Act]:
        """Acts since the last look, in order."""
        with self._record.reading() as session:
            if self._seq is None:
                self._seq = audit.newest(session)
                merges_here = select(ContactMerge).where(ContactMerge.picture == self._picture)
                merges = list(session.scalars(merges_here.order_by(ContactMerge.id)))
                contacts = list(session.scalars(select(Contact).where(Contact.closed_at.is_(None))))
                return [ContactAct(contact) for contact in contacts] + [_merge(merge) for merge in merges]
            acts: list[Act] = []
            for notice in audit.since(session, self._seq):
                self._seq = notice.seq
                if notice.subject_id is None:
                    continue
                if notice.subject_kind == ContactMerge.__tablename__:
                    merge = session.get(ContactMerge, notice.subject_id)
                    acts += [_merge(merge)] if merge is not None and merge.picture == self._picture else []
                elif notice.subject_kind == Contact.__tablename__:
                    contact = session.get(Contact, notice.subject_id)
                    acts += [ContactAct(contact)] if contact is not None and contact.closed_at is None else []
            return acts

    def apply(self, act: Act, store: TrackStore, _feeds: Sequence[Named], now: float) -> None:
        """Change the picture. An act that no longer fits (a track has left) is logged and passed over."""
        if isinstance(act, ContactAct):
            store.apply(CONTACTS_FEED, _seen(act.contact), now)
            return
        try:
            if act.split and store.parts.get(act.part) == act.into:
                store.split(act.part, now)
            elif not act.split and store.parts.get(act.part) != act.into:
                store.merge(act.part, act.into, now)
        except KeyError:
            log.info("a merge no longer fits the picture", part=act.part, into=act.into)


def _seen(contact: Contact) -> Observations:
    return contact_observation(
        contact.id,
        observed_at=contact.observed_at.timestamp(),
        received_at=contact.entered_at.timestamp(),
        lat=contact.lat,
        lon=contact.lon,
        title=contact.title,
        uncertainty=contact.uncertainty_nm,
        speed=contact.speed,
        course=contact.course,
        remark=contact.description,
        mmsi=contact.mmsi,
        imo=contact.imo,
        reported_by=contact.reported_by,
    )


def _merge(merge: ContactMerge) -> MergeAct:
    return MergeAct(merge.part_track, merge.into_track, merge.split_at is not None)
