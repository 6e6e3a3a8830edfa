"""Whose number is it: identity keys, IMO numbers and who claims them, changes of identity."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from stdnum import imo as imo_numbers

from picture.observations import Namespace, Particulars, key_of
from picture.state import ship_class

IDENTITY_CHANGE_SHOWN = 24 * 3600.0  # s
FORMER_KEPT = 8  # former identities of one track
CLAIMANTS_NAMED = 4  # other MMSI with the same IMO number, in a track's particulars

_WATCHED = ("name", "call_sign", "imo", "ship_type")


def imo_valid(number: int) -> bool:
    """True when the seven digits of an IMO ship number agree with the last of them."""
    return 1_000_000 <= number <= 9_999_999 and bool(imo_numbers.is_valid(str(number)))


def key_at_receiver(key: NDArray[np.int64], reporter: NDArray[np.uint16]) -> NDArray[np.int64]:
    """NON_ICAO keys made unique: such an address names a thing at one receiver only.

    The reporter's number goes into the 16 bits above the 24 of the address.
    """
    return key | (reporter.astype(np.int64) << 24)


def learn(known: Particulars, told: Particulars, *, newest: bool, at: float) -> tuple[Particulars, bool]:
    """What is known after being `told` at `at` (epoch s), and whether the identity changed.

    An older message (`newest` false) only fills what is not known. A value that replaces another known name,
    call sign, IMO number or kind of ship is kept under "was": [{"name": .., "until": epoch s}, ..], newest last.
    Returns `known` itself when nothing changed; a new dict otherwise, since ticks still hold the old one.
    """
    if newest:
        new = {key: value for key, value in told.items() if known.get(key) != value}
    else:
        new = {key: value for key, value in told.items() if key not in known}
    if not new:
        return known, False
    merged: Particulars = {**known, **new}  # type: ignore[typeddict-item]
    former = {key: known[key] for key in _WATCHED if key in new and _changed(key, known.get(key), new[key])}  # type: ignore[literal-required]
    if former:
        merged["was"] = [*known.get("was", ()), {**former, "until": at}][-FORMER_KEPT:]
    return merged, bool(former)


def _changed(key: str, before: object, after: object) -> bool:
    """True when both are known and mean different things."""
    if not before or not after:
        return False
    if key == "ship_type":  # the second digit tells the cargo's hazard, which changes with every voyage
        return ship_class(int(str(before))) != ship_class(int(str(after)))
    return str(before).split() != str(after).split()


class Claims:
    """Which tracks say they are the ship with an IMO number."""

    def __init__(self) -> None:
        self._claimants: dict[int, list[int]] = {}  # IMO -> track ids
        self._claim: dict[int, int] = {}  # track id -> IMO

    def claim(self, track: int, imo: int | None) -> set[int]:
        """Note what `track` claims now; returns all tracks whose agreement with others may have changed."""
        before = self._claim.get(track)
        if before == imo:
            return set()
        touched = {track}
        if before is not None:
            touched |= self._drop(track, before)
        if imo is not None:
            self._claim[track] = imo
            self._claimants.setdefault(imo, []).append(track)
            touched.update(self._claimants[imo])
        return touched

    def of(self, imo: int) -> list[int]:
        return self._claimants.get(imo, [])

    def rivals(self, track: int) -> list[int]:
        """Other tracks that claim the same ship."""
        imo = self._claim.get(track)
        return [] if imo is None else [other for other in self._claimants[imo] if other != track]

    def _drop(self, track: int, imo: int) -> set[int]:
        del self._claim[track]
        rest = self._claimants[imo]
        rest.remove(track)
        if not rest:
            del self._claimants[imo]
        return set(rest)


def imo_key(number: int) -> int:
    return key_of(Namespace.IMO, number)


def newest_change(particulars: Particulars) -> float:
    """When the identity last changed, epoch s; -inf: never."""
    former: Iterable[dict] = particulars.get("was", ())
    return max((change["until"] for change in former), default=float("-inf"))
