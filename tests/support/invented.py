"""Invented subscribers as histories, straight from their rows."""

from datetime import date

from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, Branch, History, Payment
from sms_service.simulator.subscribers.life import (
    BillRow,
    BranchRow,
    PaymentRow,
    Subscriber,
    subscriber,
)
from sms_service.simulator.subscribers.span import span

UNTIL = date(2026, 11, 21)


def invented(count: int, *, seed: int = 1, years: int = 8) -> list[Subscriber]:
    """So many of a seed, from number 0 on."""
    time = span(years, UNTIL)
    return [subscriber(seed, number, time) for number in range(count)]


def as_history(one: Subscriber) -> History:
    """What a billing source would tell of this subscriber."""
    bills = sorted(
        map(_bill, one.bills),
        key=lambda bill: (bill.sale_year, bill.sale_period, bill.issued_on, bill.serial),
    )
    payments = sorted(
        map(_payment, one.payments),
        key=lambda p: (p.paid_on, p.amount_rial < 0, p.posted_on, p.tracking or ""),
    )
    branch = _branch(one.branch) if one.branch else None
    return History(one.bill_id, tuple(bills), tuple(payments), branch, UNTIL)


def _bill(row: BillRow) -> Bill:
    return Bill(
        serial=row.serial,
        sale_year=row.sale_year,
        sale_period=row.sale_period,
        amount_rial=Rial(row.amount_rial),
        mid_kwh=row.mid_kwh,
        peak_kwh=row.peak_kwh,
        low_kwh=row.low_kwh,
        days=row.days,
        issued_on=date.fromisoformat(row.issued_on),
        read_from=date.fromisoformat(row.read_from),
        read_to=date.fromisoformat(row.read_to),
        due_on=date.fromisoformat(row.due_on),
        previous_debt_rial=Rial(row.previous_debt_rial),
        rejected=row.rejected,
    )


def _payment(row: PaymentRow) -> Payment:
    return Payment(
        date.fromisoformat(row.paid_on),
        Rial(row.amount_rial),
        row.payment_id,
        date.fromisoformat(row.posted_on),
        row.tracking or None,
        row.bank_code,
        row.channel,
    )


def _branch(row: BranchRow) -> Branch:
    return Branch(
        None if row.debt_rial is None else Rial(row.debt_rial),
        row.payment_id,
        date.fromisoformat(row.due_on) if row.due_on else None,
        date.fromisoformat(row.last_read_on) if row.last_read_on else None,
        row.tariff,
        row.customer_type,
    )
