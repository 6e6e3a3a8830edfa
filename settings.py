"""One frozen settings object: read once by `app.py`, passed down, never looked up from elsewhere.

Order of precedence: command-line option, environment `WATCHFLOOR_*`, `watchfloor.toml`, the default here.
"""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pydantic_settings
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

ENVIRONMENT = "WATCHFLOOR_"
NAMED_FILE = "WATCHFLOOR_CONFIG"
DEFAULT_FILE = "watchfloor.toml"
# Names in the environment that are no settings: the file with them, and the browser that the tests drive.
OTHER_NAMES = frozenset({NAMED_FILE, "WATCHFLOOR_CHROMIUM"})
LONGEST_SHOWN = 120  # characters of a wrong value that are said
SECRET_WORDS = ("secret", "password", "token")


class SettingsError(Exception):
    """A setting is wrong. The text names the setting, the value, and what is allowed, one line each."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Retention(_Part):
    """How long traffic is kept. What a hold names stays as long as the hold."""

    history_days: Annotated[int, Field(ge=1, le=3650)] = 30
    vessel_picture_hours: Annotated[float, Field(gt=0, le=87_600)] = 72.0  # silent longer: leaves the live picture
    aircraft_picture_hours: Annotated[float, Field(gt=0, le=87_600)] = 2.0
    rejections_kept: Annotated[int, Field(ge=0, le=100_000)] = 500  # a feed


class Picture(_Part):
    """Where the country is and how its picture behaves."""

    country: Annotated[str, Field(description="ISO 3166 alpha-2")] = "NZ"
    centre_lat: Annotated[float, Field(ge=-85, le=85)] = -37.6
    centre_lon: Annotated[float, Field(ge=-180, le=180)] = 175.6
    zoom: Annotated[int, Field(ge=2, le=14)] = 7
    timezone: str = "Pacific/Auckland"
    max_tracks: Annotated[int, Field(ge=1_000, le=5_000_000)] = 400_000
    frame_seconds: Annotated[float, Field(ge=0.2, le=10)] = 1.0  # how often screens get a frame
    tile_url: str = ""  # a centre's own raster tiles on top of the base map, e.g. /tiles/{z}/{x}/{y}.png

    @field_validator("country")
    @classmethod
    def two_capitals(cls, code: str) -> str:
        if len(code) != 2 or not (code.isascii() and code.isalpha() and code.isupper()):
            raise ValueError("allowed are two capital letters, ISO 3166 alpha-2, such as NZ")
        return code

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as unknown:
            raise ValueError("there is no such time zone; allowed are names like UTC or Pacific/Auckland") from unknown
        return name


class Wall(_Part):
    """Default wall display; `/wall?distance=..&width=..` overrides it for one screen."""

    distance_m: Annotated[float, Field(ge=0.5, le=30)] = 4.0  # farthest viewer
    panel_width_mm: Annotated[float, Field(ge=200, le=20_000)] = 1882.0  # 85 inch, 16:9


class Settings(BaseSettings):
    """Everything an operator can set. Unknown names are refused so that a typing error is not silence."""

    model_config = SettingsConfigDict(env_prefix="WATCHFLOOR_", env_nested_delimiter="__", extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8050
    data_dir: Path = Path("var")
    record_url: str = ""  # empty: embedded database in data_dir
    picture_url: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"
    demo: bool = False
    demo_port: Annotated[int, Field(ge=0, le=65535)] = 0  # first of the generator's ports; 0 picks free ones
    metrics: bool = True
    picture: Picture = Picture()
    retention: Retention = Retention()
    wall: Wall = Wall()
    feeds: tuple[dict[str, Any], ...] = ()  # each checked by the feed's own settings model

    @field_validator("host")
    @classmethod
    def loopback_only(cls, host: str) -> str:
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(
                "only 127.0.0.1, ::1 or localhost: until accounts exist Watchfloor serves this machine only"
            )
        return host

    @field_validator("data_dir", mode="before")
    @classmethod
    def a_folder(cls, folder: object) -> object:
        if isinstance(folder, str) and (not folder.strip() or "\0" in folder):
            raise ValueError("must be the path of a folder")
        return folder

    @field_validator("record_url", "picture_url")
    @classmethod
    def a_database(cls, url: str) -> str:
        if url and not _is_database(url):
            raise ValueError("allowed are nothing, sqlite:///path and postgresql://user:password@host/database")
        return url

    @model_validator(mode="after")
    def two_files(self) -> Settings:
        if self.record_database == self.picture_database and self.record_database.startswith("sqlite"):
            raise ValueError("record_url and picture_url name the same file: each needs one of its own")
        return self

    @property
    def record_database(self) -> str:
        return self.record_url or f"sqlite:///{(self.data_dir / 'record.db').absolute()}"

    @property
    def picture_database(self) -> str:
        return self.picture_url or f"sqlite:///{(self.data_dir / 'picture.db').absolute()}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, InitSettingsSource(settings_cls, _file_settings())


def read_settings(**overrides: Any) -> Settings:
    """The settings of this run. Raises SettingsError naming every wrong setting, its value and what is allowed."""
    wrong = [words for name, value in os.environ.items() if (words := _wrong_name(name) or _wrong_shape(name, value))]
    if wrong:
        raise SettingsError("\n".join(wrong))
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as errors:
        raise SettingsError("\n".join(_plain(error) for error in errors.errors())) from errors
    except pydantic_settings.SettingsError as error:
        raise SettingsError(f"the environment: {error}") from error


def shown(value: object) -> str:
    """A wrong value as it is said: on one line, not a page of it, and no secret that is part of it."""
    try:
        text = repr(value)
    except ValueError:  # a number with more digits than Python writes out
        return "(a number too long to be shown)"
    if any(word in text.lower() for word in SECRET_WORDS):
        return "(not shown, for the secret in it)"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _file_settings() -> dict[str, Any]:
    """What the settings file says. Only the default one may be absent."""
    named = os.environ.get(NAMED_FILE)
    if named is not None and not named.strip():
        raise SettingsError(f"{NAMED_FILE} = {named!r}: name a settings file, or leave it out for {DEFAULT_FILE}")
    path = Path(DEFAULT_FILE if named is None else named)
    where = str(path) if named is None else f"{NAMED_FILE} = {shown(named)}"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as missing:
        if named is None:
            return {}
        raise SettingsError(f"{where}: there is no such file; name a settings file, as {DEFAULT_FILE}") from missing
    except OSError as unreadable:
        raise SettingsError(f"{where}: cannot be read as a settings file: {unreadable.strerror}") from unreadable
    except UnicodeDecodeError as other:
        raise SettingsError(f"{where}: not UTF-8 text (byte {other.start + 1}); save it as UTF-8") from other
    except tomllib.TOMLDecodeError as wrong:
        raise SettingsError(f"{where}: not valid TOML: {wrong}") from wrong
    except (ValueError, RecursionError) as wrong:  # a number of five thousand digits, brackets without end
        raise SettingsError(f"{where}: not valid TOML: a number too long or brackets too deep") from wrong


def _parts() -> dict[str, type[BaseModel]]:
    """The settings that have settings of their own."""
    return {
        name: type(field.default)
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, BaseModel)
    }


def environment_names() -> set[str]:
    """Every name in the environment that means something to Watchfloor."""
    names = {*Settings.model_fields}
    names |= {f"{part}__{name}" for part, model in _parts().items() for name in model.model_fields}
    return {ENVIRONMENT + name.upper() for name in names} | OTHER_NAMES


def _wrong_name(name: str) -> str:
    known = environment_names()
    if not name.upper().startswith(ENVIRONMENT) or name.upper() in known:
        return ""
    near = difflib.get_close_matches(name.upper(), sorted(known), n=3)
    return f"{name}: there is no such setting" + (f"; near it are {', '.join(near)}" if near else "")


def _wrong_shape(name: str, value: str) -> str:
    """What is wrong with a whole part, or the feeds, given as JSON in the environment."""
    setting = name.upper().removeprefix(ENVIRONMENT).lower()
    if not name.upper().startswith(ENVIRONMENT) or setting not in {*_parts(), "feeds"}:
        return ""
    try:
        given = json.loads(value)
    except (ValueError, RecursionError):
        given = None
    if setting != "feeds":
        example = f"{name}__{next(iter(_parts()[setting].model_fields)).upper()}"
        good, allowed = isinstance(given, dict), f"allowed is a JSON object; or set its parts, such as {example}"
    else:
        good = isinstance(given, list) and all(isinstance(feed, dict) for feed in given)
        allowed = "allowed is a JSON list of objects, one a feed; or write [[feeds]] in the settings file"
    return "" if good else f"{name} = {shown(value)}: {allowed}"


def _is_database(url: str) -> bool:
    """Whether it is of a kind, and of a form, that the databases can be opened by."""
    try:
        found = urlsplit(url)
        _ = found.port  # raises ValueError unless it is a number
    except ValueError:
        return False
    if any(not letter.isprintable() for letter in url):
        return False
    if found.scheme == "sqlite":
        return (
            url.startswith("sqlite:///") and len(url) > len("sqlite:///") and ":memory:" not in url and "?" not in url
        )
    return found.scheme in ("postgresql", "postgresql+psycopg") and url.startswith(f"{found.scheme}://")


def _plain(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"])
    words = error["msg"].removeprefix("Value error, ")
    if not place:
        return words
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(error["loc"][-1]), _siblings(error["loc"]), n=3)
        return f"{place}: there is no such setting" + (f"; near it are {', '.join(near)}" if near else "")
    if error["loc"][0] == "feeds":
        return f"{place} = {shown(error['input'])}: each feed is a table of its own; write [[feeds]] above it"
    if len(error["loc"]) == 1 and place in _parts():
        return f"{place} = {shown(error['input'])}: must be a table; write [{place}] above its settings"
    value = "(not shown)" if place.endswith("_url") and "@" in str(error["input"]) else shown(error["input"])
    return f"{place} = {value}: {words}"


def _siblings(place: tuple[int | str, ...]) -> list[str]:
    model = _parts().get(str(place[0])) if len(place) > 1 else Settings
    return list(model.model_fields) if model is not None else []
