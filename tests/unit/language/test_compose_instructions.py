"""Every instruction that a text gives is fed to the parser and must yield what it promises."""

import re

import pytest

from sms_service.domain.bill_id import printed
from sms_service.domain.calendar import jalali_of
from sms_service.language.compose import Composer, Style
from sms_service.language.context import Context
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Intent, Note, Problem, Reading
from sms_service.templates import templates_dir
from tests.support.histories import BILL_ID, TODAY, history, paid, two_monthly

COMPOSER = Composer.load(templates_dir() / "sms")
STYLE = Style(today=TODAY)
VOCABULARY = load_vocabulary((templates_dir() / "sms" / "vocabulary.toml").read_text("utf-8"))
AFTER_AN_ANSWER = Context(last_bill_id=BILL_ID)
BILLS = two_monthly(1399, 1405)
HISTORY = history(BILLS, [paid(bill) for bill in BILLS])


def read(text: str, context: Context = AFTER_AN_ANSWER) -> Reading:
    return parse(text, context, Rules(jalali_of(TODAY), "044", 1, VOCABULARY))


def number_in(line: str) -> str:
    """The number, in the digits of the text, that a line tells to send."""
    found = re.findall("[۰-۹]+", line)
    assert len(found) == 1
    return str(found[0])


def test_the_year_that_a_summary_tells_to_send_fetches_a_history() -> None:
    asked = Reading(Intent.HISTORY, BILL_ID, summary=True)
    last_line = COMPOSER.answer(asked, HISTORY, STYLE).text.split("\n")[-1]
    for sent in (number_in(last_line), last_line):
        understood = read(sent)
        assert understood.intent is Intent.HISTORY
        assert understood.bill_id == BILL_ID
        assert understood.problem is None
        assert understood.from_year is not None
        reply = COMPOSER.answer(understood, HISTORY, STYLE)
        assert reply.rung.startswith("rows")


def test_the_earlier_year_that_an_answer_offers_is_read_with_its_line() -> None:
    few = history([bill for bill in BILLS if bill.sale_year != 1404 or bill.sale_period == 1])
    asked = Reading(Intent.HISTORY, BILL_ID, notes=(Note.DEFAULT_YEAR,))
    last_line = COMPOSER.answer(asked, few, STYLE).text.split("\n")[-1]
    for sent in (number_in(last_line), last_line):
        understood = read(sent)
        assert (understood.intent, understood.from_year) == (Intent.HISTORY, 1403)


def test_no_data_names_the_year_that_has_some() -> None:
    old = history(BILLS[:12])
    asked = Reading(Intent.HISTORY, BILL_ID, 1404, Problem.NO_DATA)
    last_line = COMPOSER.problem(asked, STYLE, history=old).text.split("\n")[-1]
    understood = read(number_in(last_line))
    assert understood.from_year == 1400
    assert COMPOSER.answer(understood, old, STYLE).rung == "rows_with_days"


def test_help_tells_the_length_of_an_id_and_a_year_that_work() -> None:
    length, example = re.findall("[۰-۹]+", COMPOSER.say("help", STYLE).text)[:2]
    assert len(BILL_ID) == int(length)
    assert (
        read(BILL_ID, Context())
        == Reading(Intent.HISTORY, BILL_ID, notes=(Note.DEFAULT_YEAR,), summary=True)
        or read(BILL_ID, Context()).summary
    )
    both = read(f"{BILL_ID} {example}", Context())
    assert (both.intent, both.bill_id, both.from_year) == (Intent.HISTORY, BILL_ID, 1404)


@pytest.mark.parametrize("problem", [Problem.NO_BILL_ID, Problem.FUTURE_YEAR, Problem.TOO_OLD_YEAR])
def test_the_year_in_a_problem_text_is_one_that_can_be_asked_for(problem: Problem) -> None:
    year = {Problem.FUTURE_YEAR: 1406, Problem.TOO_OLD_YEAR: 1350}.get(problem)
    asked = Reading(Intent.HISTORY, BILL_ID, year, problem)
    offered = re.findall("[۰-۹]{4}", COMPOSER.problem(asked, STYLE).text)[-1]
    understood = read(f"{BILL_ID} {offered}", Context())
    assert understood.problem is None
    assert understood.from_year == int(offered)


def test_the_word_that_undoes_stop_is_understood() -> None:
    assert ": شروع" in COMPOSER.say("stop", STYLE).text
    assert read("شروع").intent is Intent.START


def test_the_word_that_undoes_start_is_understood() -> None:
    assert ": لغو" in COMPOSER.say("start", STYLE).text
    assert read("لغو").intent is Intent.STOP


def test_a_number_sent_back_in_the_form_it_was_echoed_is_read_whole() -> None:
    wrong = BILL_ID[:-1] + "4"
    asked = Reading(Intent.HISTORY, None, None, Problem.BAD_CHECK_DIGIT, number=wrong)
    text = COMPOSER.problem(asked, STYLE).text
    echoed = next(word for word in text.split() if word.startswith("۱۲"))
    assert read(echoed, Context()).number == wrong
    corrected = echoed[:-1] + "۳"
    assert read(corrected, Context()).bill_id == BILL_ID
    assert "/".join(printed(BILL_ID).split()) == "12345678/044/2/3"


def test_a_bill_that_is_not_found_offers_a_year_that_is() -> None:
    asked = Reading(Intent.BILL, BILL_ID, 1380, period=3)
    last_line = COMPOSER.answer(asked, HISTORY, STYLE).text.split("\n")[-1]
    understood = read(number_in(last_line))
    assert COMPOSER.answer(understood, HISTORY, STYLE).rung == "rows_with_days"
