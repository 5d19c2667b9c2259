"""The number to pay a debt by: the branch's own where it is right, else one that is made."""

from datetime import date

import pytest

from sms_service.domain.bill_id import make_payment_id, payment_id_is_valid, payment_id_parts
from sms_service.domain.money import Rial
from sms_service.domain.payable import payment_id_to_pay_by
from sms_service.domain.records import Bill, Branch, History

BILL_ID = "1234567804423"
BILLS = (
    Bill("1", 1404, 6, Rial(900_000), read_to=date(2026, 3, 4)),
    Bill("2", 1405, 1, Rial(1_250_000), read_to=date(2026, 5, 4)),
    Bill("3", 1405, 2, Rial(9_000_000), rejected=True),
)


def owing(debt: int | None, held: str | None = None, bills: tuple[Bill, ...] = BILLS) -> str | None:
    branch = Branch(None if debt is None else Rial(debt), held)
    return payment_id_to_pay_by(History(BILL_ID, bills, (), branch))


def test_the_branchs_own_id_is_told_where_it_pays_the_debt() -> None:
    own = make_payment_id(BILL_ID, Rial(1_250_000), 1404, 6)
    assert owing(1_250_000, own) == own
    assert owing(1_250_784, own) == own


@pytest.mark.parametrize(
    "held",
    [
        "125050192",  # a wrong check digit
        make_payment_id("9174639504124", Rial(1_250_000), 1405, 1),  # another bill's
        make_payment_id(BILL_ID, Rial(990_000), 1405, 1),  # another amount
        "12",
        None,
    ],
)
def test_else_one_is_made_of_the_debt_and_the_newest_bill_that_counts(held: str | None) -> None:
    assert owing(1_250_000, held) == "125050191"


def test_what_is_made_pays_the_debt_but_for_odd_rials() -> None:
    made = owing(7_654_321)
    assert made is not None
    assert payment_id_is_valid(BILL_ID, made)
    assert payment_id_parts(made) == (7_654_000, 5, 1)


@pytest.mark.parametrize("debt", [None, -5_000_000, 0, 9_999])
def test_where_nothing_is_owed_that_a_bank_takes_there_is_no_id(debt: int | None) -> None:
    assert owing(debt, "125050191") is None


def test_a_debt_that_no_payment_id_can_carry_has_none() -> None:
    assert owing(99_999_999_999) is not None
    assert owing(100_000_000_000) is None


def test_without_a_bill_or_a_branch_there_is_none() -> None:
    assert owing(1_250_000, bills=()) is None
    assert owing(1_250_000, bills=BILLS[2:]) is None
    assert payment_id_to_pay_by(History(BILL_ID, BILLS)) is None
