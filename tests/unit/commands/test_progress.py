"""What an operator sees of an import that takes its time."""

import io

import pytest
from rich.console import Console

from sms_service.billing.summary import Progress, Step
from sms_service.commands.progress import shown_progress


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def reading(rows: int, percent: int) -> Progress:
    return Progress(Step.READING, "sales.csv", rows, percent, 100)


def writing(rows: int = 400_000) -> Progress:
    return Progress(Step.WRITING, "bills", rows, 100, 100)


def lines_of(clock: Clock, *steps: tuple[float, Progress]) -> list[str]:
    output = io.StringIO()
    with shown_progress(Console(file=output, width=200), clock) as report:
        for moment, progress in steps:
            clock.now = 1000 + moment
            report(progress)
    return output.getvalue().splitlines()


def test_lines_come_now_and_then_with_rate_and_time_left(clock: Clock) -> None:
    assert lines_of(
        clock, (1, reading(100_000, 10)), (3, reading(200_000, 20)), (10, reading(500_000, 25))
    ) == [
        "reading sales.csv: 10 %, 100,000 rows, 100,000 rows/s",
        "reading sales.csv: 25 %, 500,000 rows, 50,000 rows/s, 0:00:30 left",
    ]


def test_a_long_statement_shows_a_sign_of_life_and_how_long_it_takes(clock: Clock) -> None:
    assert lines_of(clock, *((float(second), writing()) for second in range(10, 22))) == [
        "putting in force bills: 400,000 rows, 0:00:00",
        "putting in force bills: 400,000 rows, 0:00:05",
        "putting in force bills: 400,000 rows, 0:00:10",
    ]


def test_a_terminal_gets_a_bar_that_is_gone_at_the_end(clock: Clock) -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100)
    with shown_progress(console, clock) as report:
        clock.now += 10
        report(reading(500_000, 25))
        report(writing())
    drawn = output.getvalue()
    assert "putting in force bills" in drawn
    assert drawn.endswith("\x1b[2K")
