"""Answers cut into screens, whatever a billing source tells."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_service.domain.records import History
from sms_service.language.reading import Asker, Intent, Problem, Reading, Script
from sms_service.language.screen_answers import PAGE_BREAK, ScreenComposer
from sms_service.language.screens import MOST_PAGES, SCREEN_UNITS, Screens, units_of
from sms_service.language.style import Style
from sms_service.templates import templates_dir
from tests.support.histories import BILL_ID, TODAY, any_history, history, paid, two_monthly

SCREENS = Screens(templates_dir() / "ussd")
COMPOSER = ScreenComposer.load_both(templates_dir() / "sms", SCREENS)
PERSIAN = Style(today=TODAY)
STYLES = [
    PERSIAN,
    PERSIAN.in_script(Script.LATIN),
    Style(today=TODAY, money_unit="rial", digits="ascii", company_name="شرکت توزیع برق غرب"),
]
TOLD = [Intent.DEBT, Intent.HISTORY, Intent.PAYMENTS]
BILLS = two_monthly(1402, 1405)
HISTORY = history(BILLS, [paid(bill) for bill in BILLS], 0, as_of=TODAY)
OWING = history(BILLS, debt=1_234_567_890, as_of=TODAY)


@given(any_history(), st.sampled_from(TOLD), st.sampled_from(STYLES), st.booleans())
@settings(max_examples=300)
def test_every_page_of_every_answer_fits(
    told: History, intent: Intent, style: Style, registered: bool
) -> None:
    first_year = min((bill.sale_year for bill in told.bills), default=1405)
    reading = Reading(intent, BILL_ID, from_year=first_year)
    pages = COMPOSER.answer(reading, told, style, Asker(registered)).text.split(PAGE_BREAK)
    assert 1 <= len(pages) <= MOST_PAGES
    assert_fit(pages, style)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("told", [HISTORY, OWING], ids=["paid", "owing"])
def test_a_year_without_bills_is_told_on_pages_that_fit(style: Style, told: History) -> None:
    reading = Reading(Intent.HISTORY, BILL_ID, 1401, Problem.NO_DATA)
    reply = COMPOSER.problem(reading, style, history=told)
    assert_fit(reply.text.split(PAGE_BREAK), style)


def test_a_history_without_a_year_is_answered_by_the_years_that_have_bills() -> None:
    reply = COMPOSER.answer(Reading(Intent.HISTORY, BILL_ID), HISTORY, PERSIAN)
    assert (reply.rung, reply.text) == ("years", "1405\n1404\n1403\n1402")


def test_an_answer_of_several_pages_is_shortened_until_the_last_was_shown() -> None:
    reply = COMPOSER.answer(Reading(Intent.HISTORY, BILL_ID, 1402), HISTORY, PERSIAN)
    assert reply.left_out == ("later_pages",)
    assert reply.cursor is not None
    assert reply.parts == 0


def test_every_bill_of_a_history_stands_on_a_page() -> None:
    reply = COMPOSER.answer(Reading(Intent.HISTORY, BILL_ID, 1402), HISTORY, PERSIAN)
    rows = [line for page in reply.text.split(PAGE_BREAK) for line in page.split("\n")]
    assert len(rows) == len(BILLS) + 1


def assert_fit(pages: Sequence[str], style: Style) -> None:
    """Each page can be shown, with the keys that lead on and back."""
    for number, page in enumerate(pages, 1):
        more = number < len(pages)
        shown = SCREENS.say("page", style, text=page, more=more, fault=None)
        assert units_of(shown) <= SCREEN_UNITS
