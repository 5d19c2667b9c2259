"""Bill IDs among the numbers of a text: read when only one reading is possible."""

import pytest

from sms_service.domain.bill_id import check_digit
from sms_service.language.reading import Problem
from tests.support.reading import OURS, read

PADDED = "12345604420"


def with_check(digits: str) -> str:
    return f"{digits}{check_digit(digits)}"


def payment_id(digits: str) -> str:
    """These digits of amount, year and period with both check digits, beside ``OURS``."""
    first = with_check(digits)
    return f"{first}{check_digit(OURS + first)}"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{OURS}3", f"{OURS}3"),
        (f"{OURS}203", f"{OURS}203"),
        (f"{OURS}1234567804431", f"{OURS}1234567804431"),
        (f"12 {PADDED}", PADDED),
        (f"1234567804431 قبض 12 {PADDED}", PADDED),
        (f"18 {PADDED}", PADDED),
        ("9 876543204426", "876543204426"),
        (f"1234567 804423 {with_check('804423120442')[6:]}", "1234567"),
    ],
)
def test_digits_that_leave_a_doubt_are_refused(text: str, number: str) -> None:
    reading = read(text)
    assert (reading.bill_id, reading.problem) == (None, Problem.WRONG_LENGTH)
    assert reading.number == number


@pytest.mark.parametrize(
    ("text", "bill_id"),
    [
        (f"98 {PADDED}", "0012345604420"),
        ("1234567 8901 123456 044 2 0", "0012345604420"),
        (f"1403 5678 {with_check('140356780442')[8:]}", with_check("140356780442")),
    ],
)
def test_pieces_with_one_reading_are_read(text: str, bill_id: str) -> None:
    reading = read(text)
    assert (reading.bill_id, reading.problem) == (bill_id, None)


def test_a_payment_id_may_be_run_together_with_its_bill() -> None:
    reading = read(OURS + payment_id("1501"))
    assert (reading.bill_id, reading.problem) == (OURS, None)


def test_a_short_year_counts_beside_the_payment_id_of_the_bill() -> None:
    assert read(f"{OURS} {payment_id('1501')} 98").from_year == 1398
    assert read(f"{OURS} 150199 98").from_year is None
