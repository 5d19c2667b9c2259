"""Claiming rows for a while: the row is the queue, the lease is the receipt for it.

``due_at`` says when a row may next be taken: at once, after a back-off, or when the
lease of a worker that may have died runs out. Whoever finishes a row names the token
of its claim, so a worker that lost its lease can't.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CTE, ColumnElement, ScalarSelect, Table, Update, select, update
from sqlalchemy.sql.elements import KeyedColumnElement

from sms_service.database import db_now


def now_once() -> ScalarSelect[datetime]:
    """The database's clock, read once a statement so that an index can serve it."""
    return select(db_now()).scalar_subquery()


def claim(
    table: Table,
    wanted: ColumnElement[bool],
    order: Sequence[ColumnElement[object]],
    limit: int,
) -> Update:
    """An UPDATE that takes up to ``limit`` due rows nobody else is taking.

    The caller adds what the rows become and what it wants back. ``wanted`` is tested
    when rows are picked and again when they are changed.
    """
    due = (
        select(table.c.id)
        .where(wanted, table.c.due_at <= now_once())
        .order_by(*order)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    return update(table).where(table.c.id.in_(select(_id_of(due))), wanted)


def _id_of(due: CTE) -> KeyedColumnElement[int]:
    return due.c.id
