"""How the writing of the picture goes, in figures and in words."""

from __future__ import annotations

from dataclasses import dataclass

from storage.engines import is_busy, is_full


@dataclass(slots=True)
class Figures:
    """How the writing goes, for the health strip, the System page and the metrics."""

    seq: int = 0  # newest tick written
    given: int = 0  # newest tick handed over
    ticks: int = 0
    points: int = 0  # kept points written
    history_lost: int = 0  # kept points given up, since the database was made
    trouble: str = ""  # plain words, empty when all is well
    trouble_since: float | None = None
    lost_before: int = 0  # kept points given up before this trouble
    remark: str = ""  # what happened to the database, said for a while
    remark_until: float = 0.0
    written_at: float = 0.0
    checkpoint_at: float = 0.0
    failed_jobs: int = 0
    waiting_points: int = 0

    def facts(self, now: float) -> dict[str, int | str]:
        """What web processes are told."""
        return {"history_lost": self.history_lost, "trouble": self.trouble, "trouble_words": self.in_words(now)}

    def in_words(self, now: float) -> str:
        """What an officer should know of the writing, empty when there is nothing."""
        if not self.trouble:
            return self.remark if now < self.remark_until else ""
        lost = self.history_lost - self.lost_before
        fate = f"{lost:,} points lost" if lost else f"{self.waiting_points:,} points wait, none lost"
        return f"History is not being written: {self.trouble} ({fate})"


def in_plain_words(error: Exception) -> str:
    """What an officer reads of a failed write."""
    if is_full(error):
        return "the disk is full"
    if is_busy(error):
        return "the picture database is locked by another process"
    words = str(getattr(error, "orig", error)).strip().splitlines() or [type(error).__name__]
    return f"the picture database refuses to be written: {words[0]}"
