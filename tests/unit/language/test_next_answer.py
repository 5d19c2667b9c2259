"""«بعدی» goes on exactly where the last answer ended, to the end of what was asked."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sms_service.domain.calendar import gregorian_of
from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, History
from sms_service.domain.settlement import settle
from sms_service.language.compose import Composer, Style
from sms_service.language.cursor import Cursor, Series, read_cursor
from sms_service.language.reading import Asker, Intent, Note, Reading, Reply, Script
from sms_service.language.wording import Wording
from sms_service.templates import templates_dir
from tests.support.billing import plainly_read
from tests.support.histories import (
    BILL_ID,
    TODAY,
    YESTERDAY,
    any_history,
    history,
    paid,
    two_month_bill,
    two_monthly,
)
from tests.support.sms_text import faults_of_latin_reply, faults_of_reply, in_ascii

COMPOSER = Composer.load(templates_dir() / "sms")
MONTHS = Wording(templates_dir() / "sms").months
STYLE = Style(today=TODAY)
NEXT = Reading(Intent.NEXT, BILL_ID, notes=(Note.CONTEXT_BILL_ID,))
MOST_PAGES = 700


def first_answer(of: History, year: int | None, style: Style = STYLE) -> Reply:
    return COMPOSER.answer(Reading(Intent.HISTORY, of.bill_id, year), of, style)


def next_answer(of: History, cursor: Cursor | None, style: Style = STYLE) -> Reply:
    stored = read_cursor(str(cursor)) if cursor else None
    assert stored == cursor
    return COMPOSER.answer(replace(NEXT, bill_id=of.bill_id), of, style, Asker(cursor=stored))


def read_to_the_end(of: History, year: int | None, style: Style = STYLE) -> Iterator[Reply]:
    reply = first_answer(of, year, style)
    yield reply
    for _ in range(MOST_PAGES):
        if not reply.left_out:
            return
        reply = next_answer(of, reply.cursor, style)
        yield reply
    raise AssertionError("it never ends")


def kwh_told(reply: Reply) -> list[int]:
    """The consumption of each row that names a month."""
    rows = [line.split(" ") for line in in_ascii(reply.text).split("\n")]
    return [
        int(words[1].replace(",", ""))
        for words in rows
        if any(words[0].startswith(month) for month in MONTHS) and words[1] != "مصرف"
    ]


def kwh_since(of: History, year: int) -> list[int]:
    return [told.bill.kwh for told in settle(of).bills if told.bill.sale_year >= year]


@settings(max_examples=120, deadline=None)
@given(any_history(), st.sampled_from([1370, 1400, 1403, 1404]), st.integers(1, 4))
def test_reading_on_tells_every_bill_once_and_in_order(
    of: History, year: int, max_parts: int
) -> None:
    assume(kwh_since(of, year))
    replies = list(read_to_the_end(of, year, replace(STYLE, max_parts=max_parts)))
    assert [kwh for reply in replies for kwh in kwh_told(reply)] == kwh_since(of, year)
    for reply in replies:
        assert faults_of_reply(reply, min(3, max_parts)) == []
        assert reply.left_out == () or "بعدی" in reply.text


@settings(max_examples=60, deadline=None)
@given(any_history(), st.sampled_from([1400, 1403]))
def test_reading_on_in_latin_letters_keeps_the_rules(of: History, year: int) -> None:
    style = replace(STYLE, script=Script.LATIN)
    for reply in read_to_the_end(of, year, style):
        assert faults_of_latin_reply(reply, 2) == []
        assert reply.left_out == () or "badi" in reply.text


def test_every_demo_subscriber_can_read_on_to_the_end() -> None:
    for of in list(plainly_read().values())[::10]:
        told = [kwh for reply in read_to_the_end(of, 1402) for kwh in kwh_told(reply)]
        assert told == kwh_since(of, 1402)


@settings(max_examples=60, deadline=None)
@given(any_history(), st.sampled_from([1370, 1403]))
def test_data_that_arrive_between_two_answers_move_nothing(of: History, year: int) -> None:
    assume(len(kwh_since(of, year)) > 8)
    reply = first_answer(of, year)
    assume(reply.left_out)
    newer = two_month_bill(1406, 1, 77_777)
    later = replace(of, bills=(*of.bills, newer))
    told = kwh_told(reply)
    # An answer of totals alone has told no bill yet: reading on then begins with the newest.
    assume(told)
    while reply.left_out:
        reply = next_answer(later, reply.cursor)
        told += kwh_told(reply)
    assert told == kwh_since(of, year)


def test_an_older_bill_that_is_rejected_meanwhile_is_left_out_and_no_other() -> None:
    of = history(two_monthly(1402, 1405))
    reply = first_answer(of, 1402)
    gone = next(bill for bill in of.bills if (bill.sale_year, bill.sale_period) == (1403, 2))
    later = replace(
        of,
        bills=tuple(bill._replace(rejected=True) if bill == gone else bill for bill in of.bills),
    )
    told = kwh_told(reply)
    while reply.left_out:
        reply = next_answer(later, reply.cursor)
        told += kwh_told(reply)
    assert told == [kwh for kwh in kwh_since(of, 1402) if kwh != gone.kwh]


def test_more_bills_of_one_period_than_an_answer_holds_are_all_told() -> None:
    one = two_month_bill(1404, 2)
    bills: list[Bill] = [
        one._replace(serial=f"{number:03}", mid_kwh=1000 + number) for number in range(40)
    ]
    of = history(bills)
    told = [kwh for reply in read_to_the_end(of, 1404) for kwh in kwh_told(reply)]
    assert told == [1000 + number for number in reversed(range(40))]


def test_a_page_says_which_bill_it_goes_on_with_and_where_it_ends() -> None:
    bills = two_monthly(1403, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    page = next_answer(of, first_answer(of, 1403).cursor)
    lines = page.text.split("\n")
    assert lines[:2] == ["ادامه قبض ۵۶۷۸", "مصرف هزارتومان پرداخت"]
    assert lines[2] == "شهریور۰۴ ۲۳۴ ۱۰۳ ۱مهر"
    assert lines[-1].startswith("بقیه")
    last = next_answer(of, page.cursor)
    assert last.text.split("\n")[-1] == "پایان سوابق از ۱۴۰۳"
    assert (last.left_out, last.rung) == ((), "next_rows")


def test_after_the_end_the_year_before_is_offered_if_there_is_one() -> None:
    of = history(two_monthly(1402, 1405))
    whole = first_answer(of, 1405)
    assert whole.left_out == ()
    assert next_answer(of, whole.cursor).rung == "nothing_more"
    assert next_answer(of, whole.cursor).cursor == whole.cursor
    assert next_answer(of, whole.cursor).text.split("\n") == [
        "ادامه قبض ۵۶۷۸",
        "پایان سوابق از ۱۴۰۵",
        "برای سالهای قبل ۱۴۰۴ بفرستید",
    ]
    oldest = history(two_monthly(1405, 1405))
    assert "سالهای قبل" not in next_answer(oldest, first_answer(oldest, 1405).cursor).text


def test_after_a_summary_comes_the_history_that_it_offers() -> None:
    bills = two_monthly(1404, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    summary = COMPOSER.answer(Reading(Intent.HISTORY, BILL_ID, summary=True), of, STYLE)
    assert summary.left_out == ("history",)
    went_on = next_answer(of, summary.cursor)
    assert kwh_told(went_on) == kwh_since(of, 1404)
    assert "از سال ۱۴۰۴" in went_on.text


def test_without_a_cursor_the_history_begins() -> None:
    of = history(two_monthly(1403, 1405))
    assert "از سال ۱۴۰۴" in next_answer(of, None).text


def test_rows_without_states_tell_what_was_paid_as_each_year_ends() -> None:
    bills = two_monthly(1402, 1405)
    of = history(bills, [paid(bill) for bill in bills], 0)
    assert of.branch is not None
    of = replace(of, branch=replace(of.branch, debt_rial=Rial(1_230_000)))
    pages = list(read_to_the_end(of, 1402))[1:]
    said = "\n".join(page.text for page in pages)
    assert [f"پرداخت{year}: " in said for year in ("۱۴۰۴", "۱۴۰۳", "۱۴۰۲")] == [True] * 3


def payments_to_the_end(of: History) -> list[str]:
    reply = COMPOSER.answer(Reading(Intent.PAYMENTS, BILL_ID), of, STYLE)
    rows = _payment_rows(reply)
    while reply.left_out:
        reply = next_answer(of, reply.cursor)
        assert faults_of_reply(reply, 3) == []
        rows += _payment_rows(reply)
    return rows


def _payment_rows(reply: Reply) -> list[str]:
    return [line for line in in_ascii(reply.text).split("\n") if line.startswith("در ")]


def test_payments_go_on_to_the_first_one_each_told_once() -> None:
    bills = two_monthly(1399, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    rows = payments_to_the_end(of)
    assert len(rows) == len(bills)
    assert rows[-1].endswith(f"{bills[0].amount_rial // 10:,}")


def test_payments_since_a_year_end_with_that_year() -> None:
    bills = two_monthly(1399, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    asked = Reading(Intent.PAYMENTS, BILL_ID, 1403)
    reply = COMPOSER.answer(asked, of, STYLE)
    rows = _payment_rows(reply)
    while reply.left_out:
        reply = next_answer(of, reply.cursor)
        rows += _payment_rows(reply)
    since = gregorian_of(1403, 1, 1)
    assert len(rows) == sum(payment.paid_on >= since for payment in of.payments)
    short = COMPOSER.answer(replace(asked, notes=(Note.SHORT_YEAR,)), of, STYLE)
    assert "از سال ۱۴۰۳" in short.text


def test_payments_of_one_day_on_two_pages_are_each_told_once() -> None:
    bill = two_month_bill(1404, 2)
    amounts = [10_000 + 10 * number for number in range(25)]
    of = history([bill], [paid(bill, amount=amount) for amount in amounts])
    rows = payments_to_the_end(of)
    assert sorted(int(row.split(" ")[-1].replace(",", "")) for row in rows) == [
        amount // 10 for amount in amounts
    ]


def test_after_the_last_payment_there_is_nothing_more() -> None:
    of = history(two_monthly(1405, 1405), [paid(two_month_bill(1405, 1))])
    reply = COMPOSER.answer(Reading(Intent.PAYMENTS, BILL_ID), of, STYLE)
    assert next_answer(of, reply.cursor).text == "ادامه قبض ۵۶۷۸\nپرداخت دیگری ثبت نشده"


def test_a_reversal_that_matches_no_payment_is_told_as_one() -> None:
    bill = two_month_bill(1405, 1)
    lone = paid(bill)._replace(amount_rial=Rial(-500_000), paid_on=date(2026, 6, 1))
    of = history([bill], [paid(bill), lone], as_of=YESTERDAY)
    text = COMPOSER.answer(Reading(Intent.PAYMENTS, BILL_ID), of, STYLE).text
    assert "در ۱۱خرداد برگشت ۵۰,۰۰۰" in text


def test_a_payment_of_a_day_that_the_data_lost_does_not_stop_the_next() -> None:
    bills = two_monthly(1399, 1405)
    payments = [paid(bill) for bill in bills]
    of = history(bills, payments)
    reply = COMPOSER.answer(Reading(Intent.PAYMENTS, BILL_ID), of, STYLE)
    assert reply.cursor is not None
    assert reply.cursor.day is not None
    kept = [p for p in payments if p.paid_on != reply.cursor.day]
    went_on = next_answer(history(bills, kept), reply.cursor)
    expected = max(p.paid_on for p in kept if p.paid_on < reply.cursor.day)
    assert went_on.cursor is not None
    assert went_on.cursor.day is not None
    assert went_on.cursor.day <= expected < reply.cursor.day + timedelta(days=1)


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor(Series.HISTORY, 1402),
        Cursor(Series.HISTORY, 1402, (1404, 12), left=3),
        Cursor(Series.PAYMENTS, day=date(2026, 1, 2), left=2),
        Cursor(Series.PAYMENTS, 1402, day=date(2026, 1, 2)),
        Cursor(Series.BILLS, bill_id=BILL_ID),
    ],
    ids=str,
)
def test_a_cursor_is_stored_in_forty_characters_and_read_again(cursor: Cursor) -> None:
    assert read_cursor(str(cursor)) == cursor
    assert len(str(cursor)) <= 40


@pytest.mark.parametrize(
    "written", [None, "", "history", "rows:5", "payments::2026-02-31+1", "history:1402:1404/3"]
)
def test_a_cursor_that_cannot_be_read_is_none(written: str | None) -> None:
    assert read_cursor(written) is None


def test_a_page_names_the_years_that_are_left_and_how_to_fetch_them() -> None:
    bills = two_monthly(1402, 1405)
    of = history(bills, [paid(bill) for bill in bills])
    page = next_answer(of, first_answer(of, 1402).cursor)
    assert page.left_out == ("bills_of_1402", "bills_of_1403")
    assert page.rung == "next_rows"


def test_where_there_is_room_a_page_says_how_the_rest_is_fetched() -> None:
    style = replace(STYLE, max_parts=2)
    pages = [
        page
        for of in list(plainly_read().values())[:20]
        for page in list(read_to_the_end(of, 1404, style))[1:]
    ]
    assert any(page.text.endswith("قبض: بعدی بفرستید") for page in pages)
    assert any(page.text.endswith("قبض: بعدی") for page in pages)


def test_what_was_paid_in_a_year_is_told_on_the_page_where_the_year_ends_only() -> None:
    bills = two_monthly(1402, 1405)
    of = history(bills, [paid(bill) for bill in bills], 0)
    assert of.branch is not None
    of = replace(of, branch=replace(of.branch, debt_rial=Rial(1_230_000)))
    first, *pages = read_to_the_end(of, 1402)
    left = {int(name.removeprefix("bills_of_")) for name in first.left_out}
    for page in pages:
        ended = {
            int(year) for year in re.findall(r"^پرداخت(\d{4}): ", in_ascii(page.text), re.MULTILINE)
        }
        still = {int(name.removeprefix("bills_of_")) for name in page.left_out}
        assert ended == left - still
        left = still
    assert left == set()


def test_one_part_tells_one_bill_a_page() -> None:
    bill = two_month_bill(1405, 3, 12_345_678, 93_611_400_000)
    bills = [bill._replace(sale_period=period, serial=str(period)) for period in (1, 2, 3)]
    of = history(bills, [paid(one) for one in bills])
    one_part = replace(STYLE, max_parts=1)
    replies = list(read_to_the_end(of, 1405, one_part))
    assert {reply.rung for reply in replies[1:]} == {"next_row"}
    assert [("بعدی" in reply.text) for reply in replies[1:]] == [True, True, False]
