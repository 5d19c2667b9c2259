from collections.abc import Sequence

from hypothesis import given

from sms_service.domain.money import Rial
from sms_service.domain.records import History
from sms_service.domain.settlement import BillState, Ground, settle
from sms_service.domain.settlement_reasons import Doubt, Fate, explain
from tests.unit.domain.test_settlement import bill, histories, history, payment


def grounds(of: History) -> dict[str, list[tuple[Ground, int]]]:
    return {
        told.bill.serial: [(cover.ground, cover.amount_rial) for cover in told.covers]
        for told in settle(of).bills
    }


def fates(of: History) -> Sequence[Fate]:
    return [told.fate for told in explain(of).payments]


def test_a_payment_id_that_names_the_bill_is_the_reason() -> None:
    first, second = bill(1), bill(2)
    of = history([first, second], [payment(second)], 1_000_000)
    assert grounds(of) == {"1404-1": [], "1404-2": [(Ground.LINKED, 1_000_000)]}


def test_money_without_a_link_counts_for_the_oldest_bills() -> None:
    first, second = bill(1), bill(2)
    of = history([first, second], [payment(second, linked=False)], 1_000_000)
    assert grounds(of)["1404-1"] == [(Ground.OLDEST_FIRST, 1_000_000)]


def test_what_a_payment_brings_beyond_its_bill_counts_for_another() -> None:
    first, second = bill(1), bill(2)
    of = history([first, second], [payment(second, 2_000_000)], 0)
    assert grounds(of) == {
        "1404-1": [(Ground.OLDEST_FIRST, 1_000_000)],
        "1404-2": [(Ground.LINKED, 1_000_000)],
    }


def test_a_bill_that_the_branch_doesn_t_owe_and_nobody_paid_was_paid_by_older_credit() -> None:
    of = history([bill(1, opening=-1_000_000)], [], 0)
    assert grounds(of) == {"1404-1": [(Ground.BEFORE, 1_000_000)]}


def test_what_is_paid_of_a_bill_and_what_is_left_are_told_apart() -> None:
    only = bill(1)
    of = history([only], [payment(only, 300_000), payment(only, 200_000, linked=False)], 500_000)
    assert grounds(of) == {"1404-1": [(Ground.LINKED, 300_000), (Ground.OLDEST_FIRST, 200_000)]}


def test_nothing_is_claimed_without_the_branch_s_figure() -> None:
    assert explain(history([bill(1)], [], None)).doubt is Doubt.NO_FIGURE


def test_rows_that_add_up_to_another_debt_are_named_with_that_debt() -> None:
    told = explain(history([bill(1), bill(2)], [payment(bill(1))], 1_234_000))
    assert told.doubt is Doubt.DISAGREE
    assert told.debt_by_rows == 1_000_000


def test_a_reversal_and_what_it_takes_back_are_shown_as_such() -> None:
    only = bill(1)
    paid, again = payment(only), payment(only, days=30)
    reversal = payment(only, days=12)._replace(amount_rial=Rial(-1_000_000))
    of = history([only], [paid, reversal, again], 0)
    assert fates(of) == [Fate.STANDS, Fate.REVERSAL, Fate.REVERSED]
    assert explain(of).doubt is None


def test_a_reversal_of_nothing_known_is_the_reason_that_nothing_is_proven() -> None:
    only = bill(1)
    of = history([only], [payment(only), payment(only, -400_000, days=20)], 400_000)
    assert explain(of).doubt is Doubt.LOST_REVERSAL
    assert fates(of) == [Fate.LOST_REVERSAL, Fate.STANDS]


def test_a_payment_names_the_bill_of_its_payment_id() -> None:
    first, second = bill(1), bill(2)
    of = history([first, second], [payment(second), payment(second, linked=False)], 0)
    assert {told.bill for told in explain(of).payments} == {second, None}


@given(histories())
def test_what_covers_a_bill_and_what_is_left_of_it_are_its_amount(of: History) -> None:
    for told in settle(of).bills:
        covered = sum(cover.amount_rial for cover in told.covers)
        assert covered + told.left_rial == told.bill.amount_rial
        assert (told.state is BillState.PAID) == (covered == told.bill.amount_rial)


@given(histories())
def test_no_money_counts_for_two_bills(of: History) -> None:
    counted = [cover for told in settle(of).bills for cover in told.covers]
    from_data = [one.amount_rial for one in counted if one.ground is not Ground.BEFORE]
    assert sum(from_data) <= sum(payment.amount_rial for payment in of.payments)
    for ground in (Ground.LINKED, Ground.OLDEST_FIRST):
        days = {one.paid_on for one in counted if one.ground is ground}
        assert days <= {payment.paid_on for payment in of.payments}
