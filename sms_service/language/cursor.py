"""Where an answer ended, so that «بعدی» goes on exactly there."""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_WRITTEN = re.compile(
    r"history:(?P<year>\d{4}):(?:(?P<bill_year>\d{4})/(?P<period>\d{1,2})\+(?P<left>\d{1,3}))?"
    r"|payments:(?P<since>\d{4})?:(?P<day>\d{4}-\d\d-\d\d)\+(?P<left_of_day>\d{1,3})"
    r"|bills:(?P<bill_id>\d{13})"
)


class Series(StrEnum):
    """What is told piece by piece."""

    HISTORY = "history"
    PAYMENTS = "payments"
    BILLS = "bills"
    """The list of a phone's bills."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last thing told, named by itself: a count of it would shift when data are added."""

    series: Series
    from_year: int | None = None
    """The start year; None for payments without one."""
    period: tuple[int, int] | None = None
    """Of a history: sale year and period of the last bill told; None before the first."""
    day: date | None = None
    """Of payments: the day of the last one told."""
    bill_id: str | None = field(default=None, repr=False)
    """Of the list: the last bill told."""
    left: int = 0
    """Of that period, or of that day, how many are still to be told. Counted from the oldest:
    what arrives meanwhile is newer."""

    def __str__(self) -> str:
        """The form that is stored; at most 40 characters. ``read_cursor`` reads it."""
        if self.series is Series.PAYMENTS:
            return f"payments:{self.from_year or ''}:{self.day}+{self.left}"
        if self.series is Series.BILLS:
            return f"bills:{self.bill_id}"
        last = "{}/{}+{}".format(*self.period, self.left) if self.period else ""
        return f"history:{self.from_year}:{last}"


def read_cursor(written: str | None) -> Cursor | None:
    """The cursor of a stored form; None for none, and for a form of another release."""
    found = _WRITTEN.fullmatch(written or "")
    if found is None:
        return None
    if found["day"]:
        return _payments(found)
    if found["bill_id"]:
        return Cursor(Series.BILLS, bill_id=found["bill_id"])
    period = (int(found["bill_year"]), int(found["period"])) if found["bill_year"] else None
    return Cursor(Series.HISTORY, int(found["year"]), period, left=int(found["left"] or 0))


def _payments(found: re.Match[str]) -> Cursor | None:
    since = int(found["since"]) if found["since"] else None
    try:
        day = date.fromisoformat(found["day"])
    except ValueError:
        return None
    return Cursor(Series.PAYMENTS, since, day=day, left=int(found["left_of_day"]))
