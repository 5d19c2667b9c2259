"""One bill in full, and in less where less fits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from sms_service.domain.calendar import gregorian_of
from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, History, Payment
from sms_service.language.compose import Composer, Style
from sms_service.language.reading import Intent, Note, Reading
from sms_service.templates import templates_dir
from tests.support.histories import BILL_ID, TODAY, YESTERDAY, history, paid, two_month_bill

COMPOSER = Composer.load(templates_dir() / "sms")
STYLE = Style(today=TODAY)
SHORT = replace(STYLE, max_parts=1)
WISH = Reading(Intent.BILL, BILL_ID, 1405, period=3)
BILL = two_month_bill(1405, 3, 512, 2_874_000)._replace(mid_kwh=300, peak_kwh=112, low_kwh=100)
HEAD = ["قبض شهریور ۱۴۰۵ مبلغ ۲۸۷,۴۰۰ تومان", "از ۲۲ تیر تا ۲۰ شهریور", "مصرف ۵۱۲"]
BANDS = "میان بار ۳۰۰ اوج ۱۱۲ کم بار ۱۰۰"


def told(
    payments: Sequence[Payment] = (),
    debt: int | None = 2_874_000,
    *,
    bill: Bill = BILL,
    wish: Reading = WISH,
    style: Style = STYLE,
) -> tuple[str, list[str]]:
    """The rung and the lines."""
    reply = COMPOSER.answer(wish, history([bill], payments, debt, as_of=YESTERDAY), style)
    return reply.rung, reply.text.split("\n")


def test_an_unpaid_bill_says_so_and_until_when_it_was_to_be_paid() -> None:
    assert told() == ("bill", [*HEAD, BANDS, "پرداخت نشده", "مهلت ۱۱ مهر گذشت"])
    ahead = BILL._replace(due_on=date(2026, 12, 3))
    assert told(bill=ahead)[1][-1] == "مهلت ۱۲ آذر"
    assert told(bill=BILL._replace(due_on=None))[1][-1] == "پرداخت نشده"
    assert told(bill=BILL._replace(due_on=TODAY))[1][-1] == "مهلت ۲ آذر"


def test_a_part_paid_bill_says_what_is_left() -> None:
    rung, lines = told([paid(BILL, amount=1_004_000)], 1_870_000)
    assert (rung, lines[-2:]) == ("bill", ["مانده ۱۸۷,۰۰۰", "مهلت ۱۱ مهر گذشت"])


def test_a_paid_bill_says_on_which_day_if_that_is_known() -> None:
    assert told([paid(BILL)], 0)[1][-1] == "پرداخت ۱ مهر"
    assert told([], 0)[1][-1] == "پرداخت شده"


def test_a_bill_whose_state_is_not_proven_says_nothing_of_it() -> None:
    assert told([], None) == ("bill", [*HEAD, BANDS])


def test_a_bill_without_bands_or_readings_leaves_them_out() -> None:
    one_band = BILL._replace(mid_kwh=512, peak_kwh=0, low_kwh=0)
    assert told([], None, bill=one_band)[1] == HEAD
    low_only = BILL._replace(mid_kwh=412, peak_kwh=0)
    assert told([], None, bill=low_only)[1][-1] == "میان بار ۴۱۲ اوج ۰ کم بار ۱۰۰"
    unread = one_band._replace(read_from=None)
    assert told([], None, bill=unread)[1] == ["قبض شهریور ۱۴۰۵ مبلغ ۲۸۷,۴۰۰ تومان", "مصرف ۵۱۲"]


def test_bands_go_first_where_two_parts_are_too_little() -> None:
    huge = BILL._replace(amount_rial=Rial(28_778_530_000_000), peak_kwh=10**7, low_kwh=10**7)
    wish = replace(WISH, notes=(Note.REGISTERED_BILL_ID,))
    rung, lines = told([], 28_778_530_000_000, bill=huge, wish=wish)
    assert rung == "bill_without_bands"
    assert lines[2] == "مصرف ۲۰,۰۰۰,۳۰۰"
    assert lines[-1] == "قبض ثبت شده شما ۵۶۷۸"


def test_one_part_tells_amount_consumption_and_state() -> None:
    month = "قبض شهریور۱۴۰۵ مبلغ ۲۸۷,۴۰۰ تومان"
    state = ["پرداخت نشده", "مهلت ۱۱مهر گذشت"]
    assert told(style=SHORT) == ("bill_in_short", [month, "مصرف ۵۱۲", *state])
    assert told([paid(BILL)], 0, style=SHORT) == (
        "bill_in_short",
        [month, "مصرف ۵۱۲", "پرداخت ۱مهر"],
    )
    tight = replace(SHORT, suffix="لغو۱۱")
    assert told(style=tight) == ("bill_in_short", [month, *state, "لغو۱۱"])
    tighter = replace(SHORT, suffix="لغو۱۱ لغو۱۱")
    assert told(style=tighter) == ("bill_in_short", [month, state[0], "لغو۱۱ لغو۱۱"])


@pytest.mark.parametrize(
    ("wish", "month"),
    [
        (Reading(Intent.BILL, BILL_ID, month=6), "شهریور ۱۴۰۵"),
        (Reading(Intent.BILL, BILL_ID, 1404, month=6), "شهریور ۱۴۰۴"),
        (Reading(Intent.BILL, BILL_ID, 1404, period=2), "تیر ۱۴۰۴"),
        (Reading(Intent.BILL, BILL_ID, period=2), "تیر ۱۴۰۵"),
    ],
)
def test_the_newest_bill_of_the_month_or_period_is_told(wish: Reading, month: str) -> None:
    bills = [two_month_bill(year, period) for year in (1404, 1405) for period in (1, 2, 3)]
    reply = COMPOSER.answer(wish, history(bills), STYLE)
    assert reply.text.startswith(f"قبض {month} ")


def test_a_bill_that_is_not_there_is_said_with_the_debt_and_a_year_that_is() -> None:
    of = history([BILL], [], 2_874_000)
    wish = Reading(Intent.BILL, BILL_ID, 1405, period=5)
    assert COMPOSER.answer(wish, of, STYLE).text.split("\n") == [
        "بدهی ۲۸۷,۴۰۰ تومان",
        "این دوره در قبض ۵۶۷۸ ثبت نشده",
        "سابقه: ۱۴۰۵",
    ]
    dated = replace(of, as_of=gregorian_of(1404, 11, 22))
    short = COMPOSER.answer(wish, dated, replace(SHORT, suffix="لغو۱۱"))
    assert short.text.split("\n")[0] == "این دوره در قبض ۵۶۷۸ ثبت نشده"
    assert short.rung == "no_such_bill"
    none = COMPOSER.answer(wish, History(BILL_ID), STYLE)
    assert none.text.split("\n") == ["بدهی اعلام نشده", "این دوره در قبض ۵۶۷۸ ثبت نشده"]
