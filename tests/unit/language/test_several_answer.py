"""Two or three bills in one text: a block each, less of each where less fits."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from sms_service.domain.records import History
from sms_service.language.compose import Composer, Style
from sms_service.language.reading import Intent, Reading, Reply, Script
from sms_service.templates import templates_dir
from tests.support.histories import BILL_ID, TODAY, YESTERDAY, history, paid, two_month_bill

COMPOSER = Composer.load(templates_dir() / "sms")
STYLE = Style(today=TODAY)
LAST = two_month_bill(1405, 3, 512, 2_874_000)
FIRST = two_month_bill(1405, 2, 390, 1_650_000)
SECOND_ID, THIRD_ID = "9876543204429", "1111222204421"
PAID = history([LAST], [paid(LAST)], as_of=YESTERDAY)
OWING = history([FIRST, LAST], [paid(FIRST)], 2_874_000, as_of=YESTERDAY, due_on=date(2026, 12, 3))


def answers(known: Mapping[str, History], *more: str, style: Style = STYLE) -> Reply:
    reading = Reading(Intent.HISTORY, BILL_ID, more_bill_ids=more)
    named = {bill_id: replace(of, bill_id=bill_id) for bill_id, of in known.items()}
    return COMPOSER.answers(reading, named, style)


def test_each_bill_tells_debt_due_day_consumption_and_last_payment() -> None:
    known = {BILL_ID: PAID, SECOND_ID: OWING, THIRD_ID: PAID}
    reply = answers(known, SECOND_ID, THIRD_ID)
    assert reply.text.split("\n") == [
        "قبض ۵۶۷۸ بدهی ندارد",
        "شهریور مصرف ۵۱۲ پرداخت ۱مهر",
        "قبض ۵۴۳۲ بدهی ۲۸۷,۴۰۰ تومان",
        "مهلت ۱۲آذر",
        "شهریور مصرف ۵۱۲",
        "آخرین پرداخت ۱مرداد",
        "قبض ۲۲۲۲ بدهی ندارد",
        "شهریور مصرف ۵۱۲ پرداخت ۱مهر",
        "بدهی ها تا ۱آذر است",
    ]
    assert (reply.rung, reply.parts) == ("several", 3)


def test_payments_go_first_then_consumption_then_due_days() -> None:
    known = {BILL_ID: OWING, SECOND_ID: OWING, THIRD_ID: OWING}
    rungs = {}
    for most in (3, 2, 1):
        reply = answers(known, SECOND_ID, THIRD_ID, style=replace(STYLE, max_parts=most))
        rungs[most] = reply.rung
        assert reply.parts <= most
    assert rungs == {3: "several_without_payments", 2: "several_debts", 1: "bills"}
    two = replace(STYLE, max_parts=2)
    pair = answers({BILL_ID: OWING, SECOND_ID: OWING}, SECOND_ID, style=two)
    assert pair.rung == "several_without_payments"
    assert pair.text.split("\n")[:3] == [
        "قبض ۵۶۷۸ بدهی ۲۸۷,۴۰۰ تومان",
        "مهلت ۱۲آذر",
        "شهریور مصرف ۵۱۲",
    ]
    due = answers(
        {BILL_ID: PAID, SECOND_ID: OWING, THIRD_ID: OWING}, SECOND_ID, THIRD_ID, style=two
    )
    assert due.rung == "several_due_debts"
    assert due.text.split("\n") == [
        "قبض ۵۶۷۸ بدهی ندارد",
        "قبض ۵۴۳۲ بدهی ۲۸۷,۴۰۰ تومان",
        "مهلت ۱۲آذر",
        "قبض ۲۲۲۲ بدهی ۲۸۷,۴۰۰ تومان",
        "مهلت ۱۲آذر",
        "بدهی ها تا ۱آذر است",
    ]


def test_credit_and_a_debt_that_is_not_told_are_said() -> None:
    credit = history([LAST], [paid(LAST)], -500_000, as_of=YESTERDAY)
    silent = history([LAST], [paid(LAST)], None, as_of=YESTERDAY)
    lines = answers({BILL_ID: credit, SECOND_ID: silent}, SECOND_ID).text.split("\n")
    assert lines[:2] == ["قبض ۵۶۷۸ بدهی ندارد", "بستانکار ۵۰,۰۰۰ تومان"]
    assert "قبض ۵۴۳۲ بدهی اعلام نشده" in lines
    assert lines[-1] == "بدهی ها تا ۱آذر است"


def test_odd_rials_of_one_bill_make_all_of_them_speak_rial() -> None:
    odd = history([LAST], [], 2_874_003, as_of=YESTERDAY)
    text = answers({BILL_ID: odd, SECOND_ID: OWING}, SECOND_ID).text
    assert "۲,۸۷۴,۰۰۳ ریال" in text
    assert "۲,۸۷۴,۰۰۰ ریال" in text


def test_no_day_is_told_where_no_debt_is() -> None:
    silent = history([LAST], [paid(LAST)], None, as_of=YESTERDAY)
    text = answers({BILL_ID: silent, SECOND_ID: silent}, SECOND_ID).text
    assert "بدهی ها تا" not in text


def test_the_oldest_of_the_days_holds_for_all() -> None:
    older = replace(PAID, as_of=date(2026, 10, 3))
    assert answers({BILL_ID: PAID, SECOND_ID: older}, SECOND_ID).text.endswith("تا ۱۱مهر است")


def test_a_bill_without_bills_and_one_that_nobody_knows_say_so() -> None:
    empty = history([], [], 0, as_of=YESTERDAY)
    assert answers({BILL_ID: empty}, SECOND_ID).text.split("\n") == [
        "قبض ۵۶۷۸ بدهی ندارد",
        "قبضی ثبت نشده",
        "قبض ۵۴۳۲ در پرونده ها نیست",
        "بدهی ها تا ۱آذر است",
    ]


def test_several_bills_in_latin_letters_take_two_parts_at_most() -> None:
    style = replace(STYLE, script=Script.LATIN)
    known = {BILL_ID: OWING, SECOND_ID: OWING, THIRD_ID: OWING}
    reply = answers(known, SECOND_ID, THIRD_ID, style=style)
    assert (reply.encoding, reply.parts) == ("GSM-7", 2)
    assert reply.text.startswith("Ghabz 5678 bedehi 287,400 toman\nMohlat 12Azar\n")
