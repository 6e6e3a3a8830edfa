"""Six-bit armour to numbers, for a whole batch of messages of one type at once.

AIS packs its fields as bits; NMEA 0183 carries six of them in each character ('0'..'W', '`'..'w'). `Bits` holds n
payloads as 60-bit words (ten characters each) so that a field of all n messages is two or three vector operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

_WORD_CHARS = 10
_WORD_BITS = 6 * _WORD_CHARS
_WEIGHTS = (np.int64(1) << np.arange(_WORD_BITS - 6, -1, -6, dtype=np.int64)).astype(np.int64)

SIX = np.zeros(256, np.uint8)  # character -> its six bits; characters outside the armour never get here
SIX[48:88] = np.arange(40)
SIX[96:120] = np.arange(40, 64)

# Six-bit ASCII of ITU-R M.1371-5 table 47: 0..31 are '@'..'_', 32..63 are ' '..'?'.
_ASCII = np.concatenate([np.arange(64, 96), np.arange(32, 64)]).astype(np.uint8)
_SIX_WEIGHTS = np.array([32, 16, 8, 4, 2, 1], np.uint8)


class Bits:
    """n payloads, cut or padded with zero bits to `bits`; `lengths` says how many bits each really had."""

    def __init__(self, payloads: Sequence[bytes], fills: Sequence[int], bits: int) -> None:
        n = len(payloads)
        chars = -(-bits // _WORD_BITS) * _WORD_CHARS
        raw = b"".join([payload[:chars].ljust(chars, b"0") for payload in payloads])
        self.lengths = 6 * np.fromiter(map(len, payloads), np.int64, n) - np.asarray(fills, np.int64)
        self._six = SIX[np.frombuffer(raw, np.uint8)].reshape(n, chars)
        self._words = self._six.reshape(n, chars // _WORD_CHARS, _WORD_CHARS).astype(np.int64) @ _WEIGHTS

    def unsigned(self, start: int, length: int) -> NDArray[np.int64]:
        """The field of `length` (at most 60) bits that begins at bit `start`, of every message."""
        word, offset = divmod(start, _WORD_BITS)
        spare = _WORD_BITS - offset - length
        if spare >= 0:
            return (self._words[:, word] >> spare) & ((1 << length) - 1)
        high = self._words[:, word] & ((1 << (_WORD_BITS - offset)) - 1)
        return (high << -spare) | (self._words[:, word + 1] >> (_WORD_BITS + spare))

    def signed(self, start: int, length: int) -> NDArray[np.int64]:
        """As `unsigned`, read as two's complement."""
        sign = 1 << (length - 1)
        return (self.unsigned(start, length) ^ sign) - sign

    def flag(self, bit: int) -> NDArray[np.bool_]:
        return self.unsigned(bit, 1) == 1

    @cached_property
    def _bits(self) -> NDArray[np.uint8]:
        n, chars = self._six.shape
        return (
            np.unpackbits((self._six << 2).astype(np.uint8), axis=1)
            .reshape(n, chars, 8)[:, :, :6]
            .reshape(n, chars * 6)
        )

    def text(self, start: int, chars: int) -> list[str]:
        """Text of up to `chars` characters: ends at the first '@', blanks around it are dropped."""
        codes = self._bits[:, start : start + 6 * chars].reshape(len(self._six), -1, 6) @ _SIX_WEIGHTS
        width = codes.shape[1]
        everything = _ASCII[codes].tobytes().decode("ascii")
        rows = (everything[at : at + width] for at in range(0, len(everything), width))
        return [row.partition("@")[0].strip() for row in rows]
