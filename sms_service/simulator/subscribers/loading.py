"""Invented subscribers straight into the billing tables, as one batch in force.

One transaction holds all of it: who reads meanwhile waits on PostgreSQL, and a load that
is killed leaves everything as it was. On PostgreSQL the rows are copied in before keys and
indexes are built, by rising bill ID, so that the rows of a history lie together.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import Connection, Engine, Table, delete, exists, select, text, update

from sms_service.billing import batches
from sms_service.billing.batches import Counts
from sms_service.billing.layouts import Kind
from sms_service.billing.tables import (
    billing_batches,
    bills,
    branches,
    payments,
    replaced_bills,
    replaced_branches,
    replaced_payments,
)
from sms_service.database import make_engine, reading
from sms_service.simulator.subscribers.life import BillRow, BranchRow, PaymentRow
from sms_service.simulator.subscribers.making import Wanted, made_in_order

SOURCE = "generate"
_TABLES: Final = (bills, payments, branches)
_ALL_TABLES: Final = (*_TABLES, replaced_bills, replaced_payments, replaced_branches)
_LONGEST_SECONDS = 12 * 3600.0
_BILL_COLUMNS: Final = len(bills.columns)
_INDEX_MEMORY = "512MB"


class DataThere(Exception):
    """The database holds billing data already, and wasn't to be emptied; one line."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load brought."""

    batch_id: int
    bills: int
    payments: int
    branches: int


def load(
    wanted: Wanted,
    engine: Engine,
    *,
    hash_phone: Callable[[str], bytes],
    processes: int,
    replace: bool,
    report: Callable[[int], None],
) -> Loaded:
    """Put these subscribers in force; ``report`` hears the number of bills so far.

    ``hash_phone`` makes the keyed hash of a number in E.164. Raises DataThere when the
    tables aren't empty, unless ``replace`` says to empty them first.
    """
    if not replace and _holds_data(engine):
        raise DataThere("the database holds billing data already")
    address = engine.url.render_as_string(hide_password=False)
    patient = make_engine(address, statement_seconds=_LONGEST_SECONDS)
    try:
        return _load(_Load(wanted, hash_phone, processes, report), patient)
    finally:
        patient.dispose()


@dataclass(frozen=True, slots=True)
class _Load:
    wanted: Wanted
    hash_phone: Callable[[str], bytes]
    processes: int
    report: Callable[[int], None]


def _holds_data(engine: Engine) -> bool:
    with reading(engine) as connection:
        return any(connection.scalar(select(exists().select_from(t))) for t in _TABLES)


def _load(run: _Load, engine: Engine) -> Loaded:
    wanted = run.wanted
    name = f"{wanted.count} subscribers of seed {wanted.seed}"
    contents = hashlib.sha256(f"{name}, {wanted.span}".encode()).hexdigest()
    batch_id = batches.begin(engine, SOURCE, [name], contents)
    try:
        with engine.execution_options(writes=True).begin() as connection:
            fill = _copy if engine.dialect.name == "postgresql" else _insert
            loaded = fill(run, connection, batch_id)
            counts = {
                kind: Counts(number, number, number)
                for kind, number in (
                    (Kind.BILLS, loaded.bills),
                    (Kind.PAYMENTS, loaded.payments),
                    (Kind.BRANCHES, loaded.branches),
                )
            }
            # What earlier batches replaced is gone, and so is the way back to it.
            connection.execute(update(billing_batches).values(reversible=False))
            batches.put_in_force(connection, batch_id, counts, wanted.span.as_of)
    except BaseException as error:
        batches.fail(engine, batch_id, {}, type(error).__name__)
        raise
    return loaded


@dataclass(frozen=True, slots=True)
class _Texts:
    """One chunk as COPY takes it; the phones of its branches still have to be hashed."""

    bills: str
    payments: str
    branches: Sequence[BranchRow]
    rows: tuple[int, int]


def _texts(wanted: Wanted, numbers: Sequence[int]) -> _Texts:
    bill = "\t".join(["%s"] * (_BILL_COLUMNS - 1)) + "\n"
    payment = "\t".join(["%s"] * len(PaymentRow._fields)) + "\n"
    bill_lines: list[str] = []
    payment_lines: list[str] = []
    found: list[BranchRow] = []
    for one in wanted.subscribers(numbers):
        bill_lines.extend([bill % row[: _BILL_COLUMNS - 1] for row in one.bills])
        payment_lines.extend([payment % row for row in one.payments])
        if one.branch is not None:
            found.append(one.branch)
    rows = len(bill_lines), len(payment_lines)
    return _Texts("".join(bill_lines), "".join(payment_lines), found, rows)


def _copy(run: _Load, connection: Connection, batch_id: int) -> Loaded:
    driver: psycopg.Connection[Any] = connection.connection.dbapi_connection  # type: ignore[assignment]
    for table in _ALL_TABLES:
        connection.execute(text(f"TRUNCATE {table.name}"))
    connection.execute(text(f"SET LOCAL maintenance_work_mem = '{_INDEX_MEMORY}'"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    rebuild = [statement for table in _TABLES for statement in _without_indexes(driver, table)]
    for table in _TABLES:
        # Every row is of this batch: the server adds the number as it copies.
        driver.execute(_batch_default(table, SQL("SET DEFAULT {}").format(batch_id)))
    numbers = [0, 0, 0]
    for texts in made_in_order(run.wanted, _texts, run.processes):
        _copy_text(driver, bills, BillRow._fields[:-1], texts.bills)
        _copy_text(driver, payments, PaymentRow._fields, texts.payments)
        _copy_branches(run, driver, texts.branches)
        for place, rows in enumerate((*texts.rows, len(texts.branches))):
            numbers[place] += rows
        run.report(numbers[0])
    for table in _TABLES:
        driver.execute(_batch_default(table, SQL("DROP DEFAULT")))
    for statement in rebuild:
        driver.execute(statement)
    for table in _TABLES:
        connection.execute(text(f"ANALYZE {table.name}"))
    return Loaded(batch_id, *numbers)


def _without_indexes(driver: psycopg.Connection[Any], table: Table) -> list[Composed]:
    """Drop the table's keys and indexes; the statements that bring them back."""
    name = Identifier(table.name)
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


def _batch_default(table: Table, change: SQL | Composed) -> Composed:
    return SQL("ALTER TABLE {} ALTER COLUMN batch_id {}").format(Identifier(table.name), change)


def _copy_into(table: Table, columns: Sequence[str], null: str) -> Composed:
    return SQL("COPY {} ({}) FROM STDIN (FREEZE, NULL {})").format(
        Identifier(table.name), SQL(", ").join(map(Identifier, columns)), null
    )


def _copy_text(
    driver: psycopg.Connection[Any], table: Table, columns: Sequence[str], lines: str
) -> None:
    # Whole tuples were formatted at once, so that NULL is written as Python writes it.
    with driver.cursor() as cursor, cursor.copy(_copy_into(table, columns, "None")) as copy:
        copy.write(lines)


def _copy_branches(run: _Load, driver: psycopg.Connection[Any], found: Sequence[BranchRow]) -> None:
    columns = (*BranchRow._fields[:-1], "phone_hash")
    with driver.cursor() as cursor, cursor.copy(_copy_into(branches, columns, "\\N")) as copy:
        for row in found:
            copy.write_row((*row[:-1], _phone_hash(run, row)))


def _phone_hash(run: _Load, row: BranchRow) -> bytes | None:
    return run.hash_phone(f"+98{row.phone[1:]}") if row.phone else None


def _insert(run: _Load, connection: Connection, batch_id: int) -> Loaded:
    for table in _ALL_TABLES:
        connection.execute(delete(table))
    numbers = [0, 0, 0]
    for made in made_in_order(run.wanted, _rows, 1):
        for place, table in enumerate(_TABLES):
            marks = ", ".join("?" * len(table.columns))
            rows: Sequence[tuple[Any, ...]] = made[place]
            if table is branches:
                rows = [(*row[:-1], _phone_hash(run, BranchRow(*row))) for row in rows]
            if rows:
                connection.exec_driver_sql(
                    f"INSERT INTO {table.name} VALUES ({marks})",  # noqa: S608  # our own name
                    [(*row, batch_id) for row in rows],
                )
            numbers[place] += len(rows)
        run.report(numbers[0])
    return Loaded(batch_id, *numbers)


def _rows(wanted: Wanted, numbers: Sequence[int]) -> tuple[list[Any], list[Any], list[Any]]:
    found_bills: list[Any] = []
    found_payments: list[Any] = []
    found_branches: list[Any] = []
    for one in wanted.subscribers(numbers):
        found_bills.extend([row[:-1] for row in one.bills])
        found_payments.extend(one.payments)
        if one.branch is not None:
            found_branches.append(one.branch)
    return found_bills, found_payments, found_branches
