"""AIVDM written from columns: n messages of one type become n lines in a few NumPy operations.

Field tables after ITU-R M.1371-5; sentences after IEC 61162-1 (NMEA 0183) with tag blocks after NMEA 4.10.
pyais decodes what is written here in the tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
PART = 60  # payload characters in one sentence of a message of several
_CHARS = np.frombuffer(bytes(v + 48 if v < 40 else v + 56 for v in range(64)), np.uint8)
_HEX = np.frombuffer(b"0123456789ABCDEF", np.uint8)
_SIX = {chr(v + 64 if v < 32 else v): v for v in range(64)}

# name, width in bits; text fields are given as str of width/6 characters. "_" is spare.
_DIMENSION = (("bow", 9), ("stern", 9), ("port", 6), ("starboard", 6))
TABLES: dict[int, tuple[tuple[str, int], ...]] = {
    1: (("type", 6), ("repeat", 2), ("mmsi", 30), ("status", 4), ("turn", 8), ("speed", 10), ("accuracy", 1),
        ("lon", 28), ("lat", 27), ("course", 12), ("heading", 9), ("second", 6), ("manoeuvre", 2), ("_", 3),
        ("raim", 1), ("radio", 19)),
    4: (("type", 6), ("repeat", 2), ("mmsi", 30), ("year", 14), ("month", 4), ("day", 5), ("hour", 5), ("minute", 6),
        ("second", 6), ("accuracy", 1), ("lon", 28), ("lat", 27), ("epfd", 4), ("_", 10), ("raim", 1), ("radio", 19)),
    5: (("type", 6), ("repeat", 2), ("mmsi", 30), ("version", 2), ("imo", 30), ("call_sign", 42), ("name", 120),
        ("ship_type", 8), *_DIMENSION, ("epfd", 4), ("month", 4), ("day", 5), ("hour", 5), ("minute", 6),
        ("draught", 8), ("destination", 120), ("dte", 1), ("_", 1)),
    9: (("type", 6), ("repeat", 2), ("mmsi", 30), ("altitude", 12), ("speed", 10), ("accuracy", 1), ("lon", 28),
        ("lat", 27), ("course", 12), ("second", 6), ("_", 8), ("dte", 1), ("_", 3), ("assigned", 1), ("raim", 1),
        ("radio", 20)),
    18: (("type", 6), ("repeat", 2), ("mmsi", 30), ("_", 8), ("speed", 10), ("accuracy", 1), ("lon", 28), ("lat", 27),
         ("course", 12), ("heading", 9), ("second", 6), ("_", 2), ("cs", 1), ("display", 1), ("dsc", 1), ("band", 1),
         ("message_22", 1), ("assigned", 1), ("raim", 1), ("radio", 20)),
    19: (("type", 6), ("repeat", 2), ("mmsi", 30), ("_", 8), ("speed", 10), ("accuracy", 1), ("lon", 28), ("lat", 27),
         ("course", 12), ("heading", 9), ("second", 6), ("_", 4), ("name", 120), ("ship_type", 8), *_DIMENSION,
         ("epfd", 4), ("raim", 1), ("dte", 1), ("assigned", 1), ("_", 4)),
    21: (("type", 6), ("repeat", 2), ("mmsi", 30), ("aid_type", 5), ("name", 120), ("accuracy", 1), ("lon", 28),
         ("lat", 27), *_DIMENSION, ("epfd", 4), ("second", 6), ("off_position", 1), ("_", 8), ("raim", 1),
         ("virtual", 1), ("assigned", 1), ("_", 1)),
    24: (("type", 6), ("repeat", 2), ("mmsi", 30), ("part", 2), ("name", 120), ("_", 8)),
    25: (("type", 6), ("repeat", 2), ("mmsi", 30), ("part", 2), ("ship_type", 8), ("vendor", 42), ("call_sign", 42),
         *_DIMENSION, ("_", 6)),  # type 24 part B; the key only tells the tables apart
    27: (("type", 6), ("repeat", 2), ("mmsi", 30), ("accuracy", 1), ("raim", 1), ("status", 4), ("lon", 18),
         ("lat", 17), ("speed", 6), ("course", 9), ("gnss", 1), ("_", 1)),
}  # fmt: skip
TABLES[3] = TABLES[1]
PART_B = 25

Field = NDArray[Any] | int | str | Sequence[str]


def _text_bits(texts: Sequence[str], width: int) -> Bytes:
    length = width // 6
    codes = np.array(
        [[_SIX.get(c, _SIX["?"]) for c in text.upper()[:length].ljust(length, "@")] for text in texts], np.uint8
    )
    return np.unpackbits(codes[:, :, None], axis=2)[:, :, 2:].reshape(len(texts), width)


def payload(table: int, n: int, fields: dict[str, Field]) -> tuple[Bytes, int]:
    """n payloads of one type as (n, characters) ASCII, and the number of fill bits. Absent fields are 0.

    Signed values go in as they are and are cut to two's complement of the field's width.
    """
    spec = TABLES[table]
    total = sum(width for _, width in spec)
    fill = -total % 6
    bits = np.zeros((n, total + fill), np.uint8)
    at = 0
    for name, width in spec:
        value = fields.get(name)
        if value is not None:
            if isinstance(value, str):
                bits[:, at : at + width] = _text_bits([value], width)
            elif isinstance(value, list | tuple):
                bits[:, at : at + width] = _text_bits(value, width)
            else:
                numbers = np.broadcast_to(np.asarray(value, np.int64), (n,))
                for bit in range(width):
                    bits[:, at + bit] = (numbers >> (width - 1 - bit)) & 1
        at += width
    six = bits.reshape(n, -1, 6)
    codes = six[:, :, 0].copy()
    for bit in range(1, 6):
        codes = ((codes << 1) | six[:, :, bit]).astype(np.uint8)
    return _CHARS[codes], fill


def _constant(n: int, text: bytes) -> Bytes:
    return np.broadcast_to(np.frombuffer(text, np.uint8), (n, len(text)))


def _checked(body: Bytes, lead: bytes, tail: bytes) -> Bytes:
    """lead + body + *HH + tail, the checksum over body."""
    n = len(body)
    checksum = np.bitwise_xor.reduce(body, axis=1)
    hexes = np.stack((_HEX[checksum >> 4], _HEX[checksum & 15]), axis=1)
    return np.hstack((_constant(n, lead), body, _constant(n, b"*"), hexes, _constant(n, tail)))


def _digits(values: NDArray[np.int64], width: int) -> Bytes:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (values[:, None] // powers % 10 + 48).astype(np.uint8)


def tag_blocks(receivers: Sequence[str], which: NDArray[Any], times: NDArray[np.float64] | None) -> Bytes:
    r"""`\s:RECEIVER,c:EPOCH*HH\`, one a row; all receiver names must be equally long. Without times only s:."""
    names = np.frombuffer("".join(receivers).encode(), np.uint8).reshape(len(receivers), -1)
    n = len(which)
    body = [_constant(n, b"s:"), names[which]]
    if times is not None:
        body += [_constant(n, b",c:"), _digits(np.floor(times).astype(np.int64), 10)]
    return _checked(np.hstack(body), b"\\", b"\\")


def lines(
    characters: Bytes,
    fill: int,
    *,
    tags: Bytes | None = None,
    channel: Bytes | None = None,
    sequence: NDArray | None = None,
) -> list[bytes]:
    """Whole sentences with line ends, one bytes object a message (both sentences of a message of two parts).

    The tag block stands before every part. `channel` and `sequence` are one value a row (default A and 0).
    """
    n, length = characters.shape
    if n == 0:
        return []
    parts: list[Bytes] = [] if tags is None else [tags]
    radio = _constant(n, b"A") if channel is None else channel.reshape(n, 1)
    comma = _constant(n, b",")
    if length <= PART:
        tail = b",%d" % fill
        body = np.hstack((_constant(n, b"AIVDM,1,1,,"), radio, comma, characters, _constant(n, tail)))
        parts.append(_checked(body, b"!", b"\r\n"))
    else:
        digit = _digits(np.zeros(n, np.int64) if sequence is None else sequence % 10, 1)
        total = -(-length // PART)
        for part in range(total):
            head = _constant(n, b"AIVDM,%d,%d," % (total, part + 1))
            tail = b",%d" % (fill if part == total - 1 else 0)
            piece = characters[:, part * PART : (part + 1) * PART]
            if part and tags is not None:
                parts.append(tags)
            body = np.hstack((head, digit, comma, radio, comma, piece, _constant(n, tail)))
            parts.append(_checked(body, b"!", b"\r\n"))
    whole = np.ascontiguousarray(np.hstack(parts))
    return whole.view(f"S{whole.shape[1]}").ravel().tolist()


def degrees(values: NDArray[np.float64] | float, scale: float = 600_000.0) -> NDArray[np.int64]:
    """Degrees as the wire has them: 1/10,000 minute (600,000 a degree), or 1/10 minute (600) in type 27."""
    return np.round(np.asarray(values, np.float64) * scale).astype(np.int64)


def turn_indicator(turn: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rate of turn in degrees a minute as ROT_AIS = 4.733 sqrt(rate), signed, at most 126."""
    coded = np.round(4.733 * np.sqrt(np.abs(turn))) * np.sign(turn)
    return np.clip(coded, -126, 126).astype(np.int64)
