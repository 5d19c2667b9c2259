"""What the SQL source tells is what stands in the exports, to the rial and to the day."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from sms_service.billing.importing import import_billing
from sms_service.billing.sql import SqlBillingSource
from sms_service.domain.records import Bill, Branch, History, Payment
from sms_service.domain.settlement import settle
from sms_service.simulator.subscribers.exports import write_exports
from sms_service.simulator.subscribers.loading import load
from sms_service.simulator.subscribers.making import Filling, Wanted
from sms_service.simulator.subscribers.span import span
from tests.support.billing import DEMO_DATA, LAST_DAY, TODAY, hash_phone
from tests.support.plain_reading import (
    PlainBill,
    PlainBranch,
    PlainHistory,
    PlainPayment,
    PlainState,
    plain_histories,
    plain_states,
)

_AT_ONCE = 250


def test_every_subscriber_of_the_sample_export_is_told_as_the_files_hold_it(
    engine: Engine,
) -> None:
    import_billing(engine, [DEMO_DATA], hash_phone=hash_phone, today=TODAY)
    plain = plain_histories(DEMO_DATA)
    assert len(plain) == 1000
    _assert_told_alike(engine, plain, LAST_DAY)
    states = [state.state for one in plain.values() for state in plain_states(one)[1]]
    assert set(states) == {"paid", "unpaid", "part_paid"}


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32),
    years=st.integers(1, 12),
    back=st.integers(0, 900),
)
def test_any_invented_subscribers_are_told_as_their_exports_hold_them(
    engine: Engine, seed: int, years: int, back: int
) -> None:
    until = TODAY - timedelta(days=back)
    wanted = Wanted(40, seed, span(years, until))
    _load(engine, wanted)
    with TemporaryDirectory() as folder:
        write_exports(wanted, Path(folder), 1, _unheard)
        _assert_told_alike(engine, plain_histories(Path(folder)), until)


def test_invented_exports_are_imported_as_what_is_loaded_straight(
    sqlite_engine: Engine, postgresql_engine: Engine, tmp_path: Path
) -> None:
    wanted = Wanted(600, 7, span(8, LAST_DAY))
    write_exports(wanted, tmp_path, 1, _unheard)
    summary = import_billing(sqlite_engine, [tmp_path], hash_phone=hash_phone, today=TODAY)
    assert (summary.rejected, summary.values_left_out) == (0, 0)
    _load(postgresql_engine, wanted)
    bill_ids = list(plain_histories(tmp_path))
    assert len(bill_ids) == 600
    imported = SqlBillingSource(sqlite_engine).histories(bill_ids)
    loaded = SqlBillingSource(postgresql_engine).histories(bill_ids)
    assert _but_for_their_day(imported) == _but_for_their_day(loaded)


def _but_for_their_day(found: Mapping[str, History]) -> Mapping[str, object]:
    """An import takes the newest day that the files speak of, which may be one earlier."""
    return {
        bill_id: (one.bills, one.payments, one.branch, settle(one))
        for bill_id, one in found.items()
    }


def _load(engine: Engine, wanted: Wanted) -> None:
    load(Filling(wanted, hash_phone, 1, _unheard), engine, replace=True)


def _unheard(_bills: int) -> None:
    return


def _assert_told_alike(engine: Engine, plain: Mapping[str, PlainHistory], as_of: date) -> None:
    source = SqlBillingSource(engine)
    bill_ids = sorted(plain)
    for start in range(0, len(bill_ids), _AT_ONCE):
        asked = bill_ids[start : start + _AT_ONCE]
        found = source.histories(asked)
        assert sorted(found) == asked
        for bill_id in asked:
            told = found[bill_id]
            assert told.bill_id == bill_id
            assert told.as_of == as_of
            assert _plainly(told) == plain[bill_id]
            assert _states(told) == plain_states(plain[bill_id])


def _plainly(told: History) -> PlainHistory:
    return PlainHistory(
        [_plain_bill(bill) for bill in told.bills],
        [_plain_payment(payment) for payment in told.payments],
        _plain_branch(told.branch) if told.branch else None,
    )


def _plain_bill(bill: Bill) -> PlainBill:
    assert None not in (bill.days, bill.issued_on, bill.read_from, bill.read_to, bill.due_on)
    return PlainBill(
        serial=bill.serial,
        year=bill.sale_year,
        period=bill.sale_period,
        amount=bill.amount_rial,
        mid=bill.mid_kwh,
        peak=bill.peak_kwh,
        low=bill.low_kwh,
        days=bill.days or 0,
        issued=bill.issued_on or date.min,
        read_from=bill.read_from or date.min,
        read_to=bill.read_to or date.min,
        due=bill.due_on or date.min,
        old_debt=bill.previous_debt_rial,
        rejected=bill.rejected,
    )


def _plain_payment(payment: Payment) -> PlainPayment:
    return PlainPayment(
        paid=payment.paid_on,
        amount=payment.amount_rial,
        payment_id=payment.payment_id,
        posted=payment.posted_on or date.min,
        tracking=payment.tracking,
        bank=payment.bank_code or "",
        channel=payment.channel or "",
    )


def _plain_branch(branch: Branch) -> PlainBranch:
    return PlainBranch(
        debt=branch.debt_rial,
        payment_id=branch.payment_id,
        due=branch.due_on,
        last_read=branch.last_read_on,
        tariff=branch.tariff or 0,
        customer_type=branch.customer_type or 0,
        phone=_phone(branch.phone_hash) if branch.phone_hash else None,
    )


def _phone(hashed: bytes) -> str:
    """The number again: the tests' stand-in for a hash only pads it."""
    return "0" + hashed.decode().lstrip(".").removeprefix("+98")


def _states(told: History) -> tuple[bool | None, list[PlainState]]:
    settlement = settle(told)
    states = [
        PlainState(one.bill.serial, one.state.value, one.left_rial) for one in settlement.bills
    ]
    return settlement.agrees, states[::-1]
