"""Vessels worth noticing. Each story repeats, staggered, so that at any time one of each is on and one is due.

- dark: three vessels, each silent for eight hours of every day, eight hours apart: one is always dark;
- meeting: two pairs, each together for three hours of every twelve, six hours apart;
- drift: three vessels, each drifting four hours of every twelve, four hours apart: one always drifts;
- identity: name and call sign change every twelve hours (`craft.IDENTITY_HELD`);
- two hulls: two vessels far apart on one MMSI, all the time.
Aircraft have theirs in `flights`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_sources.demo.motion import UNDER_WAY, Drift, Phase, Roam, Sail, Stay
from data_sources.demo.waters import Point

if TYPE_CHECKING:
    from data_sources.demo.fleet import Builder

HOUR = 3600.0
DARK, MEETING, DRIFT, IDENTITY, TWO_HULLS = "dark", "meeting", "drift", "identity", "two hulls"

DARK_FOR = 8 * HOUR
MEET_EVERY, TOGETHER = 12 * HOUR, 3 * HOUR
DRIFT_EVERY, DRIFTING = 12 * HOUR, 4 * HOUR


def story_vessels(build: Builder) -> None:
    _dark(build)
    _meetings(build)
    _drifters(build)
    _identity(build)
    _two_hulls(build)


def _dark(build: Builder) -> None:
    # within reach of coastal receivers, so that silence means something
    for index, (name, flag, centre) in enumerate(
        (("SAMPLE GARNET", "PA", Point(-38.75, 172.95)), ("NOTIONAL EMBER", "LR", Point(-38.05, 178.95)),
         ("SPECIMEN DUSK", "SG", Point(-44.90, 171.95)))
    ):  # fmt: skip
        phases = [Roam(centre, (9, 12), 9.0, 24 * HOUR, status=UNDER_WAY)]
        craft = build.add("merchant", flag, 70, (120, 30, 12, 12), 8.0, phases, ["FOR ORDERS"], offset=index * 8 * HOUR,
                          with_imo=True, name=build.register.take(name))  # fmt: skip
        craft.plan.silent = ((16 * HOUR, 16 * HOUR + DARK_FOR),)
        craft.story = DARK


def _meetings(build: Builder) -> None:
    for pair, place in enumerate((Point(-36.90, 173.45), Point(-40.60, 177.35))):
        # 30 nautical miles off the coast or more, drifting slowly together
        for side in (0, 1):
            east = -1 if side else 1
            at = Point(place.lat, place.lon + 0.0012 * east)
            after = Point(place.lat - 0.020, place.lon - 0.022 + 0.0012 * east)
            away = Point(place.lat + 0.25 * east, place.lon - 0.30 - 0.1 * side)
            come = Sail([away, at], 9.0, slow_end=2.0)
            leave = Sail([after, away], 9.0, slow_start=2.0)
            together = Drift(at, after, TOGETHER)
            rest = MEET_EVERY - TOGETHER - come.duration - leave.duration
            # both come alongside at the same moment: the wait before it fills up the difference
            phases: list[Phase] = [together, leave, Roam(away, (1.5, 2.0), 5.0, rest, status=UNDER_WAY), come]
            sort, kind = (("merchant", 80), ("fishing", 30))[side]
            craft = build.add(sort, ("MH", "NZ")[side], kind, (60, 20, 8, 8), 5.5, phases, ["AT SEA"] * 4,
                              offset=pair * 6 * HOUR)  # fmt: skip
            craft.story = f"{MEETING} {pair}"


def _drifters(build: Builder) -> None:
    for index, start in enumerate((Point(-37.30, 173.75), Point(-39.90, 178.05), Point(-42.90, 174.60))):
        adrift = Point(start.lat + 0.05, start.lon + 0.06)
        round_again = Point(start.lat - 0.25, start.lon + 0.05)
        drift = Drift(start, adrift, DRIFTING)
        away = Sail([adrift, round_again], 7.0)
        back = Sail([round_again, start], 7.0)
        rest = DRIFT_EVERY - DRIFTING - away.duration - back.duration
        work = Roam(round_again, (2.0, 2.0), 6.0, rest, status=UNDER_WAY)
        craft = build.add("merchant", "CY", 70, (80, 20, 8, 8), 5.9, [drift, away, work, back], ["NZ TRG"] * 4,
                          offset=index * 4 * HOUR)  # fmt: skip
        craft.story = DRIFT


def _identity(build: Builder) -> None:
    phases = [Roam(Point(-36.15, 175.95), (7, 5), 8.0, 18 * HOUR, status=UNDER_WAY)]
    craft = build.add("merchant", "BS", 70, (70, 20, 7, 7), 5.2, phases, ["NZTRG"],
                      name=build.register.take("EXAMPLE CHAMELEON"))  # fmt: skip
    craft.other_identity = (build.register.take("NOTIONAL GECKO"), build.register.call_sign())
    craft.story = IDENTITY


def _two_hulls(build: Builder) -> None:
    mmsi = 0
    for centre in (Point(-37.10, 177.75), Point(-43.85, 173.95)):
        phases: list[Phase] = [
            Roam(centre, (5, 4), 7.0, 10 * HOUR, status=UNDER_WAY),
            Stay(centre, HOUR, heading=120, anchored=True, status=UNDER_WAY),
        ]
        craft = build.add("fishing", "NZ", 30, (25, 10, 5, 5), 4.0, phases, ["", ""])
        mmsi = craft.mmsi = mmsi or craft.mmsi
        craft.story = TWO_HULLS
