"""Which number of a text was meant as the bill ID, and what is wrong with it."""

from collections.abc import Collection, Container, Iterator, Sequence
from typing import NamedTuple

from sms_service.domain.bill_id import BILL_ID_LENGTH
from sms_service.language.clusters import SHORTEST_ID_LIKE, Cluster, cluster_of
from sms_service.language.judge import PRINTED_CUTS, Judge, is_mobile
from sms_service.language.reading import Problem
from sms_service.language.tokens import Token, is_spoiled
from sms_service.language.words import Kind, Kinds

LENGTHS_NEAR_AN_ID = range(10, 17)
LENGTHS_IN_PIECES = (12, 11, 14, 10)
"""Digits of an ID in pieces that lost or gained some, likeliest first."""
LONGEST_YEAR = 4
LONGEST_AMOUNT = 11
LONGEST_PHONE_PIECE = 8
THOUSAND = 3
"""Digits of a group of thousands."""
_PHONE_GAPS = frozenset("-./")
_THOUSANDS_GAPS = frozenset(",./")
PRINTED_FILE_NUMBER = 5
"""Digits after the file number in the printed groups."""


class Blame(NamedTuple):
    problem: Problem
    typed: str
    places: frozenset[int]


def blame(
    tokens: Sequence[Token],
    kinds: Kinds,
    groups: Sequence[Cluster],
    taken: Container[int],
    judge: Judge,
) -> Blame | None:
    """The fault of a text without a bill ID; None when no number was meant as one."""
    rests = [(group, _unnamed(tokens, kinds, group)) for group in groups]
    shortened = [rest for group, rest in rests if rest is not group]
    whole = list(_thirteens([*groups, *shortened], taken, judge))
    if whole:
        return max(whole, key=lambda found: judge.bears_our_marks(found.typed))
    near = [
        Blame(Problem.WRONG_LENGTH, *number)
        for group, rest in rests
        for number in _long_numbers(tokens, rest, rest is not group, taken, judge)
    ]
    near += [
        Blame(Problem.WRONG_LENGTH, token.text, frozenset({i}))
        for i, token in enumerate(tokens)
        if token.is_number and len(token.text) >= SHORTEST_ID_LIKE and is_spoiled(tokens, i)
    ]
    return max(near, key=lambda found: -abs(len(found.typed) - BILL_ID_LENGTH), default=None)


def blame_beside(groups: Sequence[Cluster], taken: Container[int], judge: Judge) -> Blame | None:
    """The fault of a second number that bears our marks beside a bill ID that was read."""
    for found in _thirteens(groups, taken, judge):
        if judge.bears_our_marks(found.typed):
            return found
    for group in groups:
        for place, digits in group.runs():
            if place not in taken and _may_hold_ours(digits, judge):
                return Blame(Problem.WRONG_LENGTH, digits, frozenset({place}))
        for length in LENGTHS_IN_PIECES:
            for first, last in group.windows(length):
                digits, places = group.window_digits(first, last), group.places[first : last + 1]
                if judge.bears_our_marks(digits) and _free(places, taken):
                    return Blame(Problem.WRONG_LENGTH, digits, frozenset(places))
    return None


def _may_hold_ours(digits: str, judge: Judge) -> bool:
    """Whether a run ends in our marks, or holds an ID that can't be told from what follows it."""
    shortest = LENGTHS_NEAR_AN_ID.start
    if len(digits) < shortest or is_mobile(digits):
        return False
    ends = range(shortest, min(BILL_ID_LENGTH, len(digits) - 2) + 1)
    return any(judge.bears_our_marks(digits[:end]) for end in (len(digits), *ends))


def _thirteens(groups: Sequence[Cluster], taken: Container[int], judge: Judge) -> Iterator[Blame]:
    """Numbers of the right length, in one piece or in the printed groups, with their fault."""
    for group in groups:
        for place, digits in group.runs():
            if len(digits) == BILL_ID_LENGTH and place not in taken:
                problem = judge.fault_of(digits)
                if problem:
                    yield Blame(problem, digits, frozenset({place}))
        for first, last in group.windows(BILL_ID_LENGTH):
            places = group.places[first : last + 1]
            digits = group.window_digits(first, last)
            is_meant = (
                judge.bears_our_marks(digits)
                or _is_printed(group.cuts_from_end(first, last))
                or _is_all_but_a_year(group, first, last, judge)
            )
            problem = judge.fault_of(digits) if is_meant and _free(places, taken) else None
            if problem:
                yield Blame(problem, digits, frozenset(places))


def _unnamed(tokens: Sequence[Token], kinds: Kinds, group: Cluster) -> Cluster:
    """The group less the numbers that a word before or after it names as something else."""
    places = group.places
    first, end = 0, len(places)
    if kinds[places[0] - 1] is Kind.OTHER_NUMBER:
        first = 1
        while first < end and _is_of_phone(tokens[places[first]]):
            first += 1
    if kinds[places[-1] + 1] is Kind.UNIT:
        end -= 1
        while end > first and _is_of_thousands(tokens, places[end - 1], places[end]):
            end -= 1
    return group if end - first == len(places) else cluster_of(tokens, places[first:end])


def _is_of_phone(token: Token) -> bool:
    return len(token.text) <= LONGEST_PHONE_PIECE and token.before in _PHONE_GAPS


def _is_of_thousands(tokens: Sequence[Token], i: int, following: int) -> bool:
    return len(tokens[i].text) <= THOUSAND and tokens[following].before in _THOUSANDS_GAPS


def _long_numbers(
    tokens: Sequence[Token],
    group: Cluster,
    is_rest: bool,
    taken: Container[int],
    judge: Judge,
) -> Iterator[tuple[str, frozenset[int]]]:
    """Numbers of another length that can only have been meant as a bill ID."""
    shortest = LENGTHS_NEAR_AN_ID.start if is_rest else SHORTEST_ID_LIKE
    if len(group.digits) < shortest or _is_amount(tokens, group) or _is_short_date(group):
        return
    first, last = _without_year(group, judge)
    digits = group.window_digits(first, last)
    is_other = shortest <= len(digits) <= 2 * BILL_ID_LENGTH and len(digits) != BILL_ID_LENGTH
    if is_other and _free(group.places, taken):
        yield digits, frozenset(group.places[first : last + 1])
        return
    for place, digits in group.runs():
        if len(digits) >= shortest and place not in taken:
            yield digits, frozenset({place})


def _without_year(group: Cluster, judge: Judge) -> tuple[int, int]:
    """The group less one year before or after it."""
    first, last = 0, len(group.places) - 1
    lengths = group.lengths(first, last)
    for edge, rest in ((last, (first, last - 1)), (first, (first + 1, last))):
        is_plain = lengths[edge] == 4 or len(lengths) == 2
        if last > first and is_plain and judge.is_likely_year(group.window_digits(edge, edge)):
            return rest
    return first, last


def _is_all_but_a_year(group: Cluster, first: int, last: int, judge: Judge) -> bool:
    """Whether a window of the right length leaves nothing of its group over but a year."""
    if len(group.digits) > BILL_ID_LENGTH + LONGEST_YEAR:
        return False
    return (first, last) == _without_year(group, judge)


def _is_amount(tokens: Sequence[Token], group: Cluster) -> bool:
    """Whether the runs are one number in groups of thousands: 1,250,000."""
    lengths = group.lengths(0, len(group.places) - 1)
    gaps = {tokens[place].before for place in group.places[1:]}
    return (
        gaps in ({","}, {"."})
        and lengths[0] <= 3
        and set(lengths[1:]) == {3}
        and len(group.digits) <= LONGEST_AMOUNT
    )


def _is_short_date(group: Cluster) -> bool:
    """Whether the runs are a date without its century: 05/07/22."""
    return group.lengths(0, len(group.places) - 1) == [2, 2, 2]


def _is_printed(cuts: set[int]) -> bool:
    return PRINTED_FILE_NUMBER in cuts and cuts <= PRINTED_CUTS


def _free(places: Collection[int], taken: Container[int]) -> bool:
    return not any(place in taken for place in places)
