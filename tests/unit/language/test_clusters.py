"""Numbers side by side: which belong together, and which of them are a phone."""

import pytest

from sms_service.language.clusters import Cluster, clusters, phone_places, service_codes
from sms_service.language.judge import Judge
from sms_service.language.tokens import tokenise

OURS = "1234567804423"
judge = Judge(company_code="044", this_year=1405)


def groups(text: str) -> list[list[str]]:
    return [[run for _, run in group.runs()] for group in clusters(tokenise(text), ())]


def only_group(text: str) -> Cluster:
    (group,) = clusters(tokenise(text), ())
    return group


def phone(text: str, taken: frozenset[int] = frozenset()) -> str:
    """The pieces of the text that are a phone number."""
    tokens = tokenise(text)
    places: set[int] = set()
    for group in clusters(tokens, ()):
        places |= phone_places(group, taken, judge)
    return " ".join(tokens[place].text for place in sorted(places))


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("12 345 6", [["12", "345", "6"]]),
        ("123 456 قبض 789 012", [["123", "456"], ["789", "012"]]),
        ("123 45", []),
        (f"123456 {OURS} 654321", [["123456"], [OURS], ["654321"]]),
        (f"12 {OURS}4 56", [[f"{OURS}4"]]),
        ("123456 ²789 012345", [["123456"], ["012345"]]),
    ],
)
def test_numbers_belong_together_up_to_a_word_or_a_whole_id(
    text: str, grouped: list[list[str]]
) -> None:
    assert groups(text) == grouped


def test_a_window_is_made_of_two_runs_or_more() -> None:
    group = only_group("12 3456 78")
    assert list(group.windows(4)) == []
    assert list(group.windows(6)) == [(0, 1), (1, 2)]
    assert list(group.windows(8)) == [(0, 2)]


def test_a_window_knows_its_runs_and_its_gaps() -> None:
    group = only_group("99 12345678 044 2 3")
    assert group.window_digits(1, 4) == OURS
    assert group.lengths(1, 4) == [8, 3, 1, 1]
    assert group.cuts_from_end(1, 4) == {5, 2, 1}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (f"*1*{OURS}#", {0}),
        (f"#{OURS}*1*", {1}),
        (f"{OURS}*1*1403#", set()),
        (f"*3*{OURS}#", set()),
        (f"1*{OURS}#", set()),
        (f"*1 {OURS}#", set()),
        ("", set()),
    ],
)
def test_the_older_code_is_a_one_between_stars_at_an_edge(text: str, places: set[int]) -> None:
    assert service_codes(tokenise(text)) == places


@pytest.mark.parametrize(
    "number",
    [
        *("09121234567", "0912 123 4567", "912 123 4567", "912 123 45 67"),
        *("989121234567", "98 912 123 4567", "98912 1234567"),
        *("00989121234567", "0098 912 123 4567", "0098912 1234567"),
    ],
)
def test_a_phone_is_found_alone_and_among_other_numbers(number: str) -> None:
    assert phone(number) == number
    assert phone(f"25 {number}") == number
    assert phone(f"{number} 25") == number


@pytest.mark.parametrize("number", ["9121 234567", "0912 123 456", "0812 1234567"])
def test_pieces_that_are_not_cut_like_a_phone_are_none(number: str) -> None:
    assert phone(number) == ""


def test_what_ends_like_one_of_our_bills_is_no_phone() -> None:
    assert phone("09125604420") == ""


def test_a_number_that_was_read_already_is_no_part_of_a_phone() -> None:
    assert phone("0912 123 4567", taken=frozenset({1})) == ""
