"""What a text tells to send, in either letters, yields what it promises."""

import re

import pytest

from sms_service.domain.calendar import jalali_of
from sms_service.language.context import Context
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Intent, Reading, Script
from sms_service.language.wording import Wording
from sms_service.templates import templates_dir
from tests.support.facts import LONG, LONG_LATIN
from tests.support.histories import BILL_ID, TODAY

SMS = templates_dir() / "sms"
WORDINGS = {
    Script.PERSIAN: (Wording(SMS), LONG),
    Script.LATIN: (Wording(SMS / "latin"), LONG_LATIN),
}
VOCABULARY = load_vocabulary((SMS / "vocabulary.toml").read_text("utf-8"))
NAMES = {Script.PERSIAN: "خانه", Script.LATIN: "khune"}

PROMISED = {
    "ask_by_name": Intent.DEBT,
    "ask_opinion": Intent.OPINION,
    "forget_how": (Intent.FORGET, Intent.LIST),
    "names_full": (Intent.LIST, Intent.FORGET),
    "no_bills_saved": Intent.SAVE,
    "not_saved": Intent.LIST,
    "opinion_how": Intent.OPINION,
    "rest": Intent.NEXT,
    "rest_in_full": Intent.NEXT,
    "rest_of_payments": Intent.NEXT,
    "rest_short": Intent.NEXT,
    "save_how": Intent.SAVE,
    "see_names": Intent.LIST,
    "start": Intent.STOP,
    "stop": Intent.START,
    "undo_forget": Intent.SAVE,
    "undo_save": Intent.FORGET,
}
"""The intent of what stands behind each colon that is followed by a word to send."""
_NO_WORD_TO_SEND = {"bill_to_pick", "help", "no_bill_id", "payment_row", "pick_of_several"}
"""What follows their colons is spoken of, not sent as it stands."""


def read(text: str) -> Reading:
    context = Context(last_bill_id=BILL_ID, saved={"خانه": BILL_ID, "khune": BILL_ID})
    return parse(text, context, Rules(jalali_of(TODAY), "044", 1, VOCABULARY))


def to_send(script: Script, sentence: str) -> list[str]:
    """What a sentence tells to send: what stands behind its colons, if words do."""
    wording, facts = WORDINGS[script]
    text = wording.say_whole(sentence, facts | {"name": NAMES[script]})
    return [found for found in re.findall(r": ([^\d\W].*)", text) if not found.startswith("تلفن")]


@pytest.mark.parametrize("script", Script)
@pytest.mark.parametrize(("sentence", "promised"), PROMISED.items())
def test_a_word_to_send_is_read_as_it_is_promised(
    sentence: str, promised: Intent | tuple[Intent, ...], script: Script
) -> None:
    intents = promised if isinstance(promised, tuple) else (promised,)
    assert [read(text).intent for text in to_send(script, sentence)] == list(intents)


@pytest.mark.parametrize("script", Script)
def test_no_sentence_tells_to_send_a_word_without_a_promise(script: Script) -> None:
    wording, _ = WORDINGS[script]
    telling = {name for name in wording.sentences() if to_send(script, name)}
    others = telling - PROMISED.keys() - _NO_WORD_TO_SEND
    assert {name: to_send(script, name) for name in others if _is_command(script, name)} == {}


def _is_command(script: Script, sentence: str) -> bool:
    return any(read(text).intent is not None for text in to_send(script, sentence))


@pytest.mark.parametrize("script", Script)
def test_a_whole_line_that_offers_the_rest_is_read_as_its_word(script: Script) -> None:
    wording, facts = WORDINGS[script]
    for sentence in ("rest", "rest_in_full", "rest_of_payments", "rest_short"):
        understood = read(wording.say_whole(sentence, facts))
        assert (understood.intent, understood.bill_id) == (Intent.NEXT, BILL_ID)


@pytest.mark.parametrize(
    ("word", "intent", "script"),
    [
        ("badi", Intent.NEXT, None),
        ("shoru", Intent.START, None),
        ("laghv", Intent.STOP, None),
        ("FA", Intent.HELP, Script.PERSIAN),
        ("savabegh 1404", Intent.HISTORY, None),
        ("nazar 4", Intent.OPINION, None),
        ("list", Intent.LIST, None),
    ],
)
def test_the_words_of_latin_answers_are_understood(
    word: str, intent: Intent, script: Script | None
) -> None:
    understood = read(word)
    assert (understood.intent, understood.script) == (intent, script)


def test_the_years_that_latin_answers_tell_to_send_are_read_with_their_line() -> None:
    wording, facts = WORDINGS[Script.LATIN]
    for sentence in ("more", "more_short", "earlier"):
        understood = read(wording.say_whole(sentence, facts))
        assert (understood.intent, understood.from_year) == (Intent.HISTORY, 1404)
