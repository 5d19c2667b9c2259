"""What is read out to a subscriber, or printed: facts of a history, none of them shortened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sms_service.domain.calendar import jalali_of
from sms_service.domain.money import Rial
from sms_service.domain.payable import payment_id_to_pay_by
from sms_service.domain.records import History, Payment
from sms_service.domain.settlement import BillState, SettledBill, settle
from sms_service.language.payments_answer import payments_since
from sms_service.language.rows import is_two_monthly
from sms_service.language.style import Style


@dataclass(frozen=True, slots=True)
class ReadOut:
    """Templates make sentences of it. Bills and payments run from newest to oldest."""

    bill_id: str = field(repr=False)
    from_year: int
    debt_rial: Rial | None
    """Negative is credit; None where the source doesn't say."""
    due_on: date | None
    overdue: bool
    payment_id: str | None
    bills: Sequence[SettledBill]
    """Those of the start year and later."""
    agrees: bool
    """Whether the rows can say which bills are paid."""
    two_monthly: bool
    payments: Sequence[Payment]
    kwh: int
    billed_rial: Rial
    paid_rial: Rial
    unpaid: int
    """How many of the bills aren't wholly paid."""
    left_rial: Rial
    as_of: date | None
    """The day of the data; None: read live."""
    is_old: bool
    begins: int | None
    """The first year with a bill, where that is later than the one asked for."""


def read_out(history: History, from_year: int | None, style: Style) -> ReadOut:
    """The facts of this history since a year, by default as many years as an SMS tells."""
    year = from_year or _default_year(history, style)
    settled = settle(history)
    bills = [one for one in settled.bills if one.bill.sale_year >= year]
    payments = payments_since(history, year)
    debt, branch = settled.debt_rial, history.branch
    due = branch.due_on if branch and (debt or 0) > 0 else None
    first = min((one.bill.sale_year for one in settled.bills), default=None)
    open_bills = [one for one in bills if one.state in (BillState.UNPAID, BillState.PART_PAID)]
    return ReadOut(
        bill_id=history.bill_id,
        from_year=year,
        debt_rial=debt,
        due_on=due,
        overdue=due is not None and due < style.today,
        payment_id=payment_id_to_pay_by(history),
        bills=bills,
        agrees=settled.agrees is True,
        two_monthly=is_two_monthly(bills) if bills else False,
        payments=payments,
        kwh=sum(one.bill.kwh for one in bills),
        billed_rial=Rial(sum(one.bill.amount_rial for one in bills)),
        paid_rial=Rial(sum(payment.amount_rial for payment in payments)),
        unpaid=len(open_bills),
        left_rial=Rial(sum(one.left_rial for one in open_bills)),
        as_of=history.as_of,
        is_old=_is_old(history.as_of, style),
        begins=first if first is not None and from_year and first > from_year else None,
    )


def _default_year(history: History, style: Style) -> int:
    newest = next((bill for bill in reversed(history.bills) if not bill.rejected), None)
    this_year = jalali_of(style.today).year
    latest = min(newest.sale_year, this_year) if newest else this_year
    return latest - style.default_years


def _is_old(as_of: date | None, style: Style) -> bool:
    return as_of is not None and as_of < style.today - timedelta(days=style.data_old_after_days)
