"""Which year, period or month a text speaks of, by shape and by the words around.

A number that could be something else (an amount, a count, a time, a house number) is left
unread rather than guessed, and so is the year when two different ones compete.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sms_service.language.numbers import Numbers
from sms_service.language.tokens import Token, is_spoiled
from sms_service.language.words import Kind, Kinds, Said
from sms_service.language.years import Certainty, Year, read_marked_year, read_year

_QUIET = frozenset(
    {Kind.LABEL, Kind.PLACE, Kind.NEUTRAL, Kind.INTENT, Kind.AND, Kind.MONTH, Kind.TO}
)
_MARKS = frozenset({Kind.FROM, Kind.YEAR_MARK})


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
    period, period_place = _period(tokens, kinds, free)
    years = [year for digits in numbers.years if (year := read_marked_year(digits, Certainty.FULL))]
    if Kind.YEAR in said.present:
        years += _said_years(said, this_year)
    is_lone = len(free) == 1 and not taken
    for i in free:
        if i != period_place and not _is_end_of_range(tokens, kinds, i):
            year = _year_at(tokens, kinds, taken, i)
            if year and (year.certainty is not Certainty.SHORT or is_beside_id or is_lone):
                years.append(year)
    starts = [year for year in years if year.certainty is Certainty.START]
    best = {year.value: year for year in starts or years}
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


def _year_at(tokens: Sequence[Token], kinds: Kinds, taken: Container[int], i: int) -> Year | None:
    digits = tokens[i].text
    if len(digits) > 4 or is_spoiled(tokens, i) or _is_amount(tokens, kinds, i):
        return None
    first, last = _slashed(tokens, i)
    is_part_of_date = last > first and len(digits) < 4
    mark = _mark(kinds, first - 1)
    if is_part_of_date or (len(digits) < 4 and _is_count(kinds[i + 1], mark)):
        return None
    if mark:
        return read_marked_year(digits, mark)
    year = read_year(digits)
    if year and year.certainty is Certainty.FULL:
        is_date = last - first == 2
        return None if is_date and _belongs_to_another_word(tokens, kinds, first) else year
    return year if year and _stands_alone(tokens, kinds, taken, i) else None


def _is_count(after: Kind | None, mark: Certainty | None) -> bool:
    """Whether the word after a short number counts by it: «۳ سال اخیر», «از ۶ ماه پیش»."""
    return after is Kind.YEAR_MARK or (after is Kind.COUNT and mark is not Certainty.FULL)


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


def _stands_alone(tokens: Sequence[Token], kinds: Kinds, taken: Container[int], i: int) -> bool:
    """Whether a short number has only bills, IDs and small talk beside it."""
    token = tokens[i]
    if token.text == "1" and ("*" in token.before or "*" in token.after):
        return False  # the service code of the older «*1*ID#»
    for j, gap in ((i - 1, token.before), (i + 1, token.after)):
        if not 0 <= j < len(tokens):
            continue
        if tokens[j].is_number:
            if j not in taken:
                return False  # a piece of something longer
        elif not gap or kinds[j] not in _QUIET:
            return False
    if kinds[i + 1] is Kind.LABEL and len(token.text) == 1:
        return False  # «۲ قبض»
    if kinds[i + 1] is Kind.TO:
        return i + 2 < len(tokens) and tokens[i + 2].is_number
    return True


def _is_amount(tokens: Sequence[Token], kinds: Kinds, i: int) -> bool:
    if kinds[i + 1] is Kind.UNIT or kinds[i - 1] is Kind.OTHER_NUMBER:
        return True
    return tokens[i].before.endswith("+") or tokens[i].after.startswith("%")


def _slashed(tokens: Sequence[Token], i: int) -> tuple[int, int]:
    """First and last place of the short numbers joined by slashes around this one."""
    first = last = i
    while first > max(0, i - 3) and tokens[first].before == "/" and _is_short(tokens[first - 1]):
        first -= 1
    end = min(len(tokens) - 1, i + 3)
    while last < end and tokens[last].after == "/" and _is_short(tokens[last + 1]):
        last += 1
    return first, last


def _is_short(token: Token) -> bool:
    return token.is_number and len(token.text) <= 4


def _belongs_to_another_word(tokens: Sequence[Token], kinds: Kinds, first: int) -> bool:
    """Whether the date that starts here follows an unknown word («مهلت»)."""
    if first == 0 or tokens[first - 1].is_number:
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
            is_year = len(tokens[year].text) == 4 and read_year(tokens[year].text)
            if is_year and _is_period(tokens[period].text):
                return int(tokens[period].text), period
    return None, None


def _is_period(digits: str) -> bool:
    return len(digits) <= 2 and 1 <= int(digits) <= 12


def _month(said: Said) -> int | None:
    months = {word.number for word in said.words if word and word.kind is Kind.MONTH}
    return months.pop() if len(months) == 1 else None
