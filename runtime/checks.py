"""What `check` looks at before anything is started: one plain sentence for each thing, good or bad."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import make_url

from picture.geo.coast import has_land
from runtime.children import PortTaken, need_port
from runtime.holding import PictureHeld, PictureLock, unusable
from settings import Settings, SettingsError
from storage.engines import Database, open_picture, open_record, reachable
from storage.migrate import NewerDatabase, pending


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `good` is None where it only says something."""

    good: bool | None
    words: str


def need_country(settings: Settings) -> None:
    """Raise SettingsError unless land is known under the country's code."""
    if not has_land(settings.picture.country):
        raise SettingsError(
            f"picture.country = {settings.picture.country!r}: no land is known under this code; allowed are those of "
            "ISO 3166 (alpha-2), such as NZ"
        )


def look_at(settings: Settings) -> list[Finding]:
    """Country, data folder, both databases, the port and who holds the picture."""
    why = unusable(settings)
    findings = [Finding(not why, why or f"data folder {settings.data_dir.absolute()} can be written")]
    try:
        need_country(settings)
    except SettingsError as unknown:
        findings.append(Finding(False, str(unknown)))
    for name, open_ in (("record", open_record), ("picture", open_picture)):
        url = settings.record_database if name == "record" else settings.picture_database
        if make_url(url).get_backend_name() == "sqlite" and why:
            continue
        database = open_(settings)
        findings.append(_database(name, database))
        database.dispose()
    held = _held(settings)
    if held is not None:
        return [*findings, held]
    try:
        need_port(settings.host, settings.port)
        findings.append(Finding(True, f"port {settings.port} on {settings.host} is free"))
    except PortTaken as taken:
        findings.append(Finding(False, str(taken)))
    return findings


def _database(name: str, database: Database) -> Finding:
    if why := reachable(database):
        return Finding(False, f"the {name} database cannot be reached: {why}")
    try:
        missing = pending(database)
    except NewerDatabase as newer:
        return Finding(False, str(newer))
    if missing:
        return Finding(True, f"the {name} database answers; `migrate` has {len(missing)} step(s) to do")
    return Finding(True, f"the {name} database answers and is up to date")


def _held(settings: Settings) -> Finding | None:
    lock = PictureLock(settings.data_dir)
    try:
        lock.take()
    except (PictureHeld, OSError) as held:
        return Finding(None, str(held) if isinstance(held, PictureHeld) else f"the lock file cannot be made: {held}")
    lock.release()
    return None
