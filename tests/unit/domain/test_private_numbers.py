"""No phone and no ID is left in a text, whatever surrounds it; little else is touched."""

import random
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sms_service.domain.bill_id import check_digit, make_payment_id, printed
from sms_service.domain.money import Rial
from sms_service.domain.private_numbers import (
    HIDDEN,
    SEPARATORS,
    looks_like_an_id,
    without_numbers,
)

SCRIPTS = ("0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩")
_SEPARATOR = st.text(st.characters().filter(re.compile(f"[{SEPARATORS}]").match), max_size=3)
_CALLING = st.sampled_from(["+98", "0098", "98", "0", ""])


@st.composite
def written(draw: st.DrawFn, digits: str) -> str:
    """The digits in one of three scripts or a mix, with separators anywhere or nowhere."""
    scripts = draw(st.sampled_from([(script,) for script in SCRIPTS] + [SCRIPTS]))
    parted = draw(st.booleans())
    told = ""
    for one in digits:
        told += draw(_SEPARATOR) if parted and told else ""
        told += draw(st.sampled_from(scripts))[int(one)] if one.isdigit() else one
    return told


def ids(*, shortest: int) -> st.SearchStrategy[str]:
    """Right bill IDs of ``shortest`` to 13 digits."""
    body = st.text("0123456789", min_size=shortest - 2, max_size=11)
    whole = st.tuples(body, st.sampled_from("123456789")).map("".join)
    return whole.map(lambda digits: digits + str(check_digit(digits)))


def digits_in(text: str) -> str:
    return "".join(str(int(one)) for one in text if one.isdecimal())


@given(st.text(), st.data(), st.text())
def test_no_mobile_is_left_whatever_surrounds_it(
    before: str, data: st.DataObject, after: str
) -> None:
    subscriber = data.draw(st.from_regex(r"9[0-9]{9}", fullmatch=True))
    number = data.draw(written(data.draw(_CALLING) + subscriber))
    assert subscriber not in digits_in(without_numbers(before + number + after))


@given(st.text(), st.data(), st.text())
def test_no_bill_id_of_full_length_is_left(before: str, data: st.DataObject, after: str) -> None:
    bill_id = data.draw(ids(shortest=6)).zfill(13)
    spelled = data.draw(written(bill_id) | st.just(printed(bill_id)))
    assert bill_id not in digits_in(without_numbers(before + spelled + after))


@given(st.text(), st.data(), st.text())
def test_no_bill_id_without_its_zeros_is_left(before: str, data: st.DataObject, after: str) -> None:
    bill_id = data.draw(ids(shortest=6))
    # With a digit at its side it would be another number.
    assume(not before[-1:].isdecimal() and not after[:1].isdecimal())
    assume(not re.search(r"[%\\][0-9a-zA-Z%\\]*$", before))
    assume(not re.fullmatch(r"(13|14|19|20)\d{6}", bill_id))
    spelled = data.draw(written(bill_id))
    assert spelled not in without_numbers(before + spelled + after)


@given(st.integers(1, 99_999_999), st.integers(1390, 1409), st.integers(1, 12), st.data())
def test_no_payment_id_is_left(thousands: int, year: int, period: int, data: st.DataObject) -> None:
    payment_id = make_payment_id("6249849504428", Rial(1000 * thousands), year, period)
    spelled = data.draw(written(payment_id))
    assume(not re.fullmatch(r"(13|14|19|20)\d{6}", payment_id))
    assert without_numbers(f"«{spelled}»") == f"«{HIDDEN}»"


@pytest.mark.parametrize(
    "told",
    [
        "to=%2B989121234567&text=x",
        "from=%DB%B0%DB%B9%DB%B1%DB%B2%DB%B1%DB%B2%DB%B3%DB%B4%DB%B5%DB%B6%DB%B7",
        r'{"from": "\u06f0\u06f9\u06f1\u06f2\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7"}',
        r"b'\xdb\xb0\xdb\xb9\xdb\xb1\xdb\xb2\xdb\xb1\xdb\xb2\xdb\xb3\xdb\xb4\xdb\xb5\xdb\xb6\xdb\xb7'",
        "text=%06%F0%06%F9%06%F1%06%F2%06%F1%06%F2%06%F3%06%F4%06%F5%06%F6%06%F7",
        "number=%30%39%31%32%31%32%33%34%35%36%37",
        r"'\n62498495 044 2 8 1404'",
    ],
)
def test_digits_are_known_in_the_encodings_of_addresses_and_escapes(told: str) -> None:
    assert HIDDEN in without_numbers(told)
    assert len(digits_in(without_numbers(told))) < 6


@pytest.mark.parametrize(
    "told",
    [
        "the agreement ends in 30 days, with 2026-12-24",
        "2026-09-02 10:11:12,345",
        "۱۴۰۵/۰۹/۰۱",
        "127.0.0.1:54321 says 200 in 12.5 ms",
        "Redis 7.0.15 of 12",
        "153,500 of 2,874,000 rial",
        "request 12345678 is answered",
        "kavenegar_status_10",
        "آبان ۸۱۶ ۵۰۰",
    ],
)
def test_counts_dates_and_codes_stay_readable(told: str) -> None:
    assert without_numbers(told) == told


def test_of_other_numbers_of_six_to_nine_digits_one_in_eight_is_hidden_at_most() -> None:
    drawn = random.Random(1405)
    numbers = [str(drawn.randrange(10**5, 10**9)) for _ in range(5000)]
    assert sum(map(looks_like_an_id, numbers)) / len(numbers) < 0.125
