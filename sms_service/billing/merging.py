"""Staged rows put in force, and what they replace kept, in the caller's transaction.

Written in the order of the primary key, so that a first load stands clustered by bill ID
on PostgreSQL; rows that are there already in the same form are left as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Table,
    and_,
    exists,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.billing.layouts import Kind
from sms_service.billing.tables import bills, branches, payments, replaced_rows


@dataclass(frozen=True, slots=True)
class Written:
    """Rows of one kind that are new or changed, and how many of them replaced another."""

    rows: int = 0
    replaced: int = 0


TABLES = {Kind.BILLS: bills, Kind.PAYMENTS: payments, Kind.BRANCHES: branches}
"""The table of each kind."""


class Merge:
    """The rows of one kind, out of a table that holds one for each key, in their order."""

    def __init__(self, connection: Connection, kind: Kind, source: Table) -> None:
        self._connection = connection
        self._table = TABLES[kind]
        self._source = source
        self._key = [column.name for column in self._table.primary_key]

    def run(self, batch_id: int, replacing: Callable[[], None] = lambda: None) -> Written:
        """Put the rows in force as this batch's; ``replacing`` is called before they are.

        The rows that they replace are kept for the batch's rollback.
        """
        if self._connection.scalar(select(literal(1)).select_from(self._table).limit(1)) is None:
            replacing()
            return Written(self._done(self._plain_insert(batch_id)))
        replaced = self._done(self._keep(batch_id))
        replacing()
        return Written(self._done(self._upsert(batch_id)), replaced)

    def _done(self, statement: Insert | Delete) -> int:
        counted = statement.execution_options(preserve_rowcount=True)
        return self._connection.execute(counted).rowcount

    def _plain_insert(self, batch_id: int) -> Insert:
        rows = select(self._source, literal(batch_id))
        return insert(self._table).from_select(self._columns, rows)

    def _keep(self, batch_id: int) -> Insert:
        kept = replaced_rows(self._table)
        columns = list(self._table.columns.keys())
        rows = (
            select(literal(batch_id), *(self._table.c[name] for name in columns))
            .select_from(self._source)
            .join(self._table, self._same_key())
            .where(self._differs())
        )
        return insert(kept).from_select(["replaced_by", *columns], rows)

    def _upsert(self, batch_id: int) -> Insert:
        on_postgresql = self._connection.dialect.name == "postgresql"
        upsert = (postgresql.insert if on_postgresql else sqlite.insert)(self._table)
        alike = exists().where(self._same_key(), not_(self._differs()))
        rows = select(self._source, literal(batch_id)).where(~alike.correlate(self._source))
        changeable = [name for name in self._columns if name not in self._key]
        in_order = rows.order_by(*(self._source.c[name] for name in self._key))
        return upsert.from_select(self._columns, in_order).on_conflict_do_update(
            index_elements=self._key,
            set_={name: upsert.excluded[name] for name in changeable},
        )

    @property
    def _columns(self) -> list[str]:
        return [*self._source.columns.keys(), "batch_id"]

    def _same_key(self) -> ColumnElement[bool]:
        return and_(*(self._table.c[name] == self._source.c[name] for name in self._key))

    def _differs(self) -> ColumnElement[bool]:
        others = (name for name in list(self._source.columns.keys()) if name not in self._key)
        return or_(*(self._table.c[name].is_distinct_from(self._source.c[name]) for name in others))


def analyze(connection: Connection) -> None:
    """Renew the planner's statistics of what is in force."""
    for table in TABLES.values():
        connection.execute(text(f"ANALYZE {table.name}"))
