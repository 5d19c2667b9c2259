"""Years by their shape."""

import pytest

from sms_service.language.reading import Note
from sms_service.language.years import Certainty, Year, read_marked_year, read_year


@pytest.mark.parametrize(
    ("digits", "year"),
    [
        ("1300", Year(1300, Certainty.FULL)),
        ("1499", Year(1499, Certainty.FULL)),
        ("1900", Year(1279, Certainty.FULL, Note.GREGORIAN_YEAR)),
        ("2024", Year(1403, Certainty.FULL, Note.GREGORIAN_YEAR)),
        ("2100", Year(1479, Certainty.FULL, Note.GREGORIAN_YEAR)),
        ("403", Year(1403, Certainty.SHORT, Note.SHORT_YEAR)),
        ("398", Year(1398, Certainty.SHORT, Note.SHORT_YEAR)),
        ("60", Year(1360, Certainty.SHORT, Note.SHORT_YEAR)),
        ("99", Year(1399, Certainty.SHORT, Note.SHORT_YEAR)),
        ("00", Year(1400, Certainty.SHORT, Note.SHORT_YEAR)),
        ("59", Year(1459, Certainty.SHORT, Note.SHORT_YEAR)),
        ("3", Year(1403, Certainty.SHORT, Note.SHORT_YEAR)),
    ],
)
def test_a_year_is_known_by_its_shape(digits: str, year: Year) -> None:
    assert read_year(digits) == year


@pytest.mark.parametrize("digits", ["1299", "1500", "1899", "2101", "203", "503", "14031", "013"])
def test_other_numbers_are_no_years(digits: str) -> None:
    assert read_year(digits) is None


@pytest.mark.parametrize("mark", [Certainty.FULL, Certainty.START])
@pytest.mark.parametrize(
    ("digits", "value", "note"),
    [
        ("1403", 1403, None),
        ("2024", 1403, Note.GREGORIAN_YEAR),
        ("03", 1403, Note.SHORT_YEAR),
        ("1000", 1000, None),
        ("1250", 1250, None),
        ("1899", 1899, None),
    ],
)
def test_a_word_for_year_makes_a_number_as_certain_as_it_says(
    digits: str, value: int, note: Note | None, mark: Certainty
) -> None:
    assert read_marked_year(digits, mark) == Year(value, mark, note)


@pytest.mark.parametrize("digits", ["0999", "9999", "999", "01350"])
def test_no_word_makes_a_year_of_every_number(digits: str) -> None:
    assert read_marked_year(digits, Certainty.FULL) is None
