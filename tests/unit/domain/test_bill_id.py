"""Bill and payment IDs, against vectors gathered from public implementations."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.domain import bill_id as ids
from sms_service.domain.bill_id import Utility
from sms_service.domain.money import Rial

VECTORS = Path(__file__).parents[2] / "data" / "bill_ids.csv"
UTILITY_NAMES = {
    "water": Utility.WATER,
    "electricity": Utility.ELECTRICITY,
    "gas": Utility.GAS,
    "fixed_phone": Utility.FIXED_PHONE,
    "mobile": Utility.MOBILE,
    "municipality": Utility.MUNICIPALITY,
}
DISPUTED = {
    ("1234567804482", "55550271"): "type 8: its check is right, so it is valid of another utility",
    ("12345678904425", ""): "14 digits: refused like Rust and irbill, there is no longer scheme",
    ("1234567804423", "125050132"): "wrong first check digit: refused, only irbill leaves it out",
    ("1117753200140", "1770165"): "wrong second check digit: refused as Rust's authors found",
    ("9100074409151", "12908190"): "wrong check digit: refused as Rust's authors found",
}
"""Vectors on which implementations differ, with the reading chosen here."""

rows = list(csv.DictReader(VECTORS.read_text(encoding="utf-8").splitlines()))


def label(row: dict[str, str]) -> str:
    return f"{row['bill_id']}-{row['payment_id']}"


with_payment = [row for row in rows if row["payment_id"]]


@pytest.mark.parametrize("row", rows, ids=label)
def test_a_bill_id_is_judged_as_the_vectors_say(row: dict[str, str]) -> None:
    assert ids.is_valid(row["bill_id"]) == (row["bill_valid"] == "true")


@pytest.mark.parametrize("row", [row for row in rows if row["type"] in UTILITY_NAMES], ids=label)
def test_the_utility_is_the_last_digit_but_one(row: dict[str, str]) -> None:
    assert ids.utility(row["bill_id"]) == UTILITY_NAMES[row["type"]]


@pytest.mark.parametrize("row", with_payment, ids=label)
def test_a_payment_id_is_judged_as_the_vectors_say(row: dict[str, str]) -> None:
    judged = ids.payment_id_is_valid(row["bill_id"], row["payment_id"])
    assert judged == (row["payment_valid"] == "true")


@pytest.mark.parametrize("row", with_payment, ids=label)
def test_the_amount_of_a_payment_id_is_in_thousand_rial(row: dict[str, str]) -> None:
    parts = ids.payment_id_parts(row["payment_id"])
    assert (str(parts.amount_rial) if parts else "") == row["amount_rial"]


@pytest.mark.parametrize("vector", DISPUTED, ids="-".join)
def test_every_disputed_vector_is_still_among_the_vectors(vector: tuple[str, str]) -> None:
    assert vector in {(row["bill_id"], row["payment_id"]) for row in rows}


def test_the_parts_of_a_payment_id_are_amount_year_and_period() -> None:
    assert ids.payment_id_parts("125050191") == (1_250_000, 5, 1)


def test_a_payment_id_has_six_to_thirteen_digits() -> None:
    assert ids.payment_id_parts("123456") == (1_000, 2, 34)
    assert ids.payment_id_parts("1234567890123") == (12_345_678_000, 9, 1)


def test_a_payment_id_counts_without_its_leading_zeros() -> None:
    assert ids.payment_id_is_valid("1234567804423", "0000125050191")
    assert ids.payment_id_parts("0000125050191") == ids.payment_id_parts("125050191")


@pytest.mark.parametrize(
    "text", ["", "12345", "000000012345", "12345678901234", "12a4567", "١٢٣٤٥٦٧"]
)
def test_what_has_not_the_shape_of_a_payment_id_has_no_parts(text: str) -> None:
    assert ids.payment_id_parts(text) is None
    assert not ids.payment_id_is_valid("1234567804423", text)


def test_a_payment_id_is_not_valid_beside_something_that_is_no_number() -> None:
    assert not ids.payment_id_is_valid("قبض", "125050191")


@pytest.mark.parametrize(
    "bad", ["", "۱۲۳۴۵۶۷۸۰۴۴۲۳", "123456780442²", "1234567 04423", "+234567804423"]
)
def test_only_ascii_digits_make_a_bill_id(bad: str) -> None:
    assert not ids.is_valid(bad)
    with pytest.raises(ValueError, match=r"^a bill ID is written in ASCII digits only$"):
        ids.canonical(bad)


def test_more_than_thirteen_digits_make_no_bill_id() -> None:
    with pytest.raises(ValueError, match=r"^a bill ID has at most 13 digits$"):
        ids.canonical("12345678044230")


def test_leading_zeros_may_be_left_out_or_added() -> None:
    for typed in ("12345604420", "012345604420", "0012345604420", "000012345604420"):
        assert ids.canonical(typed) == "0012345604420"
    assert ids.is_valid("12345604420")


def test_the_fields_of_an_id_are_found_with_and_without_its_zeros() -> None:
    for typed in ("0012345604420", "12345604420"):
        assert ids.company_code(typed) == "044"
        assert ids.utility(typed) is Utility.ELECTRICITY
        assert ids.short_name(typed) == "3456"
        assert ids.printed(typed) == "00123456 044 2 0"


@given(st.text("0123456789", min_size=5, max_size=12))
def test_exactly_one_last_digit_makes_a_number_valid(digits: str) -> None:
    valid = [d for d in "0123456789" if ids.is_valid(digits + d)]
    assert len(valid) == (digits[-1] != "0")


@given(st.text("0123456789", min_size=1, max_size=12), st.integers(0, 6))
def test_leading_zeros_never_change_the_check_digit(digits: str, zeros: int) -> None:
    assert ids.check_digit("0" * zeros + digits) == ids.check_digit(digits)


valid_with_period = [
    row
    for row in with_payment
    if row["payment_valid"] == "true" and 1 <= int(row["payment_id"][-4:-2]) <= 12
]


@pytest.mark.parametrize("row", valid_with_period, ids=label)
def test_a_payment_id_is_made_as_the_vectors_say(row: dict[str, str]) -> None:
    parts = ids.payment_id_parts(row["payment_id"])
    assert parts is not None
    made = ids.make_payment_id(row["bill_id"], parts.amount_rial, parts.year_digit, parts.period)
    assert made == row["payment_id"].lstrip("0")


@given(
    st.integers(1, 10**8 - 1), st.integers(0, 999_999), st.integers(1300, 1499), st.integers(1, 12)
)
def test_every_payment_id_that_is_made_is_valid_and_says_what_it_was_made_of(
    thousands: int, file_number: int, year: int, period: int
) -> None:
    bill_id = f"{file_number}0442"
    bill_id += str(ids.check_digit(bill_id))
    made = ids.make_payment_id(bill_id, Rial(thousands * 1000 + 999), year, period)
    assert ids.payment_id_is_valid(bill_id, made)
    assert ids.payment_id_parts(made) == (thousands * 1000, year % 10, period)


@pytest.mark.parametrize(
    ("amount", "period"), [(999, 1), (-1_000_000, 1), (10**11, 1), (1_000_000, 0), (1_000_000, 13)]
)
def test_what_no_payment_id_can_say_makes_none(amount: int, period: int) -> None:
    with pytest.raises(ValueError, match=r"payment ID|period"):
        ids.make_payment_id("1234567804423", Rial(amount), 1405, period)
