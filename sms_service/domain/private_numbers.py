"""Which numbers in a text are somebody's, and the text without them: for logs and traces.

Somebody's are mobiles, bill IDs and payment IDs. What is hidden, in digits of any script:

- ten digits and more, in a row or with up to three separators between two of them: every
  mobile however it is written (+98…, 0098…, 98…, 09…, 9…), every bill ID of 13 digits,
  right or mistyped, every longer payment ID;
- six to nine digits that are a bill ID or a payment ID by shape and check digits.

Readable stay shorter numbers, dates, and of the numbers of six to nine digits those that
aren't IDs: nine of ten, and every tracking code, since none is drawn that looks like an ID.
"""

import re

from sms_service.domain.bill_id import check_digit, is_valid, payment_id_parts

HIDDEN = "[number]"
"""What stands in the place of a number that is somebody's."""

_MANY = 10
_LAST_PERIOD = 12
# White space and controls, hyphens and dashes, what people and paper bills write between
# groups, and whatever has no width.
SEPARATORS = (
    r"\s\x00-\x1f\x7f-\x9f\-\u2010-\u2015\u2212./\\*()_+\u00b7\u2022"
    r"\u00ad\u061c\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
)
"""As the inside of a regular expression's class."""
_CHAIN = re.compile(rf"\d(?:[{SEPARATORS}]{{0,3}}\d){{5,}}")
_DATE = re.compile(r"(?:1[34]|19|20)\d\d([-/.])(?:0[1-9]|1[0-2])\1(?:[0-2]\d|3[01])(?: [0-2]\d)?")
# Digits in the encodings of URLs and of Python's and JSON's escapes; %2x and %0x part them.
_ENCODED = re.compile(
    r"(?:%DB%B|\\xdb\\xb|\\u06f|%D9%A|\\xd9\\xa|\\u066|%06%F|%06%6|%3)([0-9])|%[02][0-9A-F]",
    re.IGNORECASE,
)


def without_numbers(text: str) -> str:
    """The text with each number that is somebody's replaced by ``[number]``.

    Where digits are percent-encoded or escaped, the text comes back with them decoded.
    """
    if "%" in text or "\\" in text:
        text = _ENCODED.sub(lambda found: found[1] or " ", text)
    return _CHAIN.sub(_judged, text)


def looks_like_an_id(digits: str) -> bool:
    """Whether these ASCII digits pass for a bill ID of any company, or for a payment ID."""
    return is_valid(digits) or _is_payment_id(digits)


def _judged(found: re.Match[str]) -> str:
    chain = found[0]
    if _DATE.fullmatch(chain):
        return chain
    groups = [_ascii(group) for group in re.findall(r"\d+", chain)]
    if sum(map(len, groups)) >= _MANY or _holds_an_id(groups):
        return HIDDEN
    return chain


def _holds_an_id(groups: list[str]) -> bool:
    """Whether neighbouring groups, of nine digits in all at most, read together are an ID."""
    starts = range(len(groups))
    return any(
        looks_like_an_id("".join(groups[start:end]))
        for start in starts
        for end in range(start + 1, len(groups) + 1)
    )


def _is_payment_id(digits: str) -> bool:
    parts = payment_id_parts(digits)
    if parts is None or not 1 <= parts.period <= _LAST_PERIOD:
        return False
    significant = digits.lstrip("0")
    return check_digit(significant[:-2]) == int(significant[-2])


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(int(one)) for one in digits)
