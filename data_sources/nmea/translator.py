"""AIS in NMEA 0183 to observations: the one path for live feeds and recordings.

Sentences of the usual form go through in bulk: one regular expression per chunk, one vectorised checksum, one
decoding per message type. Whatever is odd is looked at one by one (`data_sources.nmea.oddities`).
"""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_sources.contract import FORMATS, Batch, Chunk, Format, Reason
from data_sources.nmea.clock import Stamp, StreamClock
from data_sources.nmea.duplicates import Duplicates
from data_sources.nmea.framing import Framer, Token
from data_sources.nmea.joining import Joiner, Part, Whole
from data_sources.nmea.messages import decode, type_verdict
from data_sources.nmea.oddities import examine
from data_sources.nmea.sixbit import SIX
from picture.observations import Observations, ReportFlag

STREAMS_KEPT = 1000  # senders (UDP) whose unfinished line and clock are held
REST_WAITS = 2.0  # seconds until a last line without an end is taken as it is

_HEX = np.zeros(256, np.uint8)
_HEX[48:58] = np.arange(10)
_HEX[65:71] = _HEX[97:103] = np.arange(10, 16)
_TYPE_OF = {bytes([char]): int(SIX[char]) for char in (*range(48, 88), *range(96, 120))}
_MOST_RECEIVERS = 60_000  # in one batch; column `receiver` is 16 bits wide


class Sentence(NamedTuple):
    """A sentence that has its form; its checksum is still to be proved."""

    body: bytes  # between '!' and '*'
    own_ship: bool
    total: int
    number: int
    sequence: bytes
    channel: bytes
    payload: bytes
    fill: int
    check: bytes
    stamp: Stamp


class _Stream:
    """One stream of bytes: a connection, or one sender of datagrams."""

    __slots__ = ("clock", "framer", "heard_at")

    def __init__(self, receiver: str) -> None:
        self.framer = Framer()
        self.clock = StreamClock(receiver)
        self.heard_at = -math.inf


class AisTranslator:
    """`data_sources.contract.Translator` for AIVDM and AIVDO and everything that comes between them."""

    def __init__(self) -> None:
        self._streams: dict[str, _Stream] = {}
        self._joiner = Joiner()
        self._duplicates = Duplicates()

    def translate(self, chunk: Chunk) -> Batch:
        batch = Batch()
        batch.lines = chunk.data.count(b"\n")
        stream = self._stream(chunk.receiver)
        stream.heard_at = chunk.received_at
        self._work(batch, stream, stream.framer.tokens(chunk.data), chunk.receiver, chunk.received_at)
        return batch

    def flush(self, now: float) -> Batch:
        batch = Batch()
        for receiver, stream in list(self._streams.items()):
            if stream.framer.waiting and now - stream.heard_at >= REST_WAITS:
                batch.lines += 1
                self._work(batch, stream, stream.framer.rest(), receiver, stream.heard_at)
        self._joiner.expire(now)
        self._reject_orphans(batch)
        return batch

    def _stream(self, receiver: str) -> _Stream:
        stream = self._streams.get(receiver)
        if stream is None:
            if len(self._streams) >= STREAMS_KEPT:
                del self._streams[min(self._streams, key=lambda name: self._streams[name].heard_at)]
            stream = self._streams[receiver] = _Stream(receiver)
        return stream

    def _work(self, batch: Batch, stream: _Stream, tokens: list[Token], connection: str, received_at: float) -> None:
        sentences = _sentences(batch, stream.clock, tokens, received_at)
        messages = self._messages(batch, sentences, connection, received_at)
        self._joiner.expire(received_at)
        self._reject_orphans(batch)
        if messages:
            extra = self._observations(batch, messages)
            batch.observations = (
                extra if not len(batch.observations) else Observations.join((batch.observations, extra))
            )

    def _messages(self, batch: Batch, sentences: list[Sentence], connection: str, received_at: float) -> list[Whole]:
        """Whole messages of sentences with the right checksum, multi-part ones joined."""
        whole: list[Whole] = []
        for sentence, good in zip(sentences, _checksums_right(sentences), strict=True):
            body, own_ship, total, number, sequence, channel, payload, fill, check, stamp = sentence
            if not good:
                raw = b"!%s*%s" % (body, check)
                batch.reject(Reason.BAD_CHECKSUM, raw, received_at, stamp.receiver)
            elif number > total:
                batch.reject(Reason.MALFORMED, b"!%s*%s" % (body, check), received_at, stamp.receiver)
            elif total == 1:
                whole.append(Whole(payload, fill, stamp, own_ship, body))
            else:
                raw = b"!%s*%s" % (body, check)
                part = Part(total, number, sequence, channel, payload, fill, stamp, own_ship, raw)
                joined = self._joiner.add(connection, part, received_at)
                if joined is not None:
                    whole.append(joined)
        return whole

    def _reject_orphans(self, batch: Batch) -> None:
        for part in self._joiner.take_orphans():
            batch.reject(Reason.ORPHAN_PART, part.raw, part.stamp.received_at, part.stamp.receiver)

    def _observations(self, batch: Batch, messages: list[Whole]) -> Observations:
        """One row per usable message, in the order they came."""
        batch.messages += len(messages)
        used: list[Whole] = []
        repeated: list[bool] = []
        by_type: dict[int, list[int]] = {}
        seen = self._duplicates.seen
        for message in messages:
            again = seen(message.payload, message.stamp.observed_at)
            batch.duplicates += again
            message_type = _TYPE_OF[message.payload[:1]]
            verdict = type_verdict(message_type)
            if verdict is not None:
                _reject(batch, verdict, message)
                continue
            by_type.setdefault(message_type, []).append(len(used))
            used.append(message)
            repeated.append(again)
        return _decode(batch, used, repeated, by_type)


def _sentences(batch: Batch, clock: StreamClock, tokens: list[Token], received_at: float) -> list[Sentence]:
    """Tokens to sentences of good form; what is odd is examined, counted, or tells the time."""
    found: list[Sentence] = []
    refused: list[tuple[Reason, bytes]] = []
    for tag, body, own, total, number, sequence, channel, payload, fill, check, suffix, other in tokens:
        if body:
            stamp = clock.stamp(tag, suffix, received_at)
            found.append(
                Sentence(
                    body, own == b"O", total[0] - 48, number[0] - 48, sequence, channel, payload, fill[0] - 48, check, stamp
                )
            )  # fmt: skip
        elif other[0] == 36:  # '$'
            clock.line(other, received_at)
        elif (odd := examine(other, clock, received_at)) is not None:
            if isinstance(odd, Reason):
                refused.append((odd, other))
            else:
                found.append(Sentence(*odd))
    batch.sentences += len(found) + sum(other[0] == 33 for _, other in refused)  # '!'
    _refuse(batch, refused, received_at)
    return found


def _refuse(batch: Batch, refused: list[tuple[Reason, bytes]], received_at: float) -> None:
    """Count them all, keep the last to be read: a flood of rubbish must not cost an object each."""
    kept = refused[-Batch.REJECTIONS_KEPT :]
    counted = Counter(map(id, (reason for reason, _ in refused[: -Batch.REJECTIONS_KEPT])))  # an Enum hashes slowly
    for reason in Reason if counted else ():
        if number := counted[id(reason)]:
            batch.rejected[reason] += number
    for reason, other in kept:
        batch.reject(reason, other, received_at)


def _checksums_right(sentences: list[Sentence]) -> list[bool]:
    """Whether the bytes of each body come to its two digits (exclusive or, NMEA 0183)."""
    if not sentences:
        return []
    lengths = np.fromiter((len(sentence.body) for sentence in sentences), np.intp, len(sentences))
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    bodies = np.frombuffer(b"".join([sentence.body for sentence in sentences]), np.uint8)
    digits = _HEX[np.frombuffer(b"".join([sentence.check for sentence in sentences]), np.uint8)].reshape(-1, 2)
    right: list[bool] = (np.bitwise_xor.reduceat(bodies, starts) == digits[:, 0] * 16 + digits[:, 1]).tolist()
    return right


def _decode(batch: Batch, messages: list[Whole], repeated: list[bool], by_type: dict[int, list[int]]) -> Observations:
    stamps = [message.stamp for message in messages]
    n = len(messages)
    names: dict[str, int] = {}
    receiver = [
        names.setdefault(stamp.receiver if len(names) < _MOST_RECEIVERS else "", len(names)) for stamp in stamps
    ]
    found = Observations.blank(n, receivers=tuple(names) or ("",))
    found.receiver[:] = receiver
    found.observed_at[:] = [stamp.observed_at for stamp in stamps]
    found.received_at[:] = [stamp.received_at for stamp in stamps]
    found.flags[:] = _flags(messages, repeated)
    silent = frozenset(index for index, again in enumerate(repeated) if again)
    keep = np.ones(n, np.bool_)
    for message_type, indices in by_type.items():
        rows: NDArray[np.intp] = np.array(indices, np.intp)
        payloads, fills = [messages[index].payload for index in indices], [messages[index].fill for index in indices]
        for position, reason in decode(message_type, payloads, fills, rows, found, silent).items():
            keep[indices[position]] = False
            _reject(batch, reason, messages[indices[position]])
    return found if keep.all() else found.take(keep)


def _flags(messages: list[Whole], repeated: list[bool]) -> list[int]:
    duplicate, untimed, own = int(ReportFlag.DUPLICATE), int(ReportFlag.TIME_OF_RECEIPT), int(ReportFlag.OWN_SHIP)
    return [
        (duplicate if again else 0) | (0 if message.stamp.timed else untimed) | (own if message.own_ship else 0)
        for message, again in zip(messages, repeated, strict=True)
    ]


def _reject(batch: Batch, reason: Reason, message: Whole) -> None:
    raw = message.raw if message.raw.startswith(b"!") else b"!" + message.raw
    batch.reject(reason, raw, message.stamp.received_at, message.stamp.receiver)


def recognise(head: bytes) -> float:
    """How surely the beginning of a recording is AIS in NMEA 0183."""
    lines = head.count(b"\n") + 1
    sentences = head.count(b"VDM,") + head.count(b"VDO,")
    if not sentences:  # a ship's own instruments only: still ours, and nothing else's
        return 0.3 if head.startswith((b"$", b"\\")) and b"*" in head and b"," in head else 0.0
    return 1.0 if head.count(b"!") >= sentences / 2 and sentences >= 0.05 * lines else 0.5


FORMATS.append(Format("AIS (NMEA 0183)", recognise, AisTranslator))
