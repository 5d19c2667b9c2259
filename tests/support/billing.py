"""The demo's billing data: where they lie, and a plain reading of them to judge ours by."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path

from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, Branch, History, Payment

DEMO_DATA = Path(str(files("sms_service.simulator") / "data"))
LAST_DAY = date(2026, 11, 21)
"""The newest day that the demo data speak of."""
TODAY = date(2026, 11, 23)


def hash_phone(e164: str) -> bytes:
    """A stand-in for the keyed hash: as long, and as one-way as a test needs."""
    return e164.encode().rjust(32, b".")


def plainly_read() -> Mapping[str, History]:
    """Every history of the demo data, read with nothing but csv, int and date."""
    bills: dict[str, list[Bill]] = defaultdict(list)
    payments: dict[str, list[Payment]] = defaultdict(list)
    branches: dict[str, Branch] = {}
    for row in _rows("sales"):
        bills[row["bill_identifier"]].append(_bill(row))
    for row in _rows("payments"):
        payments[row["bill_identifier"]].append(_payment(row))
    for row in _rows("branches"):
        branches[row["bill_identifier"]] = _branch(row)
    return {
        bill_id: History(
            bill_id,
            tuple(sorted(bills[bill_id], key=_bill_order)),
            tuple(sorted(payments[bill_id], key=_payment_order)),
            branches.get(bill_id),
            LAST_DAY,
        )
        for bill_id in sorted({*bills, *payments, *branches})
    }


def _rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DEMO_DATA / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _bill(row: Mapping[str, str]) -> Bill:
    return Bill(
        serial=row["bill_serial"],
        sale_year=int(row["sale_year"]),
        sale_period=int(row["sale_prd"]),
        amount_rial=Rial(int(row["bill_amt"])),
        mid_kwh=int(row["normal_cons"]),
        peak_kwh=int(row["peak_cons"]),
        low_kwh=int(row["low_cons"]),
        days=int(row["total_days"]),
        issued_on=_day(row["issue_date"]),
        read_from=_day(row["prev_reading_date"]),
        read_to=_day(row["reading_date"]),
        due_on=_day(row["payment_dead_line"]),
        previous_debt_rial=Rial(int(row["previous_energy_debit"])),
        rejected=row["process_status"] == "-1",
    )


def _payment(row: Mapping[str, str]) -> Payment:
    return Payment(
        paid_on=_day(row["payment_date"]),
        amount_rial=Rial(int(row["payment_amt"])),
        payment_id=row["payment_identifier"] or None,
        posted_on=_day(row["process_date"]),
        tracking=row["ref_code"] or None,
        bank_code=row["bank_code"],
        channel=row["chanel_type"],
    )


def _branch(row: Mapping[str, str]) -> Branch:
    phone = row["mobile_number"]
    return Branch(
        debt_rial=Rial(int(row["total_bill_debt"])),
        payment_id=row["payment_identifier"] or None,
        due_on=_day(row["payment_dead_line"]),
        last_read_on=_day(row["last_read_date"]),
        tariff=int(row["tariff_type"]),
        customer_type=int(row["customer_type"]),
        phone_hash=hash_phone("+98" + phone[1:]) if phone else None,
    )


def _day(text: str) -> date:
    return date.fromisoformat(text.removesuffix("T00:00:00Z"))


def _bill_order(bill: Bill) -> tuple[int, int, date, int]:
    return bill.sale_year, bill.sale_period, bill.issued_on or date.min, int(bill.serial)


def _payment_order(payment: Payment) -> tuple[date, bool, date, str]:
    posted = payment.posted_on or payment.paid_on
    return payment.paid_on, payment.amount_rial < 0, posted, payment.tracking or ""
