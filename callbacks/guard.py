"""The guard: every server callback passes through it, and the list it keeps is the list of doors.

A callback is async, names its permission, and is handed the desk as its first argument. What goes wrong inside
is logged under a short reference; the officer reads plain words and the screen stays as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, TypeVar

from dash import Dash, Input, Output, State, no_update, set_props
from dash.dependencies import DashDependency
from dash.exceptions import PreventUpdate

from access.permissions import Actor, Permission
from layouts import ids

T = TypeVar("T")
Handler = Callable[..., Awaitable[Any]]


class Desk(Protocol):
    """Where callbacks do their work: thread, transaction, actor, audit and notice in one place."""

    @property
    def actor(self) -> Actor: ...

    async def look(self, question: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Answer `question(sight, *args)` in a worker thread."""
        ...

    async def act(self, function: Callable[..., T], command: Any, /) -> T:
        """Run `function(session, command, actor=..., now=...)` as one transaction of the record."""
        ...

    def report(self, error: BaseException, where: str) -> str:
        """Log what went wrong; returns the short reference that an officer can quote."""
        ...


@dataclass(frozen=True, slots=True)
class Door:
    """One server callback, as registered."""

    name: str
    needs: Permission
    dependencies: tuple[DashDependency, ...]
    options: dict[str, Any]
    handler: Handler


DOORS: list[Door] = []


def guarded(*dependencies: Input | Output | State, needs: Permission, **options: Any) -> Callable[[Handler], Handler]:
    """Register an async callback behind a permission. Options are those of `dash.callback`.

    The function itself comes back unchanged, so that a test can await it with a desk of its own.
    """

    def keep(handler: Handler) -> Handler:
        DOORS.append(Door(f"{handler.__module__}.{handler.__name__}", needs, dependencies, options, handler))
        return handler

    return keep


def register(app: Dash, desk: Desk) -> None:
    """Open every door on `app`, each checked against the desk's actor at every call."""
    for door in DOORS:
        app.callback(*door.dependencies, **door.options)(_checked(door, desk))


def _checked(door: Door, desk: Desk) -> Handler:
    @wraps(door.handler)
    async def passed(*args: Any) -> Any:
        if not desk.actor.may(door.needs):
            return _say("You may not do that here. Ask the watch commander.")
        try:
            return await door.handler(desk, *args)
        except PreventUpdate:
            raise
        except Exception as error:
            reference = desk.report(error, door.name)
            return _say(f"That did not go through. Nothing was saved. Quote {reference} to support.")

    def _say(words: str) -> Any:
        set_props(ids.MESSAGE, {"children": words})
        outputs = sum(isinstance(dependency, Output) for dependency in door.dependencies)
        return no_update if outputs <= 1 else (no_update,) * outputs

    return passed
