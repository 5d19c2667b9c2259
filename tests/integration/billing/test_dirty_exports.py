"""Exports with the faults of real ones: each ends mended or reported, none in silence.

The files in ``tests/data/billing_dirty`` are of 150 made-up subscribers; what was done to
them on purpose is counted here, from the outside, and held against what the import tells.
"""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from sms_service.billing.exports import examine, records
from sms_service.billing.faults import RowFault
from sms_service.billing.layouts import layouts
from sms_service.billing.reasons import Mend, Reason
from sms_service.billing.rows import Row, RowReader
from sms_service.domain import bill_id as bill_ids

DIRTY = Path(__file__).parents[2] / "data" / "billing_dirty"
TODAY = date(2026, 11, 23)
KNOWN = layouts(lambda number: number.encode(), TODAY)


class Reading:
    """One of the files, read by us and, as plain texts, by ``csv``."""

    def __init__(self, name: str) -> None:
        path = DIRTY / f"{name}.csv.gz"
        [export] = examine(path, KNOWN)
        reader = RowReader(export.layout, export.header)
        self.columns = export.layout.columns
        self.rows: list[Row] = []
        self.faults: list[tuple[int, RowFault]] = []
        self.read = 0
        with records(export) as (chunks, _):
            for chunk in chunks:
                found = reader.read(chunk)
                self.read += found.read
                self.rows += found.accepted
                self.faults += found.faults
        self.mended = dict(reader.mended)
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            self.plain = list(csv.DictReader(file))

    def of_lines(self, reason: Reason) -> set[int]:
        return {line for line, fault in self.faults if fault.reason is reason}

    def plain_lines(self, is_dirty: Callable[[dict[str, str]], object]) -> set[int]:
        return {line for line, row in enumerate(self.plain, 2) if is_dirty(row)}

    def repeated(self, key: Sequence[str]) -> int:
        places = [self.columns.index(name) for name in key]
        keys = Counter(tuple(row[place] for place in places) for row in self.rows)
        return sum(keys.values()) - len(keys)


@pytest.fixture(scope="module")
def sales() -> Reading:
    return Reading("sales")


@pytest.fixture(scope="module")
def payments() -> Reading:
    return Reading("payments")


@pytest.fixture(scope="module")
def branches() -> Reading:
    return Reading("branches")


def test_every_row_is_taken_or_told(sales: Reading, payments: Reading, branches: Reading) -> None:
    for reading in (sales, payments, branches):
        left_out = {line for line, fault in reading.faults if not fault.kept}
        assert reading.read == len(reading.plain) == len(reading.rows) + len(left_out)


def test_bad_bills_are_told_for_what_is_wrong_with_them(sales: Reading) -> None:
    by_reason = Counter((fault.field, fault.reason, fault.kept) for _, fault in sales.faults)
    assert by_reason == {
        ("bill_identifier", Reason.WRONG_CHECK_DIGIT, False): 10,
        ("bill_amt", Reason.NOT_WHOLE, False): 9,
        ("reading_date", Reason.NO_SUCH_DAY, False): 6,
    }
    assert sales.of_lines(Reason.WRONG_CHECK_DIGIT) == sales.plain_lines(
        lambda row: not bill_ids.is_valid(row["bill_identifier"])
    )
    assert sales.of_lines(Reason.NOT_WHOLE) == sales.plain_lines(
        lambda row: row["bill_amt"] == "نامشخص"
    )
    assert sales.of_lines(Reason.NO_SUCH_DAY) == sales.plain_lines(
        lambda row: row["reading_date"] == "1403/13/40"
    )


def test_what_can_be_mended_in_bills_is_mended_and_counted(sales: Reading) -> None:
    assert sales.mended == {
        Mend.ZEROS: len(sales.plain_lines(lambda row: len(row["bill_identifier"]) < 13)),
        Mend.SHORT_YEAR: len(sales.plain_lines(lambda row: len(row["sale_year"]) < 4)),
        Mend.DIGITS: len(sales.plain_lines(lambda row: re.match("[۰-۹]", row["bill_amt"]))),
        Mend.JALALI_DAY: len(
            sales.plain_lines(
                lambda row: "/" in row["reading_date"] and row["reading_date"] != "1403/13/40"
            )
        ),
    }
    assert (sales.mended[Mend.ZEROS], sales.mended[Mend.SHORT_YEAR]) == (4, 15)
    assert (sales.mended[Mend.DIGITS], sales.mended[Mend.JALALI_DAY]) == (20, 20)


@pytest.mark.parametrize(
    ("line", "column", "value"),
    [
        (133, "bill_id", "0815838404425"),
        (923, "bill_id", "0089580304428"),
        (231, "sale_year", 1404),
        (1270, "sale_year", 1399),
        (93, "amount_rial", 2_630_000),
        (149, "read_to", "2020-07-07"),
    ],
)
def test_a_mended_bill_is_what_was_meant(
    sales: Reading, line: int, column: str, value: object
) -> None:
    written = sales.plain[line - 2]
    serial, place = sales.columns.index("serial"), sales.columns.index(column)
    found = [
        row
        for row in sales.rows
        if row[serial] == written["bill_serial"]
        and row[0] == written["bill_identifier"].zfill(bill_ids.BILL_ID_LENGTH)
    ]
    assert {row[place] for row in found} == {value}


def test_bills_that_are_there_twice_share_their_key(sales: Reading) -> None:
    assert sales.repeated(("bill_id", "serial")) == 24
    assert sales.repeated(sales.columns) == 24


def test_rejected_bills_stand_beside_their_corrections(sales: Reading) -> None:
    rejected = sales.columns.index("rejected")
    assert sum(bool(row[rejected]) for row in sales.rows) == 2


def test_payments_without_a_day_are_told_and_separators_mended(payments: Reading) -> None:
    assert payments.of_lines(Reason.EMPTY) == payments.plain_lines(
        lambda row: not row["payment_date"]
    )
    assert [(fault.field, fault.kept) for _, fault in payments.faults] == [
        ("payment_date", False)
    ] * 6
    with_separators = payments.plain_lines(lambda row: "," in row["payment_amt"])
    assert payments.mended == {Mend.SEPARATORS: len(with_separators)} == {Mend.SEPARATORS: 12}


def test_payments_that_are_there_twice_share_their_key(payments: Reading) -> None:
    assert payments.repeated(("bill_id", "tracking", "amount_rial", "untracked_key")) == 25
    assert payments.repeated(payments.columns) == 25


def test_every_reversal_stands_beside_its_payment(payments: Reading) -> None:
    amounts = {(row[0], row[1], row[2]) for row in payments.rows}
    reversals = {key for key in amounts if isinstance(key[2], int) and key[2] < 0}
    assert len(reversals) == 23
    assert {(bill, code, -int(str(amount))) for bill, code, amount in reversals} <= amounts


def test_phones_come_to_one_form_and_the_one_that_is_none_is_told(branches: Reading) -> None:
    assert [(fault.field, fault.reason, fault.kept) for _, fault in branches.faults] == [
        ("mobile_number", Reason.NOT_A_MOBILE, True)
    ]
    assert branches.mended == {
        Mend.PHONE: len(branches.plain_lines(lambda row: row["mobile_number"].startswith("+98 ")))
    }
    phones = [row[branches.columns.index("phone_hash")] for row in branches.rows]
    assert sum(phone is None for phone in phones) == 17
    assert all(re.fullmatch(rb"\+989\d{9}", phone) for phone in phones if isinstance(phone, bytes))
