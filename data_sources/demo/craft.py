"""What a craft of the demonstration is, and what it says of itself at a moment."""

from __future__ import annotations

import math
import time as clock_time
from collections.abc import Sequence
from dataclasses import dataclass, field

from data_sources.demo.motion import Plan, Roam, Stay

Dimensions = tuple[int, int, int, int]  # metres to bow, stern, port, starboard from the antenna
DESTINATION_SET = 2 * 3600.0  # seconds before leaving that the next destination is typed in


@dataclass(slots=True)
class Craft:
    """One vessel (or rescue aircraft) with its plan. `bound_for[phase]` is what was typed as destination."""

    mmsi: int
    name: str
    call_sign: str
    imo: int
    ship_type: int
    size: Dimensions
    draught: float
    plan: Plan
    bound_for: Sequence[str]
    class_b: bool = False
    rescue: bool = False  # aircraft, type 9
    story: str = ""
    other_identity: tuple[str, str] | None = None  # name and call sign of every other half day
    seed: int = field(default=0)


@dataclass(frozen=True, slots=True)
class Particulars:
    """The words of a type 5 message."""

    name: str
    call_sign: str
    destination: str
    month: int
    day: int
    hour: int
    minute: int
    draught: int  # decimetres


NO_ETA = (0, 0, 24, 60)
NOT_A_PLACE = frozenset(
    {"HARBOUR DUTIES", "AT SEA", "FISHING", "FISHING GROUNDS", "PATROL", "FOR ORDERS", "AS DIRECTED"}
)  # typed as destination by people who then set no ETA
IDENTITY_HELD = 12 * 3600.0


def particulars_at(craft: Craft, time: float) -> Particulars:
    """Name, call sign, destination, ETA and draught as they stand at `time`."""
    name, call = craft.name, craft.call_sign
    if craft.other_identity and int(time // IDENTITY_HELD) % 2:
        name, call = craft.other_identity
    destination, eta = voyage_at(craft, time)
    return Particulars(name, call, destination, *eta, round(craft.draught * 10))


def voyage_at(craft: Craft, time: float) -> tuple[str, tuple[int, int, int, int]]:
    """Destination as typed and ETA (month, day, hour, minute; NO_ETA when not set)."""
    plan = craft.plan
    into = (time + plan.offset) % plan.period
    index = next((i for i, end in enumerate(plan.ends) if into < end), len(plan.phases) - 1)
    ends_at = time - into + float(plan.ends[index])
    if isinstance(plan.phases[index], Stay) and len(plan.phases) > 1:
        if ends_at - time < DESTINATION_SET or plan.phases[index].status == 1:
            index = (index + 1) % len(plan.phases)
            ends_at += plan.phases[index].duration
        else:  # still what was typed for the voyage that ended here
            ends_at -= plan.phases[index].duration
    text = craft.bound_for[index]
    lies_here = isinstance(plan.phases[index], Stay) and len(plan.phases) == 1
    if not text or text in NOT_A_PLACE or lies_here or isinstance(plan.phases[index], Roam):
        return text, NO_ETA
    # people round up to the half hour, a few to the hour
    step = 3600 if craft.seed % 5 == 0 else 1800
    moment = clock_time.gmtime(math.ceil(ends_at / step) * step)
    return text, (moment.tm_mon, moment.tm_mday, moment.tm_hour, moment.tm_min)


def typed_destination(seed: int, locode: str, port: str, origin: str) -> str:
    """A port as different people type it into the same twenty characters."""
    name = port.upper()
    forms = (
        locode, f"{locode[:2]} {locode[2:]}", name, f"{name} {locode[:2]}",
        f"{origin[:2]} {origin[2:]}>{locode[:2]} {locode[2:]}", f"{origin}>{locode}", f"{locode[2:]} PILOT",
        f"{locode} PBP", name, locode,
    )  # fmt: skip
    return forms[seed % len(forms)][:20]
