"""Single fields of an export: what is mended, what is refused, and in which words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from persiantools.jdatetime import JalaliDate

from sms_service.billing import fields
from sms_service.billing.fields import Reader
from sms_service.billing.reasons import FieldFault, Mend, Reason

LARGEST = 10**15
rial = fields.whole(-LARGEST, LARGEST)
read_day = fields.day()


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
        ("1 167 000", 1_167_000),
        ("1.167.000", 1_167_000),
        ("1167000.00", 1_167_000),
        ("\u200f۱۱۶۷۰۰۰\u00a0", 1_167_000),
        ("287400-", -287_400),
        ("(287,400)", -287_400),
        ("-0", 0),
        ("+5", 5),
        ("'1167000", 1_167_000),
        ('="1167000"', 1_167_000),
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
        ("=1+1", "a formula instead of a value"),
        ("@SUM(A1)", "a formula instead of a value"),
        ("+A1", "a formula instead of a value"),
        ("#N/A", "an error value of a spreadsheet"),
        ("295.000", "a point that may mean thousands or a fraction"),
        ("1.5E+06", "rounded by a spreadsheet, digits are lost"),
        ("NULL", "empty"),
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


@pytest.mark.parametrize(
    "written",
    [
        "0012345604420",
        "12345604420",
        " ۱۲۳۴۵۶۰۴۴۲۰ ",
        "12345604420.0",
        "1.2345604420E+10",
        '="0012345604420"',
        "'0012345604420",
        "\u202a0012345604420\u202c",
        "00123456 044 2 0",
    ],
)
def test_a_bill_id_gets_its_lost_zeros_back(written: str) -> None:
    assert fields.bill_id(written) == "0012345604420"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("1234567804424", "wrong check digit"),
        ("12345678O4423", "not a bill ID"),
        ("12345678904425", "not a bill ID"),
        ("1.23457E+12", "rounded by a spreadsheet, digits are lost"),
        ("1234567804423.5", "not a bill ID"),
        ("", "empty"),
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
        ("1401.08.29", "2022-11-20"),
        ("1401/08/29 10:30", "2022-11-20"),
        ("1401/08/29-10:30:15", "2022-11-20"),
        ("2022-11-20 09:15:00.000", "2022-11-20"),
        ("14010829", "2022-11-20"),
        ("20221120", "2022-11-20"),
        ("14010829.0", "2022-11-20"),
        ("01/08/29", "2022-11-20"),
        ("98/05/03", "2019-07-25"),
    ],
)
def test_a_day_is_read_in_either_calendar(written: str, day: str) -> None:
    assert read_day(written) == day


@given(st.dates(date(1991, 3, 21), date(2059, 3, 20)), st.sampled_from("/-."), st.booleans())
def test_every_day_is_the_same_in_both_calendars(day: date, mark: str, persian: bool) -> None:
    jalali = JalaliDate(day)
    written = f"{jalali.year}{mark}{jalali.month}{mark}{jalali.day}"
    if persian:
        written = written.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert read_day(written) == day.isoformat()


@pytest.mark.parametrize("written", ["1369/12/29", "1970-01-01", "1405/12/29", "2027-11-25"])
def test_a_day_far_off_is_suspicious(written: str) -> None:
    with pytest.raises(FieldFault, match="before 1370 or more than a year ahead"):
        fields.day(latest=date(2026, 12, 31))(written)


def test_an_instant_is_the_day_it_was_in_tehran() -> None:
    assert read_day("2022-11-19T20:45:00Z") == "2022-11-20"


@pytest.mark.parametrize(
    "written", ["1403/13/40", "1402/12/30", "2022-02-30", "29/08/1401", "14031340", "45983", "x"]
)
def test_a_day_that_never_was_is_refused(written: str) -> None:
    with pytest.raises(FieldFault, match="no such day"):
        read_day(written)


@pytest.mark.parametrize(
    "written",
    ["", "  ", "0001-01-01T00:00:00Z", "1900-01-01 00:00:00", "0", "0000/00/00", "00000000"],
)
def test_the_no_date_of_exporting_programs_is_no_day(written: str) -> None:
    assert fields.day_or_none()(written) is None


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


@pytest.mark.parametrize(
    ("written", "kwh"),
    [("169", 169), ("169.4", 169), ("169.5", 170), ("169٫۵", 170), ("-0.5", -1), ("0.4", 0)],
)
def test_a_fraction_of_a_kwh_is_rounded_halves_away_from_zero(written: str, kwh: int) -> None:
    assert fields.rounded(-1000, 1000)(written) == kwh


def test_an_amount_in_toman_becomes_rial() -> None:
    assert rial.times(10)("۱۱۶٬۷۰۰") == 1_167_000


@pytest.mark.parametrize("written", ["", "-", "NULL", "\\N", " none "])
def test_what_programs_write_for_nothing_is_nothing(written: str) -> None:
    assert rial.or_none()(written) is None


@pytest.mark.parametrize(
    ("reader", "written", "mends"),
    [
        (rial, "1167000", set()),
        (rial, "۱٬۱۶۷٬۰۰۰", {Mend.DIGITS, Mend.SEPARATORS}),
        (rial, "1167000.0", {Mend.FRACTION}),
        (rial, "5-", {Mend.SIGN}),
        (fields.bill_id, "12345604420", {Mend.ZEROS}),
        (fields.bill_id, '="0012345604420"', {Mend.EXCEL_TEXT}),
        (fields.bill_id, "\u200f0012345604420", {Mend.MARKS}),
        (fields.jalali_year, "98", {Mend.SHORT_YEAR}),
        (read_day, "1401/08/29", {Mend.JALALI_DAY}),
        (read_day, "14010829", {Mend.COMPACT_DAY, Mend.JALALI_DAY}),
        (fields.rounded(0, 9), "1.5", {Mend.ROUNDED}),
        (fields.mobile, "9121234567", {Mend.PHONE}),
        (fields.payment_id, "NULL", {Mend.EMPTY_WORD}),
    ],
)
def test_each_mending_is_told(reader: Reader, written: str, mends: set[Mend]) -> None:
    told: list[Mend] = []
    reader(written, told.append)
    assert set(told) == mends


@given(
    st.lists(
        st.one_of(
            st.integers(-LARGEST, LARGEST).map(str),
            st.sampled_from(["", "-", "٣", "1,000", "--5", "5-", " 7", "+1", "1_0", "9" * 19]),
        ),
        min_size=1,
    )
)
def test_reading_a_column_at_once_never_differs_from_one_by_one(texts: list[str]) -> None:
    at_once = fields.whole(-LARGEST, LARGEST, varied=True).at_once
    assert at_once is not None
    values = at_once(texts)
    if values is not None:
        assert list(values) == [rial(text) for text in texts]


@pytest.mark.parametrize("reader", [fields.serial, fields.tracking, fields.payment_id])
@given(texts=st.lists(st.text("0123456789-٣A", max_size=22), min_size=1))
def test_names_in_digits_are_the_same_at_once(reader: Reader, texts: list[str]) -> None:
    assert reader.at_once is not None
    values = reader.at_once(texts)
    if values is not None:
        assert list(values) == [reader(text) for text in texts]


@pytest.mark.parametrize("text", ["30²1251", "٣٠٠٠१", "𝟏𝟐𝟑"])
def test_a_payment_id_is_written_in_ascii_digits_or_refused(text: str) -> None:
    with pytest.raises(FieldFault) as raised:
        fields.payment_id(text)
    assert raised.value.reason is Reason.NOT_A_PAYMENT_ID
