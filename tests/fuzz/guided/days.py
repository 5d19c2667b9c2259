"""The Jalali calendar: each of its days is one day, each day one of its."""

from datetime import UTC, date, datetime, timedelta

from sms_service.domain.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    gregorian_of,
    is_leap,
    jalali_of,
    month_length,
    tehran_clock,
    tehran_day,
)
from sms_service.domain.ranges import read_day
from sms_service.language.normalise import fold
from tests.fuzz.guided.given import Given, as_text
from tests.fuzz.guided.targets import Target

_FIRST = gregorian_of(FIRST_YEAR, 1, 1).toordinal()
_LAST = gregorian_of(LAST_YEAR, 12, 29).toordinal()


def try_one(data: bytes) -> None:
    """A Jalali day, a Gregorian one, a moment, and a day as it is typed."""
    given = Given(data)
    year, month, day = 1290 + given.whole(220), given.whole(14), given.whole(33)
    try:
        told = gregorian_of(year, month, day)
    except ValueError as error:
        assert str(error).isascii()
        assert not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12 and 1 <= day <= 29)
    else:
        assert jalali_of(told) == (year, month, day)
        assert day <= month_length(year, month)
        assert month < 12 or day < 30 or is_leap(year)
    _gregorian(date.fromordinal(1 + (given.whole(65535) << 6 | given.whole(63)) % 3_600_000))
    _moment(given)
    _typed(as_text(given.rest()))


def _gregorian(day: date) -> None:
    is_known = _FIRST <= day.toordinal() <= _LAST + is_leap(LAST_YEAR)
    try:
        told = jalali_of(day)
    except ValueError:
        assert not is_known
        return
    assert gregorian_of(*told) == day


def _moment(given: Given) -> None:
    moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=given.whole(65535) * 60)
    day = tehran_day(moment)
    assert abs((day - moment.date()).days) <= 1
    assert len(tehran_clock(moment)) == 5


def _typed(text: str) -> None:
    try:
        day = read_day(fold(text))
    except ValueError:
        return
    assert FIRST_YEAR <= jalali_of(day).year <= LAST_YEAR


TARGET = Target(
    try_one,
    seeds=[
        bytes([115, 9, 2, 0, 40, 3, 200, 100]) + "۱۴۰۵/۹/۲".encode(),
        bytes([113, 12, 30, 0, 46, 1, 0, 0]) + b"14050902",
        bytes([0, 13, 32, 255, 255, 63, 255, 255]) + b"1405-12-30",
        bytes([219, 12, 30]),
    ],
    words=["1405/09/02", "۱۴۰۵", "٩", "13991230", "/", "-", "."],
    longest=40,
)
