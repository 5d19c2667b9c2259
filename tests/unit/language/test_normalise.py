"""Folding makes equal what people mean as equal, and nothing else."""

from string import ascii_lowercase, ascii_uppercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.language.normalise import clean, fold

FULL_WIDTH = "０１２３４５６７８９"
any_text = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=()))


@pytest.mark.parametrize(
    "digits", ["0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９"]
)
def test_digits_of_the_scripts_people_use_become_ascii(digits: str) -> None:
    assert fold(digits) == "0123456789"


@pytest.mark.parametrize("foreign", ["१२३", "১২৩", "²", "①", "½", "𝟏𝟐", "߁"])
def test_digits_of_other_scripts_and_superscripts_are_no_digits(foreign: str) -> None:
    assert not any(character in "0123456789" for character in fold(foreign))


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("بدهي", "بدهی"),
        ("كمك", "کمک"),
        ("سابقة", "سابقه"),
        ("آبان", "ابان"),
        ("أز", "از"),
        ("ســـوابق", "سوابق"),
        ("سَوابِق", "سوابق"),
        ("سابقه‌ها", "سابقهها"),
        ("\u202bقبض\u202c", "قبض"),
        ("ﻗﺒﺾ", "قبض"),
        ("ﻻ", "لا"),
        ("SavaBegh", "savabegh"),
        (ascii_uppercase, ascii_lowercase),
        ("ＨＥＬＰ", "help"),
        ("مبلغ ۱٬۲۵۰٫۵", "مبلغ 1,250.5"),
        ("٭۱٭", "*1*"),
        ("＊１＃", "*1#"),
        ("1\u00a02", "1 2"),
        ("۱۴۰۳–۱۴۰۴", "1403-1404"),
        ("؟", "?"),
        ("﷼", "ریال"),
        ("1️⃣", "1"),
    ],
)
def test_ways_of_typing_the_same_are_folded_to_one(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_a_phrase_in_one_character_is_a_separator_not_eighteen_letters() -> None:
    assert fold("12\ufdfa34") == "12 34"


def test_clean_leaves_an_ordinary_text_as_it_is() -> None:
    text = "سلام ۱۲۳ 😀 \u200c\u200f Ab\r\n"
    assert clean(text) == text


def test_clean_replaces_what_no_database_stores() -> None:
    assert clean("a\0b") == "a b"
    assert clean("a\ud800b") == "a\ufffdb"
    assert clean("\udc00") == "\ufffd"


def test_clean_joins_a_surrogate_pair() -> None:
    assert clean("\ud83d\ude00") == "😀"


@given(any_text)
def test_a_clean_text_can_be_stored_and_is_not_cleaned_twice(text: str) -> None:
    cleaned = clean(text)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert "\0" not in cleaned
    assert clean(cleaned) == cleaned


@given(any_text)
def test_folding_ends_in_one_form_and_in_bounded_length(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) <= 4 * len(text)
