"""Which bills are paid, as far as the data prove it.

Debt now is the branch record's figure, never a sum: exports begin in mid-life, with an
opening balance. A payment ID's year digit and period link a payment to its bill; money
without a link, and what a linked payment brought beyond its bill, settles the oldest bills
first, counted back from the branch's debt. Rows are told only when they agree with the
branch: what the first bill carried over, plus all bills, less all payments, is the debt.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sms_service.domain.bill_id import payment_period
from sms_service.domain.calendar import jalali_of
from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, History, Payment


class BillState(StrEnum):
    PAID = "paid"
    UNPAID = "unpaid"
    PART_PAID = "part_paid"
    NOT_TOLD = "not_told"
    """The data don't prove a state."""


@dataclass(frozen=True, slots=True)
class SettledBill:
    """A bill that counts, with what is proven of its payment."""

    bill: Bill
    state: BillState
    left_rial: Rial = Rial(0)
    """What is still owed of this bill."""
    paid_on: date | None = None
    """Day of the payment that completed it; None if unpaid, or settled by older credit."""


@dataclass(frozen=True, slots=True)
class Settlement:
    debt_rial: Rial | None
    """The branch's figure; negative is credit; None when the source doesn't say."""
    agrees: bool | None
    """Whether bills and payments add up to the branch's debt; None without that figure."""
    bills: tuple[SettledBill, ...]
    """Newest first, without rejected bills."""


def settle(history: History, newest: int | None = None) -> Settlement:
    """Decide the state of every bill that counts, or of the newest so many only.

    Asking for fewer bills is faster and never changes what is said of them.
    """
    bills = _counting(history.bills)
    wanted = len(bills) if newest is None else min(newest, len(bills))
    debt = history.branch.debt_rial if history.branch else None
    if debt is None or not bills:
        agrees = None if debt is None else not history.payments
        return Settlement(debt, agrees, _not_told(bills, wanted))
    standing = standing_payments(history.payments)
    if standing is None or not _adds_up(bills, history.payments, debt):
        return Settlement(debt, False, _not_told(bills, wanted))
    return Settlement(debt, True, _settled(bills, standing, debt, wanted))


def standing_payments(payments: Sequence[Payment]) -> list[Payment] | None:
    """Payments that still stand: a reversal takes away itself and what it reverses.

    None when a reversal matches no earlier payment, so that what stands isn't known.
    """
    if min([payment.amount_rial for payment in payments], default=0) >= 0:
        return list(payments)
    standing: list[Payment] = []
    for payment in payments:
        if payment.amount_rial >= 0:
            standing.append(payment)
            continue
        reversed_one = _reversed_by(payment, standing)
        if reversed_one is None:
            return None
        del standing[reversed_one]
    return standing


def paid_by_year(history: History) -> dict[int, Rial]:
    """What was paid for each Jalali sale year: by the linked bill, else by the payment's day.

    Reversed payments are left out with their reversals; an unmatched reversal is subtracted.
    """
    bills = _counting(history.bills)
    standing = standing_payments(history.payments)
    payments = history.payments if standing is None else standing
    totals: dict[int, int] = defaultdict(int)
    for payment, linked in zip(payments, _links(bills, payments), strict=True):
        year = jalali_of(payment.paid_on).year if linked is None else bills[linked].sale_year
        totals[year] += payment.amount_rial
    return {year: Rial(total) for year, total in totals.items()}


def _links(bills: Sequence[Bill], payments: Sequence[Payment]) -> list[int | None]:
    """For each payment the index of the bill that its ID speaks of.

    That is the newest bill of the ID's year digit and period which was issued by the day of
    the payment: the digit repeats every ten years, and no ID is known before its issue.
    """
    by_period: dict[tuple[int, int], list[int]] = {}
    for index, bill in enumerate(bills):
        by_period.setdefault((bill.sale_year % 10, bill.sale_period), []).append(index)
    return [_link(bills, by_period, payment) for payment in payments]


def _link(
    bills: Sequence[Bill], by_period: dict[tuple[int, int], list[int]], payment: Payment
) -> int | None:
    period = payment_period(payment.payment_id) if payment.payment_id else None
    if period is None:
        return None
    for index in reversed(by_period.get(period, ())):
        if _known_from(bills[index]) <= payment.paid_on:
            return index
    return None


def _known_from(bill: Bill) -> date:
    return bill.issued_on or bill.read_to or date.min


class _Money:
    """Money without a bill of its own, drawn from the newest end."""

    def __init__(self, pieces: Iterable[tuple[date, int]]) -> None:
        self._pieces = sorted(pieces)

    def draw(self, amount: int) -> date | None:
        """Take this much; the day of the newest piece taken, None when nothing was left."""
        newest: date | None = None
        while amount > 0 and self._pieces:
            day, size = self._pieces.pop()
            newest = newest or day
            if size > amount:
                self._pieces.append((day, size - amount))
            amount -= size
        return newest


@dataclass(frozen=True, slots=True)
class _Covered:
    by_link: dict[int, tuple[int, date | None]]
    """By index of the bill: what linked payments cover of it, and the day of the last."""
    loose: _Money


def _counting(bills: Iterable[Bill]) -> list[Bill]:
    return [bill for bill in bills if not bill.rejected]


def _not_told(bills: Sequence[Bill], wanted: int) -> tuple[SettledBill, ...]:
    told = bills[len(bills) - wanted :]
    return tuple(SettledBill(bill, BillState.NOT_TOLD) for bill in reversed(told))


def _adds_up(bills: Sequence[Bill], payments: Sequence[Payment], debt: Rial) -> bool:
    opening, begins = bills[0].previous_debt_rial, bills[0].issued_on
    billed = sum([bill.amount_rial for bill in bills])
    paid: int = sum([payment.amount_rial for payment in payments])
    if begins is not None and payments and payments[0].paid_on < begins:
        # what was posted before the first bill is in the debt that this bill carried over
        paid -= sum([p.amount_rial for p in payments if (p.posted_on or p.paid_on) < begins])
    return opening + billed - paid == debt


def _reversed_by(reversal: Payment, earlier: Sequence[Payment]) -> int | None:
    for index in reversed(range(len(earlier))):
        candidate = earlier[index]
        if (
            candidate.amount_rial == -reversal.amount_rial
            and candidate.payment_id == reversal.payment_id
        ):
            return index
    return None


def _settled(
    bills: Sequence[Bill], payments: Sequence[Payment], debt: Rial, wanted: int
) -> tuple[SettledBill, ...]:
    covered = _apply_links(bills, payments, len(bills) - wanted)
    covered.loose.draw(max(-debt, 0))
    owed = max(debt, 0)
    settled: list[SettledBill] = []
    for index in range(len(bills) - 1, len(bills) - wanted - 1, -1):
        bill = bills[index]
        paid, paid_on = covered.by_link.get(index, (0, None))
        uncovered = max(bill.amount_rial - paid, 0)
        left = min(uncovered, owed)
        owed -= left
        if uncovered > left:
            drawn_on = covered.loose.draw(uncovered - left)
            if drawn_on is not None and drawn_on >= _known_from(bill):
                paid_on = max(paid_on or drawn_on, drawn_on)
        settled.append(_settled_bill(bill, Rial(left), paid_on))
    return tuple(settled)


def _settled_bill(bill: Bill, left: Rial, paid_on: date | None) -> SettledBill:
    if left == 0:
        return SettledBill(bill, BillState.PAID, Rial(0), paid_on)
    state = BillState.UNPAID if left == bill.amount_rial else BillState.PART_PAID
    return SettledBill(bill, state, left)


def _apply_links(bills: Sequence[Bill], payments: Sequence[Payment], start: int) -> _Covered:
    """What payments since the issue of bill ``start`` cover, looking further back only where
    one of them speaks of an older bill."""
    first, links = _links_since(bills, payments, start)
    by_link: dict[int, tuple[int, date | None]] = {}
    loose: list[tuple[date, int]] = []
    for payment, index in zip(payments[first:], links, strict=True):
        amount: int = payment.amount_rial
        if index is not None:
            before, _ = by_link.get(index, (0, None))
            taken = min(amount, bills[index].amount_rial - before)
            if taken > 0:
                by_link[index] = (before + taken, payment.paid_on)
                amount -= taken
        if amount:
            loose.append((payment.paid_on, amount))
    return _Covered(by_link, _Money(loose))


def _links_since(
    bills: Sequence[Bill], payments: Sequence[Payment], start: int
) -> tuple[int, list[int | None]]:
    while start < len(bills):
        since = min(map(_known_from, bills[start:]))
        first = bisect_left(payments, since, key=lambda payment: payment.paid_on)
        links = _links(bills, payments[first:])
        oldest = min((index for index in links if index is not None), default=start)
        if oldest >= start:
            return first, links
        start = oldest
    return len(payments), []
