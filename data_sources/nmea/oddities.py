"""Sentences that are not of the usual form: what is wrong with each, or how it is to be read all the same."""

from __future__ import annotations

import re
from functools import reduce
from operator import xor

from data_sources.contract import Reason
from data_sources.nmea.clock import Stamp, StreamClock
from data_sources.nmea.framing import BROKEN_START, LIMIT, SENTENCE_START

_CHECK = re.compile(rb"\*([0-9A-Fa-f]{2})")
_ARMOUR = re.compile(rb"[0-W`-w]+")
_DIGIT = re.compile(rb"[1-9]")
_EMPTY = frozenset((b"", b"0"))

# The fields of translator.Sentence, which cannot be imported from here.
OddSentence = tuple[bytes, bool, int, int, bytes, bytes, bytes, int, bytes, Stamp]


def examine(token: bytes, clock: StreamClock, received_at: float) -> OddSentence | Reason | None:
    """None for what is fine and says nothing (comment, blank, tag block), a reason, or a readable sentence."""
    if token == b"!":
        return Reason.TORN
    if token.startswith(b"#"):
        return None
    if len(token) > LIMIT:
        return Reason.OVERSIZED
    if token.startswith(b"\\"):
        return _tag_block(token, clock)
    if not token.startswith(b"!"):
        text = token.strip()
        return None if not text or text.startswith(b"#") else Reason.NOT_RECOGNISED
    if not SENTENCE_START.match(token):
        # '!' also opens sentences that are none of AIS (encapsulated chart data, AIS binary to a transponder).
        return Reason.TORN if BROKEN_START.match(token) or b"*" not in token else None
    return _sentence(token, clock, received_at)


def _tag_block(token: bytes, clock: StreamClock) -> Reason | None:
    if len(token) > 1 and token.endswith(b"\\"):
        clock.tag_block(token[1:-1])
        return None
    return Reason.TORN


def _sentence(token: bytes, clock: StreamClock, received_at: float) -> OddSentence | Reason:
    check = _CHECK.search(token)
    if check is None:
        return Reason.TORN
    body, suffix = token[1 : check.start()], token[check.end() :]
    if reduce(xor, body, 0) != int(check[1], 16):
        return Reason.BAD_CHECKSUM
    fields = body.split(b",")
    if len(fields) < 7:
        return Reason.MALFORMED
    head, total, number, sequence, channel, payload, fill = fields[:7]  # more fields behind are some gateways' own
    if not payload:
        return Reason.EMPTY_PAYLOAD
    if not _ARMOUR.fullmatch(payload):
        return Reason.BAD_PAYLOAD
    if not (_DIGIT.fullmatch(total) and _DIGIT.fullmatch(number)) or fill not in (
        b"",
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
        b"5",
    ):
        return Reason.MALFORMED
    stamp = clock.stamp(b"", suffix, received_at)
    own_ship = head.endswith(b"VDO")
    return (body, own_ship, int(total), int(number), sequence, channel, payload, int(fill or 0), check[1], stamp)
