"""Finding bill IDs among the numbers of a text, by shape and never by position.

The check digit and the company code judge every reading, and every digit of a reading must
be explained: a run of 17 digits is a bill ID and a year, or it is refused. Readings of one
number that differ refuse each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sms_service.domain.bill_id import BILL_ID_LENGTH, PAYMENT_ID_SHORTEST, payment_id_is_valid
from sms_service.language.blame import Blame, blame, blame_beside
from sms_service.language.clusters import Cluster, clusters, phone_places, service_codes
from sms_service.language.judge import PRINTED_CUTS, Judge, is_mobile
from sms_service.language.reading import Problem
from sms_service.language.tokens import Token
from sms_service.language.words import Kind, Kinds
from sms_service.language.years import read_year

PADDED_LENGTHS = range(10, BILL_ID_LENGTH)
"""Digits that may be a bill ID whose leading zeros were left out."""
SHORTEST_HEAD = 3
"""Digits of the first piece of an ID; a shorter one is likelier a number of its own."""
LONGEST_HOUSE_NUMBER = 3
MOST_BILLS = 3
"""Bill IDs that one text may ask for."""


class Span(NamedTuple):
    """One reading of neighbouring tokens."""

    first: int
    last: int
    bill_ids: tuple[str, ...]
    """One, or two that were run together."""
    typed: str
    padded: bool = False
    year: str = ""
    """Digits of a year that was run together with the ID."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The bill IDs of a text, or what is wrong with the number that should have been one."""

    bill_ids: tuple[str, ...] = ()
    typed: str | None = None
    padded: bool = False
    problem: Problem | None = None
    years: tuple[str, ...] = ()
    taken: frozenset[int] = frozenset()
    """Places of tokens that are explained and can't be a year."""


def find_bill_ids(tokens: Sequence[Token], kinds: Kinds, judge: Judge) -> Numbers:
    """The bill IDs that a text holds, each once, in the order typed."""
    taken = service_codes(tokens)
    groups = clusters(tokens, left_out=taken)
    spans: list[Span] = []
    doubtful: list[Span] = []
    for group in groups:
        readings = [*_whole(group, judge), *_joined(group, judge)]
        for span in readings:
            is_doubtful = _is_doubtful(tokens, kinds, span, readings, group, judge)
            (doubtful if is_doubtful else spans).append(span)
    spans.sort()
    for span in (*spans, *doubtful):
        taken.update(range(span.first, span.last + 1))
    taken |= _payment_places(tokens, spans)
    groups = [group for group in groups if not taken.issuperset(group.places)]
    for group in groups:
        taken |= phone_places(group, taken, judge)
    if groups:
        groups = clusters(tokens, left_out=taken)
    if doubtful:
        fault: Blame | None = _doubt(tokens, doubtful[0])
    elif spans:
        fault = blame_beside(groups, taken, judge)
    else:
        fault = blame(tokens, kinds, groups, taken, judge)
    return _numbers(spans, fault, taken)


def _numbers(spans: Sequence[Span], fault: Blame | None, taken: set[int]) -> Numbers:
    bill_ids = tuple(dict.fromkeys(bill_id for span in spans for bill_id in span.bill_ids))
    several = len(bill_ids) > MOST_BILLS
    return Numbers(
        bill_ids=() if several else bill_ids,
        typed=fault.typed if fault else spans[0].typed if spans else None,
        padded=any(span.padded for span in spans),
        problem=Problem.SEVERAL_BILLS if several else fault.problem if fault else None,
        years=tuple(span.year for span in spans if span.year),
        taken=frozenset(taken | fault.places if fault else taken),
    )


def _whole(cluster: Cluster, judge: Judge) -> Iterator[Span]:
    """Readings of each run on its own."""
    for place, digits in cluster.runs():
        length = len(digits)
        if length == BILL_ID_LENGTH and judge.is_ours(digits):
            yield Span(place, place, (digits,), digits)
        elif length in PADDED_LENGTHS:
            padded = digits.zfill(BILL_ID_LENGTH)
            if judge.is_ours(padded) and not is_mobile(digits):
                yield Span(place, place, (padded,), digits, padded=True)
        elif length > BILL_ID_LENGTH:
            yield from _run_together(place, digits, judge)


def _run_together(place: int, digits: str, judge: Judge) -> Iterator[Span]:
    head, rest = digits[:BILL_ID_LENGTH], digits[BILL_ID_LENGTH:]
    if judge.is_ours(head):
        if 2 <= len(rest) <= 4 and read_year(rest):
            yield Span(place, place, (head,), head, year=rest)
        elif len(rest) >= PAYMENT_ID_SHORTEST and payment_id_is_valid(head, rest):
            yield Span(place, place, (head,), head)
        elif len(rest) == BILL_ID_LENGTH and judge.is_ours(rest):
            yield Span(place, place, (head, rest), head)
    year, tail = digits[:-BILL_ID_LENGTH], digits[-BILL_ID_LENGTH:]
    if len(year) == 4 and judge.is_likely_year(year) and judge.is_ours(tail):
        yield Span(place, place, (tail,), tail, year=year)


def _joined(cluster: Cluster, judge: Judge) -> Iterator[Span]:
    """Readings of several runs as one ID; without its zeros only in the printed groups."""
    if len(cluster.places) == 1:
        return
    for length in (BILL_ID_LENGTH, *PADDED_LENGTHS):
        padded = length < BILL_ID_LENGTH
        for first, last in cluster.windows(length):
            typed = cluster.window_digits(first, last)
            bill_id = typed.zfill(BILL_ID_LENGTH)
            # Few are ours, and that is told sooner than where each gap is.
            if judge.is_ours(bill_id):
                if padded and not cluster.cuts_from_end(first, last) <= PRINTED_CUTS:
                    continue
                places = cluster.places
                yield Span(places[first], places[last], (bill_id,), typed, padded)


def _is_doubtful(
    tokens: Sequence[Token],
    kinds: Kinds,
    span: Span,
    readings: Sequence[Span],
    cluster: Cluster,
    judge: Judge,
) -> bool:
    """Whether the same digits have a second reading that can't be ruled out."""
    if any(
        other.first <= span.last and span.first <= other.last and other != span
        for other in readings
    ):
        return True
    first, last = cluster.places.index(span.first), cluster.places.index(span.last)
    if last > first:
        is_named = kinds[span.first - 1] is Kind.OTHER_NUMBER
        if _goes_on_before(tokens, cluster, span, judge) or (
            is_named and _has_short_head(tokens, span)
        ):
            return True
    if span.padded:
        return _may_lack_its_head(cluster, first, span, judge)
    return last > first and _may_begin_with_a_year(cluster.lengths(first, last), span, judge)


def _may_lack_its_head(cluster: Cluster, first: int, span: Span, judge: Judge) -> bool:
    """Whether the number before a padded ID may be its first piece («12 34567804423»)."""
    if first == 0:
        return False
    head = cluster.window_digits(first - 1, first - 1)
    if not head.strip("0"):
        return True
    return len(head) + len(span.typed) == BILL_ID_LENGTH and not judge.is_likely_year(head)


def _goes_on_before(tokens: Sequence[Token], cluster: Cluster, span: Span, judge: Judge) -> bool:
    """Whether a joined ID may have one more piece at its head («0-0248-378804428»)."""
    first, last = cluster.places.index(span.first), cluster.places.index(span.last)
    if first == 0:
        return False
    gap = tokens[span.first].before
    head = cluster.window_digits(first - 1, first - 1)
    if gap != tokens[cluster.places[first + 1]].before:
        return False
    if not gap.isspace():
        return len(head) == 1 or not judge.is_likely_year(head)
    is_printed = cluster.cuts_from_end(first, last) <= PRINTED_CUTS
    return head == "0" or (len(head) == 1 and not is_printed)


def _has_short_head(tokens: Sequence[Token], span: Span) -> bool:
    """Whether the first piece alone may be what the word before it names («کوچه 345 …»)."""
    return len(tokens[span.first].text) <= LONGEST_HOUSE_NUMBER


def _may_begin_with_a_year(lengths: Sequence[int], span: Span, judge: Judge) -> bool:
    """Whether a joined ID may be a year before an ID that lacks digits («98 34567804423»)."""
    head = span.typed[: lengths[0]]
    if len(lengths) > 2 and len(set(lengths[:-1])) == 1 and lengths[-1] <= lengths[0] + 1:
        return False
    return len(head) < SHORTEST_HEAD or judge.is_likely_year(head)


def _payment_places(tokens: Sequence[Token], spans: Sequence[Span]) -> set[int]:
    """Places of payment IDs that belong to a bill ID of the text."""
    bill_ids = [bill_id for span in spans[:MOST_BILLS] for bill_id in span.bill_ids]
    return {
        i
        for i, token in enumerate(tokens)
        if token.is_number
        and PAYMENT_ID_SHORTEST <= len(token.text) < BILL_ID_LENGTH
        and not token.text.startswith("09")
        and any(payment_id_is_valid(bill_id, token.text) for bill_id in bill_ids)
    }


def _doubt(tokens: Sequence[Token], span: Span) -> Blame:
    places = range(span.first, span.last + 1)
    longest = max((tokens[place].text for place in places), key=len)
    return Blame(Problem.WRONG_LENGTH, longest, frozenset(places))
