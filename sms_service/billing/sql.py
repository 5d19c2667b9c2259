"""Histories out of the imported tables.

One statement reads everything known of a batch of bill IDs: one round trip, and one
snapshot, so that an import that commits meanwhile never mixes old bills with new debts.
SQLAlchemy Core builds and compiles it once; the driver runs it, since its rows are many
and small: measured, one history takes the driver half of Core's time.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from sms_service.billing.histories import assembled, from_sqlite, history_statement
from sms_service.billing.tables import branches
from sms_service.database import reading
from sms_service.domain.records import History
from sms_service.service.ports import SourceDown


class SqlBillingSource:
    """Histories of what is in force, from PostgreSQL or SQLite; a BillingSource."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._on_postgresql = engine.dialect.name == "postgresql"
        self._statement = history_statement(engine.dialect)

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        """Histories by canonical 13-digit bill ID; unknown IDs are absent.

        Bills run by year, period, day of issue and serial; payments by day, a reversal
        behind its payment. ``as_of`` is the day of the data of the newest batch in force.
        Raises SourceDown when the database fails.
        """
        if not bill_ids:
            return {}
        ids = list(bill_ids)
        asked = {"ids": ids if self._on_postgresql else json.dumps(ids)}
        with _down_when_it_fails(ids), reading(self._engine) as connection:
            driver: Any = connection.connection.dbapi_connection
            rows = driver.execute(self._statement, asked).fetchall()
        return assembled(rows if self._on_postgresql else map(from_sqlite, rows))

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """Bill IDs whose branch record holds this mobile (keyed hash), in rising order."""
        ids = select(branches.c.bill_id).where(branches.c.phone_hash == phone_hash)
        with _down_when_it_fails(), reading(self._engine) as connection:
            return connection.scalars(ids.order_by(branches.c.bill_id)).all()


@contextmanager
def _down_when_it_fails(asked: Sequence[str] = ()) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        raise SourceDown(type(error).__name__, unanswered=asked) from error
