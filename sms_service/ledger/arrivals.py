"""Putting new texts into the ledger's tables: all of a batch in one go.

A message id that is known is left out. The same words from the same phone to the same
line within three seconds are stored as folded into the first (``recent_texts``).

On PostgreSQL that is one statement, which is its own transaction: a text alone costs one
round trip instead of seven. SQLite, which has no writing CTEs and no round trips, takes
a statement a table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    Connection,
    Engine,
    Executable,
    Float,
    Subquery,
    Table,
    and_,
    bindparam,
    case,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from sms_service.database import db_now, reading, writing
from sms_service.domain.policy import FOLDED_WITHIN
from sms_service.domain.states import InboundState
from sms_service.ledger.bulk import BulkInsert, RowValues, as_json, recordset
from sms_service.ledger.events import write_events
from sms_service.ledger.tables import events, inbound, inbound_keys, inbound_texts, recent_texts

SAME_TEXT = "same_text"
_KEY = ("gateway", "remote_id", "inbound_id", "code", "digest")
_STORED = (
    *("id", "code", "channel", "gateway", "line", "phone_cipher", "phone_hash"),
    *("key_version", "fingerprint", "state", "reason", "folded_into"),
    *("attempts", "lease_token", "sent_at"),
)
_HELD_FOR = "held_for"
_TEXTS = ("inbound_id", "key_version", "text_cipher", "raw_cipher")

_FOLDED_WITHIN = FOLDED_WITHIN.total_seconds()

_take_keys = BulkInsert(
    inbound_keys, _KEY, skips_conflicts=True, returning=inbound_keys.c.inbound_id
)
_store = BulkInsert(
    inbound,
    _STORED,
    {"received_at": db_now(), "due_at": db_now(bindparam(_HELD_FOR, type_=Float()))},
)
_store_texts = BulkInsert(inbound_texts, _TEXTS)
_note_recent = BulkInsert(
    recent_texts,
    ["fingerprint", "inbound_id"],
    {"at": db_now()},
    replaces_by=recent_texts.c.fingerprint,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A row that went in."""

    folded_into: int | None
    at: datetime
    """By the database's clock."""


def store_new(engine: Engine, rows: Sequence[RowValues]) -> dict[int, Stored]:
    """Store the rows whose message id and tracking code are free; returns them by id.

    A row holds what ``inbound_keys``, ``inbound`` and ``inbound_texts`` take, by name, and
    ``held_for``: the seconds after which it is due.
    """
    if engine.dialect.name == "postgresql":
        with reading(engine) as connection:
            stored = connection.execute(_at_once(), as_json(_given(), rows)).all()
        return {row.id: Stored(row.folded_into, row.at) for row in stored}
    with writing(engine) as connection:
        return _one_table_after_another(connection, rows)


def _one_table_after_another(
    connection: Connection, rows: Sequence[RowValues]
) -> dict[int, Stored]:
    taken = set(_take_keys(connection, rows))
    new = _folded(connection, [dict(row) for row in rows if row["inbound_id"] in taken])
    _store(connection, new)
    _store_texts(connection, new)
    write_events(connection, [(row["code"], _happened(row), row["reason"]) for row in new])
    now = connection.execute(select(db_now())).scalar_one()
    return {row["id"]: Stored(row["folded_into"], now) for row in new}


def _happened(row: RowValues) -> str:
    """What the first event says: that a row is held from the start is no event of its own."""
    is_held = row["state"] == InboundState.ANSWERING
    return InboundState.RECEIVED if is_held else str(row["state"])


def _folded(connection: Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, those with words that came a moment before marked so; notes all others'."""
    prints = {row["fingerprint"] for row in rows}
    recent = select(recent_texts.c.fingerprint, recent_texts.c.inbound_id).where(
        recent_texts.c.fingerprint.in_(prints), recent_texts.c.at > db_now(-_FOLDED_WITHIN)
    )
    first = {row.fingerprint: row.inbound_id for row in connection.execute(recent)}
    heard: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: int(row["id"])):
        if row["state"] != InboundState.RECEIVED:
            continue
        if row["fingerprint"] in first:
            row |= {
                "state": InboundState.FOLDED,
                "reason": SAME_TEXT,
                "folded_into": first[row["fingerprint"]],
            }
        else:
            first[row["fingerprint"]] = row["id"]
            heard.append(row)
    _note_recent(connection, heard)
    return rows


@cache
def _given() -> Mapping[str, TypeEngine[Any]]:
    tables = ((inbound_keys, _KEY), (inbound, _STORED), (inbound_texts, _TEXTS))
    return {name: table.c[name].type for table, names in tables for name in names} | {
        _HELD_FOR: Float()
    }


@cache
def _at_once() -> Executable:
    given = select(*recordset(_given()).c).cte("given")
    keys = postgresql.insert(inbound_keys).from_select(_KEY, select(*(given.c[n] for n in _KEY)))
    taken = keys.on_conflict_do_nothing().returning(inbound_keys.c.inbound_id).cte("taken")
    new = _judged(given, taken)

    def fill(table: Table, names: Sequence[str], computed: Mapping[str, Any]) -> Any:
        values = [*(new.c[name] for name in names), *computed.values()]
        return insert(table).from_select([*names, *computed], select(*values))

    is_held = new.c.state == InboundState.ANSWERING
    what = case((is_held, InboundState.RECEIVED), else_=new.c.state)
    happened = {"what": what, "at": db_now()}
    times = {"received_at": db_now(), "due_at": db_now(new.c[_HELD_FOR])}
    return select(new.c.id, new.c.folded_into, db_now().label("at")).add_cte(
        fill(inbound, _STORED, times).cte("into_inbound"),
        fill(inbound_texts, _TEXTS, {}).cte("into_texts"),
        fill(events, ("code", "reason"), happened).cte("into_events"),
    )


def _judged(given: CTE, taken: CTE) -> CTE:
    """The new rows, those with words that came a moment before marked as folded."""
    fresh = select(given).where(given.c.inbound_id.in_(select(taken.c.inbound_id))).subquery()
    heard = _heard(fresh).cte("heard")
    is_folded = heard.c.inbound_id != fresh.c.id
    changed = {
        "state": case((is_folded, InboundState.FOLDED), else_=fresh.c.state),
        "reason": case((is_folded, SAME_TEXT), else_=fresh.c.reason),
        "folded_into": case((is_folded, heard.c.inbound_id), else_=fresh.c.folded_into),
    }
    plain = [column for column in fresh.c if column.name not in changed]
    same = and_(heard.c.fingerprint == fresh.c.fingerprint, fresh.c.state == InboundState.RECEIVED)
    return (
        select(*plain, *(value.label(name) for name, value in changed.items()))
        .select_from(fresh.outerjoin(heard, same))
        .cte("new")
    )


def _heard(fresh: Subquery) -> Any:
    """Who was first with each text: one of these rows, or one of the last three seconds.

    In the order of fingerprints, after all keys: two writers can't wait for each other.
    """
    first = (
        select(fresh.c.fingerprint, func.min(fresh.c.inbound_id), db_now())
        .where(fresh.c.state == InboundState.RECEIVED)
        .group_by(fresh.c.fingerprint)
        .order_by(fresh.c.fingerprint)
    )
    note = postgresql.insert(recent_texts).from_select(["fingerprint", "inbound_id", "at"], first)
    is_over = recent_texts.c.at <= db_now(-_FOLDED_WITHIN)
    return note.on_conflict_do_update(
        index_elements=[recent_texts.c.fingerprint],
        set_={
            "inbound_id": case(
                (is_over, note.excluded.inbound_id), else_=recent_texts.c.inbound_id
            ),
            "at": case((is_over, note.excluded.at), else_=recent_texts.c.at),
        },
    ).returning(recent_texts.c.fingerprint, recent_texts.c.inbound_id)
