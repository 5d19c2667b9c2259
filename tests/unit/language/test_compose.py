"""Answers as subscribers read them, case by case."""

from dataclasses import replace
from datetime import date

import pytest

from sms_service.domain.calendar import gregorian_of
from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, Branch, History
from sms_service.language.compose import Composer, Style
from sms_service.language.reading import Asker, Intent, Note, Problem, Reading, Reply, Script
from sms_service.language.wording import persian_digits
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
SINCE_1405 = Reading(Intent.HISTORY, BILL_ID, from_year=1405)
SUMMARY = Reading(Intent.HISTORY, BILL_ID, summary=True)
YEAR_1405 = [two_month_bill(1405, 1, 248, 740_000), two_month_bill(1405, 2, 390, 1_650_000)]
LAST_BILL = two_month_bill(1405, 3, 512, 2_874_000)
ALL_PAID = [paid(bill) for bill in (*YEAR_1405, LAST_BILL)]


def answer(of: History, reading: Reading = SINCE_1405, style: Style = STYLE) -> Reply:
    return COMPOSER.answer(reading, of, style)


def lines(of: History, reading: Reading = SINCE_1405, style: Style = STYLE) -> list[str]:
    return answer(of, reading, style).text.split("\n")


def test_a_paid_history_tells_the_day_of_each_payment() -> None:
    reply = answer(history([*YEAR_1405, LAST_BILL], ALL_PAID))
    assert reply.text.split("\n") == [
        "بدهی ندارد",
        "دوماهه تا مصرف هزارتومان پرداخت",
        "شهریور ۵۱۲ ۲۸۷ ۱مهر",
        "تیر ۳۹۰ ۱۶۵ ۱مرداد",
        "اردیبهشت ۲۴۸ ۷۴ ۱خرداد",
    ]
    assert (reply.rung, reply.parts, reply.left_out) == ("rows_with_days", 2, ())


def test_an_unpaid_bill_is_marked_and_its_debt_told_exactly_with_day_and_due_date() -> None:
    of = history(
        [*YEAR_1405, LAST_BILL],
        ALL_PAID[:2],
        2_874_000,
        as_of=YESTERDAY,
        due_on=date(2026, 12, 13),
    )
    told = lines(of)
    assert told[:2] == ["بدهی تا ۱ آذر ۲۸۷,۴۰۰ تومان", "مهلت ۲۲ آذر"]
    assert "شهریور ۵۱۲ ۲۸۷ نشده" in told


def test_an_overdue_debt_says_that_its_day_has_passed() -> None:
    of = history([LAST_BILL], [], 2_874_000, due_on=date(2026, 10, 14))
    assert "مهلت ۲۲ مهر گذشت" in lines(of)


def test_a_debt_due_today_is_not_overdue() -> None:
    of = history([*YEAR_1405, LAST_BILL], ALL_PAID[:2], 2_874_000, due_on=TODAY)
    assert "مهلت ۲ آذر" in lines(of)


def test_a_figure_read_this_moment_needs_no_day() -> None:
    of = history([LAST_BILL], [], 2_874_000)
    assert lines(of)[0] == "بدهی ۲۸۷,۴۰۰ تومان"


def test_a_part_paid_bill_says_what_is_left() -> None:
    of = history([LAST_BILL], [paid(LAST_BILL, amount=1_004_000)], 1_870_000)
    assert "شهریور ۵۱۲ ۲۸۷ مانده۱۸۷" in lines(of)


def test_a_part_left_below_half_a_thousand_is_still_told() -> None:
    of = history([LAST_BILL], [paid(LAST_BILL, amount=2_873_000)], 1_000)
    assert "شهریور ۵۱۲ ۲۸۷ مانده۱" in lines(of)


def test_credit_is_no_debt_and_told_exactly() -> None:
    told = lines(history([LAST_BILL], [paid(LAST_BILL)], -500_000, as_of=YESTERDAY))
    assert told[:2] == ["تا ۱ آذر بدهی ندارد", "بستانکار ۵۰,۰۰۰ تومان"]


def test_odd_rials_make_the_whole_message_speak_rial() -> None:
    text = answer(history([LAST_BILL], [], 2_874_003)).text
    assert "۲,۸۷۴,۰۰۳ ریال" in text
    assert "هزارریال" in text
    assert "تومان" not in text


def test_a_company_may_speak_rial_and_ascii_digits() -> None:
    style = replace(STYLE, money_unit="rial", digits="ascii")
    assert lines(history([LAST_BILL], [], 2_874_000), SUMMARY, style)[0] == "بدهی 2,874,000 ریال"


def test_billions_are_told_in_millions_under_an_exact_debt() -> None:
    bill = two_month_bill(1405, 3, 1_234_567, 28_778_530_000)
    told = lines(history([bill], [], 28_778_530_000))
    assert told[0] == "بدهی ۲,۸۷۷,۸۵۳,۰۰۰ تومان"
    assert any("میلیون تومان" in line for line in told)
    assert "شهریور ۱,۲۳۴,۵۶۷ ۲۸۷۸ نشده" in told


def test_zero_consumption_is_told_as_zero() -> None:
    bill = two_month_bill(1405, 3, 0, 260_000)
    assert "شهریور ۰ ۲۶ ۱مهر" in lines(history([bill], [paid(bill)]))


def test_a_bill_settled_by_old_credit_is_paid_on_no_day() -> None:
    assert "شهریور ۵۱۲ ۲۸۷ شده" in lines(history([LAST_BILL], [], 0))


def test_a_very_late_payment_names_its_year() -> None:
    bill = two_month_bill(1404, 3, 512, 2_874_000)
    of = history([bill], [paid(bill, after_days=390)])
    told = lines(of, replace(SINCE_1405, from_year=1404))
    assert "شهریور۰۴ ۵۱۲ ۲۸۷ ۱۶مهر۰۵" in told


def test_a_reversed_payment_leaves_its_bill_unpaid() -> None:
    payment = ALL_PAID[2]
    reversal = payment._replace(
        amount_rial=Rial(-2_874_000), paid_on=date(2026, 9, 26), tracking=None
    )
    assert "شهریور ۵۱۲ ۲۸۷ نشده" in lines(history([LAST_BILL], [payment, reversal], 2_874_000))


def test_a_rejected_bill_is_left_out_and_its_new_issue_told() -> None:
    rejected = LAST_BILL._replace(rejected=True, amount_rial=Rial(9_999_000))
    text = answer(history([rejected, LAST_BILL], [paid(LAST_BILL)])).text
    assert "۱۰۰۰" not in text
    assert "شهریور ۵۱۲ ۲۸۷ ۱مهر" in text


def test_rows_that_disagree_with_the_branch_are_told_without_states() -> None:
    of = history([*YEAR_1405, LAST_BILL], ALL_PAID, 0)
    assert of.branch is not None
    of = replace(of, branch=replace(of.branch, debt_rial=Rial(1_230_000)))
    reply = answer(of)
    assert reply.rung == "rows_without_states"
    assert reply.text.split("\n") == [
        "بدهی ۱۲۳,۰۰۰ تومان",
        "آخرین پرداخت ۱مهر ۲۸۷,۴۰۰ تومان",
        "دوماهه تا مصرف هزارتومان",
        "شهریور ۵۱۲ ۲۸۷",
        "تیر ۳۹۰ ۱۶۵",
        "اردیبهشت ۲۴۸ ۷۴",
        "پرداخت۱۴۰۵: ۵۲۶",
    ]


def test_a_debt_that_the_source_does_not_tell_is_not_guessed() -> None:
    told = lines(history([LAST_BILL], [paid(LAST_BILL)], None))
    assert told[0] == "بدهی اعلام نشده"
    assert "شهریور ۵۱۲ ۲۸۷" in told


def test_period_six_read_after_nowruz_is_esfand_of_its_own_year() -> None:
    late = two_month_bill(1404, 6)._replace(read_to=date(2026, 4, 5))
    told = lines(history([late, *YEAR_1405], [], None), replace(SINCE_1405, from_year=1404))
    assert "اسفند۰۴ ۳۰۰ ۱۰۰" in told


def test_two_bills_read_in_one_month_are_told_apart_by_their_day() -> None:
    other = two_month_bill(1405, 4)._replace(read_to=date(2026, 8, 24))
    told = lines(history([other, LAST_BILL], [], None))
    assert "شهریور۲۰ ۵۱۲ ۲۸۷" in told
    assert "شهریور۲ ۳۰۰ ۱۰۰" in told


def test_two_bills_read_on_one_day_are_told_apart_by_number() -> None:
    told = lines(history([LAST_BILL, LAST_BILL._replace(serial="again")], [], None))
    assert "شهریور۲۰/۱ ۵۱۲ ۲۸۷" in told
    assert "شهریور۲۰/۲ ۵۱۲ ۲۸۷" in told


def test_the_year_is_named_where_it_changes() -> None:
    of = history(two_monthly(1403, 1405))
    months = [line.split(" ")[0] for line in lines(of, replace(SINCE_1405, from_year=1404))]
    assert [month for month in months if month[-1] in "۰۱۲۳۴۵۶۷۸۹"] == ["اسفند۰۴"]


def test_monthly_bills_are_not_called_two_monthly() -> None:
    bills = [bill._replace(days=30) for bill in YEAR_1405]
    assert not any("دوماهه" in line for line in lines(history(bills, ALL_PAID[:2])))


def test_old_data_say_so() -> None:
    of = history([LAST_BILL], [paid(LAST_BILL)], as_of=date(2026, 10, 8))
    assert "اطلاعات قدیمی است" in lines(of)
    assert "اطلاعات قدیمی است" in lines(of, SUMMARY)
    assert lines(of)[0].startswith("تا ۱۶ مهر ")


def test_data_of_a_month_ago_are_not_old() -> None:
    of = history([LAST_BILL], [paid(LAST_BILL)], as_of=date(2026, 10, 9))
    assert "اطلاعات قدیمی است" not in lines(of)


def test_a_long_history_shows_the_newest_bills_and_whole_years() -> None:
    bills = two_monthly(1402, 1405)
    reply = answer(
        history(bills, [paid(bill) for bill in bills]), replace(SINCE_1405, from_year=1402)
    )
    told = reply.text.split("\n")
    assert reply.rung == "rows_and_years"
    assert reply.left_out == ("bills_of_1402", "bills_of_1403", "bills_of_1404")
    assert "جمع۱۴۰۳ ۱۴۲۸ ۶۲۱ پرداخت۶۲۱" in told
    assert told[-1] == "بقیه: بعدی"


def test_a_year_that_the_data_do_not_hold_whole_says_how_many_bills() -> None:
    bills = [
        bill for bill in two_monthly(1402, 1405) if (bill.sale_year, bill.sale_period) > (1402, 4)
    ]
    of = history(bills, [paid(bill) for bill in bills])
    told = lines(of, replace(SINCE_1405, from_year=1402))
    assert any(line.startswith("جمع۱۴۰۲(۲قبض) ") for line in told)


def test_twenty_seven_years_fit_by_joining_the_oldest() -> None:
    bills = two_monthly(1379, 1405)
    reply = answer(history(bills, [paid(b) for b in bills]), replace(SINCE_1405, from_year=1379))
    assert reply.rung == "joined_years"
    assert reply.parts == 3
    assert "جمع۱۳۷۹تا" in reply.text


def test_a_history_without_a_year_begins_the_year_before_and_says_so() -> None:
    told = lines(history(two_monthly(1399, 1405)), Reading(Intent.HISTORY, BILL_ID))
    assert "از سال ۱۴۰۴" in told
    assert "فروردین" not in told
    assert sum(line.split(" ")[0].startswith("اردیبهشت") for line in told) == 2


def test_default_years_are_the_companys_choice() -> None:
    of = history(two_monthly(1402, 1405))
    told = lines(of, Reading(Intent.HISTORY, BILL_ID), replace(STYLE, default_years=2))
    assert "از سال ۱۴۰۳" in told


@pytest.mark.parametrize(
    ("reading", "line"),
    [
        (Reading(Intent.HISTORY, BILL_ID, 1405, notes=(Note.SHORT_YEAR,)), "از سال ۱۴۰۵"),
        (
            Reading(Intent.HISTORY, BILL_ID, 1403, notes=(Note.GREGORIAN_YEAR,)),
            "سال ۲۰۲۴ یعنی از ۱۴۰۳",
        ),
        (Reading(Intent.HISTORY, BILL_ID, 1405, notes=(Note.CONTEXT_BILL_ID,)), "همان قبض ۵۶۷۸"),
        (
            Reading(Intent.HISTORY, BILL_ID, 1405, notes=(Note.PADDED_BILL_ID,)),
            "قبض ۵۶۷۸ با صفر اول",
        ),
        (
            Reading(Intent.HISTORY, BILL_ID, 1405, notes=(Note.REGISTERED_BILL_ID,)),
            "قبض ثبت شده شما ۵۶۷۸",
        ),
        (
            Reading(Intent.HISTORY, BILL_ID, 1405, notes=(Note.SHORT_YEAR, Note.CONTEXT_BILL_ID)),
            "همان قبض ۵۶۷۸ از سال ۱۴۰۵",
        ),
    ],
    ids=["short year", "gregorian year", "context", "padded", "registered", "two notes"],
)
def test_a_reading_that_was_not_literal_is_said(reading: Reading, line: str) -> None:
    of = history([*YEAR_1405, LAST_BILL], ALL_PAID)
    assert line in lines(of, reading)


def test_a_summary_names_debt_bill_payment_and_the_word_for_more() -> None:
    reply = answer(history([*YEAR_1405, LAST_BILL], ALL_PAID, as_of=YESTERDAY), SUMMARY)
    assert reply.text.split("\n") == [
        "تا ۱آذر بدهی ندارد",
        "شهریور مصرف ۵۱۲",
        "پرداخت ۱مهر",
        "برای سوابق ۱۴۰۵ بفرستید",
    ]
    assert (reply.parts, reply.left_out) == (1, ("history",))


def test_a_summary_of_an_overdue_debt_tells_its_day_before_an_older_payment() -> None:
    of = history(
        [*YEAR_1405, LAST_BILL],
        ALL_PAID[:2],
        2_874_000,
        as_of=YESTERDAY,
        due_on=date(2026, 10, 14),
    )
    assert lines(of, SUMMARY) == [
        "بدهی تا ۱آذر ۲۸۷,۴۰۰ تومان",
        "مهلت ۲۲مهر گذشت",
        "شهریور مصرف ۵۱۲",
        "سابقه: ۱۴۰۵",
    ]


def test_a_summary_of_a_bill_without_history_says_that_there_is_none() -> None:
    assert lines(history([]), SUMMARY) == ["بدهی ندارد", "قبضی ثبت نشده"]


def test_the_budget_of_parts_may_be_capped() -> None:
    bills = two_monthly(1404, 1405)
    of = history(bills, [paid(bill) for bill in bills], as_of=YESTERDAY)
    for most in (1, 2, 3, 4):
        reply = answer(of, replace(SINCE_1405, from_year=1404), replace(STYLE, max_parts=most))
        assert reply.parts == min(most, 3)


def test_a_suffix_ends_every_text_within_the_budget() -> None:
    style = replace(STYLE, suffix="لغو۱۱")
    of = history([*YEAR_1405, LAST_BILL], ALL_PAID, as_of=YESTERDAY)
    for reply in (answer(of, SUMMARY, style), COMPOSER.say("stop", style)):
        assert reply.text.endswith("\nلغو۱۱")
        assert reply.parts == 1


def test_the_debt_comes_with_the_payment_id_to_pay_by() -> None:
    of = history([LAST_BILL], [], 2_874_000, as_of=YESTERDAY)
    assert of.branch is not None
    of = replace(of, branch=replace(of.branch, payment_id="287450363"))
    assert lines(of, Reading(Intent.DEBT, BILL_ID))[-1] == "شناسه پرداخت ۲۸۷۴۵۰۳۶۳"


def test_payments_come_newest_first_and_tracking_only_to_the_registered_phone() -> None:
    of = history([*YEAR_1405, LAST_BILL], ALL_PAID)
    reading = Reading(Intent.PAYMENTS, BILL_ID)
    stranger = COMPOSER.answer(reading, of, STYLE).text
    owner = COMPOSER.answer(reading, of, STYLE, Asker(registered=True)).text
    assert stranger.split("\n")[1:3] == ["پرداخت ها به تومان", "در ۱مهر ۲۸۷,۴۰۰"]
    assert "پیگیری" not in stranger
    assert "در ۱مهر ۲۸۷,۴۰۰ پیگیری ۸۹۶۷۰۰۱۰۵۲۸۷" in owner


def test_payments_that_do_not_fit_are_offered() -> None:
    bills = two_monthly(1402, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    reply = answer(of, Reading(Intent.PAYMENTS, BILL_ID))
    assert reply.left_out == ("older_payments",)
    assert reply.text.endswith("\nبقیه: بعدی")


def test_payments_of_a_bill_that_was_never_paid() -> None:
    assert lines(history([LAST_BILL], [], 2_874_000), Reading(Intent.PAYMENTS, BILL_ID)) == [
        "بدهی ۲۸۷,۴۰۰ تومان",
        "پرداختی ثبت نشده",
    ]


def test_one_bill_is_told_in_full() -> None:
    bill: Bill = LAST_BILL._replace(mid_kwh=300, peak_kwh=112, low_kwh=100)
    reply = answer(history([bill], [paid(bill)]), Reading(Intent.BILL, BILL_ID, 1405, period=3))
    assert reply.text.split("\n") == [
        "قبض شهریور ۱۴۰۵ مبلغ ۲۸۷,۴۰۰ تومان",
        "از ۲۲ تیر تا ۲۰ شهریور",
        "مصرف ۵۱۲",
        "میان بار ۳۰۰ اوج ۱۱۲ کم بار ۱۰۰",
        "پرداخت ۱ مهر",
    ]
    assert reply.parts == 2


def test_a_month_without_a_year_is_the_latest_such_bill() -> None:
    of = history([two_month_bill(1404, 3, 400), *YEAR_1405, LAST_BILL], ALL_PAID)
    assert "شهریور ۱۴۰۵" in lines(of, Reading(Intent.BILL, BILL_ID, month=6))[0]


def test_a_period_that_was_never_billed_is_said() -> None:
    reply = answer(history([LAST_BILL]), Reading(Intent.BILL, BILL_ID, 1403, period=4))
    assert "این دوره در قبض ۵۶۷۸ ثبت نشده" in reply.text


def test_several_bills_get_a_block_each_with_their_short_names() -> None:
    other_id = "9876543204429"
    paid_up = history([LAST_BILL], [paid(LAST_BILL)], as_of=YESTERDAY)
    owing = replace(history([LAST_BILL], [], 2_874_000, as_of=YESTERDAY), bill_id=other_id)
    reading = Reading(Intent.HISTORY, BILL_ID, more_bill_ids=(other_id, "1111222204421"))
    reply = COMPOSER.answers(reading, {BILL_ID: paid_up, other_id: owing}, STYLE)
    assert reply.text.split("\n") == [
        "قبض ۵۶۷۸ بدهی ندارد",
        "شهریور مصرف ۵۱۲ پرداخت ۱مهر",
        "قبض ۵۴۳۲ بدهی ۲۸۷,۴۰۰ تومان",
        "شهریور مصرف ۵۱۲",
        "قبض ۲۲۲۲ در پرونده ها نیست",
        "بدهی ها تا ۱آذر است",
    ]
    assert reply.parts <= 3


def test_bills_that_share_a_short_name_are_named_in_full() -> None:
    twin = "9999567804423"
    reading = Reading(Intent.HISTORY, BILL_ID, more_bill_ids=(twin,))
    text = COMPOSER.answers(reading, {BILL_ID: history([])}, STYLE).text
    assert "قبض ۱۲۳۴۵۶۷۸۰۴۴۲۳ بدهی ندارد" in text
    assert "قبض ۹۹۹۹۵۶۷۸۰۴۴۲۳ در پرونده ها نیست" in text


@pytest.mark.parametrize("problem", list(Problem))
def test_every_problem_has_a_text_of_one_part(problem: Problem) -> None:
    reading = Reading(Intent.HISTORY, None, 1406, problem, number="1234567804124")
    reply = COMPOSER.problem(reading, STYLE, history=history([LAST_BILL]), code="4821")
    assert reply.parts == 1
    assert reply.rung == problem.value


@pytest.mark.parametrize("problem", list(Problem))
def test_no_problem_text_needs_a_number_a_year_or_a_history(problem: Problem) -> None:
    assert COMPOSER.problem(Reading(None, problem=problem), STYLE).text


def test_a_wrong_length_says_how_many_digits_came() -> None:
    reading = Reading(Intent.HISTORY, problem=Problem.WRONG_LENGTH, number="12345678901")
    assert "شما ۱۱ رقم نوشتید" in COMPOSER.problem(reading, STYLE).text


def test_another_utility_and_another_company_are_named() -> None:
    water = Reading(Intent.HISTORY, problem=Problem.OTHER_UTILITY, number="2050327604613")
    qazvin = Reading(Intent.HISTORY, problem=Problem.OTHER_COMPANY, number="1234567807223")
    unknown = Reading(Intent.HISTORY, problem=Problem.OTHER_COMPANY, number="1234567899923")
    assert "قبض آب است" in COMPOSER.problem(water, STYLE).text
    assert "برق قزوین" in COMPOSER.problem(qazvin, STYLE).text
    assert "شرکت برق دیگری" in COMPOSER.problem(unknown, STYLE).text


def test_no_data_from_a_year_names_the_last_bill() -> None:
    reading = Reading(Intent.HISTORY, BILL_ID, 1405, Problem.NO_DATA)
    of = history([two_month_bill(1404, 6, 255)])
    assert COMPOSER.problem(reading, STYLE, history=of).text.split("\n") == [
        "از ۱۴۰۵ قبضی ثبت نشده",
        "آخرین قبض اسفند۱۴۰۴ مصرف ۲۵۵",
        "سابقه: ۱۴۰۴",
    ]


def test_no_data_since_the_default_year_names_that_year() -> None:
    reading = Reading(Intent.HISTORY, BILL_ID, problem=Problem.NO_DATA)
    of = history([two_month_bill(1402, 6, 255)])
    assert COMPOSER.problem(reading, STYLE, history=of).text.startswith("از ۱۴۰۴ قبضی ثبت نشده")


def test_several_bills_in_one_part_lose_their_due_days_and_then_become_a_list() -> None:
    style = replace(STYLE, max_parts=1)
    ids = (BILL_ID, "9876543204429", "1111222204421")
    known = {
        one: replace(
            history([LAST_BILL], [], 2_874_000, as_of=YESTERDAY, due_on=TODAY), bill_id=one
        )
        for one in ids
    }
    known[BILL_ID] = replace(known[BILL_ID], branch=Branch(Rial(0)))
    two = COMPOSER.answers(Reading(Intent.HISTORY, BILL_ID, more_bill_ids=ids[1:2]), known, style)
    assert (two.rung, two.parts) == ("several_debts", 1)
    three = COMPOSER.answers(Reading(Intent.HISTORY, BILL_ID, more_bill_ids=ids[1:]), known, style)
    assert (three.rung, three.parts, three.offered) == ("bills", 1, ids)


@pytest.mark.parametrize("debt", [2_874_000, 28_778_530_000_000])
def test_payments_in_one_part_come_one_by_one(debt: int) -> None:
    bills = [bill._replace(amount_rial=Rial(debt)) for bill in (*YEAR_1405, LAST_BILL)]
    of = history(bills, [paid(bill) for bill in bills[:2]], debt, as_of=YESTERDAY)
    style = replace(STYLE, max_parts=1)
    reply = COMPOSER.answer(Reading(Intent.PAYMENTS, BILL_ID), of, style)
    assert (reply.rung, reply.parts, reply.left_out) == ("payment", 1, ("older_payments",))
    assert f"پرداخت ۱مرداد {persian_digits(f'{debt // 10:,}')} تومان" in reply.text
    asker = Asker(cursor=reply.cursor)
    last = COMPOSER.answer(Reading(Intent.NEXT, BILL_ID), of, style, asker)
    assert (last.parts, last.left_out) == (1, ())
    assert "۱خرداد" in last.text


def test_a_reading_without_a_problem_has_no_problem_text() -> None:
    with pytest.raises(ValueError, match="has an answer"):
        COMPOSER.problem(SUMMARY, STYLE)


def test_an_apology_names_the_code_to_mention_on_the_phone() -> None:
    assert COMPOSER.say("apology", STYLE, code="4821").text.endswith("تلفن ۱۵۲۱ کد ۴۸۲۱")
    assert COMPOSER.say("apology", STYLE).text.endswith("تلفن ۱۵۲۱")


def test_a_wish_without_an_answer_of_its_own_gets_the_help() -> None:
    assert answer(history([LAST_BILL]), Reading(Intent.SAVE, BILL_ID)) == COMPOSER.say(
        "help", STYLE
    )


def test_an_opening_balance_is_in_the_debt_and_in_no_bill() -> None:
    first = two_month_bill(1405, 1, 248, 740_000)._replace(previous_debt_rial=Rial(500_000))
    of = History(BILL_ID, (first,), (paid(first),), Branch(Rial(500_000)))
    assert lines(of)[0] == "بدهی ۵۰,۰۰۰ تومان"
    assert any(line.startswith("اردیبهشت ۲۴۸ ۷۴") for line in lines(of))


def test_payments_without_an_id_settle_the_oldest_bills_first() -> None:
    payments = [payment._replace(payment_id=None) for payment in ALL_PAID[:2]]
    told = lines(history([*YEAR_1405, LAST_BILL], payments, 2_874_000))
    assert "شهریور ۵۱۲ ۲۸۷ نشده" in told
    assert "تیر ۳۹۰ ۱۶۵ ۱مرداد" in told


def test_one_payment_for_two_bills_pays_both_on_its_day() -> None:
    both = paid(YEAR_1405[1], amount=740_000 + 1_650_000)
    told = lines(history([*YEAR_1405], [both]))
    assert "تیر ۳۹۰ ۱۶۵ ۱مرداد" in told
    assert "اردیبهشت ۲۴۸ ۷۴ ۱مرداد" in told


def test_a_missing_period_leaves_a_gap_and_a_merged_one_is_named_by_its_end() -> None:
    merged = LAST_BILL._replace(days=122, mid_kwh=902)
    told = lines(history([YEAR_1405[0], merged], [ALL_PAID[0]], 2_874_000))
    assert [line.split(" ")[0] for line in told[-2:]] == ["شهریور", "اردیبهشت"]
    assert "شهریور ۹۰۲ ۲۸۷ نشده" in told


def test_monthly_homes_are_told_month_by_month() -> None:
    bills = [
        two_month_bill(1405, 1)._replace(
            sale_period=month, serial=f"m{month}", days=30, read_to=gregorian_of(1405, month, 28)
        )
        for month in range(1, 7)
    ]
    told = lines(history(bills, [], None))
    assert [line.split(" ")[0] for line in told[-6:]] == [
        *("شهریور", "مرداد", "تیر", "خرداد", "اردیبهشت", "فروردین")
    ]


def test_a_year_before_the_data_says_where_they_begin() -> None:
    told = lines(history([*YEAR_1405], ALL_PAID[:2]), replace(SINCE_1405, from_year=1399))
    assert "پیش از ۱۴۰۵ قبضی ثبت نشده" in told


def test_a_negative_bill_is_told_with_a_word() -> None:
    returned = two_month_bill(1405, 4, 0, -300_000)
    assert any("منفی۳۰" in line for line in lines(history([LAST_BILL, returned], [], None)))


def test_a_suffix_in_latin_letters_ends_latin_answers() -> None:
    style = replace(STYLE, suffix="لغو11", latin_suffix="Laghv11", script=Script.LATIN)
    reply = answer(history([LAST_BILL], [], 2_874_000), SUMMARY, style)
    assert reply.text.endswith("\nLaghv11")
    assert (reply.encoding, reply.parts) == ("GSM-7", 1)


def test_a_budget_of_parts_can_be_given_with_the_wish() -> None:
    bills = two_monthly(1404, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    wish = replace(SINCE_1405, from_year=1404)
    assert [COMPOSER.answer(wish, of, STYLE, budget_parts=n).parts for n in (1, 2, 3)] == [1, 2, 3]
    assert COMPOSER.answer(wish, of, replace(STYLE, max_parts=2), budget_parts=4).parts == 2


def test_no_data_of_a_debtor_tells_the_debt_first() -> None:
    reading = Reading(Intent.HISTORY, BILL_ID, 1405, Problem.NO_DATA)
    of = history([two_month_bill(1404, 6, 255)], [], 1_000_000, as_of=YESTERDAY)
    reply = COMPOSER.problem(reading, STYLE, history=of)
    assert reply.text.split("\n") == [
        "بدهی تا ۱آذر ۱۰۰,۰۰۰ تومان",
        "از ۱۴۰۵ قبضی ثبت نشده",
        "سابقه: ۱۴۰۴",
    ]
    assert (reply.rung, reply.parts) == ("no_data", 1)
    tight = replace(STYLE, suffix="لغو۱۱ لغو۱۱")
    short = COMPOSER.problem(reading, tight, history=of)
    assert (short.rung, short.parts, short.text.count("\n")) == ("no_data", 1, 2)
    huge = history([two_month_bill(1404, 6)], [], 10**16 + 1, as_of=YESTERDAY)
    alone = COMPOSER.problem(reading, tight, history=huge)
    assert (alone.rung, alone.parts) == ("no_data", 1)
    none = COMPOSER.problem(reading, STYLE, history=history([], [], 500_000))
    assert none.rung == "no_data"
    assert none.text == "بدهی ۵۰,۰۰۰ تومان\nقبضی ثبت نشده"


def test_the_payment_id_is_told_though_the_bill_must_be_named() -> None:
    of = history([LAST_BILL], [], 2_874_000, as_of=YESTERDAY, due_on=date(2026, 12, 3))
    assert of.branch is not None
    of = replace(of, branch=replace(of.branch, payment_id="287450363"))
    told = lines(of, Reading(Intent.DEBT, BILL_ID, notes=(Note.REGISTERED_BILL_ID,)))
    assert told[-2:] == ["قبض ۵۶۷۸", "شناسه پرداخت ۲۸۷۴۵۰۳۶۳"]


def test_a_year_without_payments_in_the_data_is_not_called_unpaid() -> None:
    of = history([*YEAR_1405], [], 0)
    assert of.branch is not None
    of = replace(of, branch=replace(of.branch, debt_rial=Rial(5_000)))
    assert not any(line.startswith("پرداخت۱۴۰۵") for line in lines(of))


def test_a_latin_answer_of_one_part_is_one_part_for_the_gateways_bill_too() -> None:
    style = replace(STYLE, script=Script.LATIN)
    of = history([*YEAR_1405, LAST_BILL], ALL_PAID[:2], 2_874_000, as_of=YESTERDAY, due_on=TODAY)
    for wish in (SUMMARY, Reading(Intent.DEBT, BILL_ID), Reading(Intent.BILL, BILL_ID, month=6)):
        assert COMPOSER.answer(wish, of, style, Asker(opinion_due=True)).units <= 140
