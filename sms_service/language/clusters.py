"""Numbers that stand side by side: what people may have meant as one number in pieces."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from sms_service.language.judge import MOBILE_SHAPES
from sms_service.language.tokens import Token, is_spoiled


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


def clusters(tokens: Sequence[Token]) -> list[Cluster]:
    """The numbers of a text, grouped. Spoiled numbers and service codes are in no group."""
    groups: list[list[int]] = []
    is_open = False
    for i, token in enumerate(tokens):
        if not token.is_number or is_spoiled(tokens, i) or is_service_code(tokens, i):
            is_open = False
        elif is_open:
            groups[-1].append(i)
        else:
            groups.append([i])
            is_open = True
    return [_cluster(tokens, group) for group in groups]


def is_service_code(tokens: Sequence[Token], i: int) -> bool:
    """Whether this is the first or last «*1*» of a text: the older code before a bill ID."""
    token = tokens[i]
    if token.text != "1" or not (token.before.endswith("*") and token.after.startswith("*")):
        return False
    return i in (0, len(tokens) - 1)


def phone_places(cluster: Cluster, taken: Container[int]) -> set[int]:
    """Places, none of them taken, that make a mobile number in one piece or several."""
    places: set[int] = set()
    ends = {offset: k for k, offset in enumerate(cluster.starts)}
    for first, start in enumerate(cluster.starts[:-1]):
        for prefix, length in MOBILE_SHAPES:
            after = ends.get(start + length)
            if after is not None and cluster.digits.startswith(prefix, start):
                found = cluster.places[first:after]
                if not any(place in taken for place in found):
                    places.update(found)
    return places


def _cluster(tokens: Sequence[Token], places: Sequence[int]) -> Cluster:
    starts = [0]
    for place in places:
        starts.append(starts[-1] + len(tokens[place].text))
    return Cluster(tuple(places), "".join(tokens[place].text for place in places), tuple(starts))
