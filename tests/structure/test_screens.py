"""Every screen of templates/ussd, in both letters, with the longest facts that it may hold."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from jinja2 import Environment, meta

from sms_service.domain.calendar import jalali_of
from sms_service.language.context import Context
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Intent, Problem, Reading, Script
from sms_service.language.screens import MOST_YEARS, SCREEN_UNITS, Screens, units_of
from sms_service.language.style import Style
from sms_service.service.ussd.session import Session, Stage
from sms_service.service.ussd.views import Views
from sms_service.templates import templates_dir

FOLDER = templates_dir() / "ussd"
SCREENS = Screens(FOLDER)
TODAY = date(2026, 11, 23)
LONGEST_LINE, LONGEST_PHONE = "9820001234567890", "021123456789012"
NAMES = sorted(SCREENS.names(Script.PERSIAN))
LAST_SCREENS = {"away", "help", "limited", "sent", "slow", "thanks"}
CANNOT_REACH_A_SCREEN = {Problem.LIMITED, Problem.SOURCE_DOWN}
"""Each has a screen of its own, ``limited`` and ``slow``."""
OF_A_YEAR = {"no_choice", Problem.FUTURE_YEAR, Problem.TOO_OLD_YEAR, Problem.NO_DATA}
FAULTS = {Stage.WHAT: OF_A_YEAR, Stage.YEARS: OF_A_YEAR, Stage.BILL: None}
"""What can be wrong with an input at each stage; None: anything; else only the choice."""
WISHES = {
    "debt": Intent.DEBT,
    "history": Intent.HISTORY,
    "payments": Intent.PAYMENTS,
    "opinion": Intent.OPINION,
}


def style(script: Script) -> Style:
    return Style(today=TODAY).in_script(script)


def views(script: Script) -> Views:
    return Views(SCREENS, lambda _: style(script), LONGEST_PHONE, LONGEST_LINE)


def words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((FOLDER / "words.toml").read_text("utf-8"))


def faults(stage: Stage, script: Script) -> Iterator[str | None]:
    yield None
    wanted = FAULTS.get(stage, {"no_choice"})
    for name in sorted(SCREENS.fault_names(script) if wanted is None else wanted):
        yield SCREENS.fault(name, style(script), typed="40")


def test_every_screen_has_a_twin_in_latin_letters() -> None:
    assert SCREENS.names(Script.LATIN) == SCREENS.names(Script.PERSIAN)


@pytest.mark.parametrize("name", NAMES)
def test_the_twin_tells_the_same_facts(name: str) -> None:
    persian, latin = (
        (folder / f"{name}.j2").read_text("utf-8") for folder in (FOLDER, FOLDER / "latin")
    )
    assert _facts(persian) == _facts(latin)


@pytest.mark.parametrize("name", NAMES)
def test_the_twin_offers_the_same_keys(name: str) -> None:
    persian, latin = (
        (folder / f"{name}.j2").read_text("utf-8") for folder in (FOLDER, FOLDER / "latin")
    )
    assert re.findall(r"(?<![\d.])\d(?!\d)", persian) == re.findall(r"(?<![\d.])\d(?!\d)", latin)


@pytest.mark.parametrize("name", NAMES)
def test_a_latin_screen_has_no_letter_that_an_old_phone_lacks(name: str) -> None:
    assert (FOLDER / "latin" / f"{name}.j2").read_text("utf-8").isascii()


def test_every_stage_and_every_end_has_a_screen_and_no_screen_is_left_over() -> None:
    assert set(NAMES) == set(Stage) | LAST_SCREENS


@pytest.mark.parametrize("script", Script)
def test_every_problem_that_leads_back_has_words(script: Script) -> None:
    wanted = {str(problem) for problem in set(Problem) - CANNOT_REACH_A_SCREEN} | {"no_choice"}
    assert SCREENS.fault_names(script) == wanted


@pytest.mark.parametrize(("wish", "intent"), WISHES.items())
def test_every_wish_is_understood_as_it_is_meant(wish: str, intent: Intent) -> None:
    reading = _read(f"{words()['wishes'][wish]} {_subject(wish)}")
    assert (reading.intent, reading.problem) == (intent, None)


@pytest.mark.parametrize("script", Script)
def test_the_wish_for_other_letters_is_understood(script: Script) -> None:
    assert _read(words()["wishes"][script]).script is script


def test_there_are_no_other_wishes() -> None:
    assert set(words()["wishes"]) == {*WISHES, *Script}


@pytest.mark.parametrize(("script", "name"), list(product(Script, sorted(LAST_SCREENS))))
def test_a_last_screen_fits_whatever_the_settings(script: Script, name: str) -> None:
    facts = {"code": "99999999"} if name in ("sent", "slow") else {}
    shown = views(script).end(name, Session(), **facts)
    assert units_of(shown.text) <= SCREEN_UNITS


@pytest.mark.parametrize(("script", "stage"), list(product(Script, Stage)))
def test_a_screen_fits_whatever_it_shows_and_whatever_was_wrong(
    script: Script, stage: Stage
) -> None:
    for fault, session in product(faults(stage, script), _worst(stage, script)):
        shown = views(script).screen(replace(session, fault=fault))
        assert units_of(shown.text) <= SCREEN_UNITS, shown.text
        assert fault is None or stage is Stage.PAGES or fault in shown.text


@pytest.mark.parametrize("script", Script)
def test_a_page_says_which_keys_there_are_when_another_was_pressed(script: Script) -> None:
    session = Session(stage=Stage.PAGES, pages=("one", "two"), fault="wrong")
    shown = views(script).screen(session).text
    assert shown.startswith("one\n")
    assert re.findall(r"\d", shown.partition("\n")[2]) == ["9", "0"]


def _worst(stage: Stage, script: Script) -> Iterator[Session]:
    same_end = tuple(f"{number:06d}7173044"[:13] for number in range(100_000, 100_009))
    names = ("خانه پدری", None, "ویلای کنار دریا!", "W" * 16)
    bills = tuple((bill_id, names[i % 4]) for i, bill_id in enumerate(same_end))
    unlike = tuple((f"1234{number:05d}0442", names[number % 4]) for number in range(9))
    for own in ((), bills, unlike, bills[:1], unlike[:2]):
        for first in range(max(len(own), 1)):
            yield Session(
                stage=stage,
                bill_id=same_end[0],
                bills=own,
                first=first if stage in (Stage.BILL, Stage.MY_BILLS) else 0,
                years=tuple(range(1405, 1405 - 2 * MOST_YEARS, -1)),
                pages=_pages(script),
            )


def _pages(script: Script) -> tuple[str, ...]:
    word = "سوابق" if script is Script.PERSIAN else "savabegh"
    return tuple(SCREENS.pages([word * 3, "ب" * 200, f"{word} " * 30] * 3, style(script)))


def _facts(template: str) -> set[str]:
    return meta.find_undeclared_variables(Environment(autoescape=True).parse(template))


def _subject(wish: str) -> str:
    return "5" if wish == "opinion" else "1234567804423"


def _read(text: str) -> Reading:
    vocabulary = load_vocabulary((templates_dir() / "sms/vocabulary.toml").read_text("utf-8"))
    return parse(text, Context(), Rules(jalali_of(TODAY), "044", 20, vocabulary))
