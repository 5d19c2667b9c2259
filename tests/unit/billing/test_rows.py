"""Rows of an export: what goes in, what is left empty, what is left out."""

import csv
from collections.abc import Sequence

import pytest

from sms_service.billing.layouts import Kind, layouts
from sms_service.billing.rows import HeaderFault, Row, RowFault, RowReader, layout_of

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
    row, faults = RowReader(layout, names).read(next(csv.reader([line])))
    return _named(layout.columns, row), faults


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
        ("bill_identifier", "wrong check digit", False),
        ("payment_amt", "not a whole number", False),
        ("payment_date", "no such day", False),
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
    assert [fault.reason for fault in faults] == ["7 fields instead of 6"]


def test_a_phone_leaves_its_reader_as_a_hash_and_a_name_not_at_all() -> None:
    hashed.clear()
    row, _ = read(BRANCHES, f"{BILL_ID},0,09121234567,مریم,0012345678")
    assert row is not None
    assert hashed == ["+989121234567"]
    assert row["phone_hash"] == b"4567"
    assert not {"مریم", "0012345678", "09121234567", "+989121234567"} & set(map(str, row.values()))
