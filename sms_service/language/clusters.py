"""Numbers that stand side by side: what people may have meant as one number in pieces."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sms_service.domain.bill_id import BILL_ID_LENGTH
from sms_service.language.judge import (
    LANDLINE_SHAPES,
    MOBILE_SHAPES,
    SHORTEST_MOBILE,
    Judge,
    is_phone,
)
from sms_service.language.tokens import Token, is_spoiled

SHORTEST_ID_LIKE = 6
"""Digits from which a number is taken for an attempt at a bill ID."""
SHORTEST_PHONE_PIECE = 2
"""A single digit in it makes a number more like a bill ID in its printed groups."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Runs of digits with separators, but no word, between them."""

    places: tuple[int, ...]
    """Places of the runs among the tokens."""
    digits: str
    """All their digits, joined."""
    starts: tuple[int, ...]
    """Where each run starts among the joined digits, and where the last one ends."""

    def runs(self) -> Iterator[tuple[int, str]]:
        """Each run with its place."""
        for k, place in enumerate(self.places):
            yield place, self.digits[self.starts[k] : self.starts[k + 1]]

    def windows(self, length: int) -> Iterator[tuple[int, int]]:
        """Neighbouring runs of this total length, two or more, as first and last index."""
        ends = {offset: k for k, offset in enumerate(self.starts)}
        for first, start in enumerate(self.starts):
            after = ends.get(start + length)
            if after is not None and after - first >= 2:
                yield first, after - 1

    def window_digits(self, first: int, last: int) -> str:
        return self.digits[self.starts[first] : self.starts[last + 1]]

    def lengths(self, first: int, last: int) -> list[int]:
        return [self.starts[k + 1] - self.starts[k] for k in range(first, last + 1)]

    def cuts_from_end(self, first: int, last: int) -> set[int]:
        """How many digits of a window stand after each of its gaps."""
        end = self.starts[last + 1]
        return {end - self.starts[k] for k in range(first + 1, last + 1)}


def clusters(tokens: Sequence[Token], left_out: Container[int]) -> list[Cluster]:
    """The numbers of a text, grouped; one that fills a bill ID by itself is a group by itself.

    Groups with too few digits for a bill ID are not told; spoiled numbers and those
    ``left_out`` are in no group.
    """
    groups: list[list[int]] = []
    is_open = False
    for i, token in enumerate(tokens):
        if not token.is_number or i in left_out or is_spoiled(tokens, i):
            is_open = False
            continue
        is_whole = len(token.text) >= BILL_ID_LENGTH
        if is_open and not is_whole:
            groups[-1].append(i)
        else:
            groups.append([i])
            is_open = not is_whole
    return [
        cluster_of(tokens, group)
        for group in groups
        if sum([len(tokens[i].text) for i in group]) >= SHORTEST_ID_LIKE
    ]


def service_codes(tokens: Sequence[Token]) -> set[int]:
    """Places of «*1*» at the start or end of a text: the older code before a bill ID."""
    return {
        i
        for i in {0, len(tokens) - 1}
        if tokens
        and tokens[i].text == "1"
        and tokens[i].before.endswith("*")
        and tokens[i].after.startswith("*")
    }


def phone_places(cluster: Cluster, taken: Container[int], judge: Judge) -> set[int]:
    """Places, none of them taken, that make a phone number in one piece or several.

    What ends like one of our bill IDs is none: it may be an ID that lost digits.
    """
    places: set[int] = set()
    if len(cluster.digits) < SHORTEST_MOBILE:
        return places
    ends = {offset: k for k, offset in enumerate(cluster.starts)}
    for first, start in enumerate(cluster.starts[:-1]):
        opening = cluster.starts[first + 1] - start
        for _, length, openings in (*MOBILE_SHAPES, *LANDLINE_SHAPES):
            after = ends.get(start + length)
            if after is None or opening not in openings:
                continue
            if min(cluster.lengths(first, after - 1)) < SHORTEST_PHONE_PIECE:
                continue
            digits = cluster.digits[start : start + length]
            found = cluster.places[first:after]
            if is_phone(digits) and not judge.bears_our_marks(digits):
                places.update(() if any(place in taken for place in found) else found)
    return places


def cluster_of(tokens: Sequence[Token], places: Sequence[int]) -> Cluster:
    """The runs at these places as one cluster."""
    texts = [tokens[place].text for place in places]
    return Cluster(tuple(places), "".join(texts), (0, *accumulate(map(len, texts))))
