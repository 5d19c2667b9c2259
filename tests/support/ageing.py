"""A ledger that has stood for longer than it has: all moments, and the numbers made of them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Column, Engine, Table, literal, update
from sqlalchemy.sql.elements import ColumnElement

from sms_service.database import Instant, metadata, writing
from sms_service.ledger import desk_tables, tables
from sms_service.ledger.ids import first_id_at

_IDS = (
    *(tables.inbound.c.id, tables.inbound.c.folded_into, tables.inbound_keys.c.inbound_id),
    *(tables.inbound_texts.c.inbound_id, tables.outbound.c.id, tables.outbound.c.inbound_id),
    *(tables.outbound.c.parent_id, tables.outbound_texts.c.outbound_id),
    *(tables.recent_texts.c.inbound_id, tables.contexts.c.request_id),
    *(tables.opinions.c.inbound_id, desk_tables.resends.c.outbound_id),
    *(desk_tables.resends.c.inbound_id, desk_tables.bulk_items.c.inbound_id),
    *(desk_tables.bulk_items.c.after_id, desk_tables.bulk_items.c.outbound_id),
)
"""Numbers that tell when they were drawn."""
_NEVER_CHANGED = ("audit",)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def age(engine: Engine, span: timedelta) -> None:
    """Everything in the ledger, but for the audit log, is so much older."""
    with writing(engine) as connection:
        for table in metadata.sorted_tables:
            moved = {} if table.name in _NEVER_CHANGED else _moved(table, span, engine.dialect.name)
            if moved:
                connection.execute(update(table).values(moved))


def _moved(table: Table, span: timedelta, dialect: str) -> dict[str, ColumnElement[object]]:
    shift = first_id_at(_EPOCH) - first_id_at(_EPOCH - span)
    moved: dict[str, ColumnElement[object]] = {
        column.name: _earlier(column, span, dialect)
        for column in table.columns
        if isinstance(column.type, Instant)
    }
    return moved | {c.name: c - shift for c in _IDS if c.table is table}


def _earlier(column: Column[object], span: timedelta, dialect: str) -> ColumnElement[object]:
    if dialect == "postgresql":
        return column.op("-")(literal(span))
    return column.op("-")(literal(span // timedelta(microseconds=1)))
