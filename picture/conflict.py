"""Impossible jumps: wait, believe, or see two hulls.

A report that needs an impossible speed is not used. It becomes a candidate: "if this were true, it would be
there". Three reports that agree with each other confirm a candidate. Then it depends on the track:
it kept reporting from where it is -> there are two hulls on one identity, in conflict;
it has gone silent -> the jump was true (a wrong first fix, a long gap) and the track goes there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from picture.observations import Kind, Observations
from picture.plausibility import carried_on, distance_nm, possible, reach_nm
from picture.rows import ROW

CONFIRMED_BY = 3  # reports that agree with each other
OTHERS_HEARD = 2  # reports of the track itself meanwhile that show it is still where it was
CANDIDATES_A_KEY = 3  # garbage on one identity costs no more
HULLS_A_KEY = 8  # identities that many transponders share (0, 123456789, a factory default)
CANDIDATE_TERM = 3600.0  # s without a further report: forgotten
CONFLICT_TERM = 24 * 3600.0  # s of silence of the other hulls: the conflict is over

# A track that moved is silent when it missed about six reports (10 s class A, 30 s class B: M.1371 table 1);
# moored ones report every three minutes, aircraft twice a second.
SILENT_UNDER_WAY, SILENT_MOORED, SILENT_AIRCRAFT = 120.0, 400.0, 15.0  # s
MOORED_BELOW = 3.0  # knots, M.1371 table 1


class Verdict(Enum):
    WAIT = "wait"
    ADOPT = "adopt"
    SECOND_HULL = "second hull"


@dataclass(slots=True)
class Candidate:
    """Where a track would be if its impossible reports were true."""

    kind: int
    lat: float
    lon: float
    at: float
    speed: float
    count: int = 1
    others: int = 0  # reports of the track's own hulls since the first of this candidate

    def agrees(self, seen: Observations) -> bool:
        """True when the one observation `seen` can be the same thing, further on."""
        was = np.zeros(1, ROW)
        was["kind"], was["lat"], was["lon"], was["speed"] = self.kind, self.lat, self.lon, self.speed
        was["positioned_at"] = self.at
        return bool(possible(was, seen)[0])

    def follow(self, seen: Observations) -> None:
        """Take the one observation in; the same or an older one heard again confirms nothing."""
        at = float(seen.observed_at[0])
        if at > self.at:
            self.lat, self.lon, self.at = float(seen.lat[0]), float(seen.lon[0]), at
            self.speed = float(seen.speed[0])
            self.count += 1


def nearest_possible(hulls: NDArray[np.void], seen: Observations) -> int:
    """Index of the hull that the one observation can be of and is nearest to, dead-reckoned; -1: of none."""
    apart = distance_nm(hulls["lat"], hulls["lon"], seen.lat, seen.lon)
    seconds = np.clip(seen.observed_at - hulls["positioned_at"], 0.0, 3600.0)
    ahead = carried_on(hulls["lat"], hulls["lon"], hulls["speed"], hulls["course"], seconds)
    off = np.minimum(apart, distance_nm(*ahead, seen.lat, seen.lon))
    never = np.isnan(apart)
    reachable = never | (apart <= reach_nm(hulls, seen))
    if not reachable.any():
        return -1
    return int(np.where(reachable, np.where(never, 1e9, off), np.inf).argmin())


def judge(candidate: Candidate, hulls: NDArray[np.void]) -> Verdict:
    """What a confirmed or unconfirmed candidate means for the hulls on its identity."""
    if candidate.count < CONFIRMED_BY:
        return Verdict.WAIT
    if candidate.others >= OTHERS_HEARD:
        return Verdict.SECOND_HULL if len(hulls) < HULLS_A_KEY else Verdict.WAIT
    main = hulls[0]
    if main["fixes"] <= 1 or candidate.at - main["positioned_at"] > silent_after(main):
        if len(hulls) == 1:
            return Verdict.ADOPT
        return Verdict.SECOND_HULL if len(hulls) < HULLS_A_KEY else Verdict.WAIT
    return Verdict.WAIT


def silent_after(row: np.void) -> float:
    """Seconds after which a track that kept reporting would have been heard again."""
    if row["kind"] == Kind.AIRCRAFT:
        return SILENT_AIRCRAFT
    return SILENT_UNDER_WAY if row["speed"] >= MOORED_BELOW else SILENT_MOORED
