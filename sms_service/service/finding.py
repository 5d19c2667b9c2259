"""What was typed or pasted into the search box: a phone, a bill ID, a tracking code.

Told by shape alone, in any digits, with what people put between them, and with other words
around. A tracking code has eight digits and so may a bill ID without its zeros: then the code
comes first and the other reading beside it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sms_service.domain.bill_id import (
    BILL_ID_LENGTH,
    BILL_ID_SHORTEST,
    Utility,
    canonical,
    company_code,
    is_valid,
    utility,
)
from sms_service.language.normalise import fold
from sms_service.language.reading import Problem

LONGEST = 400
"""Characters that are looked at."""
CODE_LENGTH = 8
_MOST_PIECES = 24
_PHONE = re.compile(r"(?:\+?98|0098)?0?(9\d{9})", re.ASCII)
_DATE = re.compile(r"(?<!\d)1[34]\d\d([/.-])\d{1,2}\1\d{1,2}(?!\d)", re.ASCII)
_NUMBER = re.compile(r"\+?\d+(?:[ ()_/.-]{1,3}\d+)*", re.ASCII)
_PIECE = re.compile(r"\+?\d+", re.ASCII)
_WORDS = re.compile(r"[^\W\d_]")


class Kind(StrEnum):
    PHONE = "phone"
    BILL = "bill"
    CODE = "code"


class Doubt(StrEnum):
    """What its reader should know of how a number was read."""

    ZEROS = "zeros"
    """The bill ID's leading zeros were left out."""
    AMONG_WORDS = "among_words"
    """Taken out of a longer text."""


@dataclass(frozen=True, slots=True)
class Sought:
    """One reading of what was typed."""

    kind: Kind
    value: str = field(repr=False)
    """E.164, thirteen digits, or eight."""
    doubt: Doubt | None = None
    fault: Problem | None = None
    """Why no request can have this bill ID."""


def readings(typed: str, company: str) -> Sequence[Sought]:
    """Every reading, the likeliest first; none for what has no such number.

    ``company``: whose bill IDs requests have. Where nothing else fits, thirteen digits are
    told as a bill ID with its fault.
    """
    text = _DATE.sub(" ; ", fold(typed[:LONGEST]))
    alone = _WORDS.search(text) is None and len(_NUMBER.findall(text)) == 1
    found: list[Sought] = []
    for number in _NUMBER.findall(text):
        found += _readings_of(number, company, alone=alone)
    doubt = None if alone else Doubt.AMONG_WORDS
    by_value = {(one.kind, one.value): _doubted(one, doubt) for one in reversed(found)}
    return sorted(by_value.values(), key=_likeliness)


def digits_in(typed: str) -> int:
    """How many digits were typed, to tell what is missing."""
    return sum(letter.isascii() and letter.isdigit() for letter in fold(typed[:LONGEST]))


def _likeliness(one: Sought) -> tuple[bool, int]:
    return one.fault is not None, [Kind.CODE, Kind.BILL, Kind.PHONE].index(one.kind)


def _doubted(one: Sought, doubt: Doubt | None) -> Sought:
    return Sought(one.kind, one.value, one.doubt or doubt, one.fault)


def _readings_of(number: str, company: str, *, alone: bool) -> Iterator[Sought]:
    """Readings of numbers that stand side by side: the longest joins that make sense."""
    pieces = _PIECE.findall(number)[:_MOST_PIECES]
    faulty: list[Sought] = []
    at, understood = 0, False
    while at < len(pieces):
        for end in range(len(pieces), at, -1):
            is_whole = end - at == 1 or (alone and end - at == len(pieces))
            told = list(_of_digits("".join(pieces[at:end]), company, may_be_code=is_whole))
            faulty += [one for one in told if one.fault]
            sound = [one for one in told if not one.fault]
            if sound:
                yield from sound
                understood, at = True, end - 1
                break
        at += 1
    if not understood:
        yield from faulty[:1]


def _of_digits(digits: str, company: str, *, may_be_code: bool) -> Iterator[Sought]:
    phone = _PHONE.fullmatch(digits)
    # Thirteen digits are a bill ID rather than 98 with a zero too many.
    if phone and (len(digits) != BILL_ID_LENGTH or not is_valid(digits)):
        yield Sought(Kind.PHONE, f"+98{phone[1]}")
        return
    digits = digits.lstrip("+")
    if may_be_code and len(digits) == CODE_LENGTH and digits[0] != "0":
        yield Sought(Kind.CODE, digits)
    if not BILL_ID_SHORTEST <= len(digits) <= BILL_ID_LENGTH:
        return
    bill_id, fault = canonical(digits), _fault_of(digits, company)
    if len(digits) == BILL_ID_LENGTH:
        yield Sought(Kind.BILL, bill_id, fault=fault)
    elif fault is None:
        yield Sought(Kind.BILL, bill_id, Doubt.ZEROS)


def _fault_of(digits: str, company: str) -> Problem | None:
    if not is_valid(digits):
        return Problem.BAD_CHECK_DIGIT
    if utility(digits) is not Utility.ELECTRICITY:
        return Problem.OTHER_UTILITY
    return None if company_code(digits) == company else Problem.OTHER_COMPANY
