"""The sentences themselves: each renders, keeps the rules of a line, and costs what is pinned."""

import pytest

from sms_service.domain.calendar import JalaliDay
from sms_service.language.parts import GSM7_AS_BILLED, count
from sms_service.language.wording import Wording, persian_digits, short_year
from sms_service.templates import templates_dir
from tests.support.facts import LONG, LONG_LATIN
from tests.support.sms_text import faults_of, faults_of_latin

WORDING = Wording(templates_dir() / "sms")
LATIN = Wording(templates_dir() / "sms" / "latin")

WHOLE_TEXTS = {
    "apology": 65,
    "bad_check_digit": 63,
    "future_year": 52,
    "help": 70,
    "limited": 55,
    "limited_bill": 54,
    "locked": 59,
    "forget_how": 59,
    "names_full": 65,
    "names_limited": 51,
    "no_bill_id": 64,
    "no_bills_saved": 64,
    "not_saved": 46,
    "opinion_how": 42,
    "opinion_thanks": 26,
    "save_how": 58,
    "no_data": 68,
    "no_data_at_all": 38,
    "not_allowed": 50,
    "other_company": 58,
    "other_company_unknown": 56,
    "other_utility": 53,
    "other_utility_unknown": 47,
    "several_bills": 53,
    "source_down": 65,
    "start": 42,
    "stop": 60,
    "too_old_year": 55,
    "unknown_bill": 68,
    "wrong_length": 64,
}
"""Units of each whole text, pinned: a change of a text is seen with its price."""


def rendered(sentence: str) -> str:
    return persian_digits(WORDING.say_whole(sentence, LONG))


@pytest.mark.parametrize(("sentence", "units"), WHOLE_TEXTS.items())
def test_a_whole_text_is_one_part_of_its_pinned_length(sentence: str, units: int) -> None:
    counted = count(rendered(sentence))
    assert (counted.units, counted.parts) == (units, 1)


@pytest.mark.parametrize("sentence", sorted(WORDING.sentences()))
def test_every_sentence_keeps_the_rules_of_a_line(sentence: str) -> None:
    assert faults_of(rendered(sentence)) == []


def test_every_sentence_has_a_twin_in_latin_letters_that_takes_the_same_facts() -> None:
    assert WORDING.sentences() == LATIN.sentences()
    facts = {name: WORDING.facts_of(name) for name in WORDING.sentences()}
    assert facts == {name: LATIN.facts_of(name) for name in LATIN.sentences()}


@pytest.mark.parametrize("sentence", sorted(LATIN.sentences()))
def test_every_sentence_in_latin_letters_keeps_the_rules_of_a_line(sentence: str) -> None:
    assert faults_of_latin(LATIN.say_whole(sentence, LONG_LATIN)) == []


@pytest.mark.parametrize("sentence", WHOLE_TEXTS)
def test_a_whole_text_in_latin_letters_is_one_part(sentence: str) -> None:
    counted = count(LATIN.say_whole(sentence, LONG_LATIN))
    assert (counted.encoding, counted.parts) == ("GSM-7", 1)
    assert counted.units <= GSM7_AS_BILLED.single


def test_every_line_of_a_composed_answer_fits_one_part() -> None:
    for sentence in WORDING.sentences() - WHOLE_TEXTS.keys():
        text = rendered(sentence)
        assert "\n" not in text
        assert count(text).parts == 1


def test_a_day_is_said_without_this_year_and_with_any_other() -> None:
    day = JalaliDay(1404, 7, 5)
    assert WORDING.day(day, 1404) == "5 مهر"
    assert WORDING.day(day, 1405) == "5 مهر 1404"
    assert WORDING.day(day, 1405, gap="") == "5مهر04"


@pytest.mark.parametrize(("year", "fused"), [(1398, "98"), (1403, "03"), (1409, "09")])
def test_a_year_fused_to_a_month_has_two_digits(year: int, fused: str) -> None:
    assert short_year(year) == fused


@pytest.mark.parametrize("year", [1410, 1431])
def test_a_year_that_could_be_a_day_of_the_month_is_fused_in_full(year: int) -> None:
    assert short_year(year) == str(year)


def test_only_long_numbers_are_grouped() -> None:
    assert [WORDING.number(value) for value in (0, 9_999, 10_000, 1_234_567)] == [
        "0",
        "9999",
        "10,000",
        "1,234,567",
    ]


def test_digits_become_persian_and_nothing_else_changes() -> None:
    assert persian_digits("بدهی 1,234,567,890 تومان") == "بدهی ۱,۲۳۴,۵۶۷,۸۹۰ تومان"


def test_a_sentence_that_no_template_holds_is_an_error() -> None:
    with pytest.raises(KeyError):
        WORDING.say("no_such_sentence")
