"""Which number of a text was meant as the bill ID, and what is wrong with it."""

from collections.abc import Collection, Container, Iterator, Sequence
from typing import NamedTuple

from sms_service.domain.bill_id import BILL_ID_LENGTH
from sms_service.language.clusters import SHORTEST_ID_LIKE, Cluster
from sms_service.language.judge import PRINTED_CUTS, Judge, is_mobile
from sms_service.language.reading import Problem
from sms_service.language.tokens import Token, is_spoiled
from sms_service.language.words import Kind, Kinds

LENGTHS_NEAR_AN_ID = range(10, 17)
LENGTHS_IN_PIECES = (12, 11, 14, 10)
"""Digits of an ID in pieces that lost or gained some, likeliest first."""
LONGEST_YEAR = 4
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
    whole = list(_thirteens(groups, taken, judge))
    if whole:
        return max(whole, key=lambda found: judge.bears_our_marks(found.typed))
    near = [
        Blame(Problem.WRONG_LENGTH, *number)
        for group in groups
        for number in _long_numbers(tokens, kinds, group, taken, judge)
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
    if len(digits) not in LENGTHS_NEAR_AN_ID and len(digits) <= BILL_ID_LENGTH:
        return False
    if is_mobile(digits):
        return False
    return judge.bears_our_marks(digits) or (
        len(digits) > BILL_ID_LENGTH
        and any(judge.bears_our_marks(digits[:end]) for end in range(10, BILL_ID_LENGTH + 1))
    )


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


def _long_numbers(
    tokens: Sequence[Token],
    kinds: Kinds,
    group: Cluster,
    taken: Container[int],
    judge: Judge,
) -> Iterator[tuple[str, frozenset[int]]]:
    """Numbers of another length that can only have been meant as a bill ID."""
    before, after = kinds[group.places[0] - 1], kinds[group.places[-1] + 1]
    if before is Kind.OTHER_NUMBER or after is Kind.UNIT or _is_amount(tokens, group):
        for place, digits in group.runs():
            is_near = place not in taken and len(digits) in LENGTHS_NEAR_AN_ID
            if is_near and judge.bears_our_marks(digits):
                yield digits, frozenset({place})
        return
    first, last = _without_year(group, judge)
    digits = group.window_digits(first, last)
    if _free(group.places, taken) and _has_some_length_of_its_own(digits):
        yield digits, frozenset(group.places[first : last + 1])
        return
    for place, digits in group.runs():
        if len(digits) >= SHORTEST_ID_LIKE and place not in taken:
            yield digits, frozenset({place})


def _has_some_length_of_its_own(digits: str) -> bool:
    return SHORTEST_ID_LIKE <= len(digits) <= 2 * BILL_ID_LENGTH and len(digits) != BILL_ID_LENGTH


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
    return gaps in ({","}, {"."}) and lengths[0] <= 3 and set(lengths[1:]) == {3}


def _is_printed(cuts: set[int]) -> bool:
    return PRINTED_FILE_NUMBER in cuts and cuts <= PRINTED_CUTS


def _free(places: Collection[int], taken: Container[int]) -> bool:
    return not any(place in taken for place in places)
