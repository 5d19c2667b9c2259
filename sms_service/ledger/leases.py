"""Claiming rows for a while: the row is the queue, the lease is the receipt for it.

``due_at`` says when a row may next be taken: at once, after a back-off, or when the
lease of a worker that may have died runs out. Whoever finishes a row names the token
of its claim, so a worker that lost its lease can't.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    String,
    Table,
    Update,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.sql.elements import KeyedColumnElement

from sms_service.database import db_now
from sms_service.ledger.events import write_events
from sms_service.ledger.tables import events
from sms_service.ledger.vault import Sealed


def now_once() -> ScalarSelect[datetime]:
    """The database's clock, read once a statement so that an index can serve it."""
    return select(db_now()).scalar_subquery()


def claim(
    table: Table,
    wanted: ColumnElement[bool],
    order: Sequence[ColumnElement[object]],
    limit: int | ColumnElement[int],
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


class Take:
    """Claims rows with their texts, and writes what happened to them and why.

    One statement on PostgreSQL. It is built once: to build it takes longer than to run it.
    """

    def __init__(
        self,
        claiming: Update,
        columns: Sequence[ColumnElement[Any]],
        texts: Table,
        event: tuple[str, str | None],
    ) -> None:
        self._texts, self._event = texts, event
        self._claiming = claiming.returning(*columns)
        self._at_once = _at_once(self._claiming, texts, event)

    def __call__(self, connection: Connection, **given: float) -> list[tuple[Row[Any], Sealed]]:
        """The rows, each with its text; ``given``: what the claim leaves open.

        A row whose text was erased stays held and isn't returned.
        """
        if connection.dialect.name == "postgresql":
            found = connection.execute(self._at_once, given)
            return [(row, Sealed(row.text_key_version, row.text_cipher)) for row in found]
        rows = connection.execute(self._claiming, given).all()
        write_events(connection, ((row.code, *self._event) for row in rows))
        sealed = _sealed_texts(connection, self._texts, [row.id for row in rows])
        return [(row, sealed[row.id]) for row in rows if row.id in sealed]


def _at_once(
    claiming: ReturningUpdate[Any], texts: Table, event: tuple[str, str | None]
) -> Select[Any]:
    what, reason = event
    taken = claiming.cte("taken")
    happened = select(taken.c.code, literal(what), literal(reason, String()), db_now())
    told = insert(events).from_select(["code", "what", "reason", "at"], happened).cte("told")
    key = texts.c.key_version.label("text_key_version")
    joined = select(*taken.c, key, texts.c.text_cipher).add_cte(told)
    return joined.join_from(taken, texts, _owner(texts) == taken.c.id)


def _sealed_texts(connection: Connection, texts: Table, ids: Sequence[int]) -> dict[int, Sealed]:
    wanted = select(_owner(texts).label("id"), texts.c.key_version, texts.c.text_cipher)
    found = connection.execute(wanted.where(_owner(texts).in_(ids)))
    return {row.id: Sealed(row.key_version, row.text_cipher) for row in found}


def _owner(texts: Table) -> ColumnElement[int]:
    return texts.primary_key.columns[0]


def _id_of(due: CTE) -> KeyedColumnElement[int]:
    return due.c.id
