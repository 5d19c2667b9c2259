"""A history as the bill's page tells it: the rows of the wished years, each with its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sms_service.console.subscribers.chart import Chart, Period, chart_of
from sms_service.domain.calendar import jalali_of
from sms_service.domain.payable import payment_id_to_pay_by
from sms_service.domain.records import Bill, Branch, History
from sms_service.domain.settlement import SettledBill
from sms_service.domain.settlement_reasons import Explanation, ToldPayment, explain


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill with what is proven of it; a rejected one has no state."""

    bill: Bill
    settled: SettledBill | None


@dataclass(frozen=True, slots=True)
class ToPay:
    """The number to pay the debt by."""

    payment_id: str | None
    is_branchs: bool
    """The branch's own, checked; else it was made of the debt and the newest period."""


@dataclass(frozen=True, slots=True)
class BillReading:
    """All that the page shows of the records."""

    bill_id: str
    years: Sequence[int]
    """Those that have bills, newest first."""
    from_year: int
    bills: Sequence[BillRow]
    payments: Sequence[ToldPayment]
    periods: Sequence[Period]
    chart: Chart | None
    explanation: Explanation
    branch: Branch | None
    to_pay: ToPay
    as_of: date | None
    kwh: int
    """Used in all periods shown."""


def read_bill(history: History, from_year: int) -> BillReading:
    """The history from a Jalali year on."""
    told = explain(history)
    bills = [row for row in _rows(history, told) if row.bill.sale_year >= from_year]
    periods = [one for one in _periods(history) if one.year >= from_year]
    return BillReading(
        history.bill_id,
        sorted({bill.sale_year for bill in history.bills}, reverse=True),
        from_year,
        bills,
        [one for one in told.payments if _year_of(one) >= from_year],
        periods,
        chart_of(periods),
        told,
        history.branch,
        _to_pay(history),
        history.as_of,
        sum(one.kwh for one in periods),
    )


def _rows(history: History, told: Explanation) -> list[BillRow]:
    """Newest first. The settlement leaves rejected bills out and keeps the others' order."""
    settled = iter(told.settlement.bills)
    return [
        BillRow(bill, None if bill.rejected else next(settled)) for bill in reversed(history.bills)
    ]


def _periods(history: History) -> list[Period]:
    used: dict[tuple[int, int], int] = {}
    for bill in history.bills:
        if not bill.rejected:
            period = (bill.sale_year, bill.sale_period)
            used[period] = used.get(period, 0) + bill.kwh
    return [_period(period, used) for period in sorted(used, reverse=True)]


def _period(period: tuple[int, int], used: Mapping[tuple[int, int], int]) -> Period:
    year, number = period
    return Period(year, number, used[period], used.get((year - 1, number)))


def _year_of(one: ToldPayment) -> int:
    return one.bill.sale_year if one.bill else jalali_of(one.payment.paid_on).year


def _to_pay(history: History) -> ToPay:
    told = payment_id_to_pay_by(history)
    own = history.branch.payment_id if history.branch else None
    return ToPay(told, told is not None and told == own)
