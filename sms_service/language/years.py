"""What digits mean as a Jalali year, by their shape alone."""

from enum import IntEnum
from typing import NamedTuple

from sms_service.language.reading import Note

GREGORIAN_YEARS = range(1900, 2101)
JALALI_YEARS = range(1300, 1500)
YEARS_BESIDE_A_MARK = range(1000, 1900)
GREGORIAN_OFFSET = 621
"""A Gregorian year is read as the Jalali year that begins in it: 2024 is 1403."""
FIRST_YEAR_WITH_RECORDS = 1370
FIRST_TWO_DIGIT_YEAR = 60
"""60 to 99 are 13xx, 00 to 59 are 14xx."""


class Certainty(IntEnum):
    """How little else a number could have been."""

    SHORT = 1
    FULL = 2
    """Four digits, or beside a word for year."""
    START = 3
    """Said to be the start: «از سال ۱۴۰۲». Others don't compete with it."""


class Year(NamedTuple):
    value: int
    certainty: Certainty
    note: Note | None = None


def read_year(digits: str) -> Year | None:
    """The year that digits mean by their shape: 1403, 403, 03, 3 or 2024; None for others.

    A nought alone is none: it is a piece of something.
    """
    value = int(digits[:4])
    match len(digits):
        case 4 if value in JALALI_YEARS:
            return Year(value, Certainty.FULL)
        case 4 if value in GREGORIAN_YEARS:
            return Year(value - GREGORIAN_OFFSET, Certainty.FULL, Note.GREGORIAN_YEAR)
        case 3 if digits[0] in "34":
            return Year(1000 + value, Certainty.SHORT, Note.SHORT_YEAR)
        case 2:
            century = 1300 if value >= FIRST_TWO_DIGIT_YEAR else 1400
            return Year(century + value, Certainty.SHORT, Note.SHORT_YEAR)
        case 1 if value:
            return Year(1400 + value, Certainty.SHORT, Note.SHORT_YEAR)
    return None


def read_marked_year(digits: str, mark: Certainty) -> Year | None:
    """The same beside a word that says it is a year: then 1000 to 1899 are years too."""
    year = read_year(digits)
    if year is None and len(digits) == 4 and int(digits) in YEARS_BESIDE_A_MARK:
        return Year(int(digits), mark)
    return year._replace(certainty=mark) if year else None
