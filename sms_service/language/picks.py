"""Picking from the numbered list that was sent last: «۲», «دومی», «بدهی ۲»."""

from collections.abc import Sequence
from typing import NamedTuple

from sms_service.language.numbers import Numbers
from sms_service.language.tokens import Token
from sms_service.language.words import Kind, Said

_DIGITS_OF_A_YEAR = 4


class Pick(NamedTuple):
    number: int
    place: int
    """Of its token."""


def find_pick(tokens: Sequence[Token], said: Said, numbers: Numbers, offered: int) -> Pick | None:
    """The place in the list that a text names; None for none, and where two are named.

    A full year may stand beside it, a bill ID may not.
    """
    if numbers.typed is not None:
        return None
    picks = [pick for place in range(len(tokens)) if (pick := _at(tokens, said, place, offered))]
    others = [token for token in tokens if token.is_number and len(token.text) != _DIGITS_OF_A_YEAR]
    if len(picks) != 1 or any(token != tokens[picks[0].place] for token in others):
        return None
    return picks[0]


def _at(tokens: Sequence[Token], said: Said, place: int, offered: int) -> Pick | None:
    token, word = tokens[place], said.words[place]
    if word is not None and word.kind in (Kind.PICK, Kind.NUMERAL):
        number = word.number
    elif token.is_number and len(token.text) == 1:
        number = int(token.text)
    else:
        return None
    return Pick(number, place) if 1 <= number <= offered else None
