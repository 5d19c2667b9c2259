"""A Jalali day and a time of day in Tehran, as people type them, in any digits."""

import re
from datetime import datetime, time

from sms_service.domain.calendar import TEHRAN, gregorian_of, jalali_of

_DAY = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2})")


def moment_of(day: str, clock: str) -> datetime | None:
    """The moment, in Tehran; None for what is none, such as the 31st of Mehr."""
    date_parts, time_parts = _DAY.fullmatch(day.strip()), _TIME.fullmatch(clock.strip())
    if date_parts is None or time_parts is None:
        return None
    year, month, of_month = (int(part) for part in date_parts.groups())
    hour, minute = (int(part) for part in time_parts.groups())
    try:
        return datetime.combine(gregorian_of(year, month, of_month), time(hour, minute), TEHRAN)
    except ValueError:
        return None


def day_and_clock(moment: datetime) -> tuple[str, str]:
    """The same as a form shows them: 1405/09/02 and 14:05."""
    local = moment.astimezone(TEHRAN)
    day = jalali_of(local.date())
    return f"{day.year}/{day.month:02}/{day.day:02}", local.strftime("%H:%M")
