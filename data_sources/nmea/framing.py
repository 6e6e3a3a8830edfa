"""Bytes to sentences, whatever the line looks like.

A stream is cut into tokens at line ends and wherever '!', '$' or a tag block begins, so that streams without line
ends, torn sentences and several sentences on one line need no special case. What a chunk comes to does not depend
on how the stream was cut into chunks: an unfinished last token waits, at most LIMIT bytes of it.
"""

from __future__ import annotations

import re

LIMIT = 1024  # bytes of one token; a sentence has at most 82, with tag block and suffix some 300

# One token. A sentence of the usual form comes in its fields, with the tag block right before it; everything
# else comes whole in the last group: comment, tag block alone, other sentence, junk.
TOKEN = re.compile(
    rb"""(?:\\([^\\!$\r\n]{0,900})\\)?                               # tag block
    !([A-Z0-9-]{2}VD([MO]),([1-9]),([1-9]),([0-9]?),([A-D0-9]?),     # talker, total, number, sequence, channel
    ([0-W`-w]{1,600}),([0-5]))\*([0-9A-Fa-f]{2})                     # payload, fill bits, checksum
    ([^!\\$\r\n]{0,300})(?=[!\\$\r\n]|\Z)                            # suffix
    |((?<![^\r\n])\#[^\r\n]*|\\[^\\!$\r\n]*\\|[!$\\]?[^!\\$\r\n]+|[!$\\])""",
    re.VERBOSE,
)
Token = tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes]

_BOUNDARY = re.compile(rb"[!$\\\r\n]")
_LINE_END = re.compile(rb"[\r\n]")

SENTENCE_START = re.compile(rb"!..VD[MO],", re.DOTALL)
BROKEN_START = re.compile(rb"!(?:[A-Z0-9-]{0,2}|[A-Z0-9-]{2}(?:V|VD|VD[MO]))\s*\Z")


class Framer:
    """Holds back what is not finished yet; hands out whole tokens."""

    def __init__(self) -> None:
        self._rest = b""
        self._at_line_start = True  # of the first byte in `_rest`, or of the next to come
        self._dropping = False  # the rest has reached LIMIT: bytes up to the next boundary are let go

    @property
    def waiting(self) -> bool:
        return bool(self._rest)

    def tokens(self, data: bytes) -> list[Token]:
        """Every token that `data` completes."""
        if self._dropping:
            boundary = (_LINE_END if self._in_comment(self._rest) else _BOUNDARY).search(data)
            if boundary is None:
                return []
            data = data[boundary.start() :]
            self._dropping = False
        data = self._rest + data
        cut = self._cut(data)
        self._rest = data[cut : cut + LIMIT + 1]
        self._dropping = len(data) - cut > LIMIT
        return self._split(data[:cut])

    def rest(self) -> list[Token]:
        """Give up waiting: the unfinished token as it is."""
        data, self._rest, self._dropping = self._rest, b"", False
        tokens = self._split(data)
        self._at_line_start = True
        return tokens

    def _in_comment(self, data: bytes) -> bool:
        return self._at_line_start and data.startswith(b"#")

    def _cut(self, data: bytes) -> int:
        """Where the last, unfinished token begins."""
        start = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if start == len(data):
            return start
        if data.startswith(b"#", start) and (start or self._at_line_start):
            return start
        sentence = max(data.rfind(b"!", start), data.rfind(b"$", start))
        from_here = max(sentence, start)
        backslashes = data.count(b"\\", from_here)
        if not backslashes:
            return from_here
        return data.rfind(b"\\") + (0 if backslashes % 2 else 1)

    def _split(self, data: bytes) -> list[Token]:
        if not data:
            return []
        # In mid line, let the look-behind for comments see that it is so.
        found = TOKEN.findall(data) if self._at_line_start else TOKEN.findall(b"~" + data, 1)
        self._at_line_start = data.endswith((b"\n", b"\r"))
        return found
