"""Invented names and numbers, none of which can be taken for a real one (docs/operators/demonstration.md)."""

from __future__ import annotations

import random

PREFIXES = ("EXAMPLE", "SAMPLE", "SPECIMEN", "NOTIONAL")  # every name begins with one of these

_MERCHANT = (
    "TRADER", "GARNET", "MERIDIAN", "HARRIER", "PIONEER", "CORAL", "BEACON", "EMERALD", "HORIZON", "TASMAN", "AMBER",
    "VOYAGER", "ONYX", "SPIRIT", "COURIER", "JADE", "ENDEAVOUR", "TOPAZ", "MARINER", "OPAL", "RANGER", "QUARTZ",
    "CARRIER", "PEARL", "EXPRESS", "BASALT", "LEADER", "SAPPHIRE", "BULKER", "FLINT", "TRANSIT", "ZIRCON",
    "ARROW", "CINNABAR", "FALCON", "GALE", "HALCYON", "INDIGO", "KESTREL", "LANTERN", "MONSOON", "NIMBUS", "ORCHARD",
    "PLOVER", "SIERRA", "TEMPEST", "UMBER", "WILLOW",
)  # fmt: skip
_FISHING = (
    "HOKI",
    "TERN",
    "SHEARWATER",
    "MOLLYMAWK",
    "GANNET",
    "PETREL",
    "DORY",
    "LING",
    "SKUA",
    "PRION",
    "TARAKIHI",
    "KAHAWAI",
)
_YACHT = (
    "BREEZE",
    "HALYARD",
    "SPINNAKER",
    "TELLTALE",
    "DOLPHIN",
    "ZEPHYR",
    "ALBATROSS",
    "DAYDREAM",
    "MISTRAL",
    "WINDWARD",
)
_SERVICE = ("TUG", "TOWER", "PUSHER", "HAWSER", "BOLLARD")
LONGEST_NAME = 20  # characters in types 5, 19, 21 and 24
WORDS = {"merchant": _MERCHANT, "fishing": _FISHING, "yacht": _YACHT, "service": _SERVICE}

# Maritime identification digits: real, so that a flag is shown. What follows them is always 999 and a number
# below 1000, counted down from the end of the block. Hong Kong, Japan, Korea and the Cook Islands are left out:
# real ships stand at the end of theirs.
MIDS = {
    "NZ": 512, "PA": 354, "LR": 636, "MH": 538, "SG": 563, "AU": 503, "CY": 212, "MT": 215, "BS": 311, "DK": 219,
}  # fmt: skip
MERCHANT_FLAGS = ("PA", "PA", "LR", "LR", "MH", "MH", "SG", "SG", "CY", "MT", "BS", "DK")


def imo_number(index: int) -> int:
    """The `index`-th of the hundred numbers 9999xxx whose check digit is right (99999 9 3 is the last)."""
    prefix = 999_999 - index % 100
    check = sum(int(digit) * weight for digit, weight in zip(str(prefix), range(7, 1, -1), strict=True)) % 10
    return prefix * 10 + check


def call_sign(index: int) -> str:
    """Begins with Q: the International Telecommunication Union allots no call sign that does."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    return f"Q{letters[index // 1000 % 23]}{letters[index // 23000 % 23]}{index % 1000:03d}"


def icao24(index: int) -> int:
    """From DE0000, inside D00000-DFFFFF, which ICAO Annex 10 allots to no State."""
    return 0xDE0000 + 0x101 * (index % 0xFF) + index // 0xFF


def registration(index: int) -> str:
    """Begins with Q-: no nationality mark does."""
    return f"Q-X{index:03d}"


def flight(number: int) -> str:
    """Airline designator ZZ is assigned to nobody."""
    return f"ZZ{number:04d}"


class Register:
    """Hands out numbers and names, each once; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._next_of: dict[str, int] = {}
        self._names: set[str] = set()
        self._drawn: dict[str, list[str]] = {}
        self._round: dict[str, int] = {}
        self._calls = 0
        self._imo = 0

    def mmsi(self, flag: str) -> int:
        """MID 999 NNN; what goes beyond a thousand of one flag continues at MID 998."""
        number = self._next_of.get(flag, 0)
        self._next_of[flag] = number + 1
        return MIDS[flag] * 1_000_000 + 999_999 - number

    def imo(self) -> int:
        """0 (not available) once the hundred numbers are used up."""
        self._imo += 1
        return imo_number(self._imo - 1) if self._imo <= 100 else 0

    def call_sign(self) -> str:
        self._calls += 1
        return call_sign(self._calls)

    def name(self, sort: str) -> str:
        """A prefix and a word, in drawn order; once all pairs are used they come again with a number."""
        while True:
            if not self._drawn.get(sort):
                self._round[sort] = self._round.get(sort, -1) + 1
                pairs = [f"{prefix} {word}" for prefix in PREFIXES for word in WORDS[sort]]
                self.random.shuffle(pairs)
                self._drawn[sort] = pairs
            name = self._drawn[sort].pop()
            if self._round[sort]:
                name = f"{name} {self._round[sort] + 1}"
            if len(name) <= LONGEST_NAME and name not in self._names:
                self._names.add(name)
                return name

    def take(self, name: str) -> str:
        """This very name, with a number when it is taken."""
        number = 1
        while (numbered := name if number == 1 else f"{name} {number}") in self._names:
            number += 1
        self._names.add(numbered)
        return numbered
