"""Rows of an export: what goes in, what is left empty, what is left out."""

import csv
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.billing.faults import RowFault
from sms_service.billing.headers import HeaderFault, layout_of
from sms_service.billing.layouts import Kind, Layout, layouts
from sms_service.billing.reasons import Mend, Reason
from sms_service.billing.rows import Chunk, ReadRows, Row, RowReader

PAYMENTS = "bill_identifier,payment_identifier,payment_date,payment_amt,ref_code,chanel_type"
BRANCHES = "bill_identifier,total_bill_debt,mobile_number,customer_name,national_code"
BILL_ID = "1234567804423"

hashed: list[str] = []


def hash_phone(number: str) -> bytes:
    hashed.append(number)
    return number[-4:].encode()


def read(header: str, line: str) -> tuple[dict[str, object] | None, Sequence[RowFault]]:
    names = header.split(",")
    layout = layout_of(names, layouts(hash_phone))
    result = RowReader(layout, names).read(Chunk(2, list(csv.reader([line]))))
    row = result.accepted[0] if result.accepted else None
    return _named(layout.columns, row), [fault for _, fault in result.faults]


def _named(columns: Sequence[str], row: Row | None) -> dict[str, object] | None:
    return None if row is None else dict(zip(columns, row, strict=True))


def test_the_header_tells_the_kind_whatever_else_it_holds() -> None:
    header = "x_degree,payment_amt,ref_code,payment_date,bill_identifier"
    assert layout_of(header.split(","), layouts(hash_phone)).kind is Kind.PAYMENTS


def test_a_missing_column_is_named() -> None:
    header = PAYMENTS.replace("payment_date,", "").split(",")
    with pytest.raises(HeaderFault, match=r"^column payment_date is missing$"):
        layout_of(header, layouts(hash_phone))


@pytest.mark.parametrize("header", ["", "name,age", "bill_serial,payment_amt,bill_identifier"])
def test_a_header_of_no_single_kind_is_refused(header: str) -> None:
    with pytest.raises(HeaderFault, match="no known export"):
        layout_of(header.split(","), layouts(hash_phone))


def test_a_row_is_read_by_name_not_by_place() -> None:
    swapped = "payment_amt,payment_date,ref_code,chanel_type,bill_identifier"
    row, faults = read(swapped, f"295000,2022-03-27T00:00:00Z,8966,7,{BILL_ID}")
    assert not faults
    assert row == {
        "bill_id": BILL_ID,
        "tracking": "8966",
        "amount_rial": 295000,
        "paid_on": "2022-03-27",
        "posted_on": None,
        "payment_id": None,
        "bank_code": None,
        "channel": "7",
        "untracked_key": "",
    }


def test_payments_without_reference_codes_stay_apart_by_what_else_is_known() -> None:
    first, _ = read(PAYMENTS, f"{BILL_ID},30001251,2022-03-27,295000,,7")
    second, _ = read(PAYMENTS, f"{BILL_ID},30001251,2022-05-27,295000,,7")
    again, _ = read(PAYMENTS, f"{BILL_ID},30001251,2022-03-27,295000,0,7")
    assert first == again
    assert first is not None
    assert second is not None
    assert first["untracked_key"] != second["untracked_key"]


def test_every_fault_of_a_row_is_told_at_once() -> None:
    row, faults = read(PAYMENTS, f"{BILL_ID[:-1]}9,30001251,1403/13/40,نامشخص,8966,7")
    assert row is None
    assert [(fault.field, fault.reason, fault.kept) for fault in faults] == [
        ("bill_identifier", Reason.WRONG_CHECK_DIGIT, False),
        ("payment_amt", Reason.NOT_WHOLE, False),
        ("payment_date", Reason.NO_SUCH_DAY, False),
    ]


def test_a_value_that_isnt_vital_is_left_empty_and_told() -> None:
    row, faults = read(BRANCHES, f"{BILL_ID},287400,—,,")
    assert row is not None
    assert (row["debt_rial"], row["phone_hash"]) == (287400, None)
    assert [(fault.field, fault.kept) for fault in faults] == [("mobile_number", True)]


def test_ids_and_phones_are_masked_in_faults() -> None:
    _, of_branch = read(BRANCHES, f"{BILL_ID[:-1]}9,287400,025377712345,,")
    shown = " ".join(fault.value for fault in of_branch)
    assert [fault.value for fault in of_branch] == ["12…29", "02…45"]
    assert "345678" not in shown


def test_a_long_or_unprintable_value_is_cut_and_cleaned() -> None:
    _, faults = read(PAYMENTS, f"{BILL_ID},,2022-03-27,\x1b[31m{'9' * 500},8966,7")
    assert faults[0].value == "?[31m" + "9" * 35


def test_a_row_with_a_field_too_many_is_left_out_not_shifted() -> None:
    row, faults = read(PAYMENTS, f"{BILL_ID},30001251,2022-03-27,295,000,8966,7")
    assert row is None
    assert [(fault.reason, fault.value) for fault in faults] == [(Reason.WRONG_WIDTH, "7 ≠ 6")]


def test_a_phone_leaves_its_reader_as_a_hash_and_a_name_not_at_all() -> None:
    hashed.clear()
    row, _ = read(BRANCHES, f"{BILL_ID},0,09121234567,مریم,0012345678")
    assert row is not None
    assert hashed == ["+989121234567"]
    assert row["phone_hash"] == b"4567"
    assert not {"مریم", "0012345678", "09121234567", "+989121234567"} & set(map(str, row.values()))


def read_lines(header: str, *lines: str) -> tuple[ReadRows, RowReader]:
    names = header.split(",")
    reader = RowReader(layout_of(names, layouts(hash_phone)), names)
    rows = list(csv.reader(line + "\n" for line in lines))
    return reader.read(Chunk(2, rows)), reader


PAID = f"{BILL_ID},,2022-03-27,295000,8966,7"


def test_a_bad_row_costs_none_of_its_neighbours() -> None:
    result, _ = read_lines(PAYMENTS, PAID, f"{BILL_ID},,1403/13/40,1,1,7", PAID)
    assert (result.read, len(result.accepted)) == (3, 2)
    assert [(line, fault.reason) for line, fault in result.faults] == [(3, Reason.NO_SUCH_DAY)]


def test_of_a_row_left_out_no_value_is_said_to_be_left_empty() -> None:
    result, _ = read_lines(BRANCHES, f"{BILL_ID},x,—,,")
    assert [fault.kept for _, fault in result.faults] == [False, False]


@pytest.mark.parametrize("line", ["", ",,,,,", " ,\u200f,,,,", ",,"])
def test_a_blank_row_is_nothing(line: str) -> None:
    result, _ = read_lines(PAYMENTS, PAID, line, PAID)
    assert (result.read, len(result.accepted), result.faults) == (2, 2, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("جمع,,,590000,,", Reason.TOTALS_ROW),
        (",جمع کل:,,590000,,", Reason.TOTALS_ROW),
        ("Total,590000", Reason.TOTALS_ROW),
        (PAYMENTS.upper(), Reason.REPEATED_HEADER),
    ],
)
def test_what_is_no_row_of_data_is_told_but_is_no_bad_row(line: str, reason: Reason) -> None:
    result, _ = read_lines(PAYMENTS, PAID, line)
    assert (result.read, len(result.accepted)) == (1, 1)
    assert [(number, fault.reason) for number, fault in result.faults] == [(3, reason)]


def test_separators_at_the_end_of_a_row_are_no_fields() -> None:
    result, _ = read_lines(PAYMENTS, f"{PAID},,", PAID)
    assert (len(result.accepted), result.faults) == (2, [])


def test_the_line_of_a_fault_is_where_its_row_begins() -> None:
    names = PAYMENTS.split(",")
    reader = RowReader(layout_of(names, layouts(hash_phone)), names)
    text = f'{BILL_ID},,2022-03-27,1,"a\nb\r\nc",7\n{BILL_ID},,x,1,1,7\n'
    rows = list(csv.reader(text.splitlines(keepends=True)))
    result = reader.read(Chunk(2, rows, lines=4))
    assert [(line, fault.field) for line, fault in result.faults] == [
        (2, "ref_code"),
        (5, "payment_date"),
    ]


def read_text(header: str, *lines: str) -> ReadRows:
    names = header.split(",")
    reader = RowReader(layout_of(names, layouts(hash_phone)), names)
    rows = list(csv.reader(f"{line}\n" for line in lines))
    return reader.read(Chunk(2, rows, lines=len(lines), separator=","))


@pytest.mark.parametrize(
    "opened",
    [f'{BILL_ID},,2022-03-27,1,5,"7', f'{BILL_ID},,2022-03-27,1,"5,7', f'"{PAID}'],
)
@pytest.mark.parametrize("closed", ['"', f'{BILL_ID},,2022-03-27,1,"5",7'])
def test_rows_that_an_open_quote_swallows_are_told(opened: str, closed: str) -> None:
    result = read_text(PAYMENTS, PAID, opened, PAID, PAID, closed, PAID)
    told = [(line, fault.reason, fault.value) for line, fault in result.faults]
    assert told == [(3, Reason.UNSPLIT, "3–6")]
    assert len(result.accepted) == 2


def test_an_address_of_several_lines_is_no_fault() -> None:
    header = f"{PAYMENTS},address"
    result = read_text(header, f'{PAID},"قم، بلوار', "پلاک ۱, واحد ۲", 'طبقه ۳"', f"{PAID},")
    assert (len(result.accepted), result.faults) == (2, [])


def test_every_mended_value_is_counted_however_often_it_comes() -> None:
    mended = f"{BILL_ID},,1401/01/07,۲۹۵٬۰۰۰,8966,7"
    _, reader = read_lines(PAYMENTS, mended, PAID, mended)
    assert reader.mended == {Mend.JALALI_DAY: 2, Mend.DIGITS: 2, Mend.SEPARATORS: 2}


BILLS = (
    "bill_identifier,bill_serial,sale_year,sale_prd,process_status,reading_date,bill_amt,"
    "warm_normal_cons,cold_normal_cons,warm_peak_cons,cold_peak_cons,warm_low_cons,cold_low_cons"
)


def test_bands_told_by_season_are_summed() -> None:
    row, faults = read(BILLS, f"{BILL_ID},7,1395,2,1,2016-07-10,1000,100,20,30,۴,,6")
    assert not faults
    assert row is not None
    assert (row["mid_kwh"], row["peak_kwh"], row["low_kwh"]) == (120, 34, 6)


EXCHANGED = (
    "r401BILL_IDENTIFIER,r403BILL_SERIAL,r404SALE_YEAR,r405REQUEST_PERIOD,r406REQUEST_CYCLE,"
    "r408REQUEST_DATE,r412GROSS_AMOUNT,r445PROCESS_STATUS,r301READING_Date,r344TOTAL_ACTIVE_USAGE"
)


def test_a_bill_of_the_exchange_layout_is_read_with_its_reading() -> None:
    line = f"{BILL_ID},7,1404,3,2,2025-07-12,295000,-1,2025-07-10,420"
    row, faults = read(EXCHANGED, line)
    assert not faults
    assert row is not None
    shown = ("sale_period", "amount_rial", "mid_kwh", "peak_kwh", "read_to", "rejected")
    assert [row[name] for name in shown] == [2, 295_000, 420, 0, "2025-07-10", True]


def test_amounts_without_a_consumption_are_refused_with_the_remedy() -> None:
    names = EXCHANGED.replace(",r344TOTAL_ACTIVE_USAGE", "").split(",")
    with pytest.raises(HeaderFault, match=r"r344TOTAL_ACTIVE_USAGE is missing .*must be joined"):
        layout_of(names, layouts(hash_phone))


EXCHANGED_PAYMENTS = (
    "r501BILL_IDENTIFIER,r503PAYMENT_AMOUNT,r504PAYMENT_DATE,r513TRACKING_NUMBER,r514STATUS"
)


def test_a_reversal_of_the_exchange_layout_is_below_zero() -> None:
    row, faults = read(EXCHANGED_PAYMENTS, f"{BILL_ID},-295000,2025-07-10,8966,-1")
    assert not faults
    assert row is not None
    assert (row["amount_rial"], row["tracking"]) == (-295_000, "8966")


def test_a_cancelled_payment_above_zero_is_left_out() -> None:
    row, faults = read(EXCHANGED_PAYMENTS, f"{BILL_ID},295000,2025-07-10,8966,-1")
    assert row is None
    assert [(f.field, f.reason) for f in faults] == [("r514STATUS", Reason.REVERSAL_UNCLEAR)]


@pytest.mark.parametrize(
    "header",
    [
        "شناسه قبض,مبلغ پرداختی,تاریخ پرداخت,کد پیگیری",
        "شناسهٔ قبض,مبلغ پرداختي,تاريخ پرداخت,كد پيگيري",
        "شناسه‌قبض,مبلغ_پرداختی, تاریخ پرداخت ,کد پیگیری:",
    ],
)
def test_headers_of_reports_are_known_in_either_keyboard(header: str) -> None:
    row, faults = read(header, f"{BILL_ID},295000,1404/04/19,8966")
    assert not faults
    assert row is not None
    assert (row["amount_rial"], row["paid_on"]) == (295_000, "2025-07-10")


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(HeaderFault, match="payment_amt is there 2 times"):
        layout_of([*PAYMENTS.split(","), "Payment Amt"], layouts(hash_phone))


def test_the_layouts_of_one_kind_have_the_same_columns() -> None:
    for kind in Kind:
        of_kind = [layout for layout in layouts(hash_phone) if layout.kind is kind]
        assert len({layout.columns for layout in of_kind}) == 1


NASTY = st.one_of(
    st.text(max_size=30),
    st.text("0123456789۰۹٣-+./,،٬()'\"=@#E: T\u200f\u00a0", max_size=30),
    st.sampled_from(["9" * 5000, "1e99", "-" * 50, "1/1/1", "9999-99-99", "0000-00-00", '=""']),
)


@pytest.mark.parametrize("layout", layouts(hash_phone), ids=lambda layout: layout.tells[0][0])
@given(data=st.data())
def test_whatever_stands_in_a_row_it_is_taken_or_told(layout: Layout, data: st.DataObject) -> None:
    header = [field.sources[0][0] for field in layout.fields if field.sources]
    rows = data.draw(st.lists(st.tuples(*[NASTY] * len(header)), max_size=3))
    result = RowReader(layout, header).read(Chunk(1, [list(row) for row in rows]))
    left_out = {line for line, fault in result.faults if not fault.kept}
    assert len(result.accepted) + len(left_out) >= result.read
    assert all(len(row) == len(layout.columns) for row in result.accepted)
