"""Days from … until …, as operators ask for them: Jalali, in Tehran."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sms_service.domain.calendar import TEHRAN, gregorian_of, jalali_of

_DAY = timedelta(days=1)
_WRITTEN = re.compile(r"(1[34]\d\d)[/.-](\d{1,2})[/.-](\d{1,2})|(1[34]\d\d)(\d\d)(\d\d)", re.ASCII)
_SATURDAY = 5


class Preset(StrEnum):
    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"
    """Since Saturday."""
    MONTH = "month"
    """Since the first of the Jalali month."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Days:
    """Both days included; None: as far as there is anything."""

    first: date | None = None
    last: date | None = None

    @property
    def begins_at(self) -> datetime | None:
        return None if self.first is None else _midnight(self.first)

    @property
    def ends_at(self) -> datetime | None:
        """The first moment that isn't in it any more."""
        return None if self.last is None else _midnight(self.last + _DAY)


def days_of(preset: Preset, today: date) -> Days:
    """The days of a preset."""
    match preset:
        case Preset.TODAY:
            return Days(today, today)
        case Preset.YESTERDAY:
            return Days(today - _DAY, today - _DAY)
        case Preset.WEEK:
            return Days(today - _DAY * ((today.weekday() - _SATURDAY) % 7), today)
        case Preset.MONTH:
            told = jalali_of(today)
            return Days(gregorian_of(told.year, told.month, 1), today)
    return Days()


class NotWritten(ValueError):
    """What was typed isn't written like a day."""


class NoSuchDay(ValueError):
    """It is written like a day, and the calendar has none such."""


def read_day(ascii_text: str) -> date:
    """The day that is written 1405/09/02 or 14050902. Raises NotWritten, NoSuchDay."""
    written = _WRITTEN.fullmatch(ascii_text.strip())
    if written is None:
        raise NotWritten
    year, month, day = (int(part) for part in written.groups() if part is not None)
    try:
        return gregorian_of(year, month, day)
    except ValueError as error:
        raise NoSuchDay from error


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, TEHRAN)
