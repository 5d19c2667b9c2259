"""The demo's exports as they might come a month later: everything that can change has changed."""

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sms_service.domain.bill_id import check_digit
from tests.support.billing import DEMO_DATA

_Row = dict[str, str]
_NEW_PHONE = "09350000001"


def write_changed(folder: Path) -> None:
    """Write the three exports: some rows as they were, others changed, new and gone."""
    folder.mkdir()
    _rewrite("sales", folder, _bills)
    _rewrite("payments", folder, _payments)
    _rewrite("branches", folder, _branches)


def _bills(rows: Iterable[_Row]) -> Iterator[_Row]:
    for number, row in enumerate(rows):
        if number % 10 == 0:
            yield {**row, "bill_amt": str(int(row["bill_amt"]) + 11_000)}
        elif number % 10 == 1:
            yield {**row, "process_status": "-1"}
        elif number % 10 == 2:
            yield {**row, "bill_serial": str(9_000_000 + number), "sale_year": "1405"}
        elif number % 10 == 3:
            yield {**row, "bill_identifier": _newcomer(number)}
        elif number % 10 < 8:
            yield row


def _payments(rows: Iterable[_Row]) -> Iterator[_Row]:
    for number, row in enumerate(rows):
        if number % 8 == 0:
            yield {**row, "payment_amt": f"-{row['payment_amt']}"}
        elif number % 8 == 1:
            yield {**row, "payment_date": row["process_date"], "bank_code": "99"}
        elif number % 8 == 2:
            yield {**row, "ref_code": ""}
        elif number % 8 < 6:
            yield row


def _branches(rows: Iterable[_Row]) -> Iterator[_Row]:
    for number, row in enumerate(rows):
        if number % 4 == 0:
            yield {**row, "total_bill_debt": str(1_234_000 + number)}
        elif number % 4 == 1:
            yield {**row, "mobile_number": _NEW_PHONE if number % 8 == 1 else ""}
        elif number % 4 == 2:
            yield {**row, "bill_identifier": _newcomer(number), "last_read_date": "2026-11-22"}


def _newcomer(number: int) -> str:
    digits = f"{70_000_000 + number:08d}0442"
    return digits + str(check_digit(digits))


def _rewrite(name: str, folder: Path, change: Callable[[Iterable[_Row]], Iterator[_Row]]) -> None:
    with (
        gzip.open(DEMO_DATA / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as source,
        (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.DictReader(source)
        writer = csv.DictWriter(target, rows.fieldnames or ())
        writer.writeheader()
        writer.writerows(change(rows))
