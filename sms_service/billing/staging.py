"""Rows on their way in: staged where nobody sees them, then merged in one transaction.

Staging tables are temporary: a killed import leaves none behind and, on SQLite, other
writers wait only for the merge. The merge writes in the order of the primary key, so a
first load stands clustered by bill ID on PostgreSQL too.
"""

from collections.abc import Sequence
from datetime import date
from typing import cast

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.billing.layouts import Kind, Layout
from sms_service.billing.rows import Row

_DAYS_OF_DATA = ("read_to", "issued_on", "paid_on", "posted_on", "last_read_on")
"""Columns that say how far the data reach; a due date says nothing."""

_COPY = SQL("COPY {} FROM STDIN")
_NUMBER = "row_number"


class Staging:
    """The staging tables of one import, on a connection that is its own and then closed."""

    def __init__(self, connection: Connection, layouts: Sequence[Layout]) -> None:
        self._connection = connection
        self._on_postgresql = connection.dialect.name == "postgresql"
        self._layouts = {layout.kind: layout for layout in layouts}
        self._tables = {layout.kind: _staging_table(layout) for layout in layouts}
        self._staged = 0

    def create(self) -> None:
        """Make the tables."""
        with self._connection.begin():
            if self._on_postgresql:
                self._connection.execute(text("SET statement_timeout = 0"))
            for table in self._tables.values():
                table.create(self._connection)

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Stage rows of one kind, in the order of their layout's columns."""
        if not rows:
            return
        table = self._tables[kind]
        numbered = [(number, *row) for number, row in enumerate(rows, self._staged)]
        self._staged += len(rows)
        with self._connection.begin():
            if self._on_postgresql:
                self._copy(table, numbered)
            else:
                marks = ", ".join("?" * len(table.columns))
                self._connection.exec_driver_sql(
                    f"INSERT INTO {table.name} VALUES ({marks})",  # noqa: S608  # our own name
                    numbered,
                )

    def _copy(self, table: Table, rows: Sequence[Row]) -> None:
        driver = cast("psycopg.Connection[object]", self._connection.connection.dbapi_connection)
        with driver.cursor() as cursor, cursor.copy(_COPY.format(Identifier(table.name))) as copy:
            for row in rows:
                copy.write_row(row)

    def newest_day(self, today: date) -> date | None:
        """The newest day that the staged rows speak of, none of the future counted."""
        days = [
            select(func.max(column)).where(column <= today)
            for table in self._tables.values()
            for column in table.columns
            if column.name in _DAYS_OF_DATA
        ]
        with self._connection.begin():
            found = [self._connection.scalar(newest) for newest in days]
        return max((day for day in found if day is not None), default=None)

    def merge(self, kind: Kind, batch_id: int) -> int:
        """Upsert what is staged of one kind, within the caller's transaction.

        Of equal keys the last row wins. A row that is there already in the same form is
        left as it is. Returns how many rows are new or changed.
        """
        table = self._layouts[kind].table
        columns = self._layouts[kind].columns
        source = self._in_key_order(kind).add_columns(literal(batch_id))
        upsert = (postgresql.insert if self._on_postgresql else sqlite.insert)(table)
        key = [column.name for column in table.primary_key]
        changeable = [name for name in columns if name not in key]
        statement = upsert.from_select([*columns, "batch_id"], source).on_conflict_do_update(
            index_elements=key,
            set_={name: upsert.excluded[name] for name in (*changeable, "batch_id")},
            where=or_(
                *(table.c[name].is_distinct_from(upsert.excluded[name]) for name in changeable)
            ),
        )
        counted = statement.execution_options(preserve_rowcount=True)
        return self._connection.execute(counted).rowcount

    def _in_key_order(self, kind: Kind) -> Select[tuple[object, ...]]:
        staged = self._tables[kind].c
        rows = select(*(staged[name] for name in self._layouts[kind].columns))
        key = [staged[column.name] for column in self._layouts[kind].table.primary_key]
        if self._on_postgresql:
            return rows.ext(postgresql.distinct_on(*key)).order_by(*key, staged[_NUMBER].desc())
        return rows.order_by(*key, staged[_NUMBER])

    def analyze(self) -> None:
        """Renew the planner's statistics, within the caller's transaction."""
        for layout in self._layouts.values():
            self._connection.execute(text(f"ANALYZE {layout.table.name}"))


def _staging_table(layout: Layout) -> Table:
    types = {name: layout.table.c[name].type for name in layout.columns}
    return Table(
        f"staged_{layout.kind}",
        MetaData(),
        Column(_NUMBER, Integer),
        *(Column(name, type_) for name, type_ in types.items()),
        prefixes=["TEMPORARY"],
    )
