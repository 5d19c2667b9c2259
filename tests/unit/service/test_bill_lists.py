"""Lists of bill IDs as people bring them: with headings, other columns, slips and repetitions."""

import pytest

from sms_service.billing.id_lists import rows_of_text
from sms_service.language.judge import Judge
from sms_service.service.bill_lists import Listed, read_list
from tests.support.counter import BILL, UNKNOWN, WRONG, bill_id

JUDGE = Judge("044", 1405)


def told(text: str) -> list[tuple[int, str | None, str | None]]:
    return [(one.line, one.bill_id, one.why) for one in read_list(rows_of_text(text), JUDGE)]


def test_a_list_of_lines_is_read_in_its_order() -> None:
    assert told(f"{BILL}\n\n{UNKNOWN}\n") == [(1, BILL, None), (3, UNKNOWN, None)]


@pytest.mark.parametrize(
    "line",
    [
        f"{BILL}",
        "۱۲۳۴۵۶۷۸۰۴۴۲۳",
        "12345678 044 2 3",
        "12345678/044/2/3",
        f"دفتر مرکزی,{BILL},02537777777",
        f"دفتر مرکزی؛ {BILL}؛ قم",
        f'"{BILL}"',
        f"\u200f{BILL}\t09121234567",
    ],
)
def test_an_id_is_found_however_it_stands_in_its_line(line: str) -> None:
    assert told(line) == [(1, BILL, None)]


def test_leading_zeros_that_a_sheet_dropped_are_put_back() -> None:
    whole = bill_id(8201)
    assert told(whole.lstrip("0")) == [(1, whole, None)]


def test_several_ids_of_a_line_are_all_taken_and_a_wrong_one_beside_them_is_told() -> None:
    assert told(f"{BILL}, {UNKNOWN}, {WRONG}") == [
        (1, BILL, None),
        (1, UNKNOWN, None),
        (1, None, "bad_check_digit"),
    ]


def test_a_wrong_id_is_told_with_its_reason_and_a_heading_isn_t() -> None:
    assert told(f"شناسه قبض\n{WRONG}\n123456789\n1234567801222\nجمع کل") == [
        (2, None, "bad_check_digit"),
        (3, None, "wrong_length"),
        (4, None, "bad_check_digit"),
        (5, None, "no_id"),
    ]


def test_the_beginning_of_a_longer_number_is_no_id() -> None:
    assert told(f"{WRONG}\n{BILL}{' ' * 70}12345")[1:] == [(2, None, "no_id")]


def test_an_id_that_comes_twice_is_asked_once() -> None:
    assert told(f"{BILL}\n{BILL}") == [(1, BILL, None), (2, None, "repeated")]


def test_nothing_in_a_list_breaks_its_reading() -> None:
    for text in ("", "\0", '"', "\u202e" * 50, "=1+1", "9" * 5000, ",,,;\t"):
        assert all(isinstance(one, Listed) for one in read_list(rows_of_text(text), JUDGE))
