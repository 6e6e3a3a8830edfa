"""What cannot be used of a JSON document, put down the same way whoever sent it."""

from __future__ import annotations

from typing import Any

import orjson

from data_sources.contract import Batch, Chunk, Reason


def raw_record(record: Any) -> bytes:
    """One record as it is shown among the rejections."""
    try:
        return orjson.dumps(record)
    except orjson.JSONEncodeError:
        return b"(nested too deep to be shown)"


def refuse_document(batch: Batch, reason: Reason, chunk: Chunk) -> Batch:
    """The whole document is one line that cannot be used."""
    batch.lines = batch.sentences = 1
    batch.reject(reason, chunk.data, chunk.received_at, chunk.receiver)
    return batch
