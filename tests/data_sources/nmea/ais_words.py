"""How the tests of this folder speak AIS: sentences made by pyais, the recordings, and a translator run to the end."""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Iterable
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import pytest
from pyais.encode import encode_dict

from data_sources.contract import Batch, Chunk
from data_sources.nmea.translator import AisTranslator
from picture.observations import Observations, Particulars

NOW = 1_800_000_000.0  # 2027-01-15: later than every recording
RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "ais"

# A class A position report of MMSI 366913120 at 18.3212 N 64.6207 W, course 329.5 degrees.
POSITION = b"!AIVDM,1,1,,A,15MrVH0000KH<:V:NtBLoqFP2H9:,0*2F"
PART_1 = b"!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C"
PART_2 = b"!AIVDM,2,2,1,A,88888888880,2*25"


def recording(name: str) -> bytes:
    """The bytes of a real recording; skips when the folder of recordings is not there."""
    path = RECORDINGS / name
    if not path.exists():
        pytest.skip(f"the recordings are not here: no {path.parent.parent.name}/{path.parent.name} beside the project")
    data = path.read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


def checked(body: str) -> bytes:
    """A sentence with its right checksum, from what is between '!' and '*'."""
    return f"!{body}*{reduce(xor, body.encode(), 0):02X}".encode()


def sentences(**fields: Any) -> list[bytes]:
    """A message as pyais words it."""
    return [part.encode() for part in encode_dict(fields, talker_id="AI", sentence_type="VDM", radio_channel="A")]


def sentence(**fields: Any) -> bytes:
    (only,) = sentences(**fields)
    return only


class Outcome:
    """All batches of a translator put together."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        batches = list(batches)
        self.observations = Observations.join(batch.observations for batch in batches)
        self.rejected = sum((batch.rejected for batch in batches), Counter())
        self.rejections = [rejection for batch in batches for rejection in batch.rejections]
        self.lines = sum(batch.lines for batch in batches)
        self.sentences = sum(batch.sentences for batch in batches)
        self.messages = sum(batch.messages for batch in batches)
        self.duplicates = sum(batch.duplicates for batch in batches)

    @property
    def reasons(self) -> dict[str, int]:
        return {str(reason): count for reason, count in self.rejected.items()}

    @property
    def only(self) -> Particulars:
        """Particulars of the only observation."""
        assert len(self.observations) == 1, (len(self.observations), self.reasons)
        return self.observations.particulars.get(0, {})

    def rows(self) -> list[tuple[Any, ...]]:
        """Everything that was observed, comparable."""
        seen = self.observations
        columns = [
            seen.key, seen.kind, seen.flags, seen.status, seen.quality, seen.observed_at, seen.received_at,
            seen.lat, seen.lon, seen.speed, seen.course, seen.heading, seen.turn, seen.altitude,
        ]  # fmt: skip
        said = [str(column.tolist()) for column in columns]
        receivers = [seen.receivers[index] for index in seen.receiver.tolist()]
        return [tuple(said), tuple(receivers), tuple(sorted((k, str(v)) for k, v in seen.particulars.items()))]


def translate(*pieces: bytes, received_at: float = NOW, translator: AisTranslator | None = None) -> Outcome:
    """What these pieces of one stream come to, with nothing more to follow."""
    translator = translator or AisTranslator()
    batches = [translator.translate(Chunk(piece, received_at)) for piece in pieces]
    return Outcome([*batches, translator.flush(math.inf)])
