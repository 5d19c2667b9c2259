"""What stands beside a number, and so what it can't be: a piece, an amount, a count, a day."""

from collections.abc import Container, Sequence

from sms_service.language.tokens import Token
from sms_service.language.words import Kind, Kinds
from sms_service.language.years import Certainty, read_year

_QUIET = frozenset(
    {
        *(Kind.LABEL, Kind.PLACE, Kind.NEUTRAL, Kind.INTENT, Kind.AND, Kind.MONTH, Kind.TO),
        Kind.CODE_MARK,
    }
)
_OTHER = frozenset({Kind.OTHER_NUMBER, Kind.CODE_MARK})
_SMALL_TALK = frozenset({Kind.NEUTRAL, Kind.LABEL})
_COUNTED = frozenset({Kind.COUNT, Kind.MONTH_MARK, Kind.YEAR_MARK})
_JOINTS = frozenset("/-._,:")
"""What stands within a date, a phone number, a file number or an amount."""
_DATE_JOINTS = frozenset("/-.")
_LONGEST_PIECE = 4
"""Digits up to which a number is read together with one beside it."""
_THOUSAND = 3
"""Digits of a group in an amount."""
_PHONE_HEAD = 7
"""Digits of a phone number before its last four."""
_FARTHEST = 3
"""Places that a date may reach from one of its numbers; one more than it has."""


def linked(tokens: Sequence[Token], taken: Container[int], i: int) -> tuple[int, int]:
    """First and last place of the short numbers joined like a date around this one."""
    first = last = i
    while i - first < _FARTHEST and tokens[first].before in _DATE_JOINTS:
        if not _is_link(tokens, taken, first - 1):
            break
        first -= 1
    while last - i < _FARTHEST and tokens[last].after in _DATE_JOINTS:
        if not _is_link(tokens, taken, last + 1):
            break
        last += 1
    return first, last


def is_amount(tokens: Sequence[Token], kinds: Kinds, first: int, last: int) -> bool:
    """Whether the linked numbers from ``first`` to ``last`` are named as something else.

    The name may stand before small talk: «شماره اشتراک من 1403».
    """
    before = kinds[first - 1]
    if kinds[last + 1] is Kind.UNIT or before in _OTHER:
        return True
    if before in _SMALL_TALK and kinds[first - 2] in _OTHER:
        return True
    return tokens[first].before.endswith("+") or tokens[last].after.startswith("%")


def is_count(kinds: Kinds, i: int, mark: Certainty | None) -> bool:
    """Whether the words beside a short number count by it: «۳ سال اخیر», «از ۶ ماه پیش»."""
    if kinds[i - 1] is Kind.MONTH_MARK and kinds[i - 2] is not Kind.MONTH:
        return True
    after = kinds[i + 1]
    return after in _COUNTED and (after is Kind.YEAR_MARK or mark is not Certainty.FULL)


def is_piece(
    tokens: Sequence[Token], taken: Container[int], i: int, *, is_marked: bool = False
) -> bool:
    """Whether the number beside this one makes it a piece of something longer: «3777-1403».

    Beside a word that says it is a year, only what stands joined to it does.
    """
    return any(
        0 <= j < len(tokens)
        and j not in taken
        and tokens[j].is_number
        and (gap in _JOINTS or not is_marked)
        and _completes(tokens[j].text, gap)
        for j, gap in ((i - 1, tokens[i].before), (i + 1, tokens[i].after))
    )


def stands_alone(tokens: Sequence[Token], kinds: Kinds, taken: Container[int], i: int) -> bool:
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


def days_of_months(tokens: Sequence[Token], kinds: Kinds, free: Sequence[int]) -> frozenset[int]:
    """Places of numbers that are the day of a month: «۷ تیر»."""
    return frozenset(
        i
        for i in free
        if kinds[i + 1] is Kind.MONTH
        and len(tokens[i].text) <= 2
        and 1 <= int(tokens[i].text) <= 31
    )


def follows_a_day(kinds: Kinds, days: Container[int], i: int) -> bool:
    """Whether this is the year of «۲۲ مهر ۱۴۰۵» or «۲۲ مهر ماه ۱۴۰۵»."""
    month = i - 2 if kinds[i - 1] in (Kind.MONTH_MARK, Kind.YEAR_MARK) else i - 1
    return kinds[month] is Kind.MONTH and month - 1 in days


def is_new_years_day(tokens: Sequence[Token], kinds: Kinds, first: int, last: int) -> bool:
    """Whether linked numbers are a 1 Farvardin, by which people mean the year.

    After a strange word («مهلت») or a wish («مهلت پرداخت») it may be a last day to pay.
    """
    follows_word = first > 0 and not tokens[first - 1].is_number
    if follows_word and kinds[first - 1] in (None, Kind.INTENT):
        return False
    parts = [token.text.lstrip("0") for token in tokens[first : last + 1] if len(token.text) < 4]
    return last - first == 2 and parts == ["1", "1"]


def is_period(digits: str) -> bool:
    """Whether digits may be the number of a period or a month."""
    return len(digits) <= 2 and 1 <= int(digits) <= 12


def are_joined(tokens: Sequence[Token], i: int) -> bool:
    """Whether the number here and the token after it stand in one piece: «1403/4»."""
    return 0 <= i < len(tokens) - 1 and tokens[i].is_number and tokens[i].after in _JOINTS


def _completes(beside: str, gap: str) -> bool:
    """Whether a number with this gap to a year can only belong together with it."""
    if len(beside) < _THOUSAND:
        return gap in _DATE_JOINTS and not is_period(beside)
    if len(beside) == _LONGEST_PIECE and read_year(beside):
        return False
    if gap == ",":
        return len(beside) == _THOUSAND
    is_phone_head = len(beside) == _PHONE_HEAD and beside[0] == "0"
    return gap in _JOINTS or len(beside) <= _LONGEST_PIECE or is_phone_head


def _is_link(tokens: Sequence[Token], taken: Container[int], i: int) -> bool:
    if i in taken or not 0 <= i < len(tokens):
        return False
    return tokens[i].is_number and len(tokens[i].text) <= _LONGEST_PIECE
