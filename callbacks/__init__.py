"""What happens when someone acts: the guard, the route table, one module per page."""

from callbacks import picture, routes, system
from callbacks.guard import DOORS, Desk, guarded, register

__all__ = ["DOORS", "Desk", "guarded", "picture", "register", "routes", "system"]
