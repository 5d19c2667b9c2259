"""Single fields of an export: what is mended, what is refused, and in which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.billing import fields
from sms_service.billing.fields import FieldFault

LARGEST = 10**15
rial = fields.whole(-LARGEST, LARGEST)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1167000", 1_167_000),
        (" 1167000 ", 1_167_000),
        ("1,167,000", 1_167_000),
        ("۱٬۱۶۷٬۰۰۰", 1_167_000),
        ("١١٦٧٠٠٠", 1_167_000),
        ("-287,400", -287_400),
        ("−۲۸۷۴۰۰", -287_400),
        ("0012", 12),
    ],
)
def test_an_amount_is_read_in_every_usual_spelling(written: str, read: int) -> None:
    assert rial(written) == read


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        ("نامشخص", "not a whole number"),
        ("1.5", "not a whole number"),
        ("1,5", "not a whole number"),
        ("12,34,567", "not a whole number"),
        ("1_000", "not a whole number"),
        ("=1+1", "not a whole number"),
        ("१२३", "not a whole number"),
        ("9" * 18, "out of range"),
        ("9" * 5000, "not a whole number"),
    ],
)
def test_an_amount_that_is_no_whole_number_is_refused(written: str, reason: str) -> None:
    with pytest.raises(FieldFault, match=f"^{reason}$"):
        rial(written)


@given(st.integers(-LARGEST, LARGEST), st.sampled_from(",٬،"))
def test_thousand_separators_never_change_an_amount(amount: int, separator: str) -> None:
    assert rial(f"{amount:,}".replace(",", separator)) == amount


@pytest.mark.parametrize("written", ["0012345604420", "12345604420", " ۱۲۳۴۵۶۰۴۴۲۰ "])
def test_a_bill_id_gets_its_lost_zeros_back(written: str) -> None:
    assert fields.bill_id(written) == "0012345604420"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("1234567804424", "wrong check digit"),
        ("12345678O4423", "not a bill ID"),
        ("12345678904425", "not a bill ID"),
        ("1.23457E+12", "not a bill ID"),
        ("", "not a bill ID"),
    ],
)
def test_a_bill_id_that_can_not_be_right_is_refused(written: str, reason: str) -> None:
    with pytest.raises(FieldFault, match=f"^{reason}$"):
        fields.bill_id(written)


@pytest.mark.parametrize(
    ("written", "year"),
    [("1403", 1403), ("۱۴۰۳", 1403), ("03", 1403), ("3", 1403), ("0", 1400), ("99", 1399)],
)
def test_a_year_may_have_lost_its_century(written: str, year: int) -> None:
    assert fields.jalali_year(written) == year


def test_a_gregorian_year_is_not_taken_for_a_jalali_one() -> None:
    with pytest.raises(FieldFault, match="no Jalali year"):
        fields.jalali_year("2024")


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2022-11-20T00:00:00Z", "2022-11-20"),
        ("2022-11-20", "2022-11-20"),
        ("2022-11-20T09:15:00", "2022-11-20"),
        ("2022/11/20", "2022-11-20"),
        ("1401/08/29", "2022-11-20"),
        ("۱۴۰۱/۸/۲۹", "2022-11-20"),
        ("1403-12-30", "2025-03-20"),
    ],
)
def test_a_day_is_read_in_either_calendar(written: str, day: str) -> None:
    assert fields.day(written) == day


def test_an_instant_is_the_day_it_was_in_tehran() -> None:
    assert fields.day("2022-11-19T20:45:00Z") == "2022-11-20"


@pytest.mark.parametrize("written", ["1403/13/40", "1402/12/30", "2022-02-30", "29/08/1401", "x"])
def test_a_day_that_never_was_is_refused(written: str) -> None:
    with pytest.raises(FieldFault, match="no such day"):
        fields.day(written)


@pytest.mark.parametrize("written", ["", "  ", "0001-01-01T00:00:00Z"])
def test_the_no_date_of_exporting_programs_is_no_day(written: str) -> None:
    assert fields.day_or_none(written) is None


@pytest.mark.parametrize("written", ["", "0", "000"])
def test_a_payment_without_a_reference_code_is_known_as_such(written: str) -> None:
    assert fields.tracking(written) == ""


def test_a_reference_code_that_a_spreadsheet_ruined_is_refused() -> None:
    with pytest.raises(FieldFault):
        fields.tracking("8.96694E+11")


@pytest.mark.parametrize("written", ["09121234567", "+98 912-1234567", "9121234567"])
def test_a_mobile_is_brought_to_one_form(written: str) -> None:
    assert fields.mobile(written) == "+989121234567"


@pytest.mark.parametrize("written", ["—", "02537771234", "0912123456"])
def test_what_is_no_mobile_is_refused(written: str) -> None:
    with pytest.raises(FieldFault, match="not a mobile number"):
        fields.mobile(written)


def test_a_remembering_reader_forgets_rather_than_grows() -> None:
    asked: list[str] = []

    def read(text: str) -> int:
        asked.append(text)
        return int(text)

    remembered = fields.remembering(read, limit=2)
    assert [remembered(text) for text in ("1", "1", "2", "3", "1")] == [1, 1, 2, 3, 1]
    assert asked == ["1", "2", "3", "1"]
