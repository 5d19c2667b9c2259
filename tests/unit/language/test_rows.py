from datetime import date

import pytest

from sms_service.domain.money import Rial
from sms_service.domain.records import Bill
from sms_service.domain.settlement import BillState, SettledBill
from sms_service.language.rows import is_two_monthly, joined, told_day, year_totals
from tests.support.histories import two_month_bill, two_monthly


def settled(bills: list[Bill]) -> list[SettledBill]:
    return [SettledBill(bill, BillState.PAID) for bill in reversed(bills)]


@pytest.mark.parametrize(
    ("sale_year", "read_to", "told"),
    [
        (1405, date(2026, 9, 11), (1405, 6, 20)),
        (1404, date(2026, 4, 5), (1404, 12, 29)),
        (1403, date(2025, 4, 5), (1403, 12, 30)),
        (1405, date(2026, 3, 19), (1405, 1, 1)),
    ],
    ids=["inside", "after nowruz", "after nowruz of a leap year", "before nowruz"],
)
def test_a_bill_is_named_by_its_reading_kept_inside_its_sale_year(
    sale_year: int, read_to: date, told: tuple[int, int, int]
) -> None:
    assert told_day(two_month_bill(sale_year, 3)._replace(read_to=read_to)) == told


def test_without_a_reading_the_period_names_the_bill() -> None:
    assert told_day(two_month_bill(1405, 4)._replace(read_to=None)) == (1405, 8, 30)
    monthly = two_month_bill(1405, 1)._replace(sale_period=11, read_to=None)
    assert told_day(monthly) == (1405, 11, 30)


def test_days_tell_two_monthly_bills_where_the_source_gives_them() -> None:
    bills = two_monthly(1405, 1405)
    assert is_two_monthly(settled(bills))
    assert not is_two_monthly(settled([bill._replace(days=31) for bill in bills]))


def test_period_numbers_tell_two_monthly_bills_else() -> None:
    bills = [bill._replace(days=None) for bill in two_monthly(1405, 1405)]
    assert is_two_monthly(settled(bills))
    assert not is_two_monthly(settled([*bills, bills[-1]._replace(sale_period=7)]))


def test_totals_sum_exactly_and_know_which_years_are_whole() -> None:
    bills = [bill for bill in two_monthly(1403, 1405) if bill.serial != "140301"]
    totals = year_totals(settled(bills), {1404: Rial(6_210_000)})
    assert [(total.first, total.bills, total.whole) for total in totals] == [
        (1405, 4, False),
        (1404, 6, True),
        (1403, 5, False),
    ]
    assert totals[1].amount_rial == 6_210_000
    assert totals[1].kwh == sum(bill.kwh for bill in bills if bill.sale_year == 1404)
    assert (totals[1].paid_rial, totals[2].paid_rial) == (6_210_000, 0)


def test_joined_years_keep_every_sum() -> None:
    totals = year_totals(settled(two_monthly(1403, 1405)), {1403: Rial(1), 1404: Rial(2)})
    run = joined(totals[1:])
    assert (run.first, run.last, run.bills, run.paid_rial) == (1403, 1404, 12, 3)
    assert run.amount_rial == totals[1].amount_rial + totals[2].amount_rial
    assert run.whole
