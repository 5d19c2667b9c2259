"""Rows for whatever tables a revision has, made out of its columns: none stays empty."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Engine, MetaData, Table, inspect

from sms_service.database import reading, writing

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOON = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
_MOMENTS = ("_at", "_until", "since", "at")
_ROWS = 3

_WORDS: Mapping[str, tuple[Any, ...]] = {
    "inbound.state": ("answered", "received", "failed"),
    "outbound.state": ("delivered", "queued", "unresolved"),
    "outbound.kind": ("answer", "promise", "answer"),
    "receipts.state": ("applied", "parked", "parked"),
    "billing_batches.state": ("in_force", "failed", "in_force"),
    "billing_batches.files": (["bills.csv"], ["a.csv", "b.csv"], []),
    "lanes.state": ("working", "resting", "stopped"),
    "bill_id": ("1234567804423", "2345678904427", "3456789104424"),
    "channel": ("sms", "ussd", "sms"),
    "gateway": ("kavenegar", "kannel", "kavenegar"),
    "name_cipher": (b"\x00cipher", b"\xff", b"cipher\x00"),
    "text_cipher": ("متن".encode(), b"\x00", b"\xff" * 300),
    "company": ("برق قم", "برق یزد", "برق البرز"),
}
Rows = Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any]]]
"""By table and primary key."""


def tables_of(engine: Engine) -> Sequence[Table]:
    """The tables that the database has now, those that others refer to first."""
    seen = MetaData()
    seen.reflect(engine)
    seen.remove(seen.tables["alembic_version"])
    return seen.sorted_tables


def fill(engine: Engine, tables: Sequence[Table], begin: int) -> None:
    """Put rows into each table; ``begin`` keeps them apart from those of other calls."""
    with writing(engine) as connection:
        for table in tables:
            new = [_row(table, number) for number in range(begin, begin + _ROWS)]
            connection.execute(table.insert(), new)


def rows(engine: Engine, keys: Mapping[str, Sequence[str]]) -> Rows:
    """All that the database holds in tables whose ``keys`` are given, as the driver reads it."""
    found: dict[str, dict[tuple[Any, ...], Mapping[str, Any]]] = {}
    with reading(engine) as connection:
        for table in set(inspect(connection).get_table_names()) & keys.keys():
            all_of_it = connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings()
            found[table] = {tuple(row[key] for key in keys[table]): dict(row) for row in all_of_it}
    return found


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(table, column, number) for column in table.columns}


def _value(table: Table, column: Column[Any], number: int) -> Any:
    turn = number % _ROWS
    for name in (f"{table.name}.{column.name}", column.name):
        if name in _WORDS and not column.unique:
            return _unlike(_WORDS[name][turn], column, number)
    if column.name == "parent_id" or (column.nullable and turn == 0):
        return None
    if column.name.endswith(_MOMENTS) and not isinstance(column.type, sa.Date):
        moment = _NOON + timedelta(seconds=number, microseconds=number)
        is_time = isinstance(column.type, sa.DateTime)
        return moment if is_time else (moment - _EPOCH) // timedelta(microseconds=1)
    return _by_type(column, number)


def _unlike(value: Any, column: Column[Any], number: int) -> Any:
    """A key must differ in each row."""
    return f"{value}{number}"[-13:] if column.primary_key and isinstance(value, str) else value


def _by_type(column: Column[Any], number: int) -> Any:
    kind = column.type
    digest = hashlib.sha256(f"{column.name}{number}".encode())
    if isinstance(kind, sa.Boolean):
        return number % 2 == 0
    if isinstance(kind, sa.Integer | sa.Numeric | sa.Float):
        return number
    if isinstance(kind, sa.Date):
        return date(2026, 1, 1) + timedelta(days=number)
    if isinstance(kind, sa.LargeBinary):
        return digest.digest()
    if isinstance(kind, sa.JSON):
        return {"number": number}
    text = f"{digest.hexdigest()[:6]}9{number:02}"
    return text[-kind.length :] if isinstance(kind, sa.String) and kind.length else text
