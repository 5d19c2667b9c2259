"""Raw exchanges are shown without a phone or a bill ID in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.domain.masking import masked, shown_fields

_DIGITS = st.sampled_from(list("0123456789۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩"))
_NUMBER = st.lists(_DIGITS, min_size=10, max_size=20).map("".join)


@given(st.text(), _NUMBER, st.text())
def test_no_long_number_survives_whatever_stands_around_it(
    before: str, number: str, after: str
) -> None:
    assert re.search(r"\d{7}", masked(before + number + after)) is None


@pytest.mark.parametrize(
    "written",
    [
        "62498495 044 2 8",
        "6249849504428*1402",
        "0912-123-45-67",
        "+989121234567",
        "۶۲۴۹۸۴۹۵/۰۴۴/۲/۸",
    ],
)
def test_numbers_are_hidden_however_they_are_grouped(written: str) -> None:
    assert "…" in masked(written)
    assert len(re.findall(r"\d", masked(written))) <= 9


def test_consumption_and_amounts_stay_readable() -> None:
    row = "آبان ۸۱۶ ۵۰۰ ۱۸آبان\n۱۵۳,۵۰۰ تومان ۱۴۰۵/۰۹/۰۱"
    assert masked(row) == row


def test_the_fields_of_a_form_and_of_json_are_shown_by_name() -> None:
    form = "messageid=1795518326678&from=09121234567&message=%DB%B6%DB%B3"
    assert list(shown_fields(form)) == [
        ("messageid", "1795518326678"),
        ("from", "091…67"),
        ("message", "۶۳"),
    ]
    told = '{"session_id": "sim-1", "phone": "+989121234567", "continue": true}'
    assert list(shown_fields(told)) == [
        ("session_id", "sim-1"),
        ("phone", "+989…67"),
        ("continue", "true"),
    ]


@pytest.mark.parametrize("raw", ["", "{", "CON 1 بدهی", "{" * 3000, "=", "\x00\ud800"])
def test_anything_else_is_shown_as_it_is(raw: str) -> None:
    assert "".join(value for _, value in shown_fields(raw)) in raw
