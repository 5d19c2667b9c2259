"""The chart of the last hours: where its bars stand."""

from datetime import UTC, datetime, timedelta

import pytest

from sms_service.console.overview.chart import BOTTOM, LEFT, RIGHT, TOP, chart_of
from sms_service.ledger.overview import Hour

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)


def hours(*received: int) -> list[Hour]:
    return [Hour(BEGIN + timedelta(hours=at), n, n, n // 2, 0) for at, n in enumerate(received)]


def test_the_newest_hour_stands_at_the_left() -> None:
    chart = chart_of(hours(1, 2, 3))
    assert [bar.hour.received for bar in chart.bars] == [3, 2, 1]
    assert [bar.x for bar in chart.bars] == sorted(bar.x for bar in chart.bars)


@pytest.mark.parametrize("most", [0, 1, 3, 7, 99, 100, 101, 12_345, 1_000_000])
def test_no_bar_leaves_the_picture_and_the_lines_hold_the_highest(most: int) -> None:
    chart = chart_of(hours(0, most, most // 3))
    for bar in chart.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= RIGHT
        for top, height in (bar.in_time, bar.late, bar.rest):
            assert top >= TOP - 0.2
            assert top + height <= BOTTOM + 0.2
    counts = [count for _, count in chart.ticks]
    assert counts[0] == 0
    assert counts[-1] >= most
    assert len(chart.ticks) <= 6


def test_the_pieces_of_a_bar_stand_upon_each_other() -> None:
    (bar,) = chart_of([Hour(BEGIN, 10, 8, 5, 1)]).bars
    pieces = [bar.in_time, bar.late, bar.rest]
    assert [round(height / (BOTTOM - TOP) * 10) for _, height in pieces] == [5, 2, 3]
    assert bar.late[0] + bar.late[1] == pytest.approx(bar.in_time[0], abs=0.2)
    assert bar.rest[0] + bar.rest[1] == pytest.approx(bar.late[0], abs=0.2)


def test_a_day_without_requests_has_a_chart() -> None:
    assert chart_of(hours(0, 0)).ticks == [(BOTTOM, 0), (TOP, 1)]
    assert chart_of([]).bars == []
