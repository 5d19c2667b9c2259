"""Subscribers made up to show answers by. Nobody is meant; their bills are always of late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sms_service.domain.bill_id import check_digit, make_payment_id
from sms_service.domain.calendar import gregorian_of, jalali_of
from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, Branch, History, Payment

_ELECTRICITY, _GAS = 2, 3
_USE = (248, 390, 512, 479, 245, 255)
_SMELTER = 6000
_FILE = 12_347_170
_ANOTHER_COMPANY = {"035": "036"}
_TRACKING = 896_700_105_287


@dataclass(frozen=True, slots=True)
class Samples:
    """Made-up subscribers by name, and bill IDs that lead nowhere."""

    histories: Mapping[str, History]
    unknown: str
    """Right, and in no record."""
    mistyped: str
    other_company: str
    gas: str


def samples_of(today: date, company: str) -> Samples:
    """The samples as they are on a day, for the company of this code."""
    maker = _Maker(today, company)
    bills = maker.bills()
    few = bills[-4:]
    histories = {
        "paid": maker.history(1, bills, bills),
        "debtor": maker.history(2, bills, bills[:-1]),
        "overdue": maker.history(3, bills, bills[:-2], overdue=True),
        "credit": maker.history(4, bills, bills, credit=1_500_000),
        "part_paid": maker.history(5, bills, bills[:-1], part=1_000_000),
        "new": maker.history(6, few[-1:], ()),
        "no_bills": maker.history(7, (), ()),
        "factory": maker.history(8, maker.bills(_SMELTER), maker.bills(_SMELTER)[:-1]),
        "disagrees": maker.history(9, bills, bills[:-1], told_debt=3_120_000),
        "old_data": maker.history(10, bills[:-2], bills[:-2], age_days=90),
        "ended": maker.history(14, maker.bills(ago=12), maker.bills(ago=12)),
    }
    right = maker.bill_id(11)
    other = _ANOTHER_COMPANY.get(company, "035")
    return Samples(
        histories,
        unknown=right,
        mistyped=right[:-1] + str((int(right[-1]) + 3) % 10),
        other_company=_id(_FILE + 12, other, _ELECTRICITY),
        gas=_id(_FILE + 13, company, _GAS),
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    today: date
    company: str

    def bill_id(self, number: int) -> str:
        return _id(_FILE + number, self.company, _ELECTRICITY)

    def bills(self, scale: int = 1, count: int = 14, ago: int = 0) -> list[Bill]:
        """Bills of two months each, the last one issued some weeks, or ``ago`` periods, ago."""
        now = jalali_of(self.today)
        last = now.year * 6 + (now.month - 1) // 2 - 1 - ago
        return [_bill(number // 6, number % 6 + 1, scale) for number in range(last - count, last)]

    def history(  # noqa: PLR0913  # a sample names what it is about
        self,
        number: int,
        bills: Sequence[Bill],
        paid: Sequence[Bill],
        *,
        credit: int = 0,
        part: int = 0,
        overdue: bool = False,
        told_debt: int | None = None,
        age_days: int = 1,
    ) -> History:
        """One subscriber, whose first bill carries over what makes the rows add up."""
        payments = [_payment(bill, bill.amount_rial) for bill in paid]
        if part:
            payments.append(_payment(bills[-1], part))
        if credit:
            payments.append(_payment(bills[-1], credit, after=9))
        owed = sum(bill.amount_rial for bill in bills) - sum(p.amount_rial for p in payments)
        debt = Rial(owed if told_debt is None else told_debt)
        due = self.today + timedelta(days=-12 if overdue else 10)
        branch = Branch(debt, due_on=due if debt > 0 else None, tariff=1000)
        as_of = self.today - timedelta(days=age_days)
        in_order = sorted(payments, key=lambda payment: payment.paid_on)
        return History(self.bill_id(number), tuple(bills), tuple(in_order), branch, as_of)


def _bill(year: int, period: int, scale: int) -> Bill:
    kwh = scale * (_USE[period - 1] + (year * period) % 7)
    read_to = gregorian_of(year, 2 * period, 20)
    rate = 2200 + 4 * kwh // scale
    return Bill(
        serial=f"{year}{period:02d}",
        sale_year=year,
        sale_period=period,
        amount_rial=Rial(rate * kwh // 1000 * 1000),
        mid_kwh=kwh,
        days=60,
        issued_on=read_to + timedelta(days=2),
        read_from=read_to - timedelta(days=60),
        read_to=read_to,
        due_on=read_to + timedelta(days=22),
    )


def _payment(bill: Bill, rial: int, after: int = 12) -> Payment:
    issued_on = bill.issued_on or date.min
    by = make_payment_id("0", Rial(rial), bill.sale_year, bill.sale_period)
    tracking = str(_TRACKING + 7919 * bill.sale_period + bill.sale_year)
    return Payment(issued_on + timedelta(days=after), Rial(rial), by, tracking=tracking)


def _id(file_number: int, company: str, utility: int) -> str:
    body = f"{file_number:08d}{company}{utility}"
    return f"{body}{check_digit(body)}"
