"""What `replay` makes of every recording, beside what pyais alone makes of the same file: writes docs/recordings.md.

    python -m benchmarks.recordings [--data ../shared/data] [--output docs/recordings.md]

Run from the project's root, where the recordings are beside the project. Counts are of `replay --speed 0` into an
empty picture; pyais is its `BinaryIOStream` with `decode()` of each message.
"""

from __future__ import annotations

import argparse
import gzip
import io
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pyais.stream import BinaryIOStream

from data_sources.recordings import RecordingUnreadable, open_recording
from picture.store import TrackStore
from runtime.replay import ReplayCounts, replay

AFTER = "Text stands after the checksum ({}): pyais calls it wrong, and decodes it all the same."
ON_ONE_LINE = "Several sentences stand on one line: pyais reads none, or the first, of such a line."

# Why what pyais makes of a recording differs from ours. A difference without a word here fails the run.
NOTES = {
    "dma_aislib_ais250.txt": "Some line ends are the two characters `\\` and `n`. " + ON_ONE_LINE,
    "dma_aislib_commentblocks.txt": AFTER.format("an epoch"),
    "gfw_bad-type5.nmea": ON_ONE_LINE,
    "gfw_errors.nmea": "Two checksums are wrong: pyais hands the messages over and marks them, we refuse them.",
    "gfw_sample.nmea": AFTER.format("an apostrophe"),
    "gfw_single-message-type-5.nmea": "The checksum is wrong: pyais hands the message over and marks it, we refuse it.",
    "gfw_spire-test.nmea": ON_ONE_LINE,
    "gpsd_sample.aivdm": AFTER.format("a USCG suffix"),
    "korea_serial_20211104_15.txt": "There are no line ends but CR: for pyais the file is one line, and one message. "
    "142 sentences are torn, 24 have a wrong checksum, 7 first parts have no second.",
    "libais_test.aivdm": AFTER.format("a USCG suffix"),
    "libais_typeexamples.nmea": AFTER.format("a USCG suffix"),
    "pyais_mixed.txt": "One sentence is torn: pyais hands it over and marks it, we refuse it.",
    "uscg_suffix_20060715.ais": AFTER.format("a USCG suffix"),
}


@dataclass(frozen=True, slots=True)
class Alone:
    """What pyais alone makes of a file."""

    handed_over: int  # messages
    right: int  # of those, with a checksum that it calls right
    decoded: int  # of those handed over, decoded without an error
    seconds: float


def pyais_alone(data: bytes) -> Alone:
    handed_over = right = decoded = 0
    began = time.process_time()
    with BinaryIOStream(io.BytesIO(data)) as stream:
        for message in stream:
            handed_over += 1
            right += message.is_valid
            try:
                message.decode()
            except Exception:  # whatever it stumbles over is what is counted
                continue
            decoded += 1
    return Alone(handed_over, right, decoded, time.process_time() - began)


def replayed(path: Path) -> tuple[ReplayCounts, float]:
    began = time.process_time()
    counts = replay([path], speed=0, store=TrackStore(), clock=time.time, sleep=time.sleep)
    return counts, time.process_time() - began


def _rejected(counts: ReplayCounts) -> str:
    return ", ".join(f"{reason} {number:,}" for reason, number in counts.rejected.most_common()) or "none"


def _span(counts: ReplayCounts) -> str:
    told = counts.as_json()
    if told["first_time"] is None:
        return "no time"
    first, last = (str(told[key])[:19].replace("T", " ") for key in ("first_time", "last_time"))
    return f"{first} – {last[11:] if last[:10] == first[:10] else last}Z"


def recordings_of(folder: Path) -> tuple[list[Path], list[str]]:
    """Recordings, and why the other files are none."""
    found, others = [], []
    for path in sorted(folder.iterdir()):
        try:
            with open_recording(path):
                found.append(path)
        except RecordingUnreadable:
            others.append(f"`{path.name}`")
    return found, others


def ais_tables(folder: Path) -> list[str]:
    """The tables of AIS recordings. Raises SystemExit where a difference has no explanation."""
    files, others = recordings_of(folder)
    ours = ["| recording | lines | sentences | messages | duplicates | rejected | observations | tracks | time |",
            "|---|--:|--:|--:|--:|---|--:|--:|---|"]  # fmt: skip
    theirs = ["| recording | our messages | pyais hands over | and calls right | and decodes | difference |",
              "|---|--:|--:|--:|--:|---|"]  # fmt: skip
    total, our_seconds, their_seconds = 0, 0.0, 0.0
    for path in files:
        counts, seconds = replayed(path)
        data = path.read_bytes()
        alone = pyais_alone(gzip.decompress(data) if path.suffix == ".gz" else data)
        total, our_seconds, their_seconds = (
            total + counts.messages,
            our_seconds + seconds,
            their_seconds + alone.seconds,
        )
        ours.append(
            f"| {path.name} | {counts.lines:,} | {counts.sentences:,} | {counts.messages:,} | {counts.duplicates:,} | "
            f"{_rejected(counts)} | {counts.observations:,} | {counts.tracks:,} | {_span(counts)} |"
        )
        theirs.append(
            f"| {path.name} | {counts.messages:,} | {alone.handed_over:,} | {alone.right:,} | {alone.decoded:,} | "
            f"{_why(path.name, counts, alone)} |"
        )
    speed = (
        f"All {len(files)} together: {total:,} messages in {our_seconds:.1f} s of processor time, framing, fusion and "
        f"all; pyais {version('pyais')}, which fuses nothing, {their_seconds:.1f} s."
    )
    return [*ours, "", f"Not recordings of traffic, and refused as such: {', '.join(others)}.", "", speed, "",
            "## Beside pyais", "", *theirs]  # fmt: skip


def _why(name: str, counts: ReplayCounts, alone: Alone) -> str:
    if counts.messages == alone.handed_over == alone.right == alone.decoded:
        return "none"
    if name not in NOTES:
        raise SystemExit(f"{name}: {counts.messages} messages, pyais {alone}: explain the difference in NOTES")
    return NOTES[name]


def flight_table(folder: Path) -> list[str]:
    files, others = recordings_of(folder)
    rows = ["| recording | form | records | messages | rejected | observations | tracks | time |",
            "|---|---|--:|--:|---|--:|--:|---|"]  # fmt: skip
    for path in files:
        with open_recording(path) as recording:
            form = recording.format.name
        counts, _ = replayed(path)
        rows.append(
            f"| {path.name} | {form} | {counts.sentences:,} | {counts.messages:,} | {_rejected(counts)} | "
            f"{counts.observations:,} | {counts.tracks:,} | {_span(counts)} |"
        )
    return [*rows, "", f"Not recordings of positions, and refused as such: {', '.join(others)}."]


HEAD = """# What replay makes of real recordings

Made by `python -m benchmarks.recordings`; do not edit by hand. The recordings were collected from public
repositories and are not part of the project: they lie in `../shared/data`, whose `MANIFEST.md` says where each is from.
Every count is of `replay --speed 0`, the path that live traffic takes.

- *sentences*: AIVDM and AIVDO, good or bad. *messages*: whole ones with the right checksum, parts joined, repeats and
  types that say nothing to the picture included.
- *duplicates*: the same payload within 30 s of observed time, from whichever receiver. They are kept as proof of
  reception and move no track. In a recording without any time everything is within 30 s.
- *observations* = messages less what is rejected for its content (`unused_type`, `unknown_type`, `bad_length`,
  `bad_identity`, `bad_position`); the other reasons count sentences or lines that made no message.
- *time*: UTC, as the recording tells it.

## AIS
"""

COLLECTED = """
## Beside what the collector counted

`tests/data_sources/nmea/test_ais_corpus.py` holds our counts against those in `MANIFEST.md`. They agree for all
recordings but three, and there is one error in the manifest:

- `dma_aislib_commentblocks.txt`: one sentence and one message more. `!--VDM` comes from a station whose talker was
  never set; it is a good message.
- `gpsd_sample.aivdm`: 15 sentences fewer. They stand in `#` comments, which we leave alone; seven of them were whole
  messages and two were orphans.
- `korea_serial_20211104_15.txt`: 24 wrong checksums and 142 torn sentences, where 23 and 143 were counted. One sentence
  is torn in mid checksum (`*AIVDM,...*78`): it has a checksum, and that is wrong.
- `signalk_gofree-merrimac.log`: its 142 `$GPRMC` lines are said to have wrong checksums. They are right.
- *Duplicates* in the manifest are repeated payloads of sentences anywhere in a file, second parts like `88888888880`
  included; ours are repeated messages within 30 s. What a ship says about itself every six minutes in the same words
  is news each time: it is still there (`dma_212123000_drift.ais`: 2,782 and 2,082).

Field by field (identity, position, speed, course, heading, status, names, call signs, destinations, IMO, draught,
length, type) our decoding equals that of pyais in every message of these recordings but for three things:

- A text ends at its first `@`; pyais goes on when something stands behind it (`BUNKEREN@@@@@@@B`).
- The name of an aid to navigation goes on in its extension; pyais keeps that in a field of its own.
- A course of 360° or more does not exist and is "not available"; pyais hands it on (type 27: 363°, 444°).

## Flights
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--output", type=Path, default=Path("docs/recordings.md"))
    given = options.parse_args()
    if not given.data.is_dir():
        raise SystemExit(f"{given.data} is not there; --data names the folder of recordings.")
    page = [HEAD, *ais_tables(given.data / "ais"), COLLECTED, *flight_table(given.data / "flights"), ""]
    given.output.write_text("\n".join(page), encoding="utf-8")
    print(f"{given.output} written")


if __name__ == "__main__":
    main()
