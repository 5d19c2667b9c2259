"""Words: exact, in pairs, one slip away, and never by guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.language.normalise import fold
from sms_service.language.reading import Intent
from sms_service.language.tokens import tokenise
from sms_service.language.words import (
    Kind,
    Vocabulary,
    Word,
    is_one_edit,
    load_vocabulary,
    read_words,
)
from sms_service.templates import templates_dir

SMALL = """
[intents]
history = ["سوابق", "savabegh"]
debt = ["بدهی"]
[months]
6 = ["شهریور"]
[years]
-1 = ["پارسال"]
[roles]
neutral = ["بدهید", "سوزن"]
label = ["شناسه", "ghabz", "fish", "abcdefghijklmnop"]
[pairs]
label = ["شناسه پرداخت"]
[suffixes]
endings = ["م"]
stems = ["سوابق"]
"""
letters = st.text("abcd", min_size=1, max_size=6)


@pytest.fixture
def small() -> Vocabulary:
    return load_vocabulary(SMALL)


def kinds(text: str, vocabulary: Vocabulary) -> list[Kind | None]:
    said = read_words(tokenise(fold(text)), vocabulary)
    return [word.kind if word else None for word in said.words]


def test_a_word_is_known_in_every_spelling_of_its_letters(small: Vocabulary) -> None:
    for typed in ("بدهی", "بدهي", "بدهى", "بَدهی", "ﺑﺪﻫﯽ"):
        said = read_words(tokenise(fold(typed)), small)
        assert said.words[0] is not None
        assert (said.words[0].intent, said.words[0].misspelt) == (Intent.DEBT, False)


def test_a_word_means_what_its_section_says(small: Vocabulary) -> None:
    said = read_words(tokenise(fold("سوابق شهریور پارسال شناسه")), small)
    assert said.words == [
        Word(Kind.INTENT, Intent.HISTORY),
        Word(Kind.MONTH, number=6),
        Word(Kind.YEAR, number=-1),
        Word(Kind.LABEL),
    ]


def test_one_slip_is_understood_and_told(small: Vocabulary) -> None:
    for typed in ("سوبق", "سوابغ", "سواابق", "سوباق", "savabeg", "SAVABEQH"):
        said = read_words(tokenise(fold(typed)), small)
        assert said.words[0] is not None
        assert (said.words[0].intent, said.words[0].misspelt) == (Intent.HISTORY, True)


def test_a_persian_word_of_four_letters_may_be_misspelt(small: Vocabulary) -> None:
    said = read_words(tokenise(fold("بددهی")), small)
    assert said.words[0] is not None
    assert (said.words[0].intent, said.words[0].misspelt) == (Intent.DEBT, True)


def test_a_word_of_sixteen_letters_may_be_misspelt(small: Vocabulary) -> None:
    assert kinds("abcdefghijklmnoq", small) == [Kind.LABEL]
    assert kinds("abcdefghijklmnopq", small) == [None]


@pytest.mark.parametrize(
    "typed", ["سبق", "صوابغ", "sava", "gabz", "fishh", "fesh", "bedehi", "س" * 300]
)
def test_a_word_further_away_is_not_guessed(typed: str, small: Vocabulary) -> None:
    assert kinds(typed, small) == [None]


def test_a_word_between_two_meanings_is_not_guessed(small: Vocabulary) -> None:
    assert kinds("بدهید", small) == [Kind.NEUTRAL]
    assert kinds("بدهیی", small) == [None]


def test_a_pair_of_words_means_what_neither_does_alone(small: Vocabulary) -> None:
    assert kinds("شناسه پرداخت 12", small) == [Kind.LABEL, Kind.LABEL, None]
    assert kinds("12 شناسه پرداخت", small) == [None, Kind.LABEL, Kind.LABEL]
    assert kinds("پرداخت شناسه", small) == [None, Kind.LABEL]


def test_endings_written_onto_a_word_are_no_slips(small: Vocabulary) -> None:
    said = read_words(tokenise(fold("سوابقم")), small)
    assert said.words[0] is not None
    assert not said.words[0].misspelt


def test_a_vocabulary_with_two_meanings_for_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="two meanings"):
        load_vocabulary(SMALL.replace('debt = ["بدهی"]', 'debt = ["سوابق"]'))


@pytest.mark.parametrize("broken", [("history =", "histories ="), ("neutral =", "neutrals =")])
def test_a_vocabulary_with_an_unknown_section_is_refused(broken: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=r"histories|neutrals"):
        load_vocabulary(SMALL.replace(*broken))


@given(letters, letters)
def test_one_edit_is_what_it_says(typed: str, word: str) -> None:
    edits = {typed[:i] + typed[i + 1 :] for i in range(len(typed))}
    for i in range(len(typed) + 1):
        for letter in "abcd":
            edits |= {typed[:i] + letter + typed[i:], typed[:i] + letter + typed[i + 1 :]}
    edits |= {typed[:i] + typed[i : i + 2][::-1] + typed[i + 2 :] for i in range(len(typed))}
    assert is_one_edit(typed, word) == (word in edits and word != typed)


def test_the_shipped_vocabulary_knows_every_intent_that_a_word_can_express() -> None:
    text = (templates_dir() / "sms" / "vocabulary.toml").read_text(encoding="utf-8")
    known = {word.intent for word in load_vocabulary(text).words.values()}
    assert known >= set(Intent) - {Intent.BILL}
