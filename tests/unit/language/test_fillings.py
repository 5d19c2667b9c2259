"""What goes into room that is paid for anyway."""

from dataclasses import replace

import pytest

from sms_service.domain.money import Rial
from sms_service.domain.records import Bill
from sms_service.language.compose import Composer, Style
from sms_service.language.fillings import last_payment
from sms_service.language.reading import Intent, Reading, Reply
from sms_service.templates import templates_dir
from tests.support.histories import BILL_ID, TODAY, history, paid, two_month_bill

COMPOSER = Composer.load(templates_dir() / "sms")
STYLE = Style(today=TODAY)
WISH = Reading(Intent.HISTORY, BILL_ID, 1405)
BEFORE = two_month_bill(1404, 3, 400)
OTHER = two_month_bill(1405, 2, 300)


def answer(before: Bill, newest: Bill) -> Reply:
    of = history([before, OTHER, newest], [paid(before), paid(newest)], 1_000_000)
    return COMPOSER.answer(WISH, of, STYLE)


@pytest.mark.parametrize(
    ("kwh", "said"),
    [
        (500, "مصرف شهریور ۲۵ درصد بیشتر از پارسال"),
        (300, "مصرف شهریور ۲۵ درصد کمتر از پارسال"),
        (404, "مصرف شهریور ۱ درصد بیشتر از پارسال"),
        (1600, "مصرف شهریور ۳۰۰ درصد بیشتر از پارسال"),
    ],
)
def test_the_change_against_the_same_period_last_year_is_told(kwh: int, said: str) -> None:
    reply = answer(BEFORE, two_month_bill(1405, 3, kwh))
    assert said in reply.text.split("\n")
    assert reply.fillings == ("change",)


@pytest.mark.parametrize("kwh", [400, 401, 1606, 0])
def test_no_change_and_one_beyond_compare_are_not_told(kwh: int) -> None:
    assert "پارسال" not in answer(BEFORE, two_month_bill(1405, 3, kwh)).text


def test_use_is_compared_by_the_day() -> None:
    longer = two_month_bill(1405, 3, 400)._replace(days=50)
    assert "مصرف شهریور ۲۰ درصد بیشتر از پارسال" in answer(BEFORE, longer).text


@pytest.mark.parametrize(
    "before",
    [
        BEFORE._replace(days=None),
        BEFORE._replace(mid_kwh=0),
        BEFORE._replace(sale_year=1403),
        BEFORE._replace(sale_period=2),
        BEFORE._replace(rejected=True),
    ],
    ids=["no days", "nothing used", "two years ago", "another period", "rejected"],
)
def test_what_cannot_be_compared_is_not(before: Bill) -> None:
    assert "پارسال" not in answer(before, two_month_bill(1405, 3, 500)).text


def test_a_reversed_payment_is_not_the_last_one() -> None:
    bill = two_month_bill(1405, 2)
    gone = paid(bill, after_days=20)
    back = gone._replace(amount_rial=Rial(-gone.amount_rial))
    first = paid(bill)
    assert last_payment(history([bill], [first, gone, back])) == first
    assert last_payment(history([bill], [first, gone])) == gone
    assert last_payment(history([bill])) is None
    lone = first._replace(amount_rial=Rial(-5))
    assert last_payment(history([bill], [first, lone])) is None


def test_the_last_payment_and_an_earlier_year_are_told_where_there_is_room() -> None:
    bills = [two_month_bill(1402, 1), two_month_bill(1405, 3)]
    of = history(bills, [paid(bill) for bill in bills], 0)
    assert of.branch is not None
    unproven = replace(of, branch=replace(of.branch, debt_rial=Rial(50_000)))
    reply = COMPOSER.answer(Reading(Intent.HISTORY, BILL_ID), unproven, STYLE, budget_parts=3)
    told = reply.text.split("\n")
    assert reply.fillings == ("last_payment", "earlier")
    assert told[1] == "آخرین پرداخت ۱مهر ۱۰۰,۰۰۰ تومان"
    assert told[-1] == "سالهای قبل: ۱۴۰۴"


def test_the_change_stands_above_the_rows() -> None:
    told = answer(BEFORE, two_month_bill(1405, 3, 500)).text.split("\n")
    assert told[1] == "مصرف شهریور ۲۵ درصد بیشتر از پارسال"
