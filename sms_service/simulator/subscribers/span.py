"""The stretch of time that the records cover, in days counted from one early Nowruz.

Days are numbers while lives are invented, since they are mostly added and compared; the
ISO text of each is looked up when rows are made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sms_service.domain.calendar import LAST_YEAR, gregorian_of, jalali_of, month_length

FIRST_YEAR = 1350
"""The earliest sale year that can be made."""

_EPOCH = gregorian_of(FIRST_YEAR, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Span:
    """Bills issued after ``begin`` and up to ``until``, which is the day of the data."""

    begin: int
    until: int
    first_year: int
    last_year: int

    @property
    def as_of(self) -> date:
        """The day up to which the data go."""
        return date.fromordinal(self.until + _EPOCH)


def span(years: int, until: date) -> Span:
    """So many Jalali years that end with this day. ValueError for more than can be made."""
    last = jalali_of(until)
    first_year = last.year - years
    if years < 1 or first_year < FIRST_YEAR:
        raise ValueError(f"from 1 to {last.year - FIRST_YEAR} years can be made up to {last.year}")
    day = min(last.day, month_length(first_year, last.month))
    begin = gregorian_of(first_year, last.month, day)
    return Span(
        begin.toordinal() - _EPOCH, until.toordinal() - _EPOCH, first_year, jalali_of(until).year
    )


@cache
def iso_days() -> Sequence[str]:
    """The ISO text of every day by its number."""
    end = gregorian_of(LAST_YEAR, 12, 29).toordinal()
    return [date.fromordinal(ordinal).isoformat() for ordinal in range(_EPOCH, end)]


@cache
def month_ends(year: int) -> Sequence[int]:
    """The last day of each month of a Jalali year; the first entry is the eve of the year."""
    ends = [gregorian_of(year, 1, 1).toordinal() - _EPOCH - 1]
    for month in range(1, 13):
        ends.append(ends[-1] + month_length(year, month))
    return ends
