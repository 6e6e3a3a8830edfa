"""The settings page names every setting with its default, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "operators" / "settings.md"


def defaults(model: type[BaseModel], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            found |= defaults(type(field.default), f"{prefix}{name}.")
        else:
            found[prefix + name] = field.default
    return found


def written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return {"": "empty", "()": "none"}.get(str(value), str(value))


def test_every_setting_is_on_the_page_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)` \| `?([^|`]*?)`? \|", PAGE.read_text(encoding="utf-8"), re.M))
    assert rows == {name: written(value) for name, value in defaults(Settings).items()}
