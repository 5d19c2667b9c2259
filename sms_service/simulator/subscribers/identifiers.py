"""Bill IDs, payment IDs, phones and tracking numbers that nobody has.

Files are numbered all over the eight digits, never two alike, and a payment ID costs a
few look-ups: millions of both are wanted.
"""

from collections.abc import Sequence
from functools import cache

from sms_service.domain.bill_id import check_digit
from sms_service.domain.money import RIAL_PER_PAYMENT_ID_UNIT

MOST_SUBSCRIBERS = 99_999_989
"""The largest prime of eight digits, so that every stride through the files meets each once."""

_STRIDE = 61_803_399
_QOM_ELECTRICITY = "0442"
_UNASSIGNED_MOBILES = "0970"
"""No operator of the national numbering plan has numbers that begin so."""
_PHONES = 10**7
_PHONE_STRIDE = 6_180_339
_WEIGHTS = (2, 3, 4, 5, 6, 7)
_CHECK_DIGITS = (0, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1)
"""By remainder of 11."""
_BLOCK = 10_000
_LARGEST_UNITS = 99_999_999


def file_number(seed: int, number: int) -> int:
    """The file («پرونده») of a subscriber; IDs rise as files do."""
    return (seed * 7_368_787 + number * _STRIDE) % MOST_SUBSCRIBERS + 1


def bill_id(file: int) -> str:
    """The canonical bill ID of a file of the company."""
    digits = f"{file:08d}{_QOM_ELECTRICITY}"
    return f"{digits}{check_digit(digits)}"


def mobile(seed: int, number: int) -> str:
    """A mobile as exports write it, of a range that no operator has been given."""
    return f"{_UNASSIGNED_MOBILES}{(seed * 736_879 + number * _PHONE_STRIDE) % _PHONES:07d}"


class PaymentIds:
    """Makes the payment IDs of one bill ID."""

    __slots__ = ("_after",)

    def __init__(self, bill_id: str) -> None:
        digits = [int(digit) for digit in reversed(bill_id)]
        self._after = [
            sum(digit * _WEIGHTS[(place + shift) % 6] for place, digit in enumerate(digits))
            for shift in range(6)
        ]

    def of(self, amount_rial: int, year: int, period: int) -> str | None:
        """The ID that this amount is paid by; None for amounts that have none."""
        units = amount_rial // RIAL_PER_PAYMENT_ID_UNIT
        if not 0 < units <= _LARGEST_UNITS:
            return None
        weighed = _weighed()
        high, low = divmod(units, _BLOCK)
        when = year % 10 * 100 + period
        first = _CHECK_DIGITS[(weighed[0][when] + weighed[3][low] + weighed[1][high]) % 11]
        before = 2 * first + weighed[1][when] + weighed[4][low] + weighed[2][high]
        length = len(str(units)) + 4
        second = _CHECK_DIGITS[(before + self._after[length % 6]) % 11]
        return f"{units}{when:03d}{first}{second}"


@cache
def _weighed() -> Sequence[Sequence[int]]:
    """By how far its last digit stands from the right, modulo 6: the sums of each block."""
    return [[_sum_of(block, shift) for block in range(_BLOCK)] for shift in range(6)]


def _sum_of(block: int, shift: int) -> int:
    total = 0
    while block:
        block, digit = divmod(block, 10)
        total += digit * _WEIGHTS[shift % 6]
        shift += 1
    return total
