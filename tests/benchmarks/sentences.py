"""The usual way to tell a history by SMS, for comparison: whole sentences, exact figures.

Each bill names its period, day of reading, consumption, amount, what became of it and until
when it is to be paid, in as few words as a whole sentence needs.
"""

from datetime import date

from sms_service.domain.calendar import jalali_of
from sms_service.domain.records import History
from sms_service.domain.settlement import BillState, SettledBill, settle
from sms_service.language.wording import persian_digits


def in_sentences(of: History) -> str:
    """The whole history, newest bill first, one line a bill."""
    settlement = settle(of)
    lines = [
        f"مشترک گرامی، سوابق برق شما با شناسه قبض {of.bill_id} به شرح زیر است.",
        *map(_bill, settlement.bills),
        *([f"بدهی شما {settlement.debt_rial:,} ریال است."] if settlement.debt_rial else []),
    ]
    return persian_digits("\n".join(lines))


def _bill(settled: SettledBill) -> str:
    bill = settled.bill
    return (
        f"قبض دوره {bill.sale_period} سال {bill.sale_year}: قرائت {_day(bill.read_to)}، "
        f"مصرف {bill.kwh} کیلووات ساعت، مبلغ {bill.amount_rial:,} ریال، "
        f"مهلت پرداخت {_day(bill.due_on)}، {_state(settled)}."
    )


def _state(settled: SettledBill) -> str:
    match settled.state:
        case BillState.PAID if settled.paid_on:
            return f"در {_day(settled.paid_on)} پرداخت شده است"
        case BillState.PAID:
            return "پرداخت شده است"
        case BillState.PART_PAID:
            return f"{settled.left_rial:,} ریال آن پرداخت نشده است"
        case BillState.UNPAID:
            return "پرداخت نشده است"
    return "وضعیت پرداخت آن معلوم نیست"


def _day(day: date | None) -> str:
    if day is None:
        return "نامعلوم"
    jalali = jalali_of(day)
    return f"{jalali.year}/{jalali.month:02}/{jalali.day:02}"
