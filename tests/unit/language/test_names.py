"""Names of bills: taken from a text as typed, found in one, equal whatever the letters."""

import pytest

from sms_service.language.names import LONGEST_NAME, name_key, name_to_save, same_name, saved_names
from sms_service.language.normalise import fold
from sms_service.language.tokens import tokenise
from sms_service.language.words import read_words
from tests.support.reading import RULES


def to_save(text: str) -> str | None:
    tokens = tokenise(fold(text))
    return name_to_save(text, tokens, read_words(tokens, RULES.vocabulary))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ذخیره خانه 1234567804423", "خانه"),
        ("ذخیره آپارتمان 1234567804423", "آپارتمان"),
        ("ذخیره باغ علي لطفا", "باغ علي"),
        ("ذخیره 1234567804423", None),
        ("ذخیره خانه\u200cمادری", "خانهمادری"),
        ("ذخیره " + "خ" * LONGEST_NAME, "خ" * LONGEST_NAME),
        ("ذخیره " + "خ" * (LONGEST_NAME + 1), None),
        ("ذخیره باغ " + "خ" * LONGEST_NAME, "باغ"),
        ("ذخیره باغ قدیمی گلستان بزرگ", "باغ قدیمی گلستان"),
    ],
)
def test_a_name_is_what_means_nothing_else_in_whole_words(text: str, name: str | None) -> None:
    assert to_save(text) == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("بدهی خانه", ["خانه"]),
        ("بدهی خانه مادر", ["خانه مادر"]),
        ("بدهی مادر خانه", ["خانه"]),
        ("خانه", ["خانه"]),
        ("خانه و آپارتمان", ["خانه", "آپارتمان"]),
        ("بدهی اپارتمان", ["آپارتمان"]),
        ("خانهها", []),
        ("", []),
    ],
)
def test_a_saved_name_is_found_with_all_its_words_side_by_side(text: str, found: list[str]) -> None:
    saved = ["خانه", "خانه مادر", "آپارتمان", " "]
    assert saved_names(tokenise(fold(text)), saved) == found


def test_names_are_equal_whatever_letters_were_typed() -> None:
    assert name_key("باغ  علي") == name_key("باغ علی")
    assert same_name("اپارتمان", ["خانه", "آپارتمان"]) == "آپارتمان"
    assert same_name("باغ", ["خانه"]) is None
