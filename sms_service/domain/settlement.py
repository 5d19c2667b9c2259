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
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

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


class Ground(StrEnum):
    """Why money counts for a bill."""

    LINKED = "linked"
    """The payment ID names the bill."""
    OLDEST_FIRST = "oldest_first"
    """Its payment names no bill, or brought more than the one that it names."""
    BEFORE = "before"
    """The branch owes too little for the bill to be open, and the data hold no payment of it:
    credit from before them."""


class Cover(NamedTuple):
    """Money that counts for one bill."""

    ground: Ground
    amount_rial: Rial
    paid_on: date | None
    """Of several linked payments the last day."""


@dataclass(frozen=True, slots=True)
class SettledBill:
    """A bill that counts, with what is proven of its payment."""

    bill: Bill
    state: BillState
    left_rial: Rial = Rial(0)
    """What is still owed of this bill."""
    paid_on: date | None = None
    """Day of the payment that completed it; None if unpaid, or settled by older credit."""
    covers: tuple[Cover, ...] = field(default=(), compare=False)
    """What of its amount isn't left, and why; whole only where every bill is asked for."""


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
    if standing is None or _balance(bills, history.payments) != debt:
        return Settlement(debt, False, _not_told(bills, wanted))
    return Settlement(debt, True, _settled(bills, standing, debt, wanted))


def standing_payments(payments: Sequence[Payment]) -> list[Payment] | None:
    """Payments that still stand: a reversal takes away itself and what it reverses.

    None when a reversal matches no earlier payment, so that what stands isn't known.
    """
    if min([payment.amount_rial for payment in payments], default=0) >= 0:
        return list(payments)
    undone = reversals(payments)
    gone = {*undone, *undone.values()}
    if None in gone:
        return None
    return [payment for place, payment in enumerate(payments) if place not in gone]


def reversals(payments: Sequence[Payment]) -> dict[int, int | None]:
    """For the place of each reversal the place of the payment that it takes back, if known."""
    standing: list[int] = []
    undone: dict[int, int | None] = {}
    for place, payment in enumerate(payments):
        if payment.amount_rial >= 0:
            standing.append(place)
            continue
        taken_back = _reversed_by(payment, payments, standing)
        undone[place] = taken_back
        if taken_back is not None:
            standing.remove(taken_back)
    return undone


def paid_by_year(history: History) -> dict[int, Rial]:
    """What was paid for each Jalali sale year: by the linked bill, else by the payment's day.

    Reversed payments are left out with their reversals; an unmatched reversal is subtracted.
    """
    bills = _counting(history.bills)
    standing = standing_payments(history.payments)
    payments = history.payments if standing is None else standing
    totals: dict[int, int] = defaultdict(int)
    for payment, linked in zip(payments, links(bills, payments), strict=True):
        year = jalali_of(payment.paid_on).year if linked is None else bills[linked].sale_year
        totals[year] += payment.amount_rial
    return {year: Rial(total) for year, total in totals.items()}


def debt_by_rows(history: History) -> Rial | None:
    """What bills and payments say is owed; None without a bill that counts."""
    bills = _counting(history.bills)
    return Rial(_balance(bills, history.payments)) if bills else None


def links(bills: Sequence[Bill], payments: Sequence[Payment]) -> list[int | None]:
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

    def draw(self, amount: int) -> list[tuple[date, int]]:
        """Take this much or what is left: the pieces taken, the newest first."""
        taken: list[tuple[date, int]] = []
        while amount > 0 and self._pieces:
            day, size = self._pieces.pop()
            if size > amount:
                self._pieces.append((day, size - amount))
                size = amount
            taken.append((day, size))
            amount -= size
        return taken


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


def _balance(bills: Sequence[Bill], payments: Sequence[Payment]) -> int:
    opening, begins = bills[0].previous_debt_rial, bills[0].issued_on
    billed = sum([bill.amount_rial for bill in bills])
    paid: int = sum([payment.amount_rial for payment in payments])
    if begins is not None and payments and payments[0].paid_on < begins:
        # what was posted before the first bill is in the debt that this bill carried over
        paid -= sum([p.amount_rial for p in payments if (p.posted_on or p.paid_on) < begins])
    return opening + billed - paid


def _reversed_by(
    reversal: Payment, payments: Sequence[Payment], standing: Sequence[int]
) -> int | None:
    for index in reversed(standing):
        candidate = payments[index]
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
        covers = [Cover(Ground.LINKED, Rial(paid), paid_on)] if paid else []
        if uncovered > left:
            drawn = covered.loose.draw(uncovered - left)
            if drawn and drawn[0][0] >= _known_from(bill):
                paid_on = max(paid_on or drawn[0][0], drawn[0][0])
            covers += _loose_covers(uncovered - left, drawn)
        settled.append(_settled_bill(bill, Rial(left), paid_on, tuple(covers)))
    return tuple(settled)


def _loose_covers(amount: int, drawn: Iterable[tuple[date, int]]) -> list[Cover]:
    covers = [Cover(Ground.OLDEST_FIRST, Rial(size), day) for day, size in drawn]
    rest = amount - sum(cover.amount_rial for cover in covers)
    return [*covers, Cover(Ground.BEFORE, Rial(rest), None)] if rest else covers


def _settled_bill(
    bill: Bill, left: Rial, paid_on: date | None, covers: tuple[Cover, ...]
) -> SettledBill:
    if left == 0:
        return SettledBill(bill, BillState.PAID, Rial(0), paid_on, covers)
    state = BillState.UNPAID if left == bill.amount_rial else BillState.PART_PAID
    return SettledBill(bill, state, left, covers=covers)


def _apply_links(bills: Sequence[Bill], payments: Sequence[Payment], start: int) -> _Covered:
    """What payments since the issue of bill ``start`` cover, looking further back only where
    one of them speaks of an older bill."""
    first, found = _links_since(bills, payments, start)
    by_link: dict[int, tuple[int, date | None]] = {}
    loose: list[tuple[date, int]] = []
    for payment, index in zip(payments[first:], found, strict=True):
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
        found = links(bills, payments[first:])
        oldest = min((index for index in found if index is not None), default=start)
        if oldest >= start:
            return first, found
        start = oldest
    return len(payments), []
