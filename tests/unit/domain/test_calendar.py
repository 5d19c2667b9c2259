"""The calendar, against an independent library over every day it knows."""

from datetime import UTC, date, datetime, timedelta

import pytest
from persiantools.jdatetime import JalaliDate

from sms_service.domain.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    JalaliDay,
    gregorian_of,
    is_leap,
    jalali_of,
    month_length,
    tehran_clock,
    tehran_day,
    tehran_midnight,
)

FIRST_DAY = JalaliDate(FIRST_YEAR, 1, 1).to_gregorian()
LAST_DAY = JalaliDate(LAST_YEAR, 12, 29).to_gregorian()


def test_every_day_agrees_with_persiantools_both_ways() -> None:
    day = FIRST_DAY
    while day <= LAST_DAY:
        oracle = JalaliDate(day)
        expected = JalaliDay(oracle.year, oracle.month, oracle.day)
        assert jalali_of(day) == expected
        assert gregorian_of(*expected) == day
        day += timedelta(days=1)


def test_leap_years_and_months_agree_with_persiantools() -> None:
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        assert is_leap(year) == JalaliDate.is_leap(year)
        lengths = [JalaliDate.days_in_month(month, year) for month in range(1, 13)]
        assert [month_length(year, month) for month in range(1, 13)] == lengths


@pytest.mark.parametrize(
    ("year", "nowruz"),
    [
        (1402, date(2023, 3, 21)),
        (1403, date(2024, 3, 20)),
        (1404, date(2025, 3, 21)),
        (1405, date(2026, 3, 21)),
        (1406, date(2027, 3, 21)),
    ],
)
def test_nowruz_of_the_years_that_a_common_formula_gets_wrong(year: int, nowruz: date) -> None:
    assert gregorian_of(year, 1, 1) == nowruz
    assert jalali_of(nowruz) == JalaliDay(year, 1, 1)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ((1404, 12, 30), "month 12 of 1404 has 29 days, not 30"),
        ((1403, 7, 31), "month 7 of 1403 has 30 days, not 31"),
        ((1403, 1, 0), "month 1 of 1403 has 31 days, not 0"),
        ((1403, 13, 1), "there is no month 13"),
        ((1403, 0, 1), "there is no month 0"),
        ((1500, 1, 1), "the years 1300 to 1499, not 1500"),
        ((1299, 12, 29), "the years 1300 to 1499, not 1299"),
    ],
)
def test_a_day_that_does_not_exist_is_refused_in_plain_words(
    day: tuple[int, int, int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        gregorian_of(*day)


@pytest.mark.parametrize(
    "day", [FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1), date.min, date.max]
)
def test_a_day_outside_the_known_years_is_refused(day: date) -> None:
    with pytest.raises(ValueError, match="1300 to 1499"):
        jalali_of(day)


def test_leap_is_not_guessed_outside_the_known_years() -> None:
    with pytest.raises(ValueError, match="not 1500"):
        is_leap(1500)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 11, 23, 20, 29, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 20, 30, tzinfo=UTC), date(2026, 11, 24)),
        # Summer time was kept until 2022: midnight came an hour earlier in UTC.
        (datetime(2021, 7, 1, 19, 30, tzinfo=UTC), date(2021, 7, 2)),
    ],
)
def test_the_day_changes_at_midnight_in_tehran(moment: datetime, day: date) -> None:
    assert tehran_day(moment) == day


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a moment needs a time zone$"):
        tehran_day(datetime(2026, 11, 23, 20, 30))


def test_a_day_in_tehran_begins_at_its_midnight() -> None:
    midnight = tehran_midnight(datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert midnight == datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
    assert tehran_day(midnight) == date(2026, 11, 23)
    assert tehran_day(midnight - timedelta(seconds=1)) == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("moment", "clock"),
    [
        (datetime(2026, 11, 23, 11, 5, tzinfo=UTC), "14:35"),
        (datetime(2026, 11, 23, 11, 5, 1, tzinfo=UTC), "14:36"),
        (datetime(2026, 11, 23, 20, 29, 59, tzinfo=UTC), "00:00"),
        (datetime(2026, 11, 23, 21, 0, tzinfo=UTC), "00:30"),
    ],
)
def test_the_time_of_day_is_told_in_minutes_of_tehran_never_too_early(
    moment: datetime, clock: str
) -> None:
    assert tehran_clock(moment) == clock
