"""Nothing happens inside that people have no words for."""

import re
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
STATES_PAGE = Path(__file__).parents[2] / "docs" / "states.md"
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
