"""Invented subscribers put into a database: all at once, whole, and only where told to."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select

from sms_service.billing.batches import BatchState, list_batches
from sms_service.billing.sql import SqlBillingSource
from sms_service.billing.stats import billing_stats
from sms_service.billing.tables import bills, branches, payments
from sms_service.database import reading
from sms_service.simulator.subscribers import making
from sms_service.simulator.subscribers.exports import write_exports
from sms_service.simulator.subscribers.loading import DataThere, load
from sms_service.simulator.subscribers.making import Filled, Filling, Wanted, made_in_order
from sms_service.simulator.subscribers.span import span
from tests.support.billing import hash_phone
from tests.support.invented import UNTIL, as_history, invented

WANTED = Wanted(120, 1, span(3, UNTIL))


def put(
    engine: Engine, wanted: Wanted = WANTED, *, processes: int = 1, replace: bool = False
) -> tuple[int, Filled]:
    filling = Filling(wanted, hash_phone, processes, lambda _: None)
    return load(filling, engine, replace=replace)


def test_what_is_loaded_is_in_force_as_one_batch(engine: Engine) -> None:
    batch_id, loaded = put(engine)
    [batch] = list_batches(engine)
    assert (batch.id, batch.state, batch.data_as_of) == (batch_id, "in_force", UNTIL)
    assert (batch.bills, batch.payments) == (loaded.bills, loaded.payments)
    assert batch.files == ["120 subscribers of seed 1"]
    stats = billing_stats(engine)
    assert (stats.bills, stats.payments) == (loaded.bills, loaded.payments)
    assert stats.subscribers == loaded.branches > 100


def test_every_loaded_subscriber_is_told_as_invented(engine: Engine) -> None:
    put(engine)
    told = SqlBillingSource(engine)
    for one in invented(WANTED.count, years=3):
        found = told.histories([one.bill_id])[one.bill_id]
        expected = as_history(one)
        assert (found.bills, found.payments) == (expected.bills, expected.payments)
        assert found.as_of == UNTIL
        if one.branch is not None and one.branch.phone is not None:
            assert one.bill_id in told.bills_of_phone(hash_phone(f"+98{one.branch.phone[1:]}"))


def test_a_database_with_billing_data_is_left_alone_unless_they_are_to_go(engine: Engine) -> None:
    first_id, first = put(engine)
    with pytest.raises(DataThere, match="holds billing data already"):
        put(engine, Wanted(7, 2, span(1, UNTIL)))
    assert billing_stats(engine).bills == first.bills
    second_id, second = put(engine, Wanted(7, 2, span(1, UNTIL)), replace=True)
    assert billing_stats(engine).bills == second.bills < first.bills
    assert second_id > first_id


def test_a_load_that_breaks_off_leaves_everything_as_it_was(engine: Engine) -> None:
    _, first = put(engine)
    shape = _shape(engine)

    def stumble(_bills: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(Filling(Wanted(50, 3, span(1, UNTIL)), hash_phone, 1, stumble), engine, replace=True)
    assert billing_stats(engine).bills == first.bills
    assert _shape(engine) == shape
    newest, _ = list_batches(engine)
    assert (newest.state, newest.failure) == (BatchState.FAILED, "KeyboardInterrupt")


def test_keys_indexes_and_defaults_stand_after_a_load_as_before(postgresql_engine: Engine) -> None:
    before = _shape(postgresql_engine)
    put(postgresql_engine)
    assert _shape(postgresql_engine) == before


def test_rows_lie_in_the_order_of_bill_ids(postgresql_engine: Engine) -> None:
    put(postgresql_engine)
    for table in (bills, payments, branches):
        with postgresql_engine.connect() as connection:
            ids = list(
                connection.exec_driver_sql(
                    f"SELECT bill_id FROM {table.name} ORDER BY ctid"
                ).scalars()
            )
        assert len(ids) > 100
        assert ids == sorted(ids)


def test_chunks_and_processes_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Wanted(90, 5, span(2, UNTIL))
    write_exports(wanted, tmp_path / "one", 1, lambda _: None)
    monkeypatch.setattr(making, "CHUNK", 7)
    write_exports(wanted, tmp_path / "two", 2, lambda _: None)
    for name in ("sales.csv", "payments.csv", "branches.csv"):
        one = (tmp_path / "one" / name).read_bytes()
        assert one == (tmp_path / "two" / name).read_bytes()
        assert len(one) > 5000
    with pytest.raises(FileExistsError):
        write_exports(wanted, tmp_path / "one", 1, lambda _: None)


def test_two_processes_load_what_one_does(
    postgresql_engine: Engine, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "CHUNK", 25)
    put(postgresql_engine, processes=2)
    put(sqlite_engine)
    with reading(sqlite_engine) as connection:
        ids = connection.scalars(select(bills.c.bill_id).distinct()).all()
    told = SqlBillingSource(postgresql_engine).histories(ids)
    assert told == SqlBillingSource(sqlite_engine).histories(ids)
    assert len(told) > 100


def test_chunks_come_by_rising_bill_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "CHUNK", 10)
    chunks = [list(ids) for ids in made_in_order(WANTED, _bill_ids, 1)]
    assert len(chunks) == 12
    assert all(one[-1] < other[0] for one, other in pairwise(chunks))


@pytest.mark.parametrize(("count", "seed"), [(0, 1), (99_999_990, 1), (1, -1)])
def test_what_cannot_be_made_is_refused(count: int, seed: int) -> None:
    with pytest.raises(ValueError, match=r"can be made|0 or more"):
        Wanted(count, seed, span(1, UNTIL))


def _bill_ids(wanted: Wanted, numbers: Sequence[int]) -> list[str]:
    return [one.bill_id for one in wanted.subscribers(numbers)]


def _shape(engine: Engine) -> list[object]:
    seen = inspect(engine)
    return [
        (
            seen.get_pk_constraint(table.name),
            seen.get_indexes(table.name),
            [(column["name"], column["default"]) for column in seen.get_columns(table.name)],
        )
        for table in (bills, payments, branches)
    ]
