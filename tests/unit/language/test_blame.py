"""Which number of a text is told to be wrong, and what is wrong with it."""

import pytest

from sms_service.language.reading import Problem
from tests.support.reading import OURS, read


def test_of_two_numbers_of_the_right_length_the_one_with_our_marks_was_meant() -> None:
    reading = read("1234567804431 1234567804424")
    assert (reading.problem, reading.number) == (Problem.BAD_CHECK_DIGIT, "1234567804424")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("999999 قبض 12345678044", "12345678044"),
        ("12345678044 قبض 999999", "12345678044"),
        ("²123456", "123456"),
        ("12 3456", "123456"),
        ("1234567 03", "1234567"),
        ("123 4567 03", "123456703"),
        ("123 4567 1403", "1234567"),
        ("1403 123 4567", "1234567"),
        ("0912 123 4567 123456", "123456"),
        ("123456789012 123456789012 12", "12345678901212345678901212"),
        ("123456789012 123456789012 123", "123456789012"),
    ],
)
def test_the_number_nearest_to_a_bill_id_is_told_to_be_of_the_wrong_length(
    text: str, number: str
) -> None:
    reading = read(text)
    assert (reading.problem, reading.number) == (Problem.WRONG_LENGTH, number)


def test_no_piece_of_a_number_that_is_blamed_is_a_year() -> None:
    reading = read("5678 1402 0442")
    assert (reading.number, reading.from_year) == ("567814020442", None)


def test_a_year_counts_beside_a_printed_id_that_is_blamed() -> None:
    reading = read("12345678 044 2 4 98")
    assert (reading.number, reading.from_year) == ("1234567804424", 1398)


@pytest.mark.parametrize(
    "text", ["تلفن 1234567", "سلام تلفن 1234567", "1234567 تومان", "1234567 تومان سلام"]
)
def test_a_number_that_a_word_explains_is_not_blamed(text: str) -> None:
    reading = read(text)
    assert (reading.problem, reading.number) == (Problem.NO_BILL_ID, None)


@pytest.mark.parametrize("amount", ["123,456", "1,250,000", "1.250.000", "12,345,678,900"])
def test_groups_of_thousands_are_an_amount(amount: str) -> None:
    reading = read(amount)
    assert (reading.problem, reading.number) == (Problem.NO_BILL_ID, None)


@pytest.mark.parametrize(
    "typed",
    [
        *("1 250 000", "1 250,000", "1,250.000", "1250,000", "1234,567,890"),
        *("1,250,0000", "1,2500,000", "1,2500,0000"),
    ],
)
def test_other_groups_are_a_bill_id_gone_wrong(typed: str) -> None:
    reading = read(typed)
    digits = "".join(filter(str.isdigit, typed))
    assert (reading.problem, reading.number) == (Problem.WRONG_LENGTH, digits)


def test_a_second_number_with_our_marks_is_blamed_beside_a_bill() -> None:
    reading = read(f"{OURS} قبض 25 987654304426")
    assert (reading.problem, reading.number) == (Problem.WRONG_LENGTH, "987654304426")


@pytest.mark.parametrize("other", ["904423", "09125604420"])
def test_a_short_number_or_a_phone_beside_a_bill_is_let_be(other: str) -> None:
    reading = read(f"{OURS} قبض {other}")
    assert (reading.bill_id, reading.problem) == (OURS, None)
