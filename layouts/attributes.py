"""HTML attributes whose names Python cannot spell (`data-*`, `aria-*`), for `**` in a component."""

from __future__ import annotations

from typing import Any


def attributes(named: dict[str, str]) -> dict[str, Any]:
    """The same names and values: Dash's typed components know no hyphen, so their types stop here."""
    return dict(named)
