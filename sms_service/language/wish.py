"""Which intent the words of a text express."""

from collections.abc import Sequence
from typing import NamedTuple

from sms_service.language.reading import Intent
from sms_service.language.tokens import Token
from sms_service.language.when import When
from sms_service.language.words import Kind, Said, Word

_LEADING = (Intent.OPINION, Intent.SAVE, Intent.FORGET)
"""Read only where they open a text: in mid-sentence the same words mean little."""
_STRONGEST_FIRST = (Intent.HISTORY, Intent.DEBT, Intent.PAYMENTS, Intent.STOP, Intent.NEXT)
"""The history holds debt and payments too, so it is what a text wants that names them all."""
_BILL_WORDS = (Kind.LABEL, Kind.PERIOD_MARK, Kind.MONTH_MARK)
_BESIDE_A_MONTH = frozenset({None, Kind.MONTH, Kind.NEUTRAL})
"""Kinds that leave no doubt that a month beside a bill ID is meant: «شهریور» may be a street."""
_WITHOUT_A_BILL = (Intent.START, Intent.HELP, Intent.LIST)
"""Read only where no bill and no year is named: «کمک کنید …» is courtesy then."""


class Wish(NamedTuple):
    intent: Intent | None
    misspelt: bool = False
    is_said: bool = False
    """By a word, rather than by a number alone."""


def find_wish(said: Said, when: When, has_number: bool) -> Wish:
    """The intent of a text whose numbers are read; None when it shows none."""
    wishes = _wishes(said)
    intents = {word.intent for word in wishes}
    opening = _opening(said) if wishes else None
    has_year = when.year is not None or when.competing
    chosen: Intent | None = None
    if opening in _LEADING and not (opening is Intent.OPINION and has_number):
        chosen = opening
    if chosen is None and Intent.NEXT in intents and not has_number and not has_year:
        chosen = Intent.NEXT  # «ادامه سوابق» names what goes on
    if chosen is None:
        chosen = next((intent for intent in _STRONGEST_FIRST if intent in intents), None)
    if chosen is None and not has_number and not has_year:
        chosen = next((intent for intent in _WITHOUT_A_BILL if intent in intents), None)
    if chosen:
        misspelt = all(word.misspelt for word in wishes if word.intent is chosen)
        return Wish(chosen, misspelt, is_said=True)
    if when.names_one_bill:
        misspelt = when.period is None and _is_month_misspelt(said)
        is_plain = said.present <= _BESIDE_A_MONTH and not misspelt and not said.has_strangers
        if _names_a_bill(said, when) or (has_number and is_plain):
            return Wish(Intent.BILL, misspelt)
    if has_number or has_year or Kind.LABEL in said.present:
        return Wish(Intent.HISTORY)
    return Wish(None)


def shortcut(tokens: Sequence[Token]) -> Intent | None:
    """The intent of a number that is the whole text: operators teach 11 and 12."""
    if len(tokens) != 1:
        return None
    return {"11": Intent.STOP, "12": Intent.START}.get(tokens[0].text)


def opinion_score(tokens: Sequence[Token]) -> int | None:
    """The number of an opinion when it is 1 to 5; None when there are several."""
    numbers = [token.text for token in tokens if token.is_number]
    return int(numbers[0]) if numbers in (["1"], ["2"], ["3"], ["4"], ["5"]) else None


def _wishes(said: Said) -> list[Word]:
    if Kind.INTENT not in said.present:
        return []
    return [word for word in said.words if word and word.kind is Kind.INTENT]


def _opening(said: Said) -> Intent | None:
    """The intent of the first word that isn't small talk, if it has one and is well spelt."""
    for word in said.words:
        if word and word.kind not in (Kind.NEUTRAL, Kind.SCRIPT):
            return None if word.misspelt else word.intent
    return None


def _names_a_bill(said: Said, when: When) -> bool:
    """Whether month or period stand with a year or with a word for bill, not in small talk."""
    return when.year is not None or not said.present.isdisjoint(_BILL_WORDS)


def _is_month_misspelt(said: Said) -> bool:
    months = [word for word in said.words if word and word.kind is Kind.MONTH]
    return bool(months) and all(word.misspelt for word in months)
