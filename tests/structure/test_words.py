"""Nothing happens inside that people have no words for."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sms_service.billing.fault_report import billing_words
from sms_service.billing.reasons import Mend, Reason, english
from sms_service.gateways import kannel_codes
from sms_service.gateways.kavenegar_codes import REFUSALS
from sms_service.language.reading import Intent, Problem
from sms_service.settings import ACCOUNTS
from sms_service.templates import templates_dir
from sms_service.words import KINDS, load_words

WORDS = load_words(templates_dir() / "words" / "states.toml")
STATES_PAGE = Path(__file__).parents[2] / "docs/reference/states.md"
_REASON = re.compile(r"`([a-z]+(?:_[a-z0-9]+)+)`")
_NO_REASONS = {"at_operator", "due_at", "folded_into", "lane_changes", "parent_id"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_state_has_a_persian_label_and_no_label_is_without_a_state(kind: str) -> None:
    assert WORDS.tables[kind].keys() == {str(state) for state in KINDS[kind]}


def test_every_reason_on_the_page_of_states_has_persian_words() -> None:
    named = set(_REASON.findall(STATES_PAGE.read_text("utf-8"))) - _NO_REASONS
    assert {reason for reason in named if WORDS.reason(reason) == reason} == set()


@pytest.mark.parametrize("word", [*Intent, *Problem, *ACCOUNTS])
def test_every_wish_every_problem_and_every_gateway_has_persian_words(word: str) -> None:
    assert WORDS.reason(word) not in (word, None)


@pytest.mark.parametrize("code", REFUSALS)
def test_every_refusal_of_kavenegar_has_persian_words(code: int) -> None:
    assert f"kavenegar_{code}" in WORDS.tables["reason"]


@pytest.mark.parametrize("refusal", kannel_codes.REFUSALS.values())
def test_every_refusal_of_kannel_has_persian_words(refusal: kannel_codes.Refusal) -> None:
    assert f"kannel_{refusal.word}" in WORDS.tables["reason"]


def test_a_gateways_number_without_words_is_told_beside_its_kind() -> None:
    assert WORDS.reason("kavenegar_http_502") == "کاوه‌نگار پاسخ ناشناخته داد 502"


def test_what_is_blocked_by_the_line_names_the_remedy() -> None:
    step = WORDS.next_step("outbound", "blocked")
    assert step is not None
    assert "۱۲" in step


def test_every_reason_and_mending_of_an_import_has_words_and_no_words_are_spare() -> None:
    words = billing_words()
    assert words["reason"].keys() == set(Reason)
    assert words["mend"].keys() == set(Mend)
    assert len({english(reason) for reason in Reason}) == len(Reason)


def test_everything_that_ends_an_import_has_persian_words() -> None:
    faults = tomllib.loads((templates_dir() / "words/console/imports.toml").read_text("utf-8"))
    known = [one["match"] for one in faults["fault"]]
    said = list(_said_by_imports())
    assert len(said) > 30
    assert [line for line in said if not any(match in line for match in known)] == []


_ENDS = {"InputFault", "TooMuch", "HeaderFault", "ImportFailed", "NotRolledBack"}
_OF_THE_COMMAND_LINE = (
    "larger than a mapping",
    "not written in UTF-8",
    "no table; it takes",
    "in it",
    "no such file or directory",
    "cannot be written",
)
"""Sentences about folders, reports and files of mappings, which no browser sends."""
_OF_EVERY_FILE = ("unreadable", "sheet «")
"""An operating system's own words, and the place before another sentence."""


def _said_by_imports() -> Iterator[str]:
    """What the code of imports says when it gives up; without its figures."""
    for path in (Path(__file__).parents[2] / "sms_service/billing").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in _ENDS and node.args:
                words = " ".join(
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )
                tells = len(words.split()) > 1 and not any(
                    told in words for told in (*_OF_THE_COMMAND_LINE, *_OF_EVERY_FILE)
                )
                if tells:
                    yield words
