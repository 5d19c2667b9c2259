"""Histories made for tests: by hand, and by hypothesis."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

from sms_service.domain.calendar import gregorian_of
from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, Branch, History, Payment

BILL_ID = "1234567804423"
TODAY = date(2026, 11, 23)
"""2 Azar 1405."""
YESTERDAY = TODAY - timedelta(days=1)
LAST_MONTHS = (2, 4, 6, 8, 10, 12)


def two_month_bill(year: int, period: int, kwh: int = 300, amount: int = 1_000_000) -> Bill:
    """A bill read on the 20th of the last month of its period."""
    read_to = gregorian_of(year, LAST_MONTHS[period - 1], 20)
    return Bill(
        serial=f"{year}{period:02d}",
        sale_year=year,
        sale_period=period,
        amount_rial=Rial(amount),
        mid_kwh=kwh,
        days=60,
        issued_on=read_to + timedelta(days=2),
        read_from=read_to - timedelta(days=60),
        read_to=read_to,
        due_on=read_to + timedelta(days=22),
    )


def two_monthly(first: int, last: int) -> list[Bill]:
    """Every bill from period 1 of the first year to period 4 of the last."""
    return [
        two_month_bill(year, period, 200 + 10 * period + year % 10, 1_000_000 + 10_000 * period)
        for year in range(first, last + 1)
        for period in range(1, 7)
        if (year, period) <= (last, 4)
    ]


def paid(bill: Bill, *, after_days: int = 10, amount: int | None = None) -> Payment:
    """A payment by the bill's payment ID, so many days after its issue."""
    rial = bill.amount_rial if amount is None else Rial(amount)
    issued_on = bill.issued_on or TODAY
    return Payment(
        paid_on=issued_on + timedelta(days=after_days),
        amount_rial=rial,
        payment_id=f"{rial // 1000}{bill.sale_year % 10}{bill.sale_period:02d}55",
        tracking="896700105287",
    )


def history(
    bills: Sequence[Bill],
    payments: Sequence[Payment] = (),
    debt: int | None = 0,
    *,
    as_of: date | None = None,
    due_on: date | None = None,
) -> History:
    """A history; the first bill carries over what makes the rows add up to the debt."""
    told = list(bills)
    first = next((index for index, bill in enumerate(told) if not bill.rejected), None)
    if first is not None and debt is not None:
        billed = sum(bill.amount_rial for bill in told if not bill.rejected)
        opening = debt - billed + sum(payment.amount_rial for payment in payments)
        told[first] = told[first]._replace(previous_debt_rial=Rial(opening))
    branch = Branch(debt_rial=None if debt is None else Rial(debt), due_on=due_on)
    by_day = sorted(payments, key=lambda payment: payment.paid_on)
    return History(BILL_ID, tuple(told), tuple(by_day), branch, as_of)


def newest_bills(of: History, count: int) -> History | None:
    """The same subscriber as if records began with the newest so many bills, or None with fewer.

    What the first of them carries over is set so that the rows still add up to the debt.
    """
    kept = [bill for bill in of.bills if not bill.rejected][-count:]
    if len(kept) < count or of.branch is None or of.branch.debt_rial is None:
        return None
    begins = kept[0].issued_on or date.min
    payments = tuple(p for p in of.payments if (p.posted_on or p.paid_on) >= begins)
    billed = sum(bill.amount_rial for bill in kept)
    opening = of.branch.debt_rial - billed + sum(payment.amount_rial for payment in payments)
    kept[0] = kept[0]._replace(previous_debt_rial=Rial(opening))
    return replace(of, bills=tuple(kept), payments=payments)


def any_history() -> st.SearchStrategy[History]:
    """Anything that a billing source may tell, also what does not add up.

    Made from a seed: hypothesis tries thousands, where drawing every number would be slow.
    """
    return st.integers(0, 2**32 - 1).map(_invented)


def _invented(seed: int) -> History:
    chance = Random(seed)
    bills = _bills(chance, chance.choice([1405, 1405, 1403]))
    payments = [payment for bill in bills for payment in _payments(chance, bill)]
    debt = chance.choice([None, 0, chance.randrange(-(10**7), 10**7), _amount(chance)])
    told = history(
        bills,
        payments,
        debt,
        as_of=chance.choice([None, YESTERDAY, date(2026, 5, 1), date(2024, 3, 1)]),
        due_on=chance.choice([None, date(2026, 12, 1), date(2025, 1, 1)]),
    )
    if chance.random() < 0.25:
        unproven = Branch(Rial(chance.randrange(1, 10**8)), due_on=date(2026, 12, 1))
        told = replace(told, branch=unproven)
    return told


def _amount(chance: Random) -> int:
    return chance.choice(
        [
            0,
            chance.randrange(1, 100_000),
            1000 * chance.randrange(100, 100_000),
            chance.randrange(10**9, 5 * 10**12),
        ]
    )


def _bills(chance: Random, last_year: int) -> list[Bill]:
    monthly = chance.random() < 0.4
    huge = chance.random() < 0.2
    years = range(last_year - chance.choice([0, 0, 1, 2, 5, 27]), last_year + 1)
    bills: list[Bill] = []
    for year in years:
        for period in range(1, 13 if monthly else 7):
            if chance.random() < 0.1:
                continue
            bills.append(_bill(chance, (year, period), monthly=monthly, huge=huge))
            if chance.random() < 0.05:
                rejected = chance.random() < 0.5
                bills.append(bills[-1]._replace(rejected=rejected, serial="again"))
    return bills


def _bill(chance: Random, when: tuple[int, int], *, monthly: bool, huge: bool) -> Bill:
    year, period = when
    middle = gregorian_of(year, period if monthly else 2 * period, 15)
    read_to = middle + timedelta(days=chance.randrange(-25, 35))
    thousands = chance.randrange(10**5, 10**8) if huge else chance.randrange(100, 20_000)
    return Bill(
        serial=f"{year}{period:02d}",
        sale_year=year,
        sale_period=period,
        amount_rial=Rial(_amount(chance) if chance.random() < 0.1 else 1000 * thousands),
        mid_kwh=chance.choice([0, chance.randrange(5_000), chance.randrange(5_000), 10**7]),
        days=chance.choice([30 if monthly else 60, None]),
        issued_on=read_to + timedelta(days=2),
        read_to=None if chance.random() < 0.2 else read_to,
    )


def _payments(chance: Random, bill: Bill) -> list[Payment]:
    if chance.random() < 0.2 or bill.amount_rial == 0:
        return []
    share = chance.choice([1, 1, 1, 2, 3])
    days = chance.choice([chance.randrange(40), chance.randrange(400)])
    payment = paid(bill, after_days=days, amount=bill.amount_rial // share or 1)
    if chance.random() < 0.25:
        payment = payment._replace(payment_id=None)
    if chance.random() < 0.9:
        return [payment]
    later = payment.paid_on + timedelta(days=3)
    return [payment, payment._replace(paid_on=later, amount_rial=Rial(-payment.amount_rial))]
