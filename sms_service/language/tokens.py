"""Cutting a folded text into numbers, words and what stands between them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_PIECES = re.compile(r"([0-9]+|[^\W_0-9]+)")


class Token(NamedTuple):
    """A run of ASCII digits, or of letters. Digits of foreign scripts count as letters."""

    text: str
    is_number: bool
    before: str
    """The separators between the token before, or the start, and this one."""
    after: str


def tokenise(folded: str) -> list[Token]:
    """The numbers and words of a folded text, in order. Takes time in proportion to its length."""
    pieces = _PIECES.split(folded)
    return [
        Token(pieces[i], pieces[i][0] <= "9", pieces[i - 1], pieces[i + 1])
        for i in range(1, len(pieces), 2)
    ]


def is_spoiled(tokens: Sequence[Token], i: int) -> bool:
    """Whether a number touches a digit of a script that isn't read here, so is not whole."""
    token = tokens[i]
    if token.before and token.after:
        return False
    if not token.before and i > 0 and tokens[i - 1].text[-1].isnumeric():
        return True
    return not token.after and i + 1 < len(tokens) and tokens[i + 1].text[0].isnumeric()
