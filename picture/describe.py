"""The words for what numbers say: one source for cards, lists and the API.

AIS texts follow ITU-R M.1371-5 (tables 45, 53, 74), aircraft categories DO-260B.
"""

from __future__ import annotations

from datetime import UTC, datetime

from picture import aircraft_ids, maritime_ids
from picture.identity import imo_valid
from picture.observations import Kind, Namespace, Particulars, namespace_of, number_of
from picture.state import ShipClass, TrackFlag, ship_class

STATUS = {
    0: "under way using engine", 1: "at anchor", 2: "not under command", 3: "restricted in her ability to manoeuvre",
    4: "constrained by her draught", 5: "moored", 6: "aground", 7: "engaged in fishing", 8: "under way sailing",
    11: "towing astern", 12: "pushing ahead or towing alongside", 14: "distress beacon active",
}  # fmt: skip

_SHIP_TYPES = {
    30: "fishing vessel", 31: "towing vessel", 32: "towing vessel, long or wide tow", 33: "dredger",
    34: "diving vessel", 35: "military vessel", 36: "sailing vessel", 37: "pleasure craft", 50: "pilot vessel",
    51: "search and rescue vessel", 52: "tug", 53: "port tender", 54: "anti-pollution vessel",
    55: "law enforcement vessel", 58: "medical transport", 59: "vessel of a state not party to an armed conflict",
}  # fmt: skip
_SHIP_TENS = {2: "wing-in-ground craft", 4: "high-speed craft", 6: "passenger ship", 7: "cargo ship", 8: "tanker"}
_HAZARD = {1: "A (OS)", 2: "B (Z)", 3: "C (Y)", 4: "D (X)"}  # IBC code category behind the digit

_AIDS = {
    1: "reference point", 2: "racon", 3: "fixed structure off shore", 4: "emergency wreck mark", 5: "light",
    6: "light with sectors", 7: "leading light, front", 8: "leading light, rear", 9: "beacon, cardinal north",
    10: "beacon, cardinal east", 11: "beacon, cardinal south", 12: "beacon, cardinal west", 13: "beacon, port hand",
    14: "beacon, starboard hand", 15: "beacon, preferred channel port", 16: "beacon, preferred channel starboard",
    17: "beacon, isolated danger", 18: "beacon, safe water", 19: "beacon, special mark", 20: "cardinal mark north",
    21: "cardinal mark east", 22: "cardinal mark south", 23: "cardinal mark west", 24: "port hand mark",
    25: "starboard hand mark", 26: "preferred channel port", 27: "preferred channel starboard",
    28: "isolated danger", 29: "safe water", 30: "special mark", 31: "light vessel or large navigational buoy",
}  # fmt: skip

_CATEGORIES = {
    "A1": "light aircraft", "A2": "small aircraft", "A3": "large aircraft", "A4": "large aircraft, high vortex",
    "A5": "heavy aircraft", "A6": "high-performance aircraft", "A7": "rotorcraft", "B1": "glider",
    "B2": "balloon or airship", "B3": "parachutist", "B4": "ultralight", "B6": "unmanned aircraft",
    "B7": "space vehicle", "C1": "emergency vehicle", "C2": "service vehicle", "C3": "obstacle",
}  # fmt: skip

_BEACONS = {970: "search and rescue transmitter", 972: "man-overboard device", 974: "emergency beacon"}

_SQUAWKS = {"7500": "unlawful interference", "7600": "radio failure", "7700": "emergency"}

_KINDS = {
    Kind.VESSEL: "vessel", Kind.AIRCRAFT: "aircraft", Kind.CONTACT: "contact", Kind.BASE_STATION: "base station",
    Kind.AID: "aid to navigation", Kind.RESCUE_AIRCRAFT: "rescue aircraft", Kind.BEACON: "beacon",
    Kind.TENDER: "tender",
}  # fmt: skip

_FORMER = {"name": "name", "call_sign": "call sign", "imo": "IMO number", "ship_type": "type"}


def status_words(status: int) -> str | None:
    """A navigational status in words; None when not available or reserved."""
    return STATUS.get(status)


def ship_type_words(ship_type: int | None) -> str:
    """ "tanker, hazard category B (Z)", "fishing vessel"; "vessel" when not known."""
    if ship_type is None:
        return "vessel"
    if ship_type in _SHIP_TYPES:
        return _SHIP_TYPES[ship_type]
    tens, digit = divmod(ship_type, 10)
    words = _SHIP_TENS.get(tens, ShipClass.LABELS[ship_class(ship_type)])
    return f"{words}, hazard category {_HAZARD[digit]}" if tens in _SHIP_TENS and digit in _HAZARD else words


def what_it_is(kind: int, key: int, known: Particulars) -> str:
    """One phrase for a card: "tanker", "heavy aircraft B77W", "aid to navigation: light"."""
    words = _KINDS.get(Kind(kind), "track") if kind in Kind._value2member_map_ else "track"
    if kind == Kind.VESSEL:
        return ship_type_words(known.get("ship_type"))
    if kind == Kind.AIRCRAFT:
        words = _CATEGORIES.get(known.get("category", ""), "aircraft")
        return f"{words} {known['aircraft_type']}" if known.get("aircraft_type") else words
    if kind == Kind.AID and known.get("aid_type") in _AIDS:
        return f"{words}: {_AIDS[known['aid_type']]}"
    if kind == Kind.BEACON:
        return _BEACONS.get(number_of(key) // 1_000_000, words)
    return words


def country_of(key: int) -> str:
    """The country in a number itself (MMSI, ICAO24), English short name; "" when it names none."""
    namespace = namespace_of(key) if key >> 40 in Namespace._value2member_map_ else None
    if namespace is Namespace.MMSI:
        return maritime_ids.country_of_mmsi(number_of(key))
    if namespace is Namespace.ICAO24:
        return aircraft_ids.country_of_icao24(number_of(key))
    return ""


def notes(key: int, flags: int, known: Particulars) -> tuple[str, ...]:
    """What does not fit together, in plain words, gravest first."""
    said = []
    if flags & TrackFlag.DISTRESS:
        meaning = _SQUAWKS.get(known.get("squawk", ""))
        said.append(f"In distress: squawk {known['squawk']}, {meaning}" if meaning else "Reports distress")
    if flags & TrackFlag.CONFLICT:
        said.append("Two things report under this number from different places: shown as two tracks in conflict")
    if flags & TrackFlag.JUMP:
        said.append("Reported at a place it cannot have reached; not used until confirmed")
    said += _identity_notes(key, known)
    if flags & TrackFlag.VIRTUAL:
        said.append("Virtual aid: nothing is there")
    if "mothership" in known:
        said.append(f"Craft of the ship with MMSI {known['mothership']:09d}")
    if flags & TrackFlag.LOW_ACCURACY:
        said.append("Position of low accuracy")
    return tuple(said)


def _identity_notes(key: int, known: Particulars) -> list[str]:
    said = []
    for rival in known.get("imo_also", ()):
        said.append(f"IMO {known.get('imo', '')} is also claimed by MMSI {rival:09d}")
    if "imo_invalid" in known:
        said.append(f"IMO number {known['imo_invalid']} as sent is not valid")
    elif "imo" in known and not imo_valid(known["imo"]):
        said.append(f"IMO number {known['imo']} as sent is not valid")
    for former in reversed(known.get("was", ())):
        until = datetime.fromtimestamp(former["until"], UTC)
        for name, words in _FORMER.items():
            if name in former:
                value = ship_type_words(former[name]) if name == "ship_type" else former[name]
                said.append(f"{words[0].upper()}{words[1:]} was {value} until {until:%H:%M}Z {until.day} {until:%b}")
    said += _country_notes(key, known)
    return said


def _country_notes(key: int, known: Particulars) -> list[str]:
    country, stated = country_of(key), known.get("country", "")
    said = []
    if country and len(stated) > 3 and stated.casefold() != country.casefold():
        said.append(f"Flag disagrees: the number is of {country}, reported as {stated}")
    if namespace_of(key) is Namespace.MMSI and not country and number_of(key) // 10_000_000 != 97:
        said.append(f"MMSI {number_of(key):09d} names no country")
    if namespace_of(key) is Namespace.ICAO24 and "registration" in known:
        differ = aircraft_ids.disagrees(number_of(key), known["registration"])
        if differ:
            said.append(f"Registration {known['registration']} is of {differ[1]}, its address of {differ[0]}")
    return said
