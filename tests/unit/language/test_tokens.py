"""Numbers and words are cut apart where people would cut them."""

import pytest

from sms_service.language.tokens import Token, is_spoiled, tokenise


def test_a_text_is_cut_into_numbers_words_and_what_stands_between() -> None:
    assert tokenise("*1*قبض12-ab_9#") == [
        Token("1", True, "*", "*"),
        Token("قبض", False, "*", ""),
        Token("12", True, "", "-"),
        Token("ab", False, "-", "_"),
        Token("9", True, "_", "#"),
    ]


@pytest.mark.parametrize(
    ("text", "spoiled"),
    [
        ("12 ² 34", []),
        ("قبض12 متر", []),
        ("²12 سلام", ["12"]),
        ("سلام 12² سلام", ["12"]),
        ("12² 34", ["12"]),
        ("34 १12", ["12"]),
        ("12२34", ["12", "34"]),
    ],
)
def test_a_number_that_touches_a_foreign_digit_is_spoiled(text: str, spoiled: list[str]) -> None:
    tokens = tokenise(text)
    numbers = [i for i, token in enumerate(tokens) if token.is_number]
    assert [tokens[i].text for i in numbers if is_spoiled(tokens, i)] == spoiled
