"""Records cut to their newest bills say what the whole records say of these."""

import pytest

from sms_service.domain.settlement import settle
from tests.support.billing import plainly_read
from tests.support.histories import history, newest_bills, two_month_bill


@pytest.mark.parametrize("bills", [1, 3, 6, 12, 18, 24])
def test_cut_records_settle_as_the_whole_ones_do(bills: int) -> None:
    judged = 0
    for whole in list(plainly_read().values())[::5]:
        if cut := newest_bills(whole, bills):
            settled, due = settle(cut), settle(whole, bills)
            assert settled.agrees
            assert [(b.bill.serial, b.state, b.left_rial, b.paid_on) for b in settled.bills] == [
                (b.bill.serial, b.state, b.left_rial, b.paid_on) for b in due.bills
            ]
            judged += 1
    assert judged > 150


def test_too_short_records_and_unknown_debts_cannot_be_cut() -> None:
    bill = two_month_bill(1405, 3)
    assert newest_bills(history([bill._replace(rejected=True), bill]), 2) is None
    assert newest_bills(history([bill], debt=None), 1) is None
