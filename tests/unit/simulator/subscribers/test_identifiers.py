"""Numbers of invented subscribers: in the right form, and nobody's."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from sms_service.billing import fields
from sms_service.domain.bill_id import (
    company_code,
    is_valid,
    make_payment_id,
    payment_id_is_valid,
    payment_id_parts,
    utility,
)
from sms_service.domain.money import Rial
from sms_service.simulator.subscribers.identifiers import PaymentIds, bill_id, file_number, mobile

seeds = st.integers(0, 2**40)
numbers = st.integers(0, 99_999_988)


@given(seeds, numbers)
def test_a_bill_id_is_one_of_the_companys_electricity(seed: int, number: int) -> None:
    made = bill_id(file_number(seed, number))
    assert len(made) == 13
    assert is_valid(made)
    assert (company_code(made), utility(made)) == ("044", 2)


@given(seeds, numbers, numbers)
def test_no_two_subscribers_of_a_seed_share_a_file(seed: int, one: int, other: int) -> None:
    assert (file_number(seed, one) == file_number(seed, other)) == (one == other)


@given(
    *(seeds, numbers, st.integers(1000, 99_999_999_999)),
    *(st.integers(1370, 1450), st.integers(1, 12)),
)
def test_a_payment_id_has_both_check_digits_right_and_says_what_it_pays(
    seed: int, number: int, amount: int, year: int, period: int
) -> None:
    payer = bill_id(file_number(seed, number))
    made = PaymentIds(payer).of(amount, year, period)
    assert made == make_payment_id(payer, Rial(amount), year, period)
    assert payment_id_is_valid(payer, made)
    assert payment_id_parts(made) == (amount // 1000 * 1000, year % 10, period)


def test_amounts_that_no_payment_id_can_say_have_none() -> None:
    ids = PaymentIds("1234567804423")
    assert [ids.of(amount, 1404, 2) for amount in (-1_000, 0, 999, 10**11)] == [None] * 4


@given(seeds, numbers)
def test_a_phone_is_read_as_a_mobile_and_is_of_no_operator(seed: int, number: int) -> None:
    made = mobile(seed, number)
    read = fields.mobile(made)
    assert read == f"+98{made[1:]}"
    assert not phonenumbers.is_valid_number(phonenumbers.parse(read))
