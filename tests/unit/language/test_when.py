"""Which numbers and words of a text are its year, its period and its month."""

import pytest

from sms_service.language.reading import Intent
from tests.support.reading import OURS, read


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("سوابق 1403 پلاک 12", 1403),
        (f"{OURS} 1403 ماه مهر", 1403),
        (f"{OURS} سال 03 ماه مهر", 1403),
        (f"از سال 1402 {OURS} 1399", 1402),
        (f"از سال مهر 1402 {OURS} 1399", 1402),
        (f"{OURS} 1", 1401),
        (f"لطفا 98 {OURS}", 1398),
        (f"98 قبض {OURS}", 1398),
        (f"قبض 2 {OURS}", 1402),
    ],
)
def test_a_number_is_the_year_where_nothing_speaks_against_it(text: str, year: int) -> None:
    assert read(text).from_year == year


@pytest.mark.parametrize(
    "text",
    [
        "98 قبض 2 تومان",
        f"{OURS} 1403²",
        f"{OURS} از 3 سال پیش",
        f"{OURS} از 6 ماه پیش",
        f"{OURS} 1*",
        f"واحدصنعتی 98 {OURS}",
        f"{OURS} 98 واحدصنعتی",
        f"98 واحدصنعتی {OURS}",
        f"2 قبض {OURS}",
        f"{OURS} 98 تا",
        f"{OURS} +98",
        f"{OURS} 5%",
    ],
)
def test_a_number_that_may_be_something_else_is_no_year(text: str) -> None:
    assert read(text).from_year is None


@pytest.mark.parametrize(
    ("text", "year"),
    [
        (f"سوابق {OURS} 98 تا 99", 1398),
        (f"سلام {OURS} 1402 تا سال 1404", 1402),
        (f"{OURS} سال 98 تا سال 1404", 1398),
        (f"سلام لطفا {OURS} 1402 و 1403", 1402),
        (f"1402-1403 {OURS}", 1402),
        (f"1300-1302 {OURS}", 1300),
    ],
)
def test_a_range_of_years_begins_with_its_first(text: str, year: int) -> None:
    assert read(text).from_year == year


def test_of_two_years_that_compete_neither_is_taken_but_a_history_is_wanted() -> None:
    reading = read(f"{OURS} 1402 1399")
    assert (reading.intent, reading.from_year, reading.summary) == (Intent.HISTORY, None, False)
    assert read("1405 1300").intent is Intent.HISTORY
    assert read(f"از 1403/1402 {OURS}").from_year is None
    assert read(f"{OURS} 1402 سال 1500").from_year is None


@pytest.mark.parametrize(
    ("text", "year"),
    [
        (f"1403/4/5 {OURS} سلام", None),
        (f"واحدصنعتی سلام 1403/4/5 {OURS}", None),
        (f"از 1403/4/5 {OURS} 1399", 1403),
        (f"{OURS} 1403/1/1", 1403),
        (f"{OURS} 1403/4/5", None),
        (f"/98 {OURS} 5%", 1398),
        (f"مهلت 1403/4/5 {OURS}", None),
        (f"مهلت 5/4/1403 {OURS}", None),
        (f"{OURS} مهلت 1403/4/5", None),
    ],
)
def test_a_date_tells_no_start_year_unless_it_is_said_to_be_the_start(
    text: str, year: int | None
) -> None:
    reading = read(text)
    assert (reading.from_year, reading.period) == (year, None)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        (f"مهلت 1403/4 {OURS}", 4),
        (f"مهلت قبض 4/1403 {OURS}", 4),
        (f"مهلت قبض/4/1403 {OURS}", 4),
        (f"پلاک 12 قبض {OURS} 1403/4", 4),
        (f"10/20/30 {OURS} 1403/4", 4),
        (f"{OURS} 1403 4", None),
        (f"{OURS} 1403 دوره 1", 1),
        (f"{OURS} 1403 دوره 12", 12),
        (f"{OURS} 1403 دوره 0", None),
        (f"{OURS} 1403 دوره 13", None),
        (f"{OURS} 1403 دوره 012", None),
    ],
)
def test_a_period_is_one_to_twelve_beside_a_year_or_a_word_for_period(
    text: str, period: int | None
) -> None:
    reading = read(text)
    assert (reading.from_year, reading.period) == (1403, period)


@pytest.mark.parametrize("text", [f"{OURS} 5/1403/4", f"{OURS} 1403/13"])
def test_a_year_joined_to_what_is_no_period_stays_unread(text: str) -> None:
    reading = read(text)
    assert (reading.from_year, reading.period) == (None, None)


@pytest.mark.parametrize("other", ["98", "9999"])
def test_a_short_year_or_a_number_that_is_none_makes_no_period(other: str) -> None:
    assert read(f"قبض {OURS} 1398/5").period == 5
    assert read(f"قبض {OURS} {other}/5").period is None


def test_two_months_are_no_one_bill() -> None:
    assert read(f"{OURS} 1403 مهر").month == 7
    assert read(f"{OURS} 1403 مهر آبان").intent is Intent.HISTORY
