"""Jalali days and times of the day as they are typed into forms."""

import re
from datetime import date, datetime, time

from sms_service.domain.calendar import TEHRAN, gregorian_of
from sms_service.language.normalise import fold

_DAY = re.compile(r"(1[34]\d\d)[/\-.](\d{1,2})[/\-.](\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


def read_day(typed: str) -> date | None:
    """The day that is written ۱۴۰۵/۹/۲, in any digits; None for what is none."""
    found = _DAY.fullmatch(fold(typed).strip())
    if found is None:
        return None
    try:
        return gregorian_of(*map(int, found.groups()))
    except ValueError:
        return None


def read_moment(day: str, clock: str) -> datetime | None:
    """A moment in Tehran, of a day and ۸:۳۰."""
    read, found = read_day(day), _TIME.fullmatch(fold(clock).strip())
    if read is None or found is None:
        return None
    try:
        return datetime.combine(read, time(int(found[1]), int(found[2])), TEHRAN)
    except ValueError:
        return None
