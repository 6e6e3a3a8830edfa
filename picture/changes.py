"""One tick of change, as the feed process writes it and every web process reads it.

The picture travels through the database as an append-only list of ticks (table `tick`, `seq` rising): each is
the columns of every track that changed since the tick before. A screen's mirror applies ticks in order; a
mirror that is behind the oldest kept tick loads the checkpoint (tables `track`, ...) and goes on from there.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
import orjson
from numpy.typing import NDArray

from picture.observations import Particulars
from picture.state import POINT, REPORT, STATE

_HEAD = struct.Struct("<4sIIIII")
_MAGIC = b"WFT1"


@dataclass(slots=True)
class Tick:
    """What changed in one flush: whole rows of changed tracks, newest reports, particulars, removals."""

    at: float  # epoch seconds UTC at which the feed process flushed
    states: NDArray[np.void] = field(default_factory=lambda: np.empty(0, STATE))
    reports: NDArray[np.void] = field(default_factory=lambda: np.empty(0, REPORT))
    particulars: dict[int, Particulars] = field(default_factory=dict)  # track id -> all that is known
    removed: list[int] = field(default_factory=list)  # track ids that left the live picture, merged ones too
    merged: dict[int, int] = field(default_factory=dict)  # track id -> the id it became part of
    reporters: dict[int, tuple[str, str]] = field(default_factory=dict)  # new ones: id -> (feed, receiver)
    seq: int = 0  # its number, and that of the tick before it: given by the journal, travel beside the bytes
    after: int = 0

    def __bool__(self) -> bool:
        return bool(
            len(self.states) or len(self.reports) or self.particulars or self.removed or self.merged or self.reporters
        )

    def pack(self) -> bytes:
        """Bytes for the tick table: head, raw columns, then JSON of the sparse rest."""
        rest = orjson.dumps(
            {"p": self.particulars, "x": self.removed, "m": self.merged, "r": self.reporters, "at": self.at},
            option=orjson.OPT_NON_STR_KEYS,
        )
        states, reports = self.states.tobytes(), self.reports.tobytes()
        return b"".join(
            (_HEAD.pack(_MAGIC, len(self.states), len(self.reports), len(rest), STATE.itemsize, REPORT.itemsize),
             states, reports, rest)
        )  # fmt: skip

    @classmethod
    def unpack(cls, data: bytes | memoryview) -> Tick:
        """The reverse of `pack`. Raises ValueError on bytes of another version."""
        magic, n_states, n_reports, n_rest, state_size, report_size = _HEAD.unpack_from(data)
        if (magic, state_size, report_size) != (_MAGIC, STATE.itemsize, REPORT.itemsize):
            raise ValueError("this tick was written by another version of Watchfloor")
        start = _HEAD.size
        states = np.frombuffer(data, STATE, n_states, start)
        start += states.nbytes
        reports = np.frombuffer(data, REPORT, n_reports, start)
        start += reports.nbytes
        rest = orjson.loads(data[start : start + n_rest])
        return cls(
            at=rest["at"],
            states=states,
            reports=reports,
            particulars={int(k): v for k, v in rest["p"].items()},
            removed=rest["x"],
            merged={int(k): v for k, v in rest["m"].items()},
            reporters={int(k): (v[0], v[1]) for k, v in rest["r"].items()},
        )


@dataclass(slots=True)
class Flush:
    """What one flush of the store hands over: the tick for the screens and the points for history."""

    tick: Tick
    points: NDArray[np.void] = field(default_factory=lambda: np.empty(0, POINT))

    def __bool__(self) -> bool:
        return bool(self.tick) or len(self.points) > 0


@dataclass(slots=True)
class Checkpoint:
    """Whole tracks, as they are saved and brought back.

    `states` holds also tracks that are part of another (`merged`): hidden from screens, kept so that a split
    brings them back without loss. `merged` and `reporters` are always complete, whichever tracks are asked for.
    """

    states: NDArray[np.void] = field(default_factory=lambda: np.empty(0, STATE))
    reports: NDArray[np.void] = field(default_factory=lambda: np.empty(0, REPORT))
    particulars: dict[int, Particulars] = field(default_factory=dict)
    reporters: dict[int, tuple[str, str]] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    next_id: int = 1
