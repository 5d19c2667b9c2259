"""Texts cut into what a handset can show at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.language.reading import Script
from sms_service.language.screens import (
    SCREEN_UNITS,
    BillChoice,
    Screens,
    bills_that_fit,
    fitting_choice,
    units_of,
)
from sms_service.language.style import Style
from sms_service.templates import templates_dir
from tests.support.desk import TODAY

SCREENS = Screens(templates_dir() / "ussd")
PERSIAN = Style(today=TODAY)
STYLES = [PERSIAN, PERSIAN.in_script(Script.LATIN)]
LINES = st.lists(st.text(st.characters(codec="utf-16-le", exclude_categories=["Z", "C"])))


@given(LINES, st.sampled_from(STYLES))
def test_every_page_fits_on_a_screen_and_nothing_is_lost(lines: list[str], style: Style) -> None:
    pages = SCREENS.pages(lines, style)
    for number, page in enumerate(pages, 1):
        more = number < len(pages)
        for fault in (None, "wrong"):
            shown = SCREENS.say("page", style, text=page, more=more, fault=fault)
            assert units_of(shown) <= SCREEN_UNITS
    assert "".join("".join(pages).split()) == "".join("".join(lines).split())


def test_lines_stay_whole_where_a_page_can_hold_them() -> None:
    rows = [f"آبان {number} ۲۴۵ ۱۰۴ نشده" for number in range(10)]
    assert "\n".join(SCREENS.pages(rows, PERSIAN)).split("\n") == rows


def test_the_last_page_takes_what_fits_where_nothing_follows() -> None:
    assert SCREENS.pages(["ب" * 40, "پ" * 20], PERSIAN) == ["ب" * 40 + "\n" + "پ" * 20]


def test_a_line_that_is_too_long_is_cut_at_a_space() -> None:
    pages = SCREENS.pages(["سوابق " * 20 + "سوابق"], PERSIAN)
    assert all(page.endswith("سوابق") for page in pages)


def test_nothing_is_one_empty_page() -> None:
    assert SCREENS.pages([], PERSIAN) == [""]


def test_a_letter_of_two_units_counts_for_two() -> None:
    assert units_of("ب💡") == 3


@pytest.mark.parametrize("style", STYLES)
def test_a_name_is_left_out_where_it_leaves_no_room(style: Style) -> None:
    short, long = BillChoice("1234", "خانه"), BillChoice("1234567804423", "خ" * 40)
    assert fitting_choice(SCREENS, "which_bill", short, style, None) == short
    assert fitting_choice(SCREENS, "which_bill", long, style, None) == BillChoice(long.number)


@pytest.mark.parametrize("style", STYLES)
def test_as_many_bills_are_offered_as_fit_and_one_at_least(style: Style) -> None:
    bills = [BillChoice(f"{number}") for number in range(1000, 1009)]
    count = bills_that_fit(SCREENS, "which_bill", bills, style, more=False, fault=None)
    assert 1 < count < len(bills)
    wide = [BillChoice("1" * 30)] * 3
    assert bills_that_fit(SCREENS, "which_bill", wide, style, more=False, fault=None) == 1
    assert bills_that_fit(SCREENS, "which_bill", [], style, more=False, fault=None) == 0


def test_keys_stay_in_ascii_digits_where_facts_are_persian() -> None:
    shown = SCREENS.say("years", PERSIAN, years=["1405"], more=False, fault=None)
    assert shown.split("\n")[1:] == ["1 ۱۴۰۵", "0 برگشت"]
