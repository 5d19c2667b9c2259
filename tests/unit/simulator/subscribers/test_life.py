"""Invented subscribers: always the same ones, and with every oddity of real data."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from itertools import pairwise

import pytest

from sms_service.domain.calendar import jalali_of
from sms_service.domain.settlement import BillState, settle
from sms_service.simulator.subscribers.life import SHARE_DISAGREEING, Subscriber, subscriber
from sms_service.simulator.subscribers.span import span
from tests.support.invented import UNTIL, as_history, invented

MANY = 4000


@cache
def many() -> Sequence[Subscriber]:
    return invented(MANY)


def share(of: Callable[[Subscriber], bool]) -> float:
    return sum(map(of, many())) / MANY


def test_a_seed_makes_the_same_subscribers_on_every_machine_and_python() -> None:
    made = repr([(one.bills, one.payments, one.branch) for one in invented(200, seed=2, years=9)])
    digest = hashlib.sha256(made.encode()).hexdigest()
    assert digest == "e18bfebba61b57de5dd67d7694603423e4deb065546a40a4d9e97f39b78ddbec"


def test_a_subscriber_depends_on_nothing_but_seed_number_and_span() -> None:
    time = span(8, UNTIL)
    assert subscriber(1, 3999, time) == many()[3999]
    assert subscriber(2, 3999, time).bill_id != many()[3999].bill_id


def test_the_mix_is_a_companys() -> None:
    bills = Counter(one.branch.tariff for one in many() if one.branch)
    assert bills[1] > 0.75 * MANY
    assert all(bills[tariff] > 0.01 * MANY for tariff in (1, 2, 3, 4, 5))
    assert 0.13 < share(lambda one: one.branch is not None and one.branch.phone is None) < 0.18
    assert (
        0.30 < share(lambda one: one.branch is not None and (one.branch.debt_rial or 0) > 0) < 0.45
    )
    assert 48 < sum(len(one.bills) for one in many()) / MANY < 51


def test_debts_agree_with_bills_and_payments_but_for_the_share_that_is_meant_to_differ() -> None:
    agreed = Counter(settle(as_history(one)).agrees for one in many())
    told = agreed[True] + agreed[False]
    assert 0.5 * SHARE_DISAGREEING < agreed[False] / told < 1.5 * SHARE_DISAGREEING
    assert 0 < agreed[None] < 0.03 * MANY


def test_bills_are_in_every_state() -> None:
    states = {bill.state for one in many()[:500] for bill in settle(as_history(one)).bills}
    assert states == set(BillState)


def test_no_two_rows_of_a_subscriber_have_one_key() -> None:
    for one in many():
        assert len({bill.serial for bill in one.bills}) == len(one.bills)
        keys = {(p.tracking, p.amount_rial, p.untracked_key) for p in one.payments}
        assert len(keys) == len(one.payments)


def test_nothing_is_later_than_the_day_of_the_data() -> None:
    last = UNTIL.isoformat()
    for one in many():
        assert all(max(bill.issued_on, bill.read_to) <= last for bill in one.bills)
        assert all(max(p.paid_on, p.posted_on) <= last for p in one.payments)


def test_a_phone_has_sixty_bills() -> None:
    phones = Counter(one.branch.phone for one in many() if one.branch and one.branch.phone)
    assert 58 <= max(phones.values()) <= 60
    assert {1, 2, 3} <= set(phones.values())


def periods(one: Subscriber) -> list[tuple[int, int]]:
    return [(bill.sale_year, bill.sale_period) for bill in one.bills if not bill.rejected]


def monthly(one: Subscriber) -> bool:
    return any(bill.sale_period > 6 for bill in one.bills)


@pytest.mark.parametrize(
    ("oddity", "seen"),
    {
        "an opening balance": lambda o: bool(o.bills) and o.bills[0].previous_debt_rial > 0,
        "an opening credit": lambda o: bool(o.bills) and o.bills[0].previous_debt_rial < 0,
        "money without a payment ID": lambda o: any(p.payment_id is None for p in o.payments),
        "money without tracking": lambda o: any(not p.tracking for p in o.payments),
        "odd rials": lambda o: any(bill.amount_rial % 10 for bill in o.bills),
        "a home read monthly": lambda o: (
            monthly(o) and o.branch is not None and o.branch.tariff == 1
        ),
        "period 6 read after Nowruz": lambda o: any(
            bill.sale_period == 6
            and not monthly(o)
            and jalali_of(date.fromisoformat(bill.read_to)).year > bill.sale_year
            for bill in o.bills
        ),
        "merged periods": lambda o: not monthly(o) and any(bill.days > 100 for bill in o.bills),
        "a rejected bill issued again": lambda o: any(
            bill.rejected and (bill.sale_year, bill.sale_period) in periods(o) for bill in o.bills
        ),
        "a reversal": lambda o: any(p.amount_rial < 0 for p in o.payments),
        "prepaid credit": lambda o: o.branch is not None and (o.branch.debt_rial or 0) < -1000,
        "no energy used": lambda o: any(bill.mid_kwh == 0 < bill.amount_rial for bill in o.bills),
        "a bill of nothing": lambda o: any(bill.amount_rial == 0 for bill in o.bills),
        "a revision": lambda o: any(bill.kind == 3 and bill.amount_rial < 0 for bill in o.bills),
        "two bills in one period": lambda o: len(set(periods(o))) < len(periods(o)),
        "a part payment": lambda o: any(
            bill.state is BillState.PART_PAID for bill in settle(as_history(o)).bills
        ),
        "a bill of ten billion": lambda o: any(bill.amount_rial > 10**10 for bill in o.bills),
        "a farm's bill of a billion": lambda o: (
            o.branch is not None
            and o.branch.tariff == 3
            and any(bill.amount_rial > 10**9 for bill in o.bills)
        ),
        "no bill at all": lambda o: not o.bills and o.branch is not None,
        "no branch record": lambda o: o.branch is None and bool(o.bills),
        "a debt that isn't told": lambda o: o.branch is not None and o.branch.debt_rial is None,
        "a payment older than the records": lambda o: (
            bool(o.payments) and o.payments[0].posted_on < o.bills[0].issued_on
        ),
    }.items(),
)
def test_every_oddity_occurs_and_none_is_the_rule(
    oddity: str, seen: Callable[[Subscriber], bool]
) -> None:
    assert 0 < share(seen) < 0.95, oddity


def test_one_payment_settles_two_bills() -> None:
    together = 0
    for one in many()[:300]:
        amounts = [bill.amount_rial for bill in one.bills if not bill.rejected]
        pairs = {a + b for a, b in pairwise(amounts)} - set(amounts)
        together += any(payment.amount_rial in pairs for payment in one.payments)
    assert together > 30


def test_missing_periods_leave_a_gap_between_readings() -> None:
    gaps = sum(
        later.read_from > earlier.read_to
        for one in many()
        for earlier, later in pairwise(one.bills)
    )
    assert gaps > 100


def test_twenty_seven_years_can_be_made() -> None:
    years = {bill.sale_year for one in invented(20, years=27) for bill in one.bills}
    assert (min(years), max(years)) == (1378, 1405)
    with pytest.raises(ValueError, match="from 1 to 55 years"):
        span(56, UNTIL)
