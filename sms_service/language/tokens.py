"""Cutting a folded text into numbers, words and what stands between them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_PIECE = re.compile(r"[0-9]+|[^\W_0-9]+")


class Token(NamedTuple):
    """A run of ASCII digits, or of letters. Digits of foreign scripts count as letters."""

    text: str
    is_number: bool
    before: str
    """The separators between the token before, or the start, and this one."""
    after: str


def tokenise(folded: str) -> list[Token]:
    """The numbers and words of a folded text, in order. Takes time in proportion to its length."""
    spans = [match.span() for match in _PIECE.finditer(folded)]
    ends = [0, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), len(folded)]
    return [
        Token(
            text=folded[start:end],
            is_number=folded[start] in "0123456789",
            before=folded[ends[i] : start],
            after=folded[end : starts[i + 1]],
        )
        for i, (start, end) in enumerate(spans)
    ]


def is_spoiled(tokens: Sequence[Token], i: int) -> bool:
    """Whether a number touches a digit of a script that isn't read here, so is not whole."""
    token = tokens[i]
    if not token.before and i > 0 and tokens[i - 1].text[-1].isnumeric():
        return True
    return not token.after and i + 1 < len(tokens) and tokens[i + 1].text[0].isnumeric()
