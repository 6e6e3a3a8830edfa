"""The same message heard by several receivers of a feed, or twice by one."""

from __future__ import annotations

WINDOW = 30.0  # seconds of observed time within which the same payload is the same transmission
KEPT = 100_000  # payloads of one generation; two are kept, some 25 MB at the most


class Duplicates:
    """Payloads seen lately, in two generations: when the young one is full the old one is forgotten."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._young: dict[bytes, float] = {}
        self._old: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def seen(self, payload: bytes, observed_at: float) -> bool:
        """True when the same payload was heard within WINDOW seconds of this time; remembers it otherwise."""
        before = self._young.get(payload)
        if before is None:
            before = self._old.get(payload)
        if before is not None and -WINDOW <= observed_at - before <= WINDOW:
            return True
        if len(self._young) >= self._kept:
            self._old, self._young = self._young, {}
        self._young[payload] = observed_at
        return False
