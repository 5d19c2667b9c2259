"""Invented subscribers into PostgreSQL by COPY, before keys and indexes are built.

They come by rising bill ID, so that the rows of a history lie together on disk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import Table

from sms_service.billing.tables import bills, branches, payments
from sms_service.simulator.subscribers.life import BillRow, BranchRow, PaymentRow
from sms_service.simulator.subscribers.making import Filled, Filling, Wanted, made_in_order

_TABLES: Final = (bills, payments, branches)
_BILL_COLUMNS: Final = BillRow._fields[:-1]
_BRANCH_COLUMNS: Final = (*BranchRow._fields[:-1], "phone_hash")
_INDEX_MEMORY = "512MB"


def copy_all(
    filling: Filling, driver: psycopg.Connection[Any], batch_id: int, empty: Sequence[Table]
) -> Filled:
    """Empty these tables and copy everything in, within the caller's transaction.

    Nobody else gets at the tables until that ends.
    """
    driver.execute(SQL("TRUNCATE {}").format(SQL(", ").join(map(_name, empty))))
    driver.execute(SQL("SET LOCAL maintenance_work_mem = {}").format(_INDEX_MEMORY))
    # The server waits for us while subscribers are made.
    driver.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    rebuild = [statement for table in _TABLES for statement in _without_indexes(driver, table)]
    for table in _TABLES:
        # Every row is of this batch: the server adds the number as it copies.
        driver.execute(_batch_default(table, SQL("SET DEFAULT {}").format(batch_id)))
    filled = _copied(filling, driver)
    for table in _TABLES:
        driver.execute(_batch_default(table, SQL("DROP DEFAULT")))
    for statement in rebuild:
        driver.execute(statement)
    driver.execute(SQL("ANALYZE {}").format(SQL(", ").join(map(_name, _TABLES))))
    return filled


def _name(table: Table) -> Identifier:
    return Identifier(table.name)


def _batch_default(table: Table, change: SQL | Composed) -> Composed:
    return SQL("ALTER TABLE {} ALTER COLUMN batch_id {}").format(_name(table), change)


def _without_indexes(driver: psycopg.Connection[Any], table: Table) -> list[Composed]:
    """Drop the table's keys and indexes; the statements that bring them back."""
    name = _name(table)
    keys = driver.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        [table.name],
    ).fetchall()
    indexes = driver.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        [table.name],
    ).fetchall()
    for key, _ in keys:
        driver.execute(SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, Identifier(key)))
    for index, _ in indexes:
        driver.execute(SQL("DROP INDEX {}").format(SQL(index)))
    return [
        *(
            SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                name, Identifier(key), SQL(definition)
            )
            for key, definition in keys
        ),
        *(SQL("{}").format(SQL(definition)) for _, definition in indexes),
    ]


@dataclass(frozen=True, slots=True)
class _Texts:
    """One chunk as COPY takes it; the phones of its branches still have to be hashed."""

    bills: str
    payments: str
    branches: Sequence[BranchRow]
    rows: tuple[int, int, int]


def _texts(wanted: Wanted, numbers: Sequence[int]) -> _Texts:
    bill = "\t".join(["%s"] * len(_BILL_COLUMNS)) + "\n"
    payment = "\t".join(["%s"] * len(PaymentRow._fields)) + "\n"
    bill_lines: list[str] = []
    payment_lines: list[str] = []
    found: list[BranchRow] = []
    for one in wanted.subscribers(numbers):
        bill_lines.extend([bill % row[:-1] for row in one.bills])
        payment_lines.extend([payment % row for row in one.payments])
        if one.branch is not None:
            found.append(one.branch)
    rows = len(bill_lines), len(payment_lines), len(found)
    return _Texts("".join(bill_lines), "".join(payment_lines), found, rows)


def _copied(filling: Filling, driver: psycopg.Connection[Any]) -> Filled:
    filled = Filled()
    for texts in made_in_order(filling.wanted, _texts, filling.processes):
        _copy_text(driver, bills, _BILL_COLUMNS, texts.bills)
        _copy_text(driver, payments, PaymentRow._fields, texts.payments)
        into = _copy_into(branches, _BRANCH_COLUMNS, "\\N")
        with driver.cursor() as cursor, cursor.copy(into) as copy:
            for row in texts.branches:
                copy.write_row(row.stored(filling.hash_phone))
        filled.add(*texts.rows)
        filling.report(filled.bills)
    return filled


def _copy_text(
    driver: psycopg.Connection[Any], table: Table, columns: Sequence[str], lines: str
) -> None:
    # Whole tuples were formatted at once, so that NULL is written as Python writes it.
    with driver.cursor() as cursor, cursor.copy(_copy_into(table, columns, "None")) as copy:
        copy.write(lines)


def _copy_into(table: Table, columns: Sequence[str], null: str) -> Composed:
    return SQL("COPY {} ({}) FROM STDIN (FREEZE, NULL {})").format(
        _name(table), SQL(", ").join(map(Identifier, columns)), null
    )
