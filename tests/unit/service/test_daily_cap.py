"""The fuse against whatever would spend the account in a day."""

import logging
from datetime import UTC, datetime

import pytest

from sms_service.service.daily_cap import DailyCap
from tests.support.fakes import FakeLaneBook

_NOON = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


class Day:
    """A cap of 100 parts, of which so many are spent."""

    def __init__(self, cap: int | None = 100) -> None:
        self.spent, self.seconds, self.asked = 0, 0.0, 0
        self.cap = DailyCap(cap, FakeLaneBook(), self._since, lambda: self.seconds, lambda: _NOON)

    def _since(self, moment: datetime) -> int:
        assert moment < _NOON
        self.asked += 1
        return self.spent

    def later(self, spent: int) -> bool:
        """Whether more may be spent, a while after so many parts were."""
        self.spent, self.seconds = spent, self.seconds + 10
        return self.cap.may_spend()


def test_nothing_more_is_handed_over_once_the_days_parts_are_spent() -> None:
    day = Day()
    assert [day.later(spent) for spent in (0, 79, 80, 99, 100, 5000, 3)] == [
        *(True, True, True, True),
        *(False, False),
        True,
    ]


def test_an_alarm_is_raised_at_four_fifths_and_at_the_end_once_each(
    caplog: pytest.LogCaptureFixture,
) -> None:
    day = Day()
    with caplog.at_level(logging.ERROR):
        for spent in (10, 80, 85, 99, 100, 120):
            day.later(spent)
    told = [one.getMessage() for one in caplog.records]
    assert [one.rsplit(": ", 1)[1] for one in told] == ["daily_cap_near", "daily_cap"]


def test_the_ledger_is_asked_every_few_seconds_and_without_a_cap_never() -> None:
    day, free = Day(), Day(None)
    for _ in range(50):
        assert day.cap.may_spend()
        assert free.cap.may_spend()
    assert (day.asked, free.asked) == (1, 0)
