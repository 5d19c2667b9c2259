"""How an import's progress is shown: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from sms_service.billing.summary import Progress, Report

_SECONDS_BETWEEN_LINES = 5.0
_MERGING = "putting in force"


@contextmanager
def shown_progress(console: Console) -> Iterator[Report]:
    """A reporter for an import, drawing on this console."""
    if console.is_terminal:
        with _bar(console) as report:
            yield report
    else:
        yield _Lines(console)


@contextmanager
def _bar(console: Console) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]:,}/s"),
        TimeRemainingColumn(),
    )
    started = time.monotonic()
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", rows=0, rate=0)

        def report(progress: Progress) -> None:
            bar.update(
                task,
                description=progress.file or _MERGING,
                completed=progress.bytes_done,
                total=progress.bytes_total,
                rows=progress.rows,
                rate=_rate(progress.rows, started),
            )

        yield report


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = self._last = time.monotonic()
        self._file: str | None = None

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.file == self._file and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._file, self._last = progress.file, now
        percent = 100 * progress.bytes_done // max(progress.bytes_total, 1)
        rate = _rate(progress.rows, self._started)
        what = progress.file or _MERGING
        self._console.print(f"{what}: {progress.rows:,} rows, {percent} %, {rate:,} rows/s")


def _rate(rows: int, started: float) -> int:
    return round(rows / max(time.monotonic() - started, 0.001))
