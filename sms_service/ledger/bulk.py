"""Many rows in one statement, on both databases.

PostgreSQL takes the rows as one JSON value: one round trip and one prepared plan however
many they are, where a statement a row costs both sides several times as much, and the
driver's arrays twice. SQLite, which has no round trips, runs a statement a row.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlalchemy.types import TypeEngine

from sms_service.database import Instant

RowValues = Mapping[str, Any]
Given = Mapping[str, ColumnElement[Any]]
"""The values of one row by name, as expressions."""


class BulkInsert:
    """Inserts rows of the columns ``given``; ``computed`` are the same for every row."""

    def __init__(
        self,
        table: Table,
        given: Sequence[str],
        computed: Mapping[str, Any] | None = None,
        *,
        skips_conflicts: bool = False,
        replaces_by: Column[Any] | None = None,
        returning: Column[Any] | None = None,
    ) -> None:
        """``replaces_by``: the key by which a row that stands already takes the new values."""
        self._table = table
        self._given = {name: table.c[name].type for name in given}
        self._computed = {
            name: value if isinstance(value, ColumnElement) else literal(value, table.c[name].type)
            for name, value in (computed or {}).items()
        }
        self._skips_conflicts = skips_conflicts
        self._replaces_by = replaces_by
        self._replaces_where: Callable[[Given], ColumnElement[bool]] | None = None
        self._returning = returning

    def replacing_where(self, holds: Callable[[Given], ColumnElement[bool]]) -> "BulkInsert":
        """The same, where a standing row takes the new values only if this holds of them."""
        self._replaces_where = holds
        return self

    def __call__(self, connection: Connection, rows: Sequence[RowValues]) -> list[Any]:
        """Insert; returns the ``returning`` column of the rows that went in."""
        if not rows:
            return []
        if connection.dialect.name == "postgresql":
            result = connection.execute(self._for_postgresql, as_json(self._given, rows))
        else:
            result = connection.execute(self._for_sqlite, list(rows))
        return [] if self._returning is None else list(result.scalars())

    @cached_property
    def _for_postgresql(self) -> Executable:
        source = recordset(self._given)
        names = [*self._given, *self._computed]
        values = [*source.c, *self._computed.values()]
        statement: Any = postgresql.insert(self._table).from_select(names, select(*values))
        return self._finished(statement)

    @cached_property
    def _for_sqlite(self) -> Executable:
        binds = {name: bindparam(name, type_=kind) for name, kind in self._given.items()}
        statement: Any = sqlite.insert(self._table).values({**binds, **self._computed})
        return self._finished(statement)

    def _finished(self, statement: Any) -> Executable:
        if self._skips_conflicts:
            statement = statement.on_conflict_do_nothing()
        if self._replaces_by is not None:
            names = {*self._given, *self._computed} - {self._replaces_by.name}
            statement = statement.on_conflict_do_update(
                index_elements=[self._replaces_by],
                set_={name: statement.excluded[name] for name in sorted(names)},
                where=self._replaces_where and self._replaces_where(statement.excluded),
            )
        finished: Executable = (
            statement if self._returning is None else statement.returning(self._returning)
        )
        return finished


class BulkUpdate:
    """Updates a table's rows by id, each with values of its own, where a condition holds."""

    def __init__(
        self,
        table: Table,
        given: Mapping[str, TypeEngine[Any]],
        values: Callable[[Given], Mapping[str, Any]],
        where: Callable[[Given], ColumnElement[bool]],
    ) -> None:
        self._table = table
        self._given = dict(given)
        self._values = values
        self._where = where

    def __call__(self, connection: Connection, rows: Sequence[RowValues]) -> set[int]:
        """Update; returns the ids of the rows for which the condition held."""
        if not rows:
            return set()
        if connection.dialect.name == "postgresql":
            rows_in_one = as_json(self._given, rows)
            return set(connection.execute(self._for_postgresql, rows_in_one).scalars())
        changed: set[int] = set()
        for row in rows:
            changed |= set(connection.execute(self._for_sqlite, row).scalars())
        return changed

    @cached_property
    def _for_postgresql(self) -> Executable:
        source = recordset(self._given)
        return self._statement({name: source.c[name] for name in self._given})

    @cached_property
    def _for_sqlite(self) -> Executable:
        return self._statement(
            {name: bindparam(name, type_=kind) for name, kind in self._given.items()}
        )

    def _statement(self, given: Given) -> Executable:
        return (
            update(self._table)
            .values(self._values(given))
            .where(self._where(given))
            .returning(self._table.c.id)
        )


def recordset(given: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    """Rows that PostgreSQL takes out of the one parameter ``rows``, see ``as_json``."""
    rows = cast(bindparam("rows", type_=Text()), postgresql.JSON)
    columns = [column(name, kind) for name, kind in given.items()]
    valued = func.json_to_recordset(rows).table_valued(*columns, name="given")
    return valued.render_derived(with_types=True)


def as_json(given: Mapping[str, TypeEngine[Any]], rows: Sequence[RowValues]) -> dict[str, str]:
    """The parameter of a statement over ``recordset``; other names in rows are left out."""
    writers = [(name, _writer(kind)) for name, kind in given.items()]
    return {
        "rows": json.dumps([{name: write(row[name]) for name, write in writers} for row in rows])
    }


def _writer(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    if isinstance(kind, LargeBinary):
        return _hex
    return _iso if isinstance(kind, Instant) else _as_it_is


def _hex(value: bytes | None) -> str | None:
    return None if value is None else "\\x" + value.hex()


def _iso(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _as_it_is(value: Any) -> Any:
    return value
