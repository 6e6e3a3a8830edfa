"""One frozen settings object: read once by `app.py`, passed down, never looked up from elsewhere.

Order of precedence: command-line option, environment `WATCHFLOOR_*`, `watchfloor.toml`, the default here.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class SettingsError(Exception):
    """A setting is wrong. The text names the setting, the value, and what is allowed, one line each."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Retention(_Part):
    """How long traffic is kept. What a hold names stays as long as the hold."""

    history_days: Annotated[int, Field(ge=1, le=3650)] = 30
    vessel_picture_hours: Annotated[float, Field(gt=0)] = 72.0  # silent longer: leaves the live picture
    aircraft_picture_hours: Annotated[float, Field(gt=0)] = 2.0
    rejections_kept: Annotated[int, Field(ge=0, le=100_000)] = 500  # a feed


class Picture(_Part):
    """Where the country is and how its picture behaves."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166 alpha-2")] = "NZ"
    centre_lat: Annotated[float, Field(ge=-85, le=85)] = -37.6
    centre_lon: Annotated[float, Field(ge=-180, le=180)] = 175.6
    zoom: Annotated[int, Field(ge=2, le=14)] = 7
    timezone: str = "Pacific/Auckland"
    max_tracks: Annotated[int, Field(ge=1_000, le=5_000_000)] = 400_000
    frame_seconds: Annotated[float, Field(ge=0.2, le=10)] = 1.0  # how often screens get a frame
    tile_url: str = ""  # a centre's own raster tiles on top of the base map, e.g. /tiles/{z}/{x}/{y}.png


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
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _toml_path())


def _toml_path() -> Path:
    return Path(os.environ.get("WATCHFLOOR_CONFIG", "watchfloor.toml"))


def read_settings(**overrides: Any) -> Settings:
    """The settings of this run. Raises SettingsError naming every wrong setting, its value and what is allowed."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as wrong:
        raise SettingsError("\n".join(_plain(error) for error in wrong.errors())) from wrong
    except tomllib.TOMLDecodeError as wrong:
        raise SettingsError(f"{_toml_path()}: not valid TOML: {wrong}") from wrong


def _plain(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "settings"
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no such setting"
    return f"{where} = {error['input']!r}: {error['msg'].removeprefix('Value error, ')}"
