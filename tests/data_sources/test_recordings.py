"""Recordings are opened whatever they are packed in, and recognised by what is in them."""

from __future__ import annotations

import gzip
import io
import lzma
import os
from pathlib import Path
from typing import Any

import pytest

from data_sources import recordings
from data_sources.recordings import RecordingUnreadable, open_recording

AIS = b"!AIVDM,1,1,,A,15MrVH0000KH<:V:NtBLoqFP2H9:,0*2F\r\n"
SBS = b"MSG,3,1,1,C80001,1,2026/11/22,10:00:00.000,2026/11/22,10:00:00.000,,33000,,,-36.8,174.8,,,0,0,0,0\r\n"
AIRCRAFT = b'{"now":1790000000.0,"messages":1,"aircraft":[{"hex":"c80001","lat":-36.8,"lon":174.8,"seen_pos":0.1}]}'
STATES = b'{"time":1790000000,"states":[["c80001","TST1","NZ",1790000000,1790000000,174.8,-36.8,100,false,200,12,0,null,100,null,false,0]]}'

PACKINGS: dict[str, Any] = {"plain": bytes, "gz": gzip.compress, "xz": lzma.compress}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize(
    ("content", "name"),
    [
        (AIS * 3000, "AIS (NMEA 0183)"), (b"# a log\n\n$GPGGA,1*00\n" + AIS, "AIS (NMEA 0183)"),
        (AIS.strip() * 50, "AIS (NMEA 0183)"), (b"\\s:66,c:1661782474*36\\" + AIS, "AIS (NMEA 0183)"), (SBS * 10, "sbs"),
        (AIRCRAFT, "aircraft-json"), (STATES, "opensky-states"),
    ],
)  # fmt: skip
def test_recognised_by_content(tmp_path: Path, packing: str, content: bytes, name: str) -> None:
    path = tmp_path / "recording.dat"  # the name says nothing
    path.write_bytes(PACKINGS[packing](content))
    with open_recording(path) as recording:
        assert recording.format.name == name
        assert b"".join(recording.chunks()) == content
        assert recording.position == recording.size == path.stat().st_size


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(gzip.compress(AIS * 5))
    with os.fdopen(reading, "rb") as stdin:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stdin))
        with open_recording("-") as recording:
            assert (recording.name, recording.size) == ("standard input", None)
            assert b"".join(recording.chunks()) == AIS * 5


def test_what_cannot_be_replayed_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = {
        "unknown": (b"Dear Sir,\nthis is a letter.\n", "is no recording that Watchfloor knows; it knows AIS"),
        "empty": (b"", "is empty"),
        "cut.gz": (gzip.compress(AIS * 3000 + os.urandom(90_000))[:-200], "is damaged: its compression breaks off"),
        "not.xz": (b"\xfd7zXZ\x00" + b"nonsense" * 9, "is damaged: its compression breaks off"),
    }
    for name, (content, words) in cases.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(RecordingUnreadable, match=words), open_recording(path) as recording:
            list(recording.chunks())
    with pytest.raises(RecordingUnreadable, match="is a folder"), open_recording(tmp_path):
        pass
    with pytest.raises(RecordingUnreadable, match="cannot be read: No such file"), open_recording(tmp_path / "none"):
        pass
    monkeypatch.setattr(recordings, "WHOLE_LIMIT", 100_000)
    bomb = tmp_path / "bomb.json.gz"
    bomb.write_bytes(gzip.compress(AIRCRAFT + b" " * 3_000_000))
    with pytest.raises(RecordingUnreadable, match="split it"), open_recording(bomb) as recording:
        list(recording.chunks())


def test_long_recordings_come_in_small_pieces(tmp_path: Path) -> None:
    path = tmp_path / "long.gz"
    path.write_bytes(gzip.compress(AIS * 200_000))
    with open_recording(path) as recording:
        assert max(map(len, recording.chunks())) <= 2 * recordings.HEAD
