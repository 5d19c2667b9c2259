"""Workbooks as Excel, Persian offices and report programs write them."""

import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Engine

from sms_service.billing.exports import Export, content_hash, examine, records
from sms_service.billing.importing import import_billing
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Kind, layouts
from sms_service.billing.reasons import Reason
from sms_service.billing.rows import ReadRows, RowReader
from sms_service.billing.sql import SqlBillingSource
from tests.support.billing import TODAY, hash_phone
from tests.support.bombs import SHEET_BEGINS, SHEET_ENDS, text_cell, write_book

BILL_ID = "1234567804423"
ZEROS = "0012345604420"
PAID = ("bill_identifier", "payment_date", "payment_amt", "ref_code")
BRANCHES = ("bill_identifier", "total_bill_debt", "mobile_number")
KNOWN = layouts(hash_phone, TODAY)

Cells = Iterable[Sequence[object]]


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Cells], Path]:
    """Write a workbook of one sheet of payments, the header given."""

    def write(rows: Cells) -> Path:
        book = Workbook()
        _fill(book.worksheets[0], [PAID, *rows])
        path = tmp_path / "book.xlsx"
        book.save(path)
        return path

    return write


def _fill(sheet: Worksheet, rows: Cells) -> None:
    for row in rows:
        sheet.append(list(row))


def read(export: Export) -> ReadRows:
    whole = ReadRows()
    reader = RowReader(export.layout, export.header)
    with records(export) as (chunks, _):
        for chunk in chunks:
            found = reader.read(chunk)
            whole.read += found.read
            whole.accepted += found.accepted
            whole.faults += found.faults
    return whole


def read_one(path: Path) -> ReadRows:
    [export] = examine(path, KNOWN)
    return read(export)


def test_a_workbook_is_imported_as_its_csv_would_be(engine: Engine, tmp_path: Path) -> None:
    book = Workbook()
    first = book.worksheets[0]
    first.title = "پرداخت‌ها"
    _fill(first, [("گزارش پرداخت‌های تیر",), (), PAID, (BILL_ID, date(2025, 7, 10), 295_000, 8966)])
    _fill(book.create_sheet("انشعاب"), [BRANCHES, (BILL_ID, 287_400, 9121234567)])
    book.save(tmp_path / "book.xlsx")
    summary = import_billing(engine, [tmp_path], hash_phone=hash_phone, today=TODAY)
    assert (summary.rows, summary.rejected, list(summary.faults)) == (2, 0, [])
    assert list(summary.files) == ["book.xlsx › پرداخت‌ها", "book.xlsx › انشعاب"]

    source = SqlBillingSource(engine)
    history = source.histories([BILL_ID])[BILL_ID]
    assert history is not None
    [payment] = history.payments
    assert (payment.paid_on, payment.amount_rial) == (date(2025, 7, 10), 295_000)
    assert payment.tracking == "8966"
    assert source.bills_of_phone(hash_phone("+989121234567")) == [BILL_ID]


@pytest.mark.parametrize(
    ("bill_id", "day", "amount", "code"),
    [
        (12345604420, datetime(2025, 7, 10), 295000.0, 8966),
        ("0012345604420", "1404/04/19", "۲۹۵٬۰۰۰", "8966"),
        (1.2345604420e10, datetime(2025, 7, 10, 9, 15), Decimal(295000), 8966.0),
        ('="0012345604420"', "2025-07-10T00:00:00Z", " 295000 ", '="8966"'),
        ("'0012345604420", 14040419, "295000.00", "'8966"),
    ],
)
def test_cells_of_every_type_say_the_same(
    save: Callable[[Cells], Path], bill_id: object, day: object, amount: object, code: object
) -> None:
    found = read_one(save([(bill_id, day, amount, code)]))
    assert found.faults == []
    assert [row[:4] for row in found.accepted] == [(ZEROS, "8966", 295_000, "2025-07-10")]


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ((BILL_ID, date(2025, 7, 10), "=A1*2", 1), "payment_amt", Reason.FORMULA),
        ((BILL_ID, "=TODAY()", 1, 1), "payment_date", Reason.FORMULA),
        ((BILL_ID, date(2025, 7, 10), "#N/A", 1), "payment_amt", Reason.EXCEL_ERROR),
        (("#REF!", date(2025, 7, 10), 1, 1), "bill_identifier", Reason.EXCEL_ERROR),
        ((BILL_ID, 45848, 1, 1), "payment_date", Reason.NO_SUCH_DAY),
        ((BILL_ID, True, 1, 1), "payment_date", Reason.NO_SUCH_DAY),
        ((12345678044235, date(2025, 7, 10), 1, 1), "bill_identifier", Reason.NOT_A_BILL_ID),
        ((1.234567e19, date(2025, 7, 10), 1, 1), "bill_identifier", Reason.LOST_DIGITS),
        ((BILL_ID, date(2025, 7, 10), 0.5, 1), "payment_amt", Reason.NOT_WHOLE),
        ((BILL_ID, date(2025, 7, 10), None, 1), "payment_amt", Reason.EMPTY),
    ],
)
def test_a_cell_that_can_not_be_taken_costs_its_row_and_is_told(
    save: Callable[[Cells], Path], row: Sequence[object], field: str, reason: Reason
) -> None:
    found = read_one(save([(BILL_ID, date(2025, 7, 9), 1, 1), row]))
    assert len(found.accepted) == 1
    assert [(line, fault.field, fault.reason) for line, fault in found.faults] == [
        (3, field, reason)
    ]


def test_a_formula_over_several_cells_is_one_too(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    _fill(sheet, [PAID, (BILL_ID, date(2025, 7, 10), 1, 1)])
    sheet["C2"] = ArrayFormula("C2:C2", "=SUM(A1:A2)")
    book.save(tmp_path / "a.xlsx")
    found = read_one(tmp_path / "a.xlsx")
    assert [fault.reason for _, fault in found.faults] == [Reason.FORMULA]


def test_blank_rows_short_rows_and_totals_are_what_they_are_in_a_csv(
    save: Callable[[Cells], Path],
) -> None:
    found = read_one(
        save([(BILL_ID, date(2025, 7, 10), 1), (), (None, None), ("جمع", None, 1), (None, "x")])
    )
    assert (found.read, len(found.accepted)) == (2, 1)
    assert [(line, fault.reason) for line, fault in found.faults] == [
        (5, Reason.TOTALS_ROW),
        (6, Reason.EMPTY),
        (6, Reason.EMPTY),
        (6, Reason.NO_SUCH_DAY),
    ]


def test_hidden_and_empty_sheets_are_skipped_and_unknown_ones_told(tmp_path: Path) -> None:
    book = Workbook()
    _fill(book.worksheets[0], [PAID, (BILL_ID, date(2025, 7, 10), 1, 1)])
    book.create_sheet("empty")
    hidden = book.create_sheet("hidden")
    hidden.sheet_state = "hidden"
    _fill(hidden, [PAID, (BILL_ID, date(2025, 7, 10), 2, 2)])
    _fill(book.create_sheet("راهنما"), [("این گزارش هر ماه ساخته می‌شود",)])
    book.save(tmp_path / "a.xlsx")
    found = read_one(tmp_path / "a.xlsx")
    assert (found.read, len(found.accepted)) == (1, 1)
    assert [(fault.value, fault.reason) for _, fault in found.faults] == [
        ("راهنما", Reason.SHEET_LEFT_OUT)
    ]


def test_a_workbook_without_a_known_sheet_is_one_line(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "a.xlsx")
    with pytest.raises(InputFault, match=r"^a\.xlsx: no known export") as told:
        examine(tmp_path / "a.xlsx", KNOWN)
    assert "\n" not in str(told.value)


def test_a_column_that_is_missing_is_told_with_its_sheet(tmp_path: Path) -> None:
    book = Workbook()
    _fill(book.worksheets[0], [PAID])
    _fill(book.create_sheet("تیر"), [PAID[1:]])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(
        InputFault, match=r"^a\.xlsx: sheet «تیر»: column bill_identifier is missing$"
    ):
        examine(tmp_path / "a.xlsx", KNOWN)


def test_days_counted_from_1904_are_the_days_they_show(tmp_path: Path) -> None:
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)
    _fill(book.worksheets[0], [PAID, (BILL_ID, date(2025, 7, 10), 1, 1)])
    book.save(tmp_path / "a.xlsx")
    [row] = read_one(tmp_path / "a.xlsx").accepted
    assert row[3] == "2025-07-10"


@pytest.mark.parametrize(
    ("number_format", "day"),
    [
        ("yyyy/mm/dd", "2025-07-10"),
        ("[$-3000429]yyyy/mm/dd;@", "2025-07-10"),
        ('0" day"', None),
        ("General", None),
        ("[Red]#,##0", None),
    ],
)
def test_a_number_is_a_day_where_its_format_shows_one(
    save: Callable[[Cells], Path], tmp_path: Path, number_format: str, day: str | None
) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    _fill(sheet, [PAID, (BILL_ID, 45848, 1, 1)])
    sheet["B2"].number_format = number_format
    book.save(tmp_path / "a.xlsx")
    assert [row[3] for row in read_one(tmp_path / "a.xlsx").accepted] == ([day] if day else [])


def test_names_with_a_prefix_and_cells_without_a_place_are_read(tmp_path: Path) -> None:
    cells = "".join(map(text_cell, (BILL_ID, "2025-07-10", "1000", "1")))
    header = "".join(map(text_cell, PAID))
    sheet = f"{SHEET_BEGINS}<row>{header}</row><row>{cells}</row>{SHEET_ENDS}"
    with_prefix = sheet.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    path = write_book(tmp_path / "a.xlsx", with_prefix.replace(" xmlns=", " xmlns:x="))
    assert [row[0] for row in read_one(path).accepted] == [BILL_ID]


def test_cells_may_be_out_of_order_and_rows_be_left_out(tmp_path: Path) -> None:
    header = "".join(map(text_cell, PAID))
    cells = "".join(
        f'<c r="{place}5" t="inlineStr"><is><r><t>{text[:2]}</t></r>'
        f"<r><t>{text[2:]}</t></r></is></c>"
        for place, text in (("D", "1"), ("A", BILL_ID), ("C", "1000"), ("B", "2025-07-10"))
    )
    sheet = f'{SHEET_BEGINS}<row r="2">{header}</row><row r="5">{cells}</row>{SHEET_ENDS}'
    path = write_book(tmp_path / "a.xlsx", sheet)
    [export] = examine(path, KNOWN)
    with records(export) as (chunks, _):
        filled = [
            (line, row)
            for chunk in chunks
            for line, row in zip(chunk.numbers(), chunk.rows, strict=True)
            if row
        ]
    assert filled == [(5, [BILL_ID, "2025-07-10", "1000", "1"])]


SHARED = [*PAID, "2025-07-10"]


def _shared(*numbers: int) -> str:
    cells = "".join(f'<c t="s"><v>{number}</v></c>' for number in numbers)
    return f"<row>{cells}</row>"


def test_texts_that_cells_share_are_found_without_their_phonetic_guides(tmp_path: Path) -> None:
    items = "".join(f"<si><t>{text}</t></si>" for text in SHARED)
    rich = f"<si><r><t>{BILL_ID[:5]}</t></r><r><t>{BILL_ID[5:]}</t></r><rPh><t>9</t></rPh></si>"
    amount = '<si><t xml:space="preserve"> 1000 </t></si>'
    sheet = f"{SHEET_BEGINS}{_shared(0, 1, 2, 3)}{_shared(5, 4, 6)}{SHEET_ENDS}"
    path = write_book(tmp_path / "a.xlsx", sheet, f"<sst>{items}{rich}{amount}</sst>")
    assert [row[:4] for row in read_one(path).accepted] == [(BILL_ID, "", 1000, "2025-07-10")]


@pytest.mark.parametrize(
    "declared", ["utf-7", "idna", "hex", "no-such-charset", "utf_16_be", "undefined"]
)
def test_a_sheet_in_an_encoding_that_no_xml_is_in_is_damaged(tmp_path: Path, declared: str) -> None:
    said = f'<?xml version="1.0" encoding="{declared}"?>'
    path = write_book(tmp_path / "a.xlsx", f"{said}{SHEET_BEGINS}{SHEET_ENDS}")
    with pytest.raises(InputFault, match=r"the workbook is damaged|no known export"):
        read_one(path)


def test_a_row_number_in_no_ascii_digits_is_none_and_a_huge_one_is_too_much(tmp_path: Path) -> None:
    header = "".join(map(text_cell, PAID))
    cells = "".join(map(text_cell, (BILL_ID, "2025-07-10", "1000", "1")))
    odd = f'{SHEET_BEGINS}<row r="²">{header}</row><row r="٢">{cells}</row>{SHEET_ENDS}'
    assert read_one(write_book(tmp_path / "a.xlsx", odd)).accepted
    huge = f'{SHEET_BEGINS}<row>{header}</row><row r="{"9" * 5000}">{cells}</row>{SHEET_ENDS}'
    with pytest.raises(InputFault, match="1,048,576 rows"):
        read_one(write_book(tmp_path / "b.xlsx", huge))


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_workbook_packed_as_no_office_program_packs_is_refused(
    tmp_path: Path, packing: int
) -> None:
    honest, odd = (
        write_book(tmp_path / "a.xlsx", f"{SHEET_BEGINS}{SHEET_ENDS}"),
        tmp_path / "b.xlsx",
    )
    with zipfile.ZipFile(honest) as given, zipfile.ZipFile(odd, "w", packing) as taken:
        for part in given.namelist():
            taken.writestr(part, given.read(part))
    with pytest.raises(InputFault, match="packed in an unknown way"):
        examine(odd, KNOWN)


@pytest.mark.parametrize("number", [-1, 7, 10**30])
def test_a_text_that_is_missing_is_told(tmp_path: Path, number: int) -> None:
    sheet = f"{SHEET_BEGINS}{_shared(number)}{SHEET_ENDS}"
    path = write_book(tmp_path / "a.xlsx", sheet, "<sst><si><t>x</t></si></sst>")
    with pytest.raises(InputFault, match="a cell's text is missing"):
        read_one(path)


def test_saving_a_workbook_under_another_name_does_not_make_it_another(
    save: Callable[[Cells], Path],
) -> None:
    path = save([(BILL_ID, date(2025, 7, 10), 1, 1)])
    other = path.with_name("other.xlsx")
    other.write_bytes(path.read_bytes())
    assert content_hash(examine(path, KNOWN)) == content_hash(examine(other, KNOWN))


def test_progress_goes_from_the_first_byte_to_the_last(save: Callable[[Cells], Path]) -> None:
    path = save((BILL_ID, date(2025, 7, 10), number, number) for number in range(1, 5001))
    [export] = examine(path, KNOWN)
    assert export.kind is Kind.PAYMENTS
    seen = [0]
    with records(export) as (chunks, done):
        seen.extend(done() for _ in chunks)
    assert seen == sorted(seen)
    assert 0 < seen[1] < seen[-1]
    assert 0.9 * export.size <= seen[-1] <= export.size


def _without(path: Path, part: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != part}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), "cut off"),
        (lambda path: _without(path, "xl/worksheets/sheet1.xml"), "missing"),
        (lambda path: _without(path, "_rels/.rels"), "no XLSX workbook"),
        (lambda path: _without(path, "xl/workbook.xml"), "missing"),
    ],
)
def test_a_damaged_workbook_is_one_line(
    save: Callable[[Cells], Path], spoil: Callable[[Path], None], said: str
) -> None:
    path = save([(BILL_ID, date(2025, 7, 10), 1, 1)])
    spoil(path)
    with pytest.raises(InputFault, match=r"^book\.xlsx: ") as told:
        read_one(path)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("seed", range(20))
def test_a_broken_byte_is_told_or_harmless(save: Callable[[Cells], Path], seed: int) -> None:
    path = save((BILL_ID, date(2025, 7, 10), 1, number) for number in range(50))
    content = bytearray(path.read_bytes())
    for place in range(seed * 7 + 3, len(content), len(content) // (seed + 1)):
        content[place] ^= 0x55
    path.write_bytes(content)
    with suppress(InputFault):
        assert read_one(path).read == 50
