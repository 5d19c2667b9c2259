import pytest

from sms_service.language.ladder import Clearer, Draft, Filling, first_that_fits, polished
from sms_service.language.parts import UCS2

PLENTY = "ب" * 60


def test_the_first_draft_that_fits_wins() -> None:
    drafts = [Draft("long", ["ب" * 80]), Draft("fits", ["ب" * 70]), Draft("short", ["ب"])]
    assert first_that_fits(drafts, 70).rung == "fits"


def test_line_feeds_take_room() -> None:
    drafts = [Draft("long", ["ب" * 35, "ب" * 35]), Draft("short", ["ب"])]
    assert first_that_fits(drafts, 70).rung == "short"


def test_the_last_draft_is_taken_when_none_fits() -> None:
    assert first_that_fits([Draft("a", ["ب" * 80]), Draft("b", ["ب" * 75])], 70).rung == "b"


def test_a_ladder_without_rungs_is_an_error() -> None:
    with pytest.raises(ValueError, match="rung"):
        first_that_fits([], 70)


def test_free_room_of_the_last_part_takes_a_clearer_line() -> None:
    draft = Draft("a", ["کوتاه"], clearer=lambda: [Clearer(0, "بلندتر و روشنتر")])
    assert polished(draft, UCS2, 0).lines == ["بلندتر و روشنتر"]


def test_nothing_is_made_clearer_at_the_price_of_a_part() -> None:
    draft = Draft("a", [PLENTY, "کوتاه"], clearer=lambda: [Clearer(1, "بلندتر و روشنتر")])
    assert polished(draft, UCS2, 0).lines == [PLENTY, "کوتاه"]


def test_what_is_appended_to_every_message_keeps_its_room() -> None:
    draft = Draft("a", ["ب" * 50, "کوتاه"], clearer=lambda: [Clearer(1, "بلندتر و روشنتر")])
    assert polished(draft, UCS2, 0).lines[1] == "بلندتر و روشنتر"
    assert polished(draft, UCS2, 8).lines[1] == "کوتاه"


def test_at_most_two_fillings_go_in_where_they_belong() -> None:
    fillings = [Filling("a", "یک", 1), Filling("b", "دو"), Filling("c", "سه", 1)]
    draft = Draft("a", ["اول", "آخر"], fillings=lambda: fillings)
    assert polished(draft, UCS2, 0).lines == ["اول", "یک", "آخر", "دو"]


def test_two_fillings_for_one_place_keep_their_order() -> None:
    fillings = [Filling("a", "یک", 1), Filling("b", "دو", 1)]
    draft = Draft("a", ["اول", "آخر"], fillings=lambda: fillings)
    assert polished(draft, UCS2, 0).lines == ["اول", "یک", "دو", "آخر"]


def test_a_filling_that_costs_a_part_is_passed_over_for_a_shorter_one() -> None:
    draft = Draft(
        "a", ["ب" * 50], fillings=lambda: [Filling("a", "ب" * 20), Filling("a", "ب" * 19)]
    )
    assert polished(draft, UCS2, 0).lines == ["ب" * 50, "ب" * 19]
