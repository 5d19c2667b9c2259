"""The Jalali calendar («گاه‌شماری هجری خورشیدی») for years 1300 to 1499, and days in Tehran.

Leap years are data, not a formula: the 2820-year rule that many libraries carry is wrong
for 1403/1404. The list is tested, day by day, against an independent library.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

FIRST_YEAR = 1300
LAST_YEAR = 1499

# fmt: off
_LEAP_YEARS = frozenset({
    1300, 1304, 1309, 1313, 1317, 1321, 1325, 1329, 1333, 1337, 1342, 1346, 1350, 1354, 1358,
    1362, 1366, 1370, 1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403, 1408, 1412, 1416, 1420,
    1424, 1428, 1432, 1436, 1441, 1445, 1449, 1453, 1457, 1461, 1465, 1469, 1474, 1478, 1482,
    1486, 1490, 1494, 1498,
})
# fmt: on
TEHRAN = ZoneInfo("Asia/Tehran")
"""Where days begin and end."""
_DAYS_OF_LONG_MONTHS = 6 * 31


def _nowruz_ordinals() -> tuple[int, ...]:
    ordinals = [date(1921, 3, 21).toordinal()]
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        ordinals.append(ordinals[-1] + 365 + (year in _LEAP_YEARS))
    return tuple(ordinals)


_NOWRUZ = _nowruz_ordinals()
"""Ordinal of 1 Farvardin of each year from the first, and of the year after the last."""


class JalaliDay(NamedTuple):
    year: int
    month: int
    day: int


def is_leap(year: int) -> bool:
    """Whether Esfand of this Jalali year has 30 days."""
    _require_known(year)
    return year in _LEAP_YEARS


def month_length(year: int, month: int) -> int:
    """Days of a Jalali month, 29 to 31. ValueError for a month that doesn't exist."""
    _require_known(year)
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    if month <= 6:
        return 31
    return 30 if month < 12 or year in _LEAP_YEARS else 29


@lru_cache(maxsize=8192)
def jalali_of(day: date) -> JalaliDay:
    """The Jalali day of a Gregorian one; ValueError outside the years known here."""
    ordinal = day.toordinal()
    if not _NOWRUZ[0] <= ordinal < _NOWRUZ[-1]:
        raise ValueError(f"the calendar knows the Jalali years {FIRST_YEAR} to {LAST_YEAR} only")
    index = min(day.year - 621 - FIRST_YEAR, LAST_YEAR - FIRST_YEAR)
    if index < 0 or ordinal < _NOWRUZ[index]:
        index -= 1
    day_of_year = ordinal - _NOWRUZ[index]
    if day_of_year < _DAYS_OF_LONG_MONTHS:
        month, day_of_month = divmod(day_of_year, 31)
        return JalaliDay(FIRST_YEAR + index, month + 1, day_of_month + 1)
    month, day_of_month = divmod(day_of_year - _DAYS_OF_LONG_MONTHS, 30)
    return JalaliDay(FIRST_YEAR + index, month + 7, day_of_month + 1)


def gregorian_of(year: int, month: int, day: int) -> date:
    """The Gregorian day of a Jalali one; ValueError, in plain words, when there is none."""
    length = month_length(year, month)
    if not 1 <= day <= length:
        raise ValueError(f"month {month} of {year} has {length} days, not {day}")
    days_before_month = 31 * (month - 1) - max(0, month - 7)
    return date.fromordinal(_NOWRUZ[year - FIRST_YEAR] + days_before_month + day - 1)


def tehran_day(moment: datetime) -> date:
    """The civil day in Tehran at this moment. ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(TEHRAN).date()


def tehran_midnight(moment: datetime) -> datetime:
    """The moment at which that day of Tehran began, aware."""
    return datetime.combine(tehran_day(moment), time.min, TEHRAN)


def tehran_clock(moment: datetime) -> str:
    """The time of day in Tehran in whole minutes, begun ones counted: ``14:35``."""
    begun = moment.second or moment.microsecond
    shown = moment + timedelta(minutes=1) if begun else moment
    return shown.astimezone(TEHRAN).strftime("%H:%M")


def _require_known(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the calendar knows the years {FIRST_YEAR} to {LAST_YEAR}, not {year}")
