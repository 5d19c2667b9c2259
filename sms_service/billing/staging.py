"""Rows on their way in: staged where nobody sees them, and brought in order there.

Both tables of a kind are temporary: a killed import leaves none behind, and on SQLite
other writers needn't wait for reading or sorting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import (
    Column,
    Connection,
    Insert,
    MetaData,
    Select,
    Table,
    and_,
    func,
    insert,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql

from sms_service.billing.layouts import Kind, Layout
from sms_service.billing.rows import Row

DAYS_OF_DATA = ("read_to", "issued_on", "paid_on", "posted_on", "last_read_on")
"""Columns that say how far the data reach; a due date says nothing."""

_COPY = SQL("COPY {} FROM STDIN")


@dataclass(frozen=True, slots=True)
class Repeats:
    """Staged rows whose key came again, and how many different rows so gave way."""

    rows: int = 0
    conflicting: int = 0


class Staging:
    """The staging tables of one import, on a connection that is its own and then closed."""

    def __init__(self, connection: Connection, layouts: Mapping[Kind, Layout]) -> None:
        self._connection = connection
        self._on_postgresql = connection.dialect.name == "postgresql"
        self._staged = {kind: _table("staged", layout) for kind, layout in layouts.items()}
        self.ordered = {
            kind: _table("ordered", layout, keyed=not self._on_postgresql)
            for kind, layout in layouts.items()
        }
        """Once ordered, the rows of a kind: one for each key, in the order of the keys."""
        self._keys = {
            kind: [column.name for column in layout.table.primary_key]
            for kind, layout in layouts.items()
        }

    def create(self) -> None:
        """Make the tables."""
        with self._connection.begin():
            for table in (*self._staged.values(), *self.ordered.values()):
                table.create(self._connection)

    def add(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Stage rows of one kind, in the order of their layout's columns."""
        if not rows:
            return
        table = self._staged[kind]
        with self._connection.begin():
            if self._on_postgresql:
                self._copy(table, rows)
            else:
                marks = ", ".join("?" * len(table.columns))
                self._connection.exec_driver_sql(
                    f"INSERT INTO {table.name} VALUES ({marks})",  # noqa: S608  # nosec B608  # our own name
                    list(rows),
                )

    def _copy(self, table: Table, rows: Sequence[Row]) -> None:
        driver = cast("psycopg.Connection[object]", self._connection.connection.dbapi_connection)
        # Nothing staged outlives a crash, so nothing waits for the disk.
        self._connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        with driver.cursor() as cursor, cursor.copy(_COPY.format(Identifier(table.name))) as copy:
            for row in rows:
                copy.write_row(row)

    def newest_day(self, today: date) -> date | None:
        """The newest day that the staged rows speak of, none of the future counted."""
        days = [
            select(func.max(column)).where(column <= today)
            for table in self._staged.values()
            for column in table.columns
            if column.name in DAYS_OF_DATA
        ]
        with self._connection.begin():
            found = [self._connection.scalar(newest) for newest in days]
        return max((day for day in found if day is not None), default=None)

    def order(self, kind: Kind, rows: int) -> Repeats:
        """Fill ``ordered`` out of the ``rows`` staged of a kind; of equal keys the last stays."""
        staged, ordered = self._staged[kind], self.ordered[kind]
        with self._connection.begin():
            self._connection.execute(self._filling(kind))
            kept = self._connection.scalar(select(func.count()).select_from(ordered)) or 0
            repeats = Repeats(rows - kept, self._conflicting(kind) if rows > kept else 0)
            staged.drop(self._connection)
            self._connection.execute(text(f"ANALYZE {ordered.name}"))
        return repeats

    def _filling(self, kind: Kind) -> Insert:
        staged, ordered = self._staged[kind], self.ordered[kind]
        key = [staged.c[name] for name in self._keys[kind]]
        into = insert(ordered)
        if self._on_postgresql:
            latest = select(staged).ext(postgresql.distinct_on(*key))
            rows = latest.order_by(*key, literal_column("ctid").desc())
        else:
            into = into.prefix_with("OR REPLACE")
            rows = select(staged).order_by(*key, literal_column("rowid"))
        return into.from_select(list(ordered.columns.keys()), rows)

    def _conflicting(self, kind: Kind) -> int:
        staged = self._staged[kind]
        key = [staged.c[name] for name in self._keys[kind]]
        twice = select(*key).group_by(*key).having(func.count() > 1).subquery()
        again = and_(*(staged.c[name] == twice.c[name] for name in self._keys[kind]))
        different = select(staged).join(twice, again).distinct().subquery()
        return self._count(select(different)) - self._count(select(twice))

    def _count(self, rows: Select[tuple[object, ...]]) -> int:
        counted = select(func.count()).select_from(rows.subquery())
        return self._connection.scalar(counted) or 0


def _table(name: str, layout: Layout, *, keyed: bool = False) -> Table:
    key = layout.table.primary_key.columns if keyed else ()
    columns = [layout.table.c[column] for column in layout.columns]
    return Table(
        f"{name}_{layout.kind}",
        MetaData(),
        *(Column(one.name, one.type, primary_key=one.name in key) for one in columns),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=not keyed,
    )
