from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_service.domain.money import Rial
from sms_service.domain.records import Bill, Branch, History, Payment
from sms_service.domain.settlement import (
    BillState,
    Settlement,
    paid_by_year,
    settle,
    standing_payments,
)

FIRST_ISSUE = date(2025, 5, 21)
DAYS_A_PERIOD = 60


def bill(period: int, amount: int = 1_000_000, *, opening: int = 0, year: int = 1404) -> Bill:
    issued_on = FIRST_ISSUE + timedelta(days=DAYS_A_PERIOD * (period - 1 + 6 * (year - 1404)))
    return Bill(
        serial=f"{year}-{period}",
        sale_year=year,
        sale_period=period,
        amount_rial=Rial(amount),
        issued_on=issued_on,
        read_to=issued_on - timedelta(days=2),
        previous_debt_rial=Rial(opening),
    )


def payment(of: Bill, amount: int = 1_000_000, *, linked: bool = True, days: int = 10) -> Payment:
    issued_on = of.issued_on or FIRST_ISSUE
    payment_id = f"{amount // 1000}{of.sale_year % 10}{of.sale_period:02d}00"
    return Payment(
        paid_on=issued_on + timedelta(days=days),
        amount_rial=Rial(amount),
        payment_id=payment_id if linked else None,
    )


def history(bills: list[Bill], payments: list[Payment], debt: int | None) -> History:
    branch = None if debt is None else Branch(debt_rial=Rial(debt))
    payments = sorted(payments, key=lambda payment: payment.paid_on)
    return History("1234567804423", tuple(bills), tuple(payments), branch)


def states(of: History) -> dict[str, BillState]:
    return {settled.bill.serial: settled.state for settled in settle(of).bills}


def left(of: History) -> dict[str, int]:
    return {settled.bill.serial: settled.left_rial for settled in settle(of).bills}


def days_paid(of: History) -> dict[str, date | None]:
    return {settled.bill.serial: settled.paid_on for settled in settle(of).bills}


def test_bills_are_told_newest_first() -> None:
    told = settle(history([bill(1), bill(2), bill(3)], [], 3_000_000)).bills
    assert [settled.bill.sale_period for settled in told] == [3, 2, 1]


def test_a_linked_payment_pays_its_own_bill_and_no_older_one() -> None:
    first, second = bill(1), bill(2)
    of = history([first, second], [payment(second)], 1_000_000)
    assert states(of) == {"1404-1": BillState.UNPAID, "1404-2": BillState.PAID}
    assert days_paid(of)["1404-2"] == payment(second).paid_on


def test_money_without_a_link_settles_the_oldest_bill_first() -> None:
    first, second = bill(1), bill(2)
    of = history([first, second], [payment(second, linked=False)], 1_000_000)
    assert states(of) == {"1404-1": BillState.PAID, "1404-2": BillState.UNPAID}
    assert days_paid(of)["1404-1"] == payment(second).paid_on


def test_one_payment_for_two_bills_pays_both() -> None:
    first, second = bill(1), bill(2)
    both = payment(second, 2_000_000)
    of = history([first, second], [both], 0)
    assert set(states(of).values()) == {BillState.PAID}
    assert set(days_paid(of).values()) == {both.paid_on}


def test_a_part_payment_leaves_the_rest_and_tells_no_day() -> None:
    only = bill(1)
    of = history([only], [payment(only, 300_000)], 700_000)
    assert states(of) == {"1404-1": BillState.PART_PAID}
    assert left(of) == {"1404-1": 700_000}
    assert days_paid(of) == {"1404-1": None}


def test_two_part_payments_pay_a_bill_on_the_day_of_the_second() -> None:
    only = bill(1)
    late = payment(only, 600_000, days=30)
    of = history([only], [payment(only, 400_000), late], 0)
    assert days_paid(of) == {"1404-1": late.paid_on}


@pytest.mark.parametrize("last", [600_000, 1])
def test_two_part_payments_pay_their_own_bill_while_an_older_one_is_owed(last: int) -> None:
    first, second = bill(1), bill(2)
    parts = [payment(second, 1_000_000 - last), payment(second, days=30)]
    parts[1] = parts[1]._replace(amount_rial=Rial(last))
    of = history([first, second], parts, 1_000_000)
    assert states(of) == {"1404-1": BillState.UNPAID, "1404-2": BillState.PAID}


def test_a_bill_is_paid_on_the_day_of_its_last_rial() -> None:
    only = bill(1)
    last = payment(only, 1, linked=False, days=30)
    of = history([only], [payment(only, 999_999), last], 0)
    assert days_paid(of) == {"1404-1": last.paid_on}


def test_what_part_payments_bring_beyond_their_bill_pays_an_older_one() -> None:
    first, second = bill(1, 300_000), bill(2)
    more = payment(second, 900_000, days=30)
    of = history([first, second], [payment(second, 400_000), more], 0)
    assert days_paid(of) == {"1404-1": more.paid_on, "1404-2": more.paid_on}


def test_a_linked_payment_pays_no_other_bill_with_the_same_money() -> None:
    first, second = bill(1), bill(2)
    earlier = payment(first, linked=False)
    of = history([first, second], [earlier, payment(second)], 0)
    assert days_paid(of)["1404-1"] == earlier.paid_on


def test_paying_a_paid_bill_again_does_not_change_the_day_it_was_paid() -> None:
    only = bill(1)
    paid = payment(only)
    of = history([only], [paid, payment(only, days=30)], -1_000_000)
    assert days_paid(of) == {"1404-1": paid.paid_on}


def test_money_for_a_part_of_the_newest_bill_leaves_the_older_ones_theirs() -> None:
    first, second = bill(1), bill(2)
    whole, part = payment(first, linked=False), payment(second, 300_000, linked=False)
    of = history([first, second], [whole, part], 700_000)
    assert states(of) == {"1404-1": BillState.PAID, "1404-2": BillState.PART_PAID}
    assert days_paid(of)["1404-1"] == whole.paid_on


def test_money_without_a_link_may_pay_a_bill_on_the_day_of_its_issue() -> None:
    only = bill(1)
    of = history([only], [payment(only, linked=False, days=0)], 0)
    assert days_paid(of) == {"1404-1": only.issued_on}


def test_an_opening_balance_is_older_than_every_bill() -> None:
    first, second = bill(1, opening=500_000), bill(2)
    of = history([first, second], [payment(first, linked=False)], 1_500_000)
    assert settle(of).agrees is True
    assert left(of) == {"1404-1": 500_000, "1404-2": 1_000_000}


def test_a_debt_older_than_all_bills_leaves_them_paid_where_links_prove_it() -> None:
    first = bill(1, opening=500_000)
    of = history([first], [payment(first)], 500_000)
    assert states(of) == {"1404-1": BillState.PAID}


def test_opening_credit_pays_a_bill_on_no_day() -> None:
    of = history([bill(1, opening=-1_000_000)], [], 0)
    assert states(of) == {"1404-1": BillState.PAID}
    assert days_paid(of) == {"1404-1": None}


def test_credit_left_over_is_the_newest_money() -> None:
    first, second = bill(1), bill(2)
    on_time, late = payment(first, linked=False), payment(second, 1_700_000, linked=False)
    of = history([first, second], [on_time, late], -700_000)
    assert settle(of).debt_rial == -700_000
    assert days_paid(of) == {"1404-1": on_time.paid_on, "1404-2": late.paid_on}


def test_a_reversal_is_never_summed() -> None:
    only = bill(1)
    paid = payment(only)
    reversal = paid._replace(amount_rial=Rial(-1_000_000), paid_on=paid.paid_on + timedelta(days=3))
    of = history([only], [paid, reversal], 1_000_000)
    assert states(of) == {"1404-1": BillState.UNPAID}
    assert paid_by_year(of) == {}


def test_a_reversal_takes_back_the_payment_of_its_own_payment_id() -> None:
    first, second = bill(1), bill(2)
    reversal = payment(first, days=80)._replace(amount_rial=Rial(-1_000_000))
    of = history([first, second], [payment(first), payment(second), reversal], 1_000_000)
    assert states(of) == {"1404-1": BillState.UNPAID, "1404-2": BillState.PAID}


def test_a_payment_of_nothing_reverses_nothing() -> None:
    nothing = payment(bill(1), 0, linked=False)
    paid = payment(bill(1))
    reversal = paid._replace(amount_rial=Rial(-1_000_000))
    assert standing_payments([nothing, paid, reversal]) == [nothing]


def test_a_double_payment_reversed_once_leaves_the_bill_paid() -> None:
    only = bill(1)
    paid = payment(only)
    reversal = paid._replace(amount_rial=Rial(-1_000_000), paid_on=paid.paid_on + timedelta(days=3))
    of = history([only], [paid, paid, reversal], 0)
    assert states(of) == {"1404-1": BillState.PAID}
    assert paid_by_year(of) == {1404: 1_000_000}


def test_a_reversal_of_nothing_known_proves_no_state() -> None:
    only = bill(1)
    of = history([only], [payment(only), payment(only, -400_000, days=20)], 400_000)
    assert settle(of).agrees is False
    assert states(of) == {"1404-1": BillState.NOT_TOLD}


def test_a_reversal_of_nothing_known_is_subtracted_from_its_year() -> None:
    only = bill(1)
    of = history([only], [payment(only), payment(only, -400_000, days=20)], 400_000)
    assert paid_by_year(of) == {1404: 600_000}


def test_a_rejected_bill_is_neither_told_nor_summed() -> None:
    rejected = bill(1, 4_000_000)._replace(rejected=True, serial="rejected")
    good = bill(1)
    of = history([rejected, good], [payment(good)], 0)
    assert states(of) == {"1404-1": BillState.PAID}


def test_rows_that_do_not_add_up_to_the_branch_figure_are_not_told() -> None:
    first, second = bill(1), bill(2)
    of = history([first, second], [payment(first)], 1_234_000)
    settlement = settle(of)
    assert settlement.debt_rial == 1_234_000
    assert settlement.agrees is False
    assert set(states(of).values()) == {BillState.NOT_TOLD}


def test_without_the_branch_figure_nothing_is_claimed() -> None:
    only = bill(1)
    settlement = settle(history([only], [payment(only)], None))
    assert settlement.debt_rial is None
    assert settlement.agrees is None
    assert settlement.bills[0].state is BillState.NOT_TOLD


def test_a_payment_posted_before_the_first_bill_is_in_what_that_bill_carried_over() -> None:
    first = bill(1, opening=200_000)
    before = payment(first, 300_000, linked=False, days=-20)
    of = history([first], [before], 1_200_000)
    assert settle(of).agrees is True
    assert states(of) == {"1404-1": BillState.UNPAID}


def test_a_payment_posted_on_the_day_of_the_first_bill_is_not_in_what_it_carried_over() -> None:
    first = bill(1, opening=200_000)
    before = payment(first, 300_000, linked=False, days=-20)
    posted_late = payment(first, 50_000, linked=False, days=-1)._replace(posted_on=first.issued_on)
    of = history([first], [before, posted_late, payment(first, days=0)], 150_000)
    assert settle(of).agrees is True


def test_a_first_bill_without_a_day_carried_nothing_over_but_what_it_says() -> None:
    first = bill(1, opening=200_000)
    paid = payment(first)
    of = history([first._replace(issued_on=None)], [paid], 200_000)
    assert settle(of).agrees is True


def test_the_year_digit_of_ten_years_ago_is_told_by_the_day_of_the_payment() -> None:
    old, new = bill(1, year=1394), bill(1, year=1404)
    of = history([old, new], [payment(old)], 1_000_000)
    assert states(of) == {"1394-1": BillState.PAID, "1404-1": BillState.UNPAID}


def test_a_payment_is_for_the_new_bill_from_the_day_of_its_issue_on() -> None:
    old, new = bill(1, year=1394), bill(1, year=1404)
    on_the_day = history([old, new], [payment(new, days=0)], 1_000_000)
    assert states(on_the_day) == {"1394-1": BillState.UNPAID, "1404-1": BillState.PAID}
    before = history([old, new], [payment(new, days=-1)], 1_000_000)
    assert states(before) == {"1394-1": BillState.PAID, "1404-1": BillState.UNPAID}


def test_a_bill_without_a_day_of_issue_is_known_from_the_day_it_was_read() -> None:
    old, new = bill(1, year=1394), bill(1, year=1404)._replace(issued_on=None)
    of = history([old, new], [payment(old)], 1_000_000)
    assert states(of) == {"1394-1": BillState.PAID, "1404-1": BillState.UNPAID}


def test_a_payment_id_of_a_period_without_a_bill_links_to_nothing() -> None:
    first, second = bill(1), bill(2)
    odd = payment(second)._replace(payment_id=payment(bill(3)).payment_id)
    of = history([first, second], [odd], 1_000_000)
    assert states(of) == {"1404-1": BillState.PAID, "1404-2": BillState.UNPAID}


def test_a_payment_id_of_an_unknown_shape_links_to_nothing() -> None:
    first, second = bill(1), bill(2)
    odd = payment(second)._replace(payment_id="12x")
    of = history([first, second], [odd], 1_000_000)
    assert states(of) == {"1404-1": BillState.PAID, "1404-2": BillState.UNPAID}


def test_a_bill_of_nothing_is_paid() -> None:
    of = history([bill(1, 0), bill(2)], [], 1_000_000)
    assert states(of) == {"1404-1": BillState.PAID, "1404-2": BillState.UNPAID}


def test_payments_count_for_the_year_of_their_bill_when_linked_else_of_their_day() -> None:
    late = bill(6, year=1404)
    paid_next_year = payment(late, days=30)
    loose = payment(late, 500_000, linked=False, days=30)
    of = history([late], [paid_next_year, loose], 0)
    assert paid_by_year(of) == {1404: 1_000_000, 1405: 500_000}


def test_a_history_without_bills_settles_to_nothing() -> None:
    assert settle(history([], [], 0)) == Settlement(Rial(0), True, ())
    assert settle(history([], [], None)) == Settlement(None, None, ())


def test_payments_without_a_bill_prove_nothing() -> None:
    of = history([], [payment(bill(1))], 300_000)
    assert settle(of) == Settlement(Rial(300_000), False, ())


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Histories whose branch figure is what their rows add up to."""
    opening = draw(st.integers(-2_000_000, 2_000_000))
    amounts = draw(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=14))
    bills = [
        bill(index % 6 + 1, amount, year=1404 + index // 6, opening=opening if index == 0 else 0)
        for index, amount in enumerate(amounts)
    ]
    payments = [
        payment(
            draw(st.sampled_from(bills)),
            draw(st.integers(10_000, 4_000_000)),
            linked=draw(st.booleans()),
            days=draw(st.integers(0, 150)),
        )
        for _ in range(draw(st.integers(0, 12)))
    ]
    debt = opening + sum(amounts) - sum(payment.amount_rial for payment in payments)
    return history(bills, payments, debt)


@given(histories())
def test_what_is_left_of_the_bills_never_exceeds_the_debt(of: History) -> None:
    settlement = settle(of)
    assert settlement.agrees is True
    assert sum(settled.left_rial for settled in settlement.bills) <= max(
        settlement.debt_rial or 0, 0
    )
    for settled in settlement.bills:
        assert 0 <= settled.left_rial <= settled.bill.amount_rial
        assert (settled.state is BillState.PAID) == (settled.left_rial == 0)


@given(histories(), st.integers(0, 15))
def test_asking_for_the_newest_bills_only_changes_nothing_of_what_is_said(
    of: History, newest: int
) -> None:
    assert settle(of, newest).bills == settle(of).bills[:newest]


@given(histories())
def test_what_was_paid_by_year_adds_up_to_what_was_paid(of: History) -> None:
    assert sum(paid_by_year(of).values()) == sum(payment.amount_rial for payment in of.payments)
