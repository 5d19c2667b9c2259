"""A whole subscriber: bills, payments and the branch record as rows for tables and exports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from random import Random
from typing import NamedTuple

from sms_service.simulator.subscribers.customer import Chance, Customer, customer
from sms_service.simulator.subscribers.metering import (
    DUE_AFTER_ISSUE,
    USUAL,
    Metered,
    metered,
)
from sms_service.simulator.subscribers.paying import Account, Paid
from sms_service.simulator.subscribers.span import Span, iso_days

SHARE_DISAGREEING = 0.02
"""Branches whose debt isn't what bills and payments add up to."""
_WITHOUT_BILLS, _WITHOUT_BRANCH, _DEBT_NOT_TOLD = 0.005, 0.008, 0.01
_OPENS_IN_DEBT, _OPENS_IN_CREDIT = 0.08, 0.10
_SEEDS_APART = 40
_REJECTED_FROM = 900_000_000


class BillRow(NamedTuple):
    """One bill as the table holds it, days in ISO text; ``kind`` is for exports alone."""

    bill_id: str
    serial: str
    sale_year: int
    sale_period: int
    amount_rial: int
    mid_kwh: int
    peak_kwh: int
    low_kwh: int
    days: int
    issued_on: str
    read_from: str
    read_to: str
    due_on: str
    previous_debt_rial: int
    rejected: bool
    kind: int


class PaymentRow(NamedTuple):
    """One payment as the table holds it."""

    bill_id: str
    tracking: str
    amount_rial: int
    untracked_key: str
    paid_on: str
    posted_on: str
    payment_id: str | None
    bank_code: str
    channel: str


class BranchRow(NamedTuple):
    """The branch record as an export holds it: with the phone itself, which is nobody's."""

    bill_id: str
    debt_rial: int | None
    payment_id: str | None
    due_on: str | None
    last_read_on: str | None
    tariff: int
    customer_type: int
    phone: str | None

    def stored(self, hash_phone: Callable[[str], bytes]) -> tuple[object, ...]:
        """As the table holds it: with the keyed hash of the phone, made from E.164."""
        return (*self[:-1], hash_phone(f"+98{self.phone[1:]}") if self.phone else None)


@dataclass(slots=True)
class Subscriber:
    """What the company's books hold of one bill ID."""

    bill_id: str
    bills: Sequence[BillRow]
    payments: Sequence[PaymentRow]
    branch: BranchRow | None


def subscriber(seed: int, number: int, span: Span) -> Subscriber:
    """The subscriber of this number."""
    chance = Random((seed << _SEEDS_APART) + number).random  # noqa: S311  # no secret
    who = customer(seed, number, chance)
    drawn, opening_share, size = chance(), chance(), chance()
    bills: list[Metered] = [] if drawn < _WITHOUT_BILLS else metered(who, span, chance)
    counting = [bill for bill in bills if not bill.rejected]
    account = Account(who, span, chance)
    opening = 0
    if counting:
        opening = _opening(opening_share, size, counting[0].amount)
        account.pay_earlier(counting[0])
        account.pay_all(counting, opening)
    payments = sorted(account.payments, key=itemgetter(0))
    rows, debt = _carried(who, number, bills, payments, opening)
    branch = None
    if drawn >= _WITHOUT_BRANCH or not bills:
        branch = _branch(who, counting, debt, chance)
    paid = [_payment_row(who.bill_id, payment) for payment in payments]
    return Subscriber(who.bill_id, rows, paid, branch)


def _opening(share: float, size: float, first_amount: int) -> int:
    if share < _OPENS_IN_DEBT:
        return int(first_amount * 3 * size) // 1000 * 1000
    return -int(first_amount * size) if share < _OPENS_IN_CREDIT else 0


def _carried(
    who: Customer, number: int, bills: Sequence[Metered], payments: Sequence[Paid], opening: int
) -> tuple[list[BillRow], int]:
    """The bills, each with the debt at its issue; and the debt after the last payment."""
    days = iso_days()
    posted = sorted([(payment.posted, payment.amount) for payment in payments])
    begins = next((bill.issued for bill in bills if not bill.rejected), 0)
    done, debt = 0, opening
    while done < len(posted) and posted[done][0] < begins:
        done += 1
    rows: list[BillRow] = []
    first_serial = 10_000_000 + number * 37 % 80_000_000
    for place, bill in enumerate(bills):
        while done < len(posted) and posted[done][0] < bill.issued:
            debt -= posted[done][1]
            done += 1
        rows.append(
            BillRow(
                who.bill_id,
                str(first_serial + place + (_REJECTED_FROM if bill.rejected else 0)),
                bill.year,
                bill.period,
                bill.amount,
                bill.mid_kwh,
                bill.peak_kwh,
                bill.low_kwh,
                bill.read_to - bill.read_from,
                days[bill.issued],
                days[bill.read_from],
                days[bill.read_to],
                days[bill.issued + DUE_AFTER_ISSUE],
                debt,
                bill.rejected,
                bill.kind,
            )
        )
        if not bill.rejected:
            debt += bill.amount
    return rows, debt - sum([amount for _, amount in posted[done:]])


def _payment_row(bill_id: str, payment: Paid) -> PaymentRow:
    days = iso_days()
    paid_on, posted_on = days[payment.day], days[payment.posted]
    key = ""
    if not payment.tracking:
        told = (paid_on, posted_on, payment.payment_id or "", payment.bank, payment.channel)
        key = "/".join(told)
    return PaymentRow(
        *(bill_id, payment.tracking, payment.amount, key, paid_on, posted_on),
        *(payment.payment_id, payment.bank, payment.channel),
    )


def _branch(who: Customer, bills: Sequence[Metered], debt: int, chance: Chance) -> BranchRow:
    drawn, size = chance(), chance()
    told: int | None = debt
    if drawn < _DEBT_NOT_TOLD:
        told = None
    elif drawn < _DEBT_NOT_TOLD + SHARE_DISAGREEING:
        told = debt + 1000 + int(size * 900_000)
    days = iso_days()
    usual = [bill for bill in bills if bill.kind == USUAL]
    if not usual:
        return BranchRow(
            *(who.bill_id, told, None, None, None),
            *(int(who.tariff), who.customer_type, who.phone),
        )
    last = usual[-1]
    payment_id = who.payment_ids.of(told or 0, last.year, last.period)
    return BranchRow(
        *(who.bill_id, told, payment_id, days[last.issued + DUE_AFTER_ISSUE]),
        *(days[last.read_to], int(who.tariff), who.customer_type, who.phone),
    )
