"""Bill IDs («شناسه قبض») and payment IDs («شناسه پرداخت»): structure and check digits.

Source: the joint scheme for electronic payment of utility bills («طرح هماهنگ پرداخت
الکترونیکی قبوض») as five public implementations agree on it. A bill ID is a file number
(up to 8 digits), company (3), utility (1) and check digit (1). A payment ID is the amount
in thousand rial (up to 8), year (1), period (2) and two check digits.

The canonical form of a bill ID is a string of 13 ASCII digits. Leading zeros never change
a bill ID's check digit; a payment ID is read without its leading zeros, which would.
"""

from enum import IntEnum
from itertools import cycle
from operator import mul
from typing import NamedTuple

from sms_service.domain.money import RIAL_PER_PAYMENT_ID_UNIT, Rial

BILL_ID_LENGTH = 13
BILL_ID_SHORTEST = 6
"""File number of one digit, company, utility, check digit."""
PAYMENT_ID_LONGEST = 13
PAYMENT_ID_SHORTEST = 6
_AMOUNT_DIGITS = 8
_LAST_PERIOD = 12
_WEIGHTS = (2, 3, 4, 5, 6, 7)


class Utility(IntEnum):
    """The service a bill ID belongs to, by its last digit but one."""

    UNASSIGNED = 0
    WATER = 1
    ELECTRICITY = 2
    GAS = 3
    FIXED_PHONE = 4
    MOBILE = 5
    MUNICIPALITY = 6
    DISPUTED_7 = 7
    """Published tables disagree on 7, 8 and 9 (tax, fines, municipality)."""
    DISPUTED_8 = 8
    DISPUTED_9 = 9


class PaymentIdParts(NamedTuple):
    amount_rial: Rial
    year_digit: int
    """Normally the last digit of the Jalali year."""
    period: int


def check_digit(digits: str) -> int:
    """The mod-11 check digit that follows these ASCII digits.

    Weights 2, 3, 4, 5, 6, 7 repeat from the right; remainders 0 and 1 both give 0.
    """
    products = map(mul, map(int, reversed(digits)), cycle(_WEIGHTS))
    remainder = sum(products) % 11
    return 0 if remainder < 2 else 11 - remainder


def is_valid(bill_id: str) -> bool:
    """Whether this is a bill ID of any utility and company: 6 to 13 ASCII digits, check right.

    Utility 0 is refused, since all zeros would pass the check. Thirteen equal digits 1 to 9
    do pass: only comparing the company code refuses them.
    """
    return (
        BILL_ID_SHORTEST <= len(bill_id) <= BILL_ID_LENGTH
        and _is_ascii_number(bill_id)
        and bill_id[-2] != "0"
        and check_digit(bill_id[:-1]) == int(bill_id[-1])
    )


def canonical(digits: str) -> str:
    """The bill ID as a key: padded with zeros to 13 digits. ValueError when it can't be one."""
    if not _is_ascii_number(digits):
        raise ValueError("a bill ID is written in ASCII digits only")
    significant = digits.lstrip("0")
    if len(significant) > BILL_ID_LENGTH:
        raise ValueError("a bill ID has at most 13 digits")
    return significant.zfill(BILL_ID_LENGTH)


def utility(bill_id: str) -> Utility:
    """The service that a bill ID belongs to; says nothing about the check digit."""
    return Utility(int(bill_id[-2]))


def company_code(bill_id: str) -> str:
    """The three digits of the company, e.g. ``044``."""
    return canonical(bill_id)[8:11]


def short_name(bill_id: str) -> str:
    """Digits 5 to 8, by which a bill is named to people.

    The last four digits are nearly the same for all bills of one company.
    """
    return canonical(bill_id)[4:8]


def printed(bill_id: str) -> str:
    """The ID in the groups that paper bills print: ``12345678 044 2 3``."""
    digits = canonical(bill_id)
    return f"{digits[:8]} {digits[8:11]} {digits[11]} {digits[12]}"


def payment_id_parts(payment_id: str) -> PaymentIdParts | None:
    """What a payment ID says, by its shape alone; None when it has not the shape of one."""
    digits = _significant_payment_digits(payment_id)
    if digits is None:
        return None
    return PaymentIdParts(
        amount_rial=Rial(int(digits[:-5]) * RIAL_PER_PAYMENT_ID_UNIT),
        year_digit=int(digits[-5]),
        period=int(digits[-4:-2]),
    )


def payment_period(payment_id: str) -> tuple[int, int] | None:
    """Year digit and period of a payment ID, as ``payment_id_parts`` tells them."""
    digits = _significant_payment_digits(payment_id)
    return None if digits is None else (int(digits[-5]), int(digits[-4:-2]))


def payment_id_is_valid(bill_id: str, payment_id: str) -> bool:
    """Whether both check digits of a payment ID are right for this bill ID.

    The first covers amount, year and period; the second the bill ID and all before it.
    The bill ID's own check digit is not judged here.
    """
    digits = _significant_payment_digits(payment_id)
    if digits is None or not _is_ascii_number(bill_id):
        return False
    first_right = check_digit(digits[:-2]) == int(digits[-2])
    return first_right and check_digit(bill_id + digits[:-1]) == int(digits[-1])


def make_payment_id(bill_id: str, amount_rial: Rial, year: int, period: int) -> str:
    """The payment ID of an amount, whose thousands alone count, for a bill of this period.

    ``year`` is Jalali, of which the last digit counts. ValueError for an amount under a
    thousand rial or of more than eight digits of them, and for no period of a year.
    """
    thousands = amount_rial // RIAL_PER_PAYMENT_ID_UNIT
    if not 1 <= thousands < 10**_AMOUNT_DIGITS:
        raise ValueError("a payment ID carries one to eight digits of thousand rial")
    if not 1 <= period <= _LAST_PERIOD:
        raise ValueError("a period is 1 to 12")
    digits = f"{thousands}{year % 10}{period:02}"
    digits += str(check_digit(digits))
    return digits + str(check_digit(canonical(bill_id) + digits))


def _significant_payment_digits(payment_id: str) -> str | None:
    if not _is_ascii_number(payment_id):
        return None
    digits = payment_id.lstrip("0")
    return digits if PAYMENT_ID_SHORTEST <= len(digits) <= PAYMENT_ID_LONGEST else None


def _is_ascii_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
