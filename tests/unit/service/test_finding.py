"""What is typed into the search box is recognised by its shape."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.domain.bill_id import check_digit
from sms_service.language.reading import Problem
from sms_service.service.finding import Doubt, Kind, Sought, digits_in, readings

BILL = "1234567804423"
PHONE = "+989121234567"


def read(typed: str) -> list[tuple[Kind, str]]:
    return [(one.kind, one.value) for one in readings(typed, "044")]


@pytest.mark.parametrize(
    "typed",
    [
        "09121234567",
        "9121234567",
        "+989121234567",
        "00989121234567",
        "989121234567",
        "+98 (0)912 123 45 67",
        "0912-123-4567",
        "0912 123 4567",
        "۰۹۱۲۱۲۳۴۵۶۷",
        "٠٩١٢١٢٣٤٥٦٧",
        "\u200e0912\u200c1234567\u200f",
        " ０９１２１２３４５６７ ",
        "شمارهٔ ایشان ۰۹۱۲ ۱۲۳ ۴۵۶۷ است",
    ],
)
def test_a_mobile_is_known_however_it_is_written(typed: str) -> None:
    assert read(typed) == [(Kind.PHONE, PHONE)]


@pytest.mark.parametrize(
    "typed",
    [
        BILL,
        "1234 5678 0442 3",
        "12345678 044 2 3",
        "1234-5678-0442-3",
        "۱۲۳۴۵۶۷۸۰۴۴۲۳",
        f"*1*{BILL}#",
    ],
)
def test_a_bill_id_is_known_however_it_is_grouped(typed: str) -> None:
    assert read(typed) == [(Kind.BILL, BILL)]


@pytest.mark.parametrize("typed", ["48213377", "4821 3377", "۴۸۲۱۳۳۷۷", "کد رهگیری: ۴۸۲۱۳۳۷۷"])
def test_eight_digits_are_a_tracking_code(typed: str) -> None:
    assert read(typed) == [(Kind.CODE, "48213377")]


def test_a_bill_id_without_its_zeros_is_filled_up_and_said_so() -> None:
    digits = "12340442"
    typed = f"{digits}{check_digit(digits)}"
    assert readings(typed, "044") == [Sought(Kind.BILL, typed.zfill(13), Doubt.ZEROS)]


def test_eight_digits_that_fit_a_bill_id_too_are_read_as_both_the_code_first() -> None:
    digits = "1230442"
    typed = f"{digits}{check_digit(digits)}"
    assert read(typed) == [(Kind.CODE, typed), (Kind.BILL, typed.zfill(13))]


def test_a_wrong_digit_is_told_and_not_searched_for() -> None:
    (found,) = readings("1234567804424", "044")
    assert (found.kind, found.fault) == (Kind.BILL, Problem.BAD_CHECK_DIGIT)


@pytest.mark.parametrize(
    ("head", "fault"),
    [("123456780441", Problem.OTHER_UTILITY), ("123456780992", Problem.OTHER_COMPANY)],
)
def test_another_company_s_bill_is_told(head: str, fault: Problem) -> None:
    (found,) = readings(f"{head}{check_digit(head)}", "044")
    assert found.fault is fault


def test_a_pasted_answer_gives_its_bill_and_neither_its_days_nor_its_amounts() -> None:
    text = f"بدهی ۲٬۴۵۰٬۰۰۰ ریال تا ۱۴۰۵/۰۹/۲۰\nشناسه قبض {BILL}\nاز 1405-09-02"
    assert readings(text, "044") == [Sought(Kind.BILL, BILL, Doubt.AMONG_WORDS)]


def test_all_that_a_pasted_note_names_is_found_the_code_first() -> None:
    found = read(f"تلفن {PHONE} قبض {BILL} کد ۴۸۲۱۳۳۷۷")
    assert found == [(Kind.CODE, "48213377"), (Kind.BILL, BILL), (Kind.PHONE, PHONE)]


def test_a_phone_and_a_bill_side_by_side_are_told_apart() -> None:
    assert read(f"09121234567 {BILL}") == [(Kind.BILL, BILL), (Kind.PHONE, PHONE)]


@pytest.mark.parametrize(
    "typed", ["", "سلام", "123", "02537700000", "<script>alert(1)</script>", "1" * 40]
)
def test_what_is_none_of_these_is_none(typed: str) -> None:
    assert read(typed) == []


def test_the_digits_of_what_is_none_are_counted() -> None:
    assert digits_in("شناسه ۱۲۳۴۵۶۷") == 7


@given(st.text(max_size=500))
def test_whatever_is_pasted_is_read_without_an_error(typed: str) -> None:
    for one in readings(typed, "044"):
        assert one.value.lstrip("+").isdigit()
