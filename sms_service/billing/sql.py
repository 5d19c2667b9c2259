"""Histories out of the imported tables.

Bills, payments, branches and the day of the data are read within one snapshot, so that an
import that commits meanwhile never mixes old bills with new debts; on PostgreSQL in one
round trip. SQLAlchemy Core builds and compiles the statements once; the driver runs them,
since their rows are many and small: measured, a batch takes it half of Core's time.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from sms_service.billing.histories import (
    Rows,
    Statements,
    assembled,
    bill_from_sqlite,
    branch_from_sqlite,
    payment_from_sqlite,
    statements,
)
from sms_service.billing.tables import branches
from sms_service.database import reading, reading_by_driver
from sms_service.domain.records import History
from sms_service.service.ports import SourceDown


class SqlBillingSource:
    """Histories of what is in force, from PostgreSQL or SQLite; a BillingSource."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._statements = statements(engine.dialect)
        on_postgresql = engine.dialect.name == "postgresql"
        self._rows: Callable[[Any, Statements, list[str]], Rows] = (
            _from_postgresql if on_postgresql else _from_sqlite
        )

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        """Histories by canonical 13-digit bill ID; unknown IDs are absent.

        Bills run by year, period, day of issue and serial; payments by day, a reversal
        behind its payment. ``as_of`` is the day up to which bills, payments and
        branches are all known by the batches in force.
        Raises SourceDown when the database fails.
        """
        if not bill_ids:
            return {}
        with _down_when_it_fails(), reading_by_driver(self._engine) as driver:
            rows = self._rows(driver, self._statements, list(bill_ids))
        return assembled(rows)

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """Bill IDs whose branch record holds this mobile (keyed hash), in rising order."""
        ids = select(branches.c.bill_id).where(branches.c.phone_hash == phone_hash)
        with _down_when_it_fails(), reading(self._engine) as connection:
            return connection.scalars(ids.order_by(branches.c.bill_id)).all()


def _from_postgresql(
    driver: psycopg.Connection[Any], words: Statements, bill_ids: list[str]
) -> Rows:
    asked = {"ids": bill_ids}
    with driver.pipeline():
        driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        found_bills = driver.execute(words.bills, asked)
        found_payments = driver.execute(words.payments, asked)
        found_branches = driver.execute(words.branches, asked)
        newest = driver.execute(words.as_of)
        driver.execute("COMMIT")
    return Rows(
        found_bills.fetchall(),
        found_payments.fetchall(),
        found_branches.fetchall(),
        next((day for (day,) in newest), None),
    )


def _from_sqlite(driver: sqlite3.Connection, words: Statements, bill_ids: list[str]) -> Rows:
    asked = {"ids": json.dumps(bill_ids)}
    driver.execute("BEGIN")
    rows = Rows(
        [bill_from_sqlite(row) for row in driver.execute(words.bills, asked)],
        [payment_from_sqlite(row) for row in driver.execute(words.payments, asked)],
        [branch_from_sqlite(row) for row in driver.execute(words.branches, asked)],
        next((day and date.fromisoformat(day) for (day,) in driver.execute(words.as_of)), None),
    )
    driver.execute("COMMIT")
    return rows


@contextmanager
def _down_when_it_fails() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        raise SourceDown(type(error).__name__) from error
