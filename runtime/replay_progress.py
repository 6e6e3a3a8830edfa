"""What `replay` shows while it works: a bar on standard error, so that standard output stays clean for --json."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from data_sources.recordings import Recording
from runtime.replay import Progress as OnProgress
from runtime.replay import ReplayCounts


@contextmanager
def progress_bar() -> Iterator[OnProgress]:
    """A callback for `runtime.replay.replay`; one bar for each recording."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=5) as bars:
        tasks: dict[int, TaskID] = {}

        def show(recording: Recording, counts: ReplayCounts) -> None:
            task = tasks.get(id(recording))
            if task is None:
                task = bars.add_task(Path(recording.name).name, total=recording.size, said="")
                tasks.clear()  # only the recording at hand is updated
                tasks[id(recording)] = task
            said = f"{counts.messages:,} messages  {counts.tracks:,} tracks"
            bars.update(task, completed=recording.position, said=said)

        yield show
