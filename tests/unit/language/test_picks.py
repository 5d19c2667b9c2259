"""A number alone: a place in the list, an opinion, or a year, by what was sent last."""

import pytest

from sms_service.language.context import Context, Wish
from sms_service.language.parse import parse
from sms_service.language.reading import Intent, Note, Reading
from tests.support.reading import OURS, RULES

OTHER = "0012345604420"
LIST = (OTHER, OURS)


def read(text: str, wish: Wish | None = None, offered: tuple[str, ...] = LIST) -> Reading:
    return parse(text, Context(offered=offered, wish=wish), RULES)


@pytest.mark.parametrize("text", ["2", "۲", "دو", "دوم", "دومی", "عدد ۲", "شماره ۲", "2."])
def test_a_place_is_said_in_figures_and_words(text: str) -> None:
    reading = read(text, Wish(Intent.DEBT))
    assert (reading.intent, reading.bill_id) == (Intent.DEBT, OURS)
    assert reading.notes == (Note.CONTEXT_BILL_ID,)


@pytest.mark.parametrize("text", ["0", "3", "۲ و ۱", "یک دو", "12", "1 2 1403"])
def test_what_names_no_one_place_picks_nothing(text: str) -> None:
    assert read(text, Wish(Intent.DEBT)).bill_id is None


def test_a_pick_wants_what_was_asked_before() -> None:
    assert read("1", Wish(Intent.HISTORY, 1402)).from_year == 1402
    summary = read("1", Wish(Intent.HISTORY, summary=True))
    assert (summary.summary, summary.from_year) == (True, None)
    since = read("1 1403", Wish(Intent.HISTORY, summary=True))
    assert (since.summary, since.from_year) == (False, 1403)
    assert not read("1", Wish(Intent.HISTORY)).summary


def test_a_pick_that_says_what_it_wants_gets_that() -> None:
    reading = read("پرداخت ۱", Wish(Intent.DEBT, 1402))
    assert (reading.intent, reading.from_year) == (Intent.PAYMENTS, None)


def test_a_pick_without_a_wish_wants_the_summary() -> None:
    reading = read("1")
    assert (reading.intent, reading.summary) == (Intent.HISTORY, True)


@pytest.mark.parametrize("score", "12345")
def test_a_number_alone_is_the_opinion_that_was_asked_for(score: str) -> None:
    reading = read(score, Wish(Intent.OPINION), offered=())
    assert (reading.intent, reading.score, reading.bill_id) == (Intent.OPINION, int(score), None)


@pytest.mark.parametrize("text", ["6", "0", "55", f"{OURS} 5", "بدهی 5"])
def test_what_is_no_score_alone_is_no_opinion(text: str) -> None:
    assert read(text, Wish(Intent.OPINION), offered=()).intent is not Intent.OPINION


def test_two_kinds_of_letters_in_one_text_change_none() -> None:
    assert read("latin farsi", offered=()).script is None


def test_only_an_opinion_has_a_score() -> None:
    assert read("راهنما 5", offered=()).score is None
