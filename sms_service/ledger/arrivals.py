"""Putting new texts into the ledger's tables: all of a batch in one go.

On PostgreSQL that is one statement, which is its own transaction: a text alone costs one
round trip instead of seven. SQLite, which has no writing CTEs and no round trips, takes
a statement a table.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Engine, Executable, Table, insert, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from sms_service.database import db_now, reading, writing
from sms_service.ledger.bulk import BulkInsert, RowValues, as_json, recordset
from sms_service.ledger.events import write_events
from sms_service.ledger.tables import events, inbound, inbound_keys, inbound_texts

_KEY = ("gateway", "remote_id", "inbound_id", "code", "digest")
_STORED = (
    *("id", "code", "channel", "gateway", "line", "phone_cipher", "phone_hash"),
    *("key_version", "fingerprint", "state", "reason"),
)
_COMPUTED = {"received_at": db_now(), "due_at": db_now(), "attempts": literal(0)}
_TEXTS = ("inbound_id", "key_version", "text_cipher", "raw_cipher")

_take_keys = BulkInsert(
    inbound_keys, _KEY, skips_conflicts=True, returning=inbound_keys.c.inbound_id
)
_store = BulkInsert(inbound, _STORED, _COMPUTED)
_store_texts = BulkInsert(inbound_texts, _TEXTS)


def store_new(engine: Engine, rows: Sequence[RowValues]) -> set[int]:
    """Store the rows whose message id and tracking code are free; returns their ids.

    A row holds what ``inbound_keys``, ``inbound`` and ``inbound_texts`` take, by name.
    """
    if engine.dialect.name == "postgresql":
        with reading(engine) as connection:
            return set(connection.execute(_at_once(), as_json(_given(), rows)).scalars())
    with writing(engine) as connection:
        taken = set(_take_keys(connection, rows))
        new = [row for row in rows if row["inbound_id"] in taken]
        _store(connection, new)
        _store_texts(connection, new)
        write_events(connection, [(row["code"], row["state"], row["reason"]) for row in new])
    return taken


@cache
def _given() -> Mapping[str, TypeEngine[Any]]:
    tables = ((inbound_keys, _KEY), (inbound, _STORED), (inbound_texts, _TEXTS))
    return {name: table.c[name].type for table, names in tables for name in names}


@cache
def _at_once() -> Executable:
    given = select(*recordset(_given()).c).cte("given")
    keys = postgresql.insert(inbound_keys).from_select(_KEY, select(*(given.c[n] for n in _KEY)))
    taken = keys.on_conflict_do_nothing().returning(inbound_keys.c.inbound_id).cte("taken")
    is_new = given.c.inbound_id.in_(select(taken.c.inbound_id))

    def fill(table: Table, names: Sequence[str], computed: Mapping[str, Any]) -> Any:
        values = [*(given.c[name] for name in names), *computed.values()]
        statement = insert(table).from_select([*names, *computed], select(*values).where(is_new))
        return statement.cte(f"into_{table.name}")

    happened = {"what": given.c.state, "at": db_now()}
    return select(taken.c.inbound_id).add_cte(
        fill(inbound, _STORED, _COMPUTED),
        fill(inbound_texts, _TEXTS, {}),
        fill(events, ("code", "reason"), happened),
    )
