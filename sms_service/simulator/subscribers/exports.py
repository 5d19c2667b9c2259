"""Invented subscribers as the three CSV exports of the national interface."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sms_service.domain.bill_id import company_code
from sms_service.simulator.subscribers.life import BillRow, PaymentRow, Subscriber
from sms_service.simulator.subscribers.making import Wanted, made_in_order

_SALES = (
    "bill_identifier,bill_serial,sale_year,sale_prd,bill_type,bill_status,process_status,"
    "issue_date,prev_reading_date,reading_date,reject_date,total_days,normal_cons,peak_cons,"
    "low_cons,friday_cons,react_cons,gross_amt,bill_amt,previous_energy_debit,payment_dead_line\n"
)
_PAYMENTS = (
    "bill_identifier,payment_identifier,payment_date,process_date,payment_amt,bank_code,"
    "ref_code,chanel_type\n"
)
_BRANCHES = (
    "bill_identifier,payment_identifier,total_bill_debt,payment_dead_line,last_read_date,"
    "last_sale_year,last_sale_prd,company_code,tariff_type,customer_type,mobile_number\n"
)
_MIDNIGHT = "T00:00:00Z"
_FRIDAYS = 7


@dataclass(frozen=True, slots=True)
class _Lines:
    """One chunk of each file, and how many bills it holds."""

    sales: str
    payments: str
    branches: str
    bills: int


def write_exports(
    wanted: Wanted, folder: Path, processes: int, report: Callable[[int], None]
) -> int:
    """Write sales.csv, payments.csv and branches.csv; returns how many bills they hold.

    ``report`` hears the number of bills so far. Raises FileExistsError rather than write
    over a file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = 0
    with ExitStack() as opened:
        sales, payments, branches = (
            opened.enter_context((folder / name).open("x", encoding="ascii", newline=""))
            for name in ("sales.csv", "payments.csv", "branches.csv")
        )
        sales.write(_SALES)
        payments.write(_PAYMENTS)
        branches.write(_BRANCHES)
        for lines in made_in_order(wanted, _lines, processes):
            sales.write(lines.sales)
            payments.write(lines.payments)
            branches.write(lines.branches)
            done += lines.bills
            report(done)
    return done


def _lines(wanted: Wanted, numbers: Sequence[int]) -> _Lines:
    sales: list[str] = []
    payments: list[str] = []
    branches: list[str] = []
    for one in wanted.subscribers(numbers):
        sales.extend(map(_sale, one.bills))
        payments.extend(map(_payment, one.payments))
        branches.append(_branch(one))
    return _Lines("".join(sales), "".join(payments), "".join(branches), len(sales))


def _sale(bill: BillRow) -> str:
    kwh = bill.mid_kwh + bill.peak_kwh + bill.low_kwh
    return (
        f"{bill.bill_id},{bill.serial},{bill.sale_year},{bill.sale_period},{bill.kind},1,"
        f"{-1 if bill.rejected else 1},{bill.issued_on}{_MIDNIGHT},{bill.read_from}{_MIDNIGHT},"
        f"{bill.read_to}{_MIDNIGHT},{_time(bill.issued_on if bill.rejected else None)},"
        f"{bill.days},{bill.mid_kwh},{bill.peak_kwh},{bill.low_kwh},{kwh // 3 // _FRIDAYS},0,"
        f"{bill.amount_rial},{bill.amount_rial},{bill.previous_debt_rial},"
        f"{bill.due_on}{_MIDNIGHT}\n"
    )


def _payment(payment: PaymentRow) -> str:
    return (
        f"{payment.bill_id},{payment.payment_id or ''},{payment.paid_on}{_MIDNIGHT},"
        f"{payment.posted_on}{_MIDNIGHT},{payment.amount_rial},{payment.bank_code},"
        f"{payment.tracking},{payment.channel}\n"
    )


def _branch(one: Subscriber) -> str:
    branch = one.branch
    if branch is None:
        return ""
    last = one.bills[-1] if one.bills else None
    sale = f"{last.sale_year},{last.sale_period}" if last else ","
    debt = "" if branch.debt_rial is None else branch.debt_rial
    return (
        f"{one.bill_id},{branch.payment_id or ''},{debt},{_time(branch.due_on)},"
        f"{_time(branch.last_read_on)},{sale},{int(company_code(one.bill_id))},"
        f"{branch.tariff},{branch.customer_type},{branch.phone or ''}\n"
    )


def _time(day: str | None) -> str:
    return f"{day}{_MIDNIGHT}" if day else ""
