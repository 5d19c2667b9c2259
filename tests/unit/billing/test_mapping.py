"""Mapping files: what they let in, and how their mistakes are told."""

import csv
from pathlib import Path

import pytest

from sms_service.billing.exports import content_hash, examine, records
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import Kind, layouts
from sms_service.billing.mapping import NAMES, load_mapping, mapped
from sms_service.billing.rows import ReadRows, RowReader

ROOT = Path(__file__).parents[3]
BILL_ID = "1234567804423"
KNOWN = layouts(str.encode)
EXAMPLE = """
# A report of the customer system.
[bills]
bill_identifier = "کد قبض"
bill_serial = "سریال"
sale_year = "سال"
sale_prd = "دوره"
bill_amt = { column = "مبلغ (تومان)", unit = "toman" }
normal_cons = "مصرف"
peak_cons = { value = "0" }
low_cons = { value = "0" }
reading_date = "تاریخ"
process_status = { value = "1" }
"""
REPORT = (
    f"کد قبض,سریال,سال,دوره,مبلغ (تومان),مصرف,تاریخ\n{BILL_ID},7,04,2,۲۹٬۵۰۰,120.5,1404/04/19\n"
)


def written(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return path


def read_with(mapping: Path, report: Path) -> tuple[ReadRows, tuple[str, ...]]:
    [export] = examine(report, mapped(KNOWN, load_mapping(mapping)))
    with records(export) as (chunks, _):
        [chunk] = chunks
        return RowReader(export.layout, export.header).read(chunk), export.layout.columns


def test_a_report_of_other_headers_and_units_is_read(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text(REPORT, encoding="utf-8")
    found, columns = read_with(written(tmp_path, EXAMPLE), report)
    assert found.faults == []
    [row] = found.accepted
    bill = dict(zip(columns, row, strict=True))
    assert (bill["bill_id"], bill["sale_year"], bill["read_to"]) == (BILL_ID, 1404, "2025-07-10")
    assert (bill["amount_rial"], bill["mid_kwh"], bill["peak_kwh"]) == (295_000, 121, 0)
    assert bill["rejected"] is False


def test_a_mapping_goes_before_the_headers_that_are_known(tmp_path: Path) -> None:
    report = tmp_path / "paid.csv"
    report.write_text(
        f"bill_identifier,payment_date,payment_amt,ref_code\n{BILL_ID},2025-07-10,29500,1\n"
    )
    mapping = '[payments]\npayment_amt = { column = "payment_amt", unit = "toman" }\n'
    found, columns = read_with(written(tmp_path, mapping), report)
    assert found.accepted[0][columns.index("amount_rial")] == 295_000


def test_other_kinds_are_still_known_by_their_own_headers(tmp_path: Path) -> None:
    report = tmp_path / "paid.csv"
    report.write_text(
        f"bill_identifier,payment_date,payment_amt,ref_code\n{BILL_ID},2025-07-10,1,1\n"
    )
    [export] = examine(report, mapped(KNOWN, load_mapping(written(tmp_path, EXAMPLE))))
    assert export.kind is Kind.PAYMENTS
    assert not export.layout.mapped


def test_the_same_file_read_in_another_way_is_not_known_already(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text(REPORT, encoding="utf-8")
    rial = load_mapping(written(tmp_path, EXAMPLE.replace('"toman"', '"rial"')))
    toman = load_mapping(written(tmp_path, EXAMPLE))
    exports = examine(report, mapped(KNOWN, toman))
    hashes = {content_hash(exports, mapping) for mapping in (None, rial, toman)}
    assert len(hashes) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mapping.toml: no table; it takes bills, payments, branches"),
        ("[bills", "mapping.toml: Expected ']' at the end of a table declaration (at end of d"),
        ('[bill]\na = "b"', "mapping.toml:1: bill: no such table; there are bills, payments"),
        (
            '[bills]\n\nbill_id = "x"',
            "mapping.toml:3: bills.bill_id: no column that is read has this name",
        ),
        (
            '[branches]\n[bills]\nbill_amt = { column = "x", unit = "dollar" }',
            "mapping.toml:1: branches: names no column",
        ),
        (
            '[bills]\nbill_amt = { column = "x", unit = "dollar" }',
            "mapping.toml:2: bills.bill_amt: unit dollar is unknown; there are rial, toman",
        ),
        (
            '[bills]\nbill_serial = { column = "x", unit = "toman" }',
            "mapping.toml:2: bills.bill_serial: only amounts and debts have a unit",
        ),
        (
            '[bills]\nbill_amt = { column = "x", value = "1" }',
            "mapping.toml:2: bills.bill_amt: takes either column or value",
        ),
        (
            '[bills]\nbill_amt = { name = "x" }',
            "mapping.toml:2: bills.bill_amt: name is unknown; there are column, unit, value",
        ),
        ("[bills]\nbill_amt = 5", "mapping.toml:2: bills.bill_amt: must be a column's name"),
        (
            '[bills]\n"a\\nb" = "x"',
            "mapping.toml:1: bills.a?b: no column that is read has this name",
        ),
        ('bills = "x"', "mapping.toml:1: bills: must be a table"),
    ],
)
def test_a_mistake_is_one_line_that_names_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputFault) as told:
        load_mapping(written(tmp_path, text))
    assert str(told.value).startswith(said)
    assert "\n" not in str(told.value)


def test_a_constant_that_its_field_can_not_take_is_refused(tmp_path: Path) -> None:
    mapping = load_mapping(written(tmp_path, EXAMPLE.replace('{ value = "1" }', '{ value = "?" }')))
    with pytest.raises(InputFault, match=r"bills\.process_status: value: not a whole number"):
        mapped(KNOWN, mapping)


def test_a_mapping_that_is_no_text_or_not_there_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    with pytest.raises(InputFault, match="No such file"):
        load_mapping(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputFault, match="not written in UTF-8"):
        load_mapping(path)


def test_every_column_of_the_interface_that_is_read_can_be_mapped() -> None:
    for layout in KNOWN[::2]:
        for field in layout.fields:
            assert field.sources[0][0] in NAMES[layout.kind]


def test_the_example_of_the_docs_is_read_as_it_stands(tmp_path: Path) -> None:
    page = (ROOT / "docs/reference/data-formats.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    mapping = load_mapping(written(tmp_path, example))
    assert Kind.BILLS in mapping.kinds
    header = next(csv.reader([page.partition("```csv\n")[2].splitlines()[0]]))
    report = tmp_path / "report.csv"
    report.write_text(",".join(header) + "\n", encoding="utf-8")
    [export] = examine(report, mapped(KNOWN, mapping))
    assert export.layout.mapped
