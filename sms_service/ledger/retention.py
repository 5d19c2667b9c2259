"""What retention takes out of the ledger: a part at a time, the oldest first.

The tables of texts are their own queue: a request or an answer whose text still stands is
one that still leads to somebody. So nothing remembers how far the erasing came, a part that
was cut off leaves the rest as it was, and a restored database is erased anew.
What is kept of each column, and why, stands in tests/data/kept_columns.toml.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.exc import DBAPIError

from sms_service.database import Instant, db_now, reading, reading_by_driver, writing
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import audit, request_notes
from sms_service.ledger.forgetting import erase_answers, erase_requests
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.tables import (
    contexts,
    inbound,
    inbound_texts,
    outbound,
    outbound_texts,
    receipts,
)
from sms_service.service.auditing import Deed
from sms_service.service.retention import DEED, LastRun

_CLOCKS_APART = timedelta(hours=1)
"""How far a clock that drew ids may have been ahead of the database's."""
_REWRITTEN = (
    "inbound",
    "inbound_keys",
    "inbound_texts",
    "outbound",
    "outbound_texts",
    "receipts",
    "request_notes",
    "contexts",
    "phones",
    "saved_names",
    "resends",
)


class RetentionLedger:
    """Erases what is older than a moment, and tells how much there is."""

    def __init__(self, engine: Engine, context_life: timedelta) -> None:
        """``context_life``: how long after its last answer a phone's bill is remembered."""
        self._engine = engine
        self._life = context_life

    def now(self) -> datetime:
        """The database's clock."""
        with reading(self._engine) as connection:
            now: datetime = connection.execute(select(db_now())).scalar_one()
            return now

    def overdue(self, before: datetime) -> Mapping[str, int]:
        """How many of each kind are older and not erased yet."""
        counted = {
            "requests": _requests(before),
            "answers": _answers(before),
            "receipts": select(receipts.c.id).where(receipts.c.received_at < _at(before)),
            "notes": select(request_notes.c.id).where(request_notes.c.at < _at(before)),
            "contexts": select(contexts.c.phone_hash).where(self._is_over(before)),
        }
        with reading(self._engine) as connection:
            return {kind: _count(connection, old) for kind, old in counted.items()}

    def erase(self, before: datetime, most: int) -> Mapping[str, int]:
        """Erase up to ``most`` of one kind in a transaction of its own; how many of which kind.

        Empty: nothing that old is left, but for what another transaction holds this moment.
        """
        steps: Mapping[str, Callable[[Connection], int]] = {
            "requests": lambda c: erase_requests(c, _keys(c, _requests(before), most)),
            "answers": lambda c: erase_answers(c, _keys(c, _answers(before), most)),
            "receipts": lambda c: _drop(
                c, receipts.c.id, _lowest(receipts.c.id, receipts.c.received_at, before, most)
            ),
            "notes": lambda c: _drop(
                c, request_notes.c.id, _lowest(request_notes.c.id, request_notes.c.at, before, most)
            ),
            "contexts": lambda c: _drop(
                c,
                contexts.c.phone_hash,
                select(contexts.c.phone_hash).where(self._is_over(before)).limit(most),
            ),
        }
        for kind, step in steps.items():
            with writing(self._engine) as connection:
                if erased := step(connection):
                    return {kind: erased}
        return {}

    def note(self, deed: Deed) -> None:
        """Write down that it was done."""
        with writing(self._engine) as connection:
            write_deed(connection, deed)

    def last_run(self) -> LastRun | None:
        """The latest run that was written down."""
        runs = select(audit).where(audit.c.action == DEED).order_by(audit.c.number.desc())
        with reading(self._engine) as connection:
            row = connection.execute(runs.limit(1)).first()
        return None if row is None else LastRun(row.at, row.actor, row.subject, row.details)

    def settle_file(self) -> None:
        """On SQLite: bring what was erased out of the log beside the file, if nobody reads."""
        if self._engine.dialect.name != "sqlite":
            return
        with suppress(DBAPIError), reading_by_driver(self._engine) as driver:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def vacuum(self) -> None:
        """Give the space of what was erased back. On SQLite nobody else may write meanwhile."""
        with reading_by_driver(self._engine) as driver:
            if self._engine.dialect.name == "sqlite":
                driver.execute("VACUUM")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return
            for table in _REWRITTEN:
                driver.execute(f"VACUUM (ANALYZE) {table}")

    def _is_over(self, before: datetime) -> ColumnElement[bool]:
        """Nobody is answered by it any more, or its phone's last answer is too old."""
        ends = contexts.c.expires_at
        now = select(db_now()).scalar_subquery()
        return or_(ends <= now, ends < _at(before + self._life))


def _requests(before: datetime) -> Select[int]:
    key = inbound_texts.c.inbound_id
    old = key < first_id_of(before + _CLOCKS_APART), inbound.c.received_at < _at(before)
    return select(key).join(inbound, inbound.c.id == key).where(*old)


def _answers(before: datetime) -> Select[int]:
    key = outbound_texts.c.outbound_id
    old = key < first_id_of(before + _CLOCKS_APART), outbound.c.created_at < _at(before)
    return select(key).join(outbound, outbound.c.id == key).where(*old)


def _keys(connection: Connection, old: Select[int], most: int) -> Sequence[int]:
    key = old.selected_columns[0]
    return connection.scalars(old.order_by(key).limit(most)).all()


def _lowest(key: Column[Any], at: Column[Any], before: datetime, most: int) -> Select[int]:
    """Of the rows with the lowest keys those that are old: younger ones aren't looked through."""
    lowest = select(key, at.label("at")).order_by(key).limit(most).subquery()
    return select(lowest.c[key.name]).where(lowest.c.at < _at(before))


def _drop(connection: Connection, key: Column[Any], old: Select[Any]) -> int:
    found = connection.scalars(old).all()
    gone = delete(key.table).where(key.in_(found))
    return connection.execute(gone).rowcount if found else 0


def _count(connection: Connection, old: Select[Any]) -> int:
    return int(connection.scalar(select(func.count()).select_from(old.subquery())) or 0)


def _at(moment: datetime) -> ColumnElement[datetime]:
    return literal(moment, Instant())
