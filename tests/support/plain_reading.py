"""A second reading of billing exports, to judge the service's by.

Nothing of the service's own code is in it: the csv module, dates and whole numbers only,
and settlement once more from its rules in words, the slow and obvious way.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple


class PlainBill(NamedTuple):
    serial: str
    year: int
    period: int
    amount: int
    mid: int
    peak: int
    low: int
    days: int
    issued: date
    read_from: date
    read_to: date
    due: date
    old_debt: int
    rejected: bool


class PlainPayment(NamedTuple):
    paid: date
    amount: int
    payment_id: str | None
    posted: date
    tracking: str | None
    bank: str
    channel: str


class PlainBranch(NamedTuple):
    debt: int | None
    payment_id: str | None
    due: date | None
    last_read: date | None
    tariff: int
    customer_type: int
    phone: str | None


class PlainState(NamedTuple):
    """What is known of one bill that counts."""

    serial: str
    state: str
    """paid, unpaid, part_paid or not_told."""
    left: int


@dataclass(slots=True)
class PlainHistory:
    """One subscriber's lines of the three files, from oldest to newest."""

    bills: list[PlainBill] = field(default_factory=list)
    payments: list[PlainPayment] = field(default_factory=list)
    branch: PlainBranch | None = None


def plain_histories(folder: Path) -> Mapping[str, PlainHistory]:
    """Every subscriber of the exports in a folder, by bill ID."""
    found: dict[str, PlainHistory] = defaultdict(PlainHistory)
    for line in _lines(folder, "sales"):
        found[line["bill_identifier"]].bills.append(_bill(line))
    for line in _lines(folder, "payments"):
        found[line["bill_identifier"]].payments.append(_payment(line))
    for line in _lines(folder, "branches"):
        found[line["bill_identifier"]].branch = _branch(line)
    for one in found.values():
        one.bills.sort(key=lambda bill: (bill.year, bill.period, bill.issued, int(bill.serial)))
        one.payments.sort(
            key=lambda payment: (
                *(payment.paid, payment.amount < 0, payment.posted),
                *(payment.tracking or "", payment.amount),
            )
        )
    return found


def plain_states(of: PlainHistory) -> tuple[bool | None, Sequence[PlainState]]:
    """Whether lines and debt agree, and the state of each bill that counts, oldest first.

    The debt now is the branch's. A payment's ID names year digit and period of the bill it is
    for; what it brings beyond that bill, and money without an ID, pays the oldest bills, so
    that what is owed is owed of the newest. A reversal undoes its payment.
    """
    counting = [bill for bill in of.bills if not bill.rejected]
    debt = of.branch.debt if of.branch else None
    untold = [PlainState(bill.serial, "not_told", 0) for bill in counting]
    if debt is None:
        return None, untold
    if not counting:
        return not of.payments, untold
    since = [payment for payment in of.payments if payment.posted >= counting[0].issued]
    owing = counting[0].old_debt + sum(bill.amount for bill in counting)
    standing = _standing(of.payments)
    if standing is None or owing - sum(payment.amount for payment in since) != debt:
        return False, untold
    covered = [0] * len(counting)
    for payment in standing:
        place = _bill_of(payment, counting)
        if place is not None:
            room = counting[place].amount - covered[place]
            covered[place] += max(0, min(payment.amount, room))
    owed, told = max(debt, 0), []
    for bill, paid in reversed(list(zip(counting, covered, strict=True))):
        left = min(max(bill.amount - paid, 0), owed)
        owed -= left
        state = "paid" if left == 0 else "unpaid" if left == bill.amount else "part_paid"
        told.append(PlainState(bill.serial, state, left))
    return True, told[::-1]


def _standing(payments: Sequence[PlainPayment]) -> list[PlainPayment] | None:
    left: list[PlainPayment] = []
    for payment in payments:
        if payment.amount >= 0:
            left.append(payment)
            continue
        undone = [
            one
            for one in left
            if (one.amount, one.payment_id) == (-payment.amount, payment.payment_id)
        ]
        if not undone:
            return None
        left.reverse()
        left.remove(undone[-1])
        left.reverse()
    return left


def _bill_of(payment: PlainPayment, bills: Sequence[PlainBill]) -> int | None:
    digits = (payment.payment_id or "").lstrip("0")
    if not 6 <= len(digits) <= 13:
        return None
    year_digit, period = int(digits[-5]), int(digits[-4:-2])
    places = [
        place
        for place, bill in enumerate(bills)
        if bill.year % 10 == year_digit and bill.period == period and bill.issued <= payment.paid
    ]
    return max(places, default=None)


def _lines(folder: Path, name: str) -> Iterator[dict[str, str]]:
    packed = folder / f"{name}.csv.gz"
    content = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else ""
    text = content or (folder / f"{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _bill(line: Mapping[str, str]) -> PlainBill:
    return PlainBill(
        line["bill_serial"],
        int(line["sale_year"]),
        int(line["sale_prd"]),
        int(line["bill_amt"]),
        int(line["normal_cons"]),
        int(line["peak_cons"]),
        int(line["low_cons"]),
        int(line["total_days"]),
        _day(line["issue_date"]),
        _day(line["prev_reading_date"]),
        _day(line["reading_date"]),
        _day(line["payment_dead_line"]),
        int(line["previous_energy_debit"]),
        line["process_status"] == "-1",
    )


def _payment(line: Mapping[str, str]) -> PlainPayment:
    return PlainPayment(
        _day(line["payment_date"]),
        int(line["payment_amt"]),
        line["payment_identifier"] or None,
        _day(line["process_date"]),
        line["ref_code"] or None,
        line["bank_code"],
        line["chanel_type"],
    )


def _branch(line: Mapping[str, str]) -> PlainBranch:
    debt, due, read = (
        line[name] for name in ("total_bill_debt", "payment_dead_line", "last_read_date")
    )
    return PlainBranch(
        int(debt) if debt else None,
        line["payment_identifier"] or None,
        _day(due) if due else None,
        _day(read) if read else None,
        int(line["tariff_type"]),
        int(line["customer_type"]),
        line["mobile_number"] or None,
    )


def _day(text: str) -> date:
    return date.fromisoformat(text[:10])
