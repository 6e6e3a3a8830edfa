"""What can be allowed, and who acts. One local officer holds everything until accounts exist."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    SEE_PICTURE = "see_picture"
    SEE_SYSTEM = "see_system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does or looks. `audience` names what a frame may contain; equal audiences share one frame."""

    name: str
    agency: str
    permissions: frozenset[Permission]
    audience: str = "all"

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions


LOCAL_OFFICER = Actor("local officer", "this machine", frozenset(Permission))
