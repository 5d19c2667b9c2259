"""The debt and the payments, line by line."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sms_service.domain.calendar import gregorian_of
from sms_service.domain.money import Rial
from sms_service.domain.records import History
from sms_service.language.compose import Composer, Style
from sms_service.language.cursor import Cursor, Series
from sms_service.language.reading import Asker, Intent, Note, Reading
from sms_service.templates import templates_dir
from tests.support.histories import (
    BILL_ID,
    TODAY,
    YESTERDAY,
    history,
    paid,
    two_month_bill,
    two_monthly,
)

COMPOSER = Composer.load(templates_dir() / "sms")
STYLE = Style(today=TODAY)
DEBT = Reading(Intent.DEBT, BILL_ID)
PAYMENTS = Reading(Intent.PAYMENTS, BILL_ID)
LAST = two_month_bill(1405, 3, 512, 2_874_000)


def owing(debt: int, payment_id: str | None = "287450363", **more: date) -> History:
    of = history([LAST], [], debt, as_of=YESTERDAY, due_on=more.get("due_on"))
    assert of.branch is not None
    return replace(of, branch=replace(of.branch, payment_id=payment_id))


def lines(of: History, reading: Reading, style: Style = STYLE) -> list[str]:
    return COMPOSER.answer(reading, of, style).text.split("\n")


def test_a_debt_is_told_with_its_day_its_due_date_and_its_payment_id() -> None:
    assert lines(owing(2_874_000, due_on=date(2026, 12, 3)), DEBT) == [
        "بدهی تا ۱ آذر ۲۸۷,۴۰۰ تومان",
        "مهلت ۱۲ آذر",
        "شناسه پرداخت ۲۸۷۴۵۰۳۶۳",
    ]


def test_days_are_set_tight_before_the_payment_id_is_given_up() -> None:
    assert lines(owing(2_874_000, due_on=date(2026, 10, 14)), DEBT) == [
        "بدهی تا ۱ آذر ۲۸۷,۴۰۰ تومان",
        "مهلت ۲۲ مهر گذشت",
        "شناسه پرداخت ۲۸۷۴۵۰۳۶۳",
    ]
    suffixed = replace(STYLE, suffix="لغو")
    assert lines(owing(2_874_000, due_on=date(2026, 10, 14)), DEBT, suffixed)[:3] == [
        "بدهی تا ۱آذر ۲۸۷,۴۰۰ تومان",
        "مهلت ۲۲مهر گذشت",
        "شناسه پرداخت ۲۸۷۴۵۰۳۶۳",
    ]


def test_without_room_for_the_payment_id_the_rest_is_told_at_ease() -> None:
    told = lines(owing(2_874_000, due_on=date(2026, 10, 14)), replace(DEBT, notes=NOTED))
    assert told == ["بدهی تا ۱ آذر ۲۸۷,۴۰۰ تومان", "مهلت ۲۲ مهر گذشت", "همان قبض ۵۶۷۸"]


NOTED = (Note.CONTEXT_BILL_ID,)


@pytest.mark.parametrize("debt", [0, -500_000])
def test_where_nothing_is_owed_there_is_nothing_to_pay_by(debt: int) -> None:
    assert not any("شناسه" in line for line in lines(owing(debt), DEBT))


@pytest.mark.parametrize("held", [None, "287450355", "99950383"])
def test_a_debt_comes_with_an_id_that_pays_it_whatever_the_record_holds(held: str | None) -> None:
    assert lines(owing(2_874_000, held), DEBT)[-1] == "شناسه پرداخت ۲۸۷۴۵۰۳۶۳"


def test_a_debt_that_no_bank_takes_is_told_without_an_id_to_pay_by() -> None:
    assert lines(owing(9_990, None), DEBT) == ["بدهی تا ۱ آذر ۹۹۹ تومان"]


def test_a_debt_that_leaves_little_room_keeps_its_due_day_and_which_bill_it_is() -> None:
    of = owing(64_260_000_000_000, due_on=date(2026, 10, 14))
    told = lines(
        of, replace(DEBT, notes=(Note.REGISTERED_BILL_ID,)), replace(STYLE, suffix="لغو۱۱")
    )
    assert told[1:-1] == ["مهلت ۲۲ مهر گذشت", "قبض ۵۶۷۸"]
    assert "۶,۴۲۶,۰۰۰,۰۰۰,۰۰۰ تومان" in told[0]


def test_a_huge_credit_keeps_that_nothing_is_owed_and_which_bill_it_is() -> None:
    wish = replace(DEBT, notes=(Note.REGISTERED_BILL_ID,))
    style = replace(STYLE, suffix="توقف پیام لغو۱۱")
    reply = COMPOSER.answer(wish, owing(-64_260_000_000_000_001), style)
    assert reply.text.split("\n")[:-1] == ["تا ۱آذر بدهی ندارد", "قبض ثبت شده شما ۵۶۷۸"]
    assert reply.rung == "debt_only"
    assert COMPOSER.answer(DEBT, owing(0), STYLE).rung == "debt"


def test_payments_name_the_year_where_it_changes() -> None:
    bills = [two_month_bill(1404, 5), two_month_bill(1404, 6), two_month_bill(1405, 1)]
    of = history(bills, [paid(bill, amount=1_000_000) for bill in bills])
    assert lines(of, PAYMENTS) == [
        "بدهی ندارد",
        "پرداخت ها به تومان",
        "در ۱خرداد ۱۰۰,۰۰۰",
        "در ۳فروردین ۱۰۰,۰۰۰",
        "در ۲بهمن۰۴: ۱۰۰,۰۰۰",
    ]


def test_payments_end_with_the_number_of_those_left() -> None:
    bills = two_monthly(1403, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    told = lines(of, PAYMENTS)
    rows = [line for line in told if line.startswith("در ")]
    digits = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    assert told[-1] in ("بقیه: بعدی", f"بقیه {len(bills) - len(rows)} مورد: بعدی".translate(digits))


def test_a_registered_phone_is_told_fewer_payments_but_each_with_its_number() -> None:
    bills = two_monthly(1403, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    stranger = COMPOSER.answer(PAYMENTS, of, STYLE)
    owner = COMPOSER.answer(PAYMENTS, of, STYLE, Asker(registered=True))
    rows = [line for line in owner.text.split("\n") if line.startswith("در ")]
    assert 3 <= len(rows) < stranger.text.count("در ")
    assert all(" پیگیری " in row for row in rows)


def test_a_payment_cursor_counts_what_is_left_of_its_day() -> None:
    one = two_month_bill(1405, 1)
    of = history([one], [paid(one, amount=1000 * (n + 1)) for n in range(20)])
    reply = COMPOSER.answer(PAYMENTS, of, STYLE)
    told = reply.text.count("در ")
    day = of.payments[0].paid_on
    assert reply.cursor == Cursor(Series.PAYMENTS, day=day, left=20 - told)


def test_a_payment_and_its_reversal_are_both_left_out() -> None:
    bills = [two_month_bill(1405, 1), two_month_bill(1405, 2)]
    gone = paid(bills[0])
    back = gone._replace(amount_rial=Rial(-1_000_000), paid_on=gone.paid_on + timedelta(days=2))
    of = history(bills, [gone, back, paid(bills[1])])
    assert lines(of, PAYMENTS)[2:] == ["در ۱مرداد ۱۰۰,۰۰۰"]


def test_a_payment_of_new_years_day_belongs_to_the_year_and_one_of_zero_is_no_reversal() -> None:
    bill = two_month_bill(1404, 6)
    first_day = paid(bill)._replace(paid_on=gregorian_of(1405, 1, 1))
    nothing = paid(bill)._replace(paid_on=gregorian_of(1405, 1, 2), amount_rial=Rial(0))
    of = history([bill], [first_day, nothing])
    assert lines(of, replace(PAYMENTS, from_year=1405))[2:] == [
        "در ۲فروردین ۰",
        "در ۱فروردین ۱۰۰,۰۰۰",
    ]


def test_payments_set_their_debt_at_ease_and_may_ask_for_an_opinion() -> None:
    of = history([LAST], [paid(LAST)], as_of=YESTERDAY)
    reply = COMPOSER.answer(PAYMENTS, of, STYLE, Asker(opinion_due=True))
    assert reply.text.split("\n") == [
        "تا ۱ آذر بدهی ندارد",
        "پرداخت ها به تومان",
        "در ۱مهر ۲۸۷,۴۰۰",
    ]
    assert (reply.rung, reply.fillings) == ("payments", ())
    three = history([LAST], [paid(LAST, after_days=n) for n in (9, 19, 29)], as_of=YESTERDAY)
    asked = COMPOSER.answer(PAYMENTS, three, STYLE, Asker(opinion_due=True))
    assert asked.fillings == ("opinion",)
    assert asked.text.endswith("نظر شما درباره این پاسخ: نظر ۱ تا ۵")


def test_no_payments_and_no_more_payments_end_where_they_stand() -> None:
    none = COMPOSER.answer(PAYMENTS, history([LAST], [], 2_874_000), STYLE)
    assert (none.rung, none.cursor, none.left_out) == ("payments", None, ())
    of = history([LAST], [paid(LAST)])
    end = COMPOSER.answer(PAYMENTS, of, STYLE).cursor
    more = COMPOSER.answer(Reading(Intent.NEXT, BILL_ID), of, STYLE, Asker(cursor=end))
    assert (more.rung, more.cursor) == ("payments", end)


def test_a_registered_phone_goes_without_numbers_where_not_one_fits() -> None:
    of = history([LAST], [paid(LAST)], as_of=YESTERDAY)
    reply = COMPOSER.answer(PAYMENTS, of, replace(STYLE, max_parts=1), Asker(registered=True))
    assert (reply.parts, reply.text.split("\n")[-1]) == (1, "در ۱مهر ۲۸۷,۴۰۰")


def test_the_last_of_one_part_payments_offers_no_more() -> None:
    of = history([LAST], [paid(LAST)._replace(amount_rial=Rial(10**13))], 10**13, as_of=YESTERDAY)
    reply = COMPOSER.answer(PAYMENTS, of, replace(STYLE, max_parts=1))
    assert (reply.left_out, "بعدی" in reply.text, reply.parts) == ((), False, 1)


def test_the_change_against_last_year_is_told_where_there_is_room() -> None:
    before = two_month_bill(1404, 3, 400)
    asked = replace(DEBT, intent=Intent.HISTORY, from_year=1405)
    rows = history([before, two_month_bill(1405, 2), LAST], [paid(before), paid(LAST)], 1_000_000)
    told = COMPOSER.answer(asked, rows, STYLE)
    assert "مصرف شهریور ۲۸ درصد بیشتر از پارسال" in told.text
    assert told.fillings == ("change",)
