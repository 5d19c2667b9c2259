"""How an import's progress is shown: a bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from sms_service.billing.summary import Progress, Report, Step

_SECONDS_BETWEEN_LINES = 5.0
_SOON = 2.0
"""Seconds after which the rate of reading tells how long the rest will take."""


@contextmanager
def shown_progress(
    console: Console, clock: Callable[[], float] = time.monotonic
) -> Iterator[Report]:
    """A reporter for an import, drawing on this console."""
    if console.is_terminal:
        with _bar(console, Pace(clock)) as report:
            yield report
    else:
        yield _Lines(console, Pace(clock), clock)


class Pace:
    """How fast an import goes: words for one step after another."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._started = self._step_began = clock()
        self._step: tuple[Step, str] | None = None

    def begins(self, progress: Progress) -> bool:
        """Whether this is the first word of a step; to be asked once of each progress."""
        step = (progress.step, progress.what)
        if step == self._step:
            return False
        self._step, self._step_began = step, self._clock()
        return True

    def words(self, progress: Progress) -> str:
        """Rows, with rate and time left while reading and time taken in other steps."""
        rows = f"{progress.rows:,} rows"
        if progress.step is not Step.READING:
            return f"{rows}, {_seconds(self._clock() - self._step_began)}"
        elapsed = max(self._clock() - self._started, 0.001)
        rate = f"{round(progress.rows / elapsed):,} rows/s"
        if elapsed < _SOON or not progress.bytes_done:
            return f"{rows}, {rate}"
        left = elapsed * (progress.bytes_total / progress.bytes_done - 1)
        return f"{rows}, {rate}, {_seconds(left)} left"


def _seconds(seconds: float) -> str:
    return str(timedelta(seconds=round(max(seconds, 0))))


def _what(progress: Progress) -> str:
    return f"{progress.step} {progress.what}".rstrip()


@contextmanager
def _bar(console: Console, pace: Pace) -> Iterator[Report]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[words]}"),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(Step.READING, words="")

        def report(progress: Progress) -> None:
            if pace.begins(progress) and progress.step is not Step.READING:
                bar.reset(task, total=None)  # how far a statement is, nobody can tell
            bar.update(task, description=_what(progress), words=pace.words(progress))
            if progress.step is Step.READING:
                bar.update(task, completed=progress.bytes_done, total=progress.bytes_total)

        yield report


class _Lines:
    def __init__(self, console: Console, pace: Pace, clock: Callable[[], float]) -> None:
        self._console = console
        self._pace = pace
        self._clock = clock
        self._last = clock()

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if not self._pace.begins(progress) and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        percent = 100 * progress.bytes_done // max(progress.bytes_total, 1)
        read = f"{percent} %, " if progress.step is Step.READING else ""
        self._console.print(f"{_what(progress)}: {read}{self._pace.words(progress)}")
