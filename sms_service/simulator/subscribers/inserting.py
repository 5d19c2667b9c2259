"""Invented subscribers into SQLite, in the order in which its tables store them."""

import sqlite3
from collections.abc import Sequence

from sqlalchemy import Table

from sms_service.billing.tables import bills, branches, payments
from sms_service.simulator.subscribers.life import BranchRow
from sms_service.simulator.subscribers.making import Filled, Filling, Wanted, made_in_order

_Rows = list[tuple[object, ...]]


def insert_all(
    filling: Filling, driver: sqlite3.Connection, batch_id: int, empty: Sequence[Table]
) -> Filled:
    """Empty these tables and insert everything, within the caller's transaction."""
    for table in empty:
        driver.execute(f"DELETE FROM {table.name}")  # noqa: S608  # nosec B608  # our own name
    filled = Filled()
    for made_bills, made_payments, made_branches in made_in_order(filling.wanted, _rows, 1):
        stored = [row.stored(filling.hash_phone) for row in made_branches]
        chunk = ((bills, made_bills), (payments, made_payments), (branches, stored))
        for table, rows in chunk:
            marks = ", ".join("?" * len(table.columns))
            driver.executemany(
                f"INSERT INTO {table.name} VALUES ({marks})",  # noqa: S608  # nosec B608  # our own name
                [(*row, batch_id) for row in rows],
            )
        filled.add(*(len(rows) for _, rows in chunk))
        filling.report(filled.bills)
    return filled


def _rows(wanted: Wanted, numbers: Sequence[int]) -> tuple[_Rows, _Rows, list[BranchRow]]:
    found_bills: _Rows = []
    found_payments: _Rows = []
    found_branches: list[BranchRow] = []
    for one in wanted.subscribers(numbers):
        found_bills.extend(row[:-1] for row in one.bills)
        found_payments.extend(one.payments)
        if one.branch is not None:
            found_branches.append(one.branch)
    return found_bills, found_payments, found_branches
