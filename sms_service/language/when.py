"""Which year, period or month a text speaks of, by shape and by the words around.

A number that could be something else (an amount, a count, a time, a house number, a piece of
a phone number, a due date) is left unread rather than guessed, and so is the year when two
different ones compete.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sms_service.language.beside import (
    are_joined,
    days_of_months,
    follows_a_day,
    is_amount,
    is_count,
    is_new_years_day,
    is_period,
    is_piece,
    linked,
    stands_alone,
)
from sms_service.language.numbers import Numbers
from sms_service.language.tokens import Token, is_spoiled
from sms_service.language.words import Kind, Kinds, Said
from sms_service.language.years import Certainty, Year, read_marked_year, read_year

_BEFORE_A_YEAR = frozenset({Kind.YEAR_MARK, Kind.MONTH, Kind.MONTH_MARK, Kind.COUNT})
_LONGEST_DATE = 2
"""Places from the first number of a date to its last."""
_NO_PLACES: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class When:
    """The time that a text asks for."""

    year: Year | None = None
    competing: bool = False
    """Two different years were typed, neither marked as the first, or one as the last:
    ``year`` is None."""
    period: int | None = None
    month: int | None = None
    is_range: bool = False
    """A word like «از» was said: a start is meant, not one bill."""

    @property
    def names_one_bill(self) -> bool:
        return not self.is_range and (self.period is not None or self.month is not None)


def find_when(
    tokens: Sequence[Token],
    said: Said,
    numbers: Numbers,
    this_year: int,
) -> When:
    """The time asked for, from the numbers that weren't taken for something else.

    A short year counts beside a bill ID or as the only number of a text.
    """
    kinds, taken = said.kinds, numbers.taken
    is_beside_id = numbers.typed is not None
    free = [i for i, token in enumerate(tokens) if token.is_number and i not in taken]
    days = days_of_months(tokens, kinds, free) if Kind.MONTH in said.present else _NO_PLACES
    period, period_place = _period(tokens, kinds, free)
    month, month_place = _month(said, days), None
    if Kind.MONTH_MARK in said.present and month is None:
        month, month_place = _numbered_month(tokens, kinds, free)
    years = [year for digits in numbers.years if (year := read_marked_year(digits, Certainty.FULL))]
    if Kind.YEAR in said.present:
        years += _said_years(said, this_year)
    is_lone = len(free) == 1 and not taken
    for i in free:
        if i in (period_place, month_place) or i in days or _is_end_of_range(tokens, kinds, i):
            continue
        year = _year_at(tokens, kinds, taken, days, i)
        if year and (year.certainty is not Certainty.SHORT or is_beside_id or is_lone):
            years.append(year)
    starts = [year for year in years if year.certainty is Certainty.START]
    best = {year.value: year for year in starts or years}
    is_clear = len(best) == 1 and Kind.BACK not in said.present
    return When(
        year=next(iter(best.values())) if is_clear else None,
        competing=bool(best) and not is_clear,
        period=period,
        month=month,
        is_range=Kind.FROM in said.present or Kind.TO in said.present,
    )


def _said_years(said: Said, this_year: int) -> Iterator[Year]:
    for i, word in enumerate(said.words):
        if not word or word.kind is not Kind.YEAR:
            continue
        before = i - 1
        if said.kinds[before] is Kind.YEAR:
            before -= 1  # the second word of a pair
        kind = said.kinds[before]
        if kind is Kind.TO or (kind is Kind.AND and _is_earlier(said, before - 1, word.number)):
            continue
        mark = _mark(said.kinds, before, _NO_PLACES)
        yield Year(this_year + word.number, mark or Certainty.FULL)


def _is_earlier(said: Said, i: int, number: int) -> bool:
    """Whether the word here is a year before the one that is ``number`` years from this one."""
    word = said.words[i] if i >= 0 else None
    return word is not None and word.kind is Kind.YEAR and word.number < number


def _year_at(
    tokens: Sequence[Token],
    kinds: Kinds,
    taken: Container[int],
    days: Container[int],
    i: int,
) -> Year | None:
    """The year that the number here is; None when it may be anything else."""
    digits = tokens[i].text
    if len(digits) > 4 or is_spoiled(tokens, i):
        return None
    first, last = linked(tokens, taken, i)
    mark = _mark(kinds, first - 1, days)
    if (
        is_amount(tokens, kinds, first, last)
        or last - first > _LONGEST_DATE
        or (len(digits) < 4 and (last > first or is_count(kinds, i, mark)))
    ):
        return None
    has_day = last - first == _LONGEST_DATE or follows_a_day(kinds, days, i)
    is_start = is_new_years_day(tokens, kinds, first, last)
    is_other_day = has_day and not is_start
    if (is_other_day and mark is not Certainty.START) or is_piece(
        tokens, taken, i, is_marked=mark is not None
    ):
        return None  # a date is as likely the day of the text, or the last day to pay
    if mark:
        return read_marked_year(digits, mark)
    year = read_year(digits)
    if year and year.certainty is Certainty.SHORT:
        return year if stands_alone(tokens, kinds, taken, i) else None
    return year


def _mark(kinds: Kinds, i: int, days: Container[int]) -> Certainty | None:
    """What the words before a number make of it: a year, the start of the records, or nothing."""
    is_year = kinds[i] is Kind.YEAR_MARK
    for before in range(i, i - 4, -1):
        kind = kinds[before]
        if kind is Kind.FROM:
            return Certainty.START
        if kind not in _BEFORE_A_YEAR and before not in days:
            break
    return Certainty.FULL if is_year else None


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
        if kinds[i - 1] is Kind.PERIOD_MARK and is_period(tokens[i].text):
            return int(tokens[i].text), i
    for i, following in pairwise(free):
        if following == i + 1 and tokens[i].after == "/" and _is_pair(tokens, kinds, i):
            for year, period in ((i, following), (following, i)):
                is_year = len(tokens[year].text) == 4 and read_year(tokens[year].text)
                if is_year and is_period(tokens[period].text):
                    return int(tokens[period].text), period
    return None, None


def _is_pair(tokens: Sequence[Token], kinds: Kinds, i: int) -> bool:
    """Whether the number here and the next are two by themselves, no date and no file number."""
    if are_joined(tokens, i - 1) or are_joined(tokens, i + 1):
        return False
    return not (is_amount(tokens, kinds, i, i + 1) or is_count(kinds, i + 1, None))


def _numbered_month(
    tokens: Sequence[Token], kinds: Kinds, free: Sequence[int]
) -> tuple[int | None, int | None]:
    """The month of «ماه ۵» or «برج ۵», and the place of its number."""
    places = frozenset(free)
    for i in free:
        is_named = kinds[i - 1] is Kind.MONTH_MARK and kinds[i - 2] is not Kind.MONTH
        if is_named and is_period(tokens[i].text) and i - 2 not in places:
            return int(tokens[i].text), i
    return None, None


def _month(said: Said, days: Container[int]) -> int | None:
    """The one month that is named, other than in a date."""
    if Kind.MONTH not in said.present:
        return None
    months = {
        word.number
        for i, word in enumerate(said.words)
        if word and word.kind is Kind.MONTH and i - 1 not in days
    }
    return months.pop() if len(months) == 1 else None
