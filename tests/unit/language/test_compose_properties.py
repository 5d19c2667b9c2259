"""What holds of every answer: over invented histories, and over all of the demo data."""

import re
from collections import Counter
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_service.domain.calendar import jalali_of
from sms_service.domain.money import TOMAN
from sms_service.domain.records import History
from sms_service.domain.settlement import paid_by_year, settle
from sms_service.language.compose import Composer, Style
from sms_service.language.reading import Intent, Note, Reading, Reply
from sms_service.language.rows import month_names, year_totals
from sms_service.language.voice import Voice
from sms_service.language.wording import Wording
from sms_service.templates import templates_dir
from tests.support.billing import plainly_read
from tests.support.histories import TODAY, any_history
from tests.support.sms_text import ASCII_DIGITS, faults_of_reply, in_ascii

WORDING = Wording(templates_dir() / "sms")
COMPOSER = Composer.load(templates_dir() / "sms")
STYLE = Style(today=TODAY)

WISHES = (
    Reading(Intent.HISTORY, "x", summary=True),
    Reading(Intent.HISTORY, "x", summary=True, notes=(Note.PADDED_BILL_ID,)),
    Reading(Intent.HISTORY, "x", notes=(Note.DEFAULT_YEAR,)),
    Reading(Intent.HISTORY, "x", from_year=1405),
    Reading(Intent.HISTORY, "x", from_year=1403, notes=(Note.SHORT_YEAR, Note.CONTEXT_BILL_ID)),
    Reading(Intent.HISTORY, "x", from_year=1402, notes=(Note.GREGORIAN_YEAR,)),
    Reading(Intent.HISTORY, "x", from_year=1370, notes=(Note.REGISTERED_BILL_ID,)),
    Reading(Intent.DEBT, "x"),
    Reading(Intent.PAYMENTS, "x"),
    Reading(Intent.BILL, "x", month=6),
    Reading(Intent.BILL, "x", from_year=1380, period=3),
)
BUDGETS = {Intent.HISTORY: 3, Intent.PAYMENTS: 3, Intent.BILL: 2, Intent.DEBT: 1}


def answer(wish: Reading, history: History, style: Style = STYLE) -> Reply:
    reading = Reading(
        wish.intent,
        history.bill_id,
        wish.from_year,
        notes=wish.notes,
        summary=wish.summary,
        period=wish.period,
        month=wish.month,
    )
    return COMPOSER.answer(reading, history, style)


def budget_of(wish: Reading, style: Style = STYLE) -> int:
    budget = 1 if wish.summary or wish.intent is None else BUDGETS[wish.intent]
    return min(budget, style.max_parts)


def debt_as_told(history: History) -> str:
    debt = history.branch.debt_rial if history.branch else None
    if debt is None:
        return "بدهی اعلام نشده"
    if debt == 0:
        return "بدهی ندارد"
    exact = f"{abs(debt):,} ریال" if debt % 10 else f"{abs(debt) // 10:,} تومان"
    return exact if debt > 0 else f"بدهی ندارد\nبستانکار {exact}"


@lru_cache(maxsize=1)
def demo() -> tuple[History, ...]:
    return tuple(plainly_read().values())


@settings(max_examples=150)
@given(any_history(), st.sampled_from(WISHES), st.integers(1, 4))
def test_every_answer_keeps_the_rules_of_a_text(
    history: History, wish: Reading, max_parts: int
) -> None:
    style = Style(today=TODAY, max_parts=max_parts)
    assert faults_of_reply(answer(wish, history, style), budget_of(wish, style)) == []


@settings(max_examples=150)
@given(any_history(), st.sampled_from(WISHES[:9]))
def test_the_debt_is_told_first_exactly_and_with_its_day(history: History, wish: Reading) -> None:
    text = in_ascii(answer(wish, history).text)
    first = text.split("\n")[0]
    assert "بدهی" in first
    assert debt_as_told(history) in text
    if history.as_of is not None and history.branch and history.branch.debt_rial is not None:
        as_of = jalali_of(history.as_of)
        day = f"{as_of.day}{WORDING.months[as_of.month - 1]}"
        assert f"تا{day}" in first.replace(" ", "")


@settings(max_examples=150)
@given(any_history())
def test_no_two_bills_of_a_year_have_one_name(history: History) -> None:
    bills = settle(history).bills
    year, names = 1405, Counter[tuple[int, str]]()
    for settled, name in zip(bills, month_names(bills, voice_of(history)), strict=True):
        year = settled.bill.sale_year
        names[year, name] += 1
    assert all(count == 1 for count in names.values())


@settings(max_examples=100)
@given(any_history(), st.sampled_from(WISHES[2:7]))
def test_no_row_is_cut(history: History, wish: Reading) -> None:
    """Each bill stands as month, consumption, amount and a whole mark, or not at all."""
    reply = answer(wish, history)
    if not reply.rung.startswith("rows"):
        return
    whole = {WORDING.number(settled.bill.kwh) for settled in settle(history).bills}
    for line in in_ascii(reply.text).split("\n"):
        if any(line.startswith(month) for month in WORDING.months):
            assert line.split(" ")[1] in whole
            assert 3 <= len(line.split(" ")) <= 4


@settings(max_examples=100)
@given(any_history())
def test_totals_are_exact_sums_rounded_once(history: History) -> None:
    reply = answer(Reading(Intent.HISTORY, "x", from_year=1370), history)
    bills = settle(history).bills
    totals = year_totals(bills, paid_by_year(history))
    for line in in_ascii(reply.text).split("\n"):
        words = line.split(" ")
        if not words[0].startswith("جمع") or "تا" in words[0]:
            continue
        year = int(words[0].removeprefix("جمع").split("(")[0])
        (total,) = (total for total in totals if total.first == year)
        exact = sum(b.bill.amount_rial for b in bills if b.bill.sale_year == year)
        assert total.amount_rial == exact
        told = int(words[2].replace(",", ""))
        assert told in {(2 * exact + unit) // (2 * unit) for unit in COARSE_UNITS}


COARSE_UNITS = [factor * 10**power for factor in (1, TOMAN.rial) for power in (3, 6)]


@settings(max_examples=100)
@given(any_history(), st.sampled_from(WISHES[2:7]))
def test_a_shortened_history_says_what_to_send_for_the_rest(
    history: History, wish: Reading
) -> None:
    reply = answer(wish, history)
    if any(left.startswith("bills_of_") for left in reply.left_out):
        assert re.search("\nبقیه( .+ قبض)?: بعدی( بفرستید)?$", reply.text)


@settings(max_examples=60)
@given(any_history(), st.sampled_from(WISHES))
def test_ascii_digits_and_a_suffix_cost_no_rule(history: History, wish: Reading) -> None:
    style = Style(today=TODAY, digits="ascii", suffix="لغو11", money_unit="rial")
    reply = answer(wish, history, style)
    assert reply.text.endswith("\nلغو11")
    assert faults_of_reply(reply, budget_of(wish), ASCII_DIGITS) == []


def voice_of(history: History) -> Voice:
    return Voice(WORDING, STYLE, [history])


@pytest.mark.parametrize(
    "wish",
    WISHES,
    ids=lambda wish: f"{wish.intent}-{wish.from_year}-{len(wish.notes)}-{wish.summary}",
)
def test_every_demo_subscriber_gets_a_right_text_with_the_exact_debt(wish: Reading) -> None:
    faults: list[str] = []
    for history in demo():
        reply = answer(wish, history)
        faults += faults_of_reply(reply, budget_of(wish))
        if wish.intent is not Intent.BILL and debt_as_told(history) not in in_ascii(reply.text):
            faults.append(f"the debt is not in {reply.text!r}")
    assert faults == []


def test_every_demo_history_agrees_with_its_branch() -> None:
    assert all(settle(history).agrees for history in demo())
