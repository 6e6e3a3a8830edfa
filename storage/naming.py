"""The two declarative roots and the names of constraints, fixed from day one so that migrations can name them."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class RecordBase(DeclarativeBase):
    """Root of every table officers' acts are kept in. No schema is named: the engine's search path decides."""

    metadata = MetaData(naming_convention=CONVENTION)


class PictureBase(DeclarativeBase):
    """Root of every table of traffic, written by the feed process alone."""

    metadata = MetaData(naming_convention=CONVENTION)
