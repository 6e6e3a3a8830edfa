"""Which kinds of feed there are, and the feeds of this installation made from its settings."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

import data_sources
from data_sources.contract import REGISTRY, Clock, Feed
from settings import SECRET_WORDS, SettingsError, shown

_NOT_FEEDS = frozenset({"demo"})  # the traffic generator is on the other side of the wire


def discover() -> dict[str, type[Feed]]:
    """Import every module of this package, so that each feed in it registers itself; gives the registry."""
    for module in pkgutil.iter_modules(data_sources.__path__):
        if module.name not in _NOT_FEEDS:
            importlib.import_module(f"{data_sources.__name__}.{module.name}")
    return REGISTRY


def make_feeds(feeds: Iterable[Mapping[str, Any]], clock: Clock) -> list[Feed]:
    """The enabled feeds, each checked by its own settings model.

    Raises SettingsError with one line for each wrong setting: which feed, which setting, its value, what is allowed.
    """
    kinds = discover()
    made: list[Feed] = []
    wrong: list[str] = []
    names: set[str] = set()
    for number, given in enumerate(feeds):
        where = _called(number, given)
        kind = given.get("kind")
        if not isinstance(kind, str) or kind not in kinds:
            wrong.append(f"{where}.kind = {shown(kind)}: allowed are {', '.join(sorted(kinds))}")
            continue
        feed = kinds[kind]
        try:
            settings = feed.Settings.model_validate(dict(given))
        except ValidationError as errors:
            wrong += [_plain(where, feed, error) for error in errors.errors()]
            continue
        if settings.name in names:
            wrong.append(f"{where}.name = {settings.name!r}: another feed has this name; names must differ")
        names.add(settings.name)
        if settings.dead_after <= settings.late_after:
            wrong.append(
                f"{where}.dead_after = {settings.dead_after:g}: must be more than late_after ({settings.late_after:g})"
            )
        if settings.enabled:
            made.append(feed(settings, clock))
    if wrong:
        raise SettingsError("\n".join(wrong))
    return made


def _called(number: int, given: Mapping[str, Any]) -> str:
    name = given.get("name")
    return f'feeds[{number}] "{name[:40]}"' if isinstance(name, str) and name else f"feeds[{number}]"


def _plain(where: str, feed: type[Feed], error: Any) -> str:
    setting = ".".join(str(part) for part in error["loc"])
    if not setting:  # settings that do not go together: the words name them
        return f"{where}: {error['msg'].removeprefix('Value error, ')}"
    if error["type"] == "extra_forbidden":
        return f"{where}.{setting}: there is no such setting; allowed are {', '.join(feed.Settings.model_fields)}"
    if error["type"] == "missing":
        return f"{where}.{setting}: is missing; {feed.kind} needs it"
    value = "(not shown)" if any(word in setting for word in SECRET_WORDS) else shown(error["input"])
    return f"{where}.{setting} = {value}: {error['msg'].removeprefix('Value error, ')}"
