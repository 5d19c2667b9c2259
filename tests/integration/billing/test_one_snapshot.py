"""A history is of one moment, whatever is imported while it is read."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from sqlalchemy import Engine, event, text

from sms_service.billing.sql import SqlBillingSource
from sms_service.billing.tables import billing_batches, bills, branches, payments
from sms_service.database import db_now, reading, writing
from sms_service.domain.records import History
from sms_service.service.ports import SourceDown

BILL_ID = "1234567804423"
PREPARED_AFTER = 6
"""The driver's threshold is five executions on one connection."""


def bring_in(engine: Engine, rial: int) -> None:
    """One bill, one payment and one debt, all of so many rial."""
    of = {"bill_id": BILL_ID, "batch_id": 1}
    kwh = {"mid_kwh": 1, "peak_kwh": 1, "low_kwh": 1}
    period = {"serial": "1", "sale_year": 1404, "sale_period": 1, **kwh}
    debt = {"previous_debt_rial": 0, "rejected": False}
    paid = {"tracking": "7", "untracked_key": "", "paid_on": date(2025, 6, 1)}
    with writing(engine) as connection:
        connection.execute(bills.insert().values(**of, **period, **debt, amount_rial=rial))
        connection.execute(payments.insert().values(**of, **paid, amount_rial=rial))
        connection.execute(branches.insert().values(**of, debt_rial=rial))


def _change(rial: int) -> tuple[str, ...]:
    return (
        f"UPDATE bills SET amount_rial = {rial}",
        f"UPDATE payments SET amount_rial = {rial}",
        f"UPDATE branches SET debt_rial = {rial}",
    )


def sums(history: History) -> list[int | None]:
    return [
        *(bill.amount_rial for bill in history.bills),
        *(payment.amount_rial for payment in history.payments),
        history.branch.debt_rial if history.branch else None,
    ]


def test_what_commits_between_two_statements_is_not_mixed_in_on_postgresql(
    postgresql_engine: Engine, postgresql_url: str
) -> None:
    bring_in(postgresql_engine, 1000)
    source = SqlBillingSource(postgresql_engine)
    found: list[History] = []
    reader = threading.Thread(target=lambda: found.extend(source.histories([BILL_ID]).values()))
    with psycopg.connect(postgresql_url) as writer:
        writer.execute("LOCK TABLE payments IN ACCESS EXCLUSIVE MODE")
        reader.start()
        _wait_until_somebody_waits(postgresql_url)
        for statement in _change(2000):
            writer.execute(statement)
    reader.join(10)
    assert [sums(history) for history in found] == [[1000, 1000, 1000]]
    assert sums(source.histories([BILL_ID])[BILL_ID]) == [2000, 2000, 2000]


def _wait_until_somebody_waits(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as observer:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            waiting = observer.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            if waiting == (1,):
                return
            time.sleep(0.01)
    raise TimeoutError("the reader never came to the locked table")


def test_what_commits_between_two_statements_is_not_mixed_in_on_sqlite(
    sqlite_engine: Engine, sqlite_url: str
) -> None:
    bring_in(sqlite_engine, 1000)
    source = SqlBillingSource(sqlite_engine)
    writer = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))

    def overtake(statement: str) -> None:
        if statement.startswith("SELECT payments"):
            with writer:
                for change in _change(2000):
                    writer.execute(change)

    with _traced(sqlite_engine, overtake):
        assert sums(source.histories([BILL_ID])[BILL_ID]) == [1000, 1000, 1000]
    writer.close()
    assert sums(source.histories([BILL_ID])[BILL_ID]) == [2000, 2000, 2000]


@contextmanager
def _traced(engine: Engine, heard: object) -> Iterator[None]:
    def listen(driver: sqlite3.Connection, *_: object) -> None:
        driver.set_trace_callback(heard)  # type: ignore[arg-type]  # a callable

    def leave(driver: sqlite3.Connection, *_: object) -> None:
        driver.set_trace_callback(None)

    event.listen(engine, "checkout", listen)
    event.listen(engine, "checkin", leave)
    try:
        yield
    finally:
        event.remove(engine, "checkout", listen)
        event.remove(engine, "checkin", leave)


def test_a_read_that_failed_half_way_leaves_the_next_one_alone(engine: Engine) -> None:
    bring_in(engine, 1000)
    source = SqlBillingSource(engine)
    with writing(engine) as connection:
        connection.execute(text("ALTER TABLE payments RENAME TO elsewhere"))
    for _ in range(2):
        with pytest.raises(SourceDown):
            source.histories([BILL_ID])
    with writing(engine) as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO payments"))
    assert sums(source.histories([BILL_ID])[BILL_ID]) == [1000, 1000, 1000]


def test_the_statements_are_prepared_for_batches_of_any_size(postgresql_engine: Engine) -> None:
    bring_in(postgresql_engine, 1000)
    source = SqlBillingSource(postgresql_engine)
    for number in range(PREPARED_AFTER):
        source.histories([BILL_ID] * (1 + number))
    with reading(postgresql_engine) as connection:
        prepared = connection.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    for table in ("bills", "payments", "branches"):
        assert sum(f"FROM {table}" in one.replace("\n", "") for one in prepared) == 1


def test_the_day_of_the_data_is_that_of_the_newest_batch_in_force(engine: Engine) -> None:
    bring_in(engine, 1000)
    source = SqlBillingSource(engine)
    assert source.histories([BILL_ID])[BILL_ID].as_of is None
    for state, day in (
        ("in_force", date(2026, 9, 1)),
        ("in_force", date(2026, 10, 1)),
        ("rolled_back", date(2026, 11, 1)),
        ("loading", date(2026, 11, 2)),
        ("failed", date(2026, 11, 3)),
    ):
        _close_batch(engine, day, state, bills=9, payments=9, branches=9)
    assert source.histories([BILL_ID])[BILL_ID].as_of == date(2026, 10, 1)


def test_money_imported_alone_makes_no_debt_younger(engine: Engine) -> None:
    bring_in(engine, 1000)
    source = SqlBillingSource(engine)
    _close_batch(engine, date(2026, 10, 1), bills=9, payments=9, branches=9)
    _close_batch(engine, date(2026, 11, 1), payments=9)
    assert source.histories([BILL_ID])[BILL_ID].as_of == date(2026, 10, 1)
    _close_batch(engine, date(2026, 11, 2), branches=9)
    assert source.histories([BILL_ID])[BILL_ID].as_of == date(2026, 10, 1)
    _close_batch(engine, date(2026, 11, 3), bills=9)
    assert source.histories([BILL_ID])[BILL_ID].as_of == date(2026, 11, 1)


def _close_batch(engine: Engine, day: date, state: str = "in_force", **rows: int) -> None:
    values = {"state": state, "data_as_of": day, "source": "csv", "files": [], **rows}
    with writing(engine) as connection:
        connection.execute(
            billing_batches.insert().values(**values, content_hash="", started_at=db_now())
        )
