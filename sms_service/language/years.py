"""Which Jalali year, period or month a text speaks of, found by shape and by the words around.

A number that could be something else (an amount, a count, a time, a house number) is left
unread rather than guessed, and so is the year when two different ones compete.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from sms_service.language.reading import Note
from sms_service.language.tokens import Token, is_spoiled
from sms_service.language.words import Kind, Kinds, Said

GREGORIAN_YEARS = range(1900, 2101)
JALALI_YEARS = range(1300, 1500)
YEARS_BESIDE_A_MARK = range(1000, 1900)
GREGORIAN_OFFSET = 621
"""A Gregorian year is read as the Jalali year that begins in it: 2024 is 1403."""
FIRST_YEAR_WITH_RECORDS = 1370
FIRST_TWO_DIGIT_YEAR = 60
"""60 to 99 are 13xx, 00 to 59 are 14xx."""

_QUIET = frozenset(
    {Kind.LABEL, Kind.PLACE, Kind.NEUTRAL, Kind.INTENT, Kind.AND, Kind.MONTH, Kind.TO}
)
_MARKS = frozenset({Kind.FROM, Kind.YEAR_MARK})


class Certainty(IntEnum):
    """How little else a number could have been. Only years of one step compete."""

    SHORT = 1
    FULL = 2
    """Four digits, or beside a word for year."""
    START = 3
    """Said to be the start: «از سال ۱۴۰۲»."""


class Year(NamedTuple):
    value: int
    certainty: Certainty
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class When:
    """The time that a text asks for."""

    year: Year | None = None
    competing: bool = False
    """Two different years were typed, neither marked as the first: ``year`` is None."""
    period: int | None = None
    month: int | None = None
    is_range: bool = False
    """A word like «از» was said: a start is meant, not one bill."""

    @property
    def names_one_bill(self) -> bool:
        return not self.is_range and (self.period is not None or self.month is not None)


def read_year(digits: str) -> Year | None:
    """The year that digits mean by their shape: 1403, 403, 03, 3 or 2024; None for others."""
    value = int(digits)
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
        case 1:
            return Year(1400 + value, Certainty.SHORT, Note.SHORT_YEAR)
    return None


def find_when(
    tokens: Sequence[Token],
    said: Said,
    taken: Container[int],
    attached: Sequence[str],
    this_year: int,
) -> When:
    """The time asked for, from the numbers not ``taken`` and the years ``attached`` to an ID."""
    kinds = said.kinds
    free = [i for i, token in enumerate(tokens) if token.is_number and i not in taken]
    period, period_place = _period(tokens, kinds, free)
    years = [year for digits in attached if (year := _marked(digits, Certainty.FULL))]
    if Kind.YEAR in said.present:
        years += _said_years(said, this_year)
    for i in free:
        if i != period_place and not _is_end_of_range(tokens, kinds, i):
            year = _year_at(tokens, kinds, i)
            if year:
                years.append(year)
    step = max([year.certainty for year in years], default=None)
    best = {year.value: year for year in years if year.certainty is step}
    return When(
        year=next(iter(best.values())) if len(best) == 1 else None,
        competing=len(best) > 1,
        period=period,
        month=_month(said) if Kind.MONTH in said.present else None,
        is_range=Kind.FROM in said.present or Kind.TO in said.present,
    )


def _said_years(said: Said, this_year: int) -> Iterator[Year]:
    for word in said.words:
        if word and word.kind is Kind.YEAR:
            yield Year(this_year + word.number, Certainty.FULL)


def _year_at(tokens: Sequence[Token], kinds: Kinds, i: int) -> Year | None:
    digits = tokens[i].text
    if len(digits) > 4 or is_spoiled(tokens, i) or _is_amount(tokens, kinds, i):
        return None
    mark = _mark(kinds, i - 1)
    after = kinds[i + 1]
    if len(digits) < 4 and after is Kind.COUNT and mark is not Certainty.FULL:
        return None  # «از ۶ ماه پیش»
    if len(digits) < 4 and after is Kind.YEAR_MARK:
        return None  # «۳ سال اخیر»
    if mark:
        return _marked(digits, mark)
    year = read_year(digits)
    if year and year.certainty is Certainty.FULL:
        return None if _dates_something_else(tokens, kinds, i) else year
    return year if year and _stands_alone(tokens, kinds, i) else None


def _mark(kinds: Kinds, i: int) -> Certainty | None:
    """What the words before a number make of it: a year, the start of the records, or nothing."""
    is_year = kinds[i] is Kind.YEAR_MARK
    for before in range(i, i - 4, -1):
        kind = kinds[before]
        if kind is Kind.FROM:
            return Certainty.START
        if kind not in (Kind.YEAR_MARK, Kind.MONTH, Kind.COUNT):
            break
    return Certainty.FULL if is_year else None


def _marked(digits: str, mark: Certainty) -> Year | None:
    year = read_year(digits)
    if year is None and len(digits) == 4 and int(digits) in YEARS_BESIDE_A_MARK:
        return Year(int(digits), mark)
    return year._replace(certainty=mark) if year else None


def _stands_alone(tokens: Sequence[Token], kinds: Kinds, i: int) -> bool:
    """Whether a short number has only bills, IDs and small talk beside it."""
    token = tokens[i]
    if token.text == "1" and ("*" in token.before or "*" in token.after):
        return False  # the service code of the older «*1*ID#»
    for j, gap in ((i - 1, token.before), (i + 1, token.after)):
        if not 0 <= j < len(tokens):
            continue
        if tokens[j].is_number:
            if gap in (":", ".", ",", "/") and len(tokens[j].text) <= 4:
                return False  # a time, an amount or a date
        elif not gap or kinds[j] not in _QUIET:
            return False
    if kinds[i + 1] is Kind.TO:
        return i + 2 < len(tokens) and tokens[i + 2].is_number
    return True


def _is_amount(tokens: Sequence[Token], kinds: Kinds, i: int) -> bool:
    if kinds[i + 1] is Kind.UNIT or kinds[i - 1] is Kind.OTHER_NUMBER:
        return True
    return tokens[i].before.endswith("+") or tokens[i].after.startswith("%")


def _dates_something_else(tokens: Sequence[Token], kinds: Kinds, i: int) -> bool:
    """Whether the year is part of a whole date that belongs to an unknown word («مهلت»)."""
    first = i
    while first > max(0, i - 3) and tokens[first].before == "/" and tokens[first - 1].is_number:
        first -= 1
    last = i
    while last < min(len(tokens) - 1, i + 3) and (
        tokens[last].after == "/" and tokens[last + 1].is_number
    ):
        last += 1
    if last - first != 2 or first == 0 or tokens[first - 1].is_number:
        return False
    return kinds[first - 1] not in _QUIET | _MARKS


def _is_end_of_range(tokens: Sequence[Token], kinds: Kinds, i: int) -> bool:
    """Whether this is the second year of «۱۴۰۲ تا ۱۴۰۴» or «1402-1403»."""
    before = i - 1
    if kinds[before] is Kind.YEAR_MARK:
        before -= 1
    kind = kinds[before]
    if kind is Kind.TO:
        return True
    if kind is Kind.AND:
        before -= 1
    if before < 0 or not tokens[before].is_number:
        return False
    start, end = tokens[before].text, tokens[i].text
    return len(start) == len(end) == 4 and 1300 <= int(start) < int(end) < 1500


def _period(
    tokens: Sequence[Token], kinds: Kinds, free: Sequence[int]
) -> tuple[int | None, int | None]:
    """The period of «۱۴۰۳/۴», «4/1403» or «دوره ۴», and the place of its number."""
    for i in free:
        if kinds[i - 1] is Kind.PERIOD_MARK and _is_period(tokens[i].text):
            return int(tokens[i].text), i
    for i, following in pairwise(free):
        if following != i + 1 or tokens[i].after != "/":
            continue
        if "/" in tokens[i].before or "/" in tokens[following].after:
            continue
        for year, period in ((i, following), (following, i)):
            if len(tokens[year].text) == 4 and _is_period(tokens[period].text):
                return int(tokens[period].text), period
    return None, None


def _is_period(digits: str) -> bool:
    return len(digits) <= 2 and 1 <= int(digits) <= 12


def _month(said: Said) -> int | None:
    months = {word.number for word in said.words if word and word.kind is Kind.MONTH}
    return months.pop() if len(months) == 1 else None
