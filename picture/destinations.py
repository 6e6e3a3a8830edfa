"""Which port an AIS destination means. It is typed by hand on board, in twenty characters, any way people like.

Read in this order, the first that gives exactly one place wins: UN/LOCODE, the whole name (also with a country or a
state behind it), the last three letters of a home port's UN/LOCODE, one slip of the finger in a name. What stays
ambiguous, is a route there and back, or is not a place ("FISHING") gives None: a wrong port on the timeline is worse
than the raw text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from picture.places import Port

REMEMBERED = 20_000  # texts whose answer is kept; vessels repeat theirs every six minutes
SAME_PLACE_DEGREES = 0.4  # two entries of one name closer than this are one place
SLIP_FROM = 6  # letters from which one slip is forgiven in a home port's name; one more for the rest of the world
TWO_SLIPS_FROM = 11  # home ports only

_NOT_A_PLACE = frozenset(
    """SEA;AT SEA;FISHING;FISHING GROUND;FISHING GROUNDS;FISHINGGROUNDS;HOME;HOME PORT;NONE;NIL;NA;N A;TBA;TBN;TBC;
    TEST;UNKNOWN;ORDERS;ORDER;FOR ORDER;FOR ORDERS;DRIFTING;ANCHOR;AT ANCHOR;PILOT;HARBOUR;HARBOR;COASTAL;LOCAL;OFFSHORE;
    CRUISING;SAILING;RACING;TOWING;DREDGING;SURVEY;PATROL;TRAINING;TRIAL;TRIALS;SEA TRIAL;SEA TRIALS;STANDBY;VARIOUS;
    RANDOM;WORLD;PLEASURE;CLASS B""".replace("\n    ", "").split(";")
)
_TAIL = re.compile(
    r"\s+(FOR ORDERS?|F O|VIA .*|PILOT( ST(ATIO)?N?| BOARDING.*)?|P S|PBG|PS|ANCH(ORAGE)?( AREA)?( \w{1,2})?|ROADS?|"
    r"BERTH( \w+)?|WHARF( \w+)?|TERMINAL|TML|DRY DOCK|HBR|HARBOU?R|PORT|OPL|EST|RV)$"
)
_COUNTRIES = {
    "NEW ZEALAND": "NZ", "NZL": "NZ", "N Z": "NZ", "AUSTRALIA": "AU", "AUS": "AU", "USA": "US", "U S A": "US",
    "UNITED STATES": "US", "UK": "GB", "U K": "GB", "ENGLAND": "GB", "SCOTLAND": "GB", "CANADA": "CA", "CAN": "CA",
    "CHINA": "CN", "CHN": "CN", "JAPAN": "JP", "JPN": "JP", "KOREA": "KR", "S KOREA": "KR", "SOUTH KOREA": "KR",
    "KOR": "KR", "FIJI": "FJ", "SAMOA": "WS", "TONGA": "TO", "CHILE": "CL", "PERU": "PE", "BRAZIL": "BR",
    "SINGAPORE": "SG", "INDIA": "IN", "DENMARK": "DK", "DEN": "DK", "NORWAY": "NO", "SWEDEN": "SE", "SWE": "SE",
    "FINLAND": "FI", "FIN": "FI", "GERMANY": "DE", "GER": "DE", "HOLLAND": "NL", "NETHERLANDS": "NL", "FRANCE": "FR",
    "SPAIN": "ES", "ITALY": "IT", "TAIWAN": "TW", "VIETNAM": "VN", "INDONESIA": "ID", "MALAYSIA": "MY",
    "THAILAND": "TH", "PHILIPPINES": "PH", "PNG": "PG", "NEW CALEDONIA": "NC", "VANUATU": "VU", "PANAMA": "PA",
    "MEXICO": "MX", "UAE": "AE", "POLAND": "PL", "RUSSIA": "RU", "RUS": "RU",
}  # fmt: skip
_US_STATES = {
    "AK": "Alaska", "AL": "Alabama", "CA": "California", "CT": "Connecticut", "DE": "Delaware", "FL": "Florida",
    "GA": "Georgia", "HI": "Hawaii", "LA": "Louisiana", "MA": "Massachusetts", "MD": "Maryland", "ME": "Maine",
    "MS": "Mississippi", "NC": "North Carolina", "NJ": "New Jersey", "NY": "New York", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "TX": "Texas", "VA": "Virginia",
    "WA": "Washington",
}  # fmt: skip


class Destinations:
    """Reads destinations from the point of view of one country: its own ports win over namesakes abroad."""

    def __init__(self, country: str, ports: Iterable[Port]) -> None:
        self._country = country
        self._by_locode: dict[str, Port] = {}
        self._by_name: dict[str, list[Port]] = defaultdict(list)
        other_names: list[tuple[str, Port]] = []
        for port in ports:
            if port.locode:
                self._by_locode.setdefault(port.locode, port)
            self._add(port.name, port)
            other_names += [(plain_name(name), port) for name in port.alternatives]
        for name, port in other_names:
            # An alternative name never competes with a port that is really called so.
            if not any(other.name.upper() == name for other in self._by_name.get(name, [])):
                self._add(name, port)
        self._countries = {port.country for port in self._by_locode.values()}
        self._home_names = [name for name, of in self._by_name.items() if any(p.country == country for p in of)]
        self._all_names = list(self._by_name)
        self._remembered: dict[str, Port | None] = {}

    def resolve(self, text: str | None) -> Port | None:
        if not text:
            return None
        if text not in self._remembered:
            if len(self._remembered) >= REMEMBERED:  # bounded against invented traffic
                self._remembered.clear()
            self._remembered[text] = self._read(text)
        return self._remembered[text]

    @staticmethod
    def is_place(text: str) -> bool:
        """Whether what was typed could be a place at all: not "FISHING GROUNDS", not "FOR ORDERS"."""
        name = plain_name(text.split("@")[0])
        return bool(name) and name not in _NOT_A_PLACE

    def _read(self, text: str) -> Port | None:
        last = _last_leg(text.split("@")[0])
        if last is None:
            return None
        name = plain_name(last)
        while name and name not in _NOT_A_PLACE:
            port = self._exact(name)
            if port is not None:
                return port
            shorter = _TAIL.sub("", name)
            if shorter == name:
                return self._slip(name)
            name = shorter
        return None

    def _exact(self, name: str) -> Port | None:
        return (
            self._named(name)
            or self._locode(name)
            or self._with_country(name)
            or self._by_locode.get(self._country + name if len(name) == 3 else "")
        )

    def _add(self, name: str, port: Port) -> None:
        key = plain_name(name)
        for spelling in {key, key.replace(" ", "")}:  # LONGBEACH
            if port not in self._by_name[spelling]:
                self._by_name[spelling].append(port)

    def _locode(self, name: str) -> Port | None:
        found = re.match(r"^([A-Z]{2}) ?([A-Z2-9]{3})(?: (?:\d+|[A-Z]))?$", name)
        return self._by_locode.get(found.group(1) + found.group(2)) if found else None

    def _named(self, name: str, among: str | None = None, province: str | None = None) -> Port | None:
        ports = [
            port
            for key in dict.fromkeys((name, name.removeprefix("PORT OF ").strip(), name.replace(" ", "")))
            for port in self._by_name.get(key, [])
            if (among is None or port.country == among) and (province is None or port.province == province)
        ]
        home = [port for port in ports if port.country == self._country]
        return _one_place(home or ports)

    def _with_country(self, name: str) -> Port | None:
        """'TAURANGA NZ', 'LYT NZ', 'NZ TAURANGA', 'VANCOUVER CANADA', 'LONG BEACH CA', 'PORTLAND OR USA'."""
        words = name.split(" ")
        for count in (2, 1):
            if len(words) <= count:
                continue
            rest, tail = " ".join(words[:-count]), " ".join(words[-count:])
            country = _COUNTRIES.get(tail) or (tail if tail in self._countries else None)
            state = _US_STATES.get(tail)
            found = self._named(rest, "US", state) if state else None
            if found is None and country:
                found = self._named(rest, country) or self._by_locode.get(country + rest) or self._us(rest, country)
            if found is not None:
                return found
        return self._named(" ".join(words[1:]), words[0]) if len(words) > 1 and words[0] in self._countries else None

    def _us(self, rest: str, country: str) -> Port | None:
        return self._with_country(rest) if country == "US" and rest[-2:] in _US_STATES else None

    def _slip(self, name: str) -> Port | None:
        """A home port or, for longer names, any port one slip away (a letter missing, doubled, swapped, wrong)."""
        if name in _towns_not_ports():
            return None
        return self._slip_among(name, self._home_names, SLIP_FROM, 2 if len(name) >= TWO_SLIPS_FROM else 1) or (
            self._slip_among(name, self._all_names, SLIP_FROM + 1, 1)
        )

    def _slip_among(self, name: str, names: list[str], shortest: int, most: int) -> Port | None:
        if len(name) < shortest or not re.fullmatch(r"[A-Z ]+", name):
            return None
        near = [other for other in names if other[:1] == name[:1] and len(other) >= shortest - 1
                and OSA.distance(name, other, score_cutoff=most) <= most]  # fmt: skip
        return _one_place([port for other in near for port in self._by_name[other]])


@cache
def _towns_not_ports() -> frozenset[str]:
    """Real towns one slip away from a port's name (made with the gazetteer)."""
    return frozenset((Path(__file__).parent / "geo" / "not_ports.txt").read_text(encoding="utf-8").splitlines())


def _one_place(ports: list[Port]) -> Port | None:
    """The port if all candidates are the same place, else None."""
    if not ports:
        return None
    first = min(ports, key=lambda port: port.rank)
    apart = any(
        abs(port.lat - first.lat) > SAME_PLACE_DEGREES or abs(port.lon - first.lon) > SAME_PLACE_DEGREES
        for port in ports
    )
    return None if apart else first


def _last_leg(text: str) -> str | None:
    """What comes last in 'AU SYD>NZ TRG'. There and back ('A<>B', 'A/B/A') has no last leg."""
    if re.search(r"<\W*>", text):
        return None
    legs = [leg for leg in re.split(r"[->=]*>+|\bTO\b", text.upper()) if leg.strip()]
    return legs[-1] if legs else None


def plain_name(text: str) -> str:
    """A name as it is compared: upper case, no accents, anything but letters and digits one blank. A slash stays: it marks a choice."""
    letters = unicodedata.normalize("NFKD", text.replace("'", "").replace("ø", "o").replace("Ø", "O"))
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter)).upper()
    return re.sub(r"[^A-Z0-9/]+", " ", letters).strip()
