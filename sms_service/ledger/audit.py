"""The audit log in the database: appended to one by one, never changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from sms_service.database import db_now, reading, writing
from sms_service.domain.masking import masked
from sms_service.ledger.desk_tables import audit
from sms_service.service.auditing import FIRST_HASH, Deed, Entry, canonical, hash_of

_ONE_WRITER = 0x5AD17
"""The advisory lock under which entries are numbered."""
_AT_ONCE = 1000
_NEWEST = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)


class AuditLedger:
    """Appends deeds; each holds on to the one before it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, deed: Deed) -> int:
        """Append it in a transaction of its own; returns its number."""
        with writing(self._engine) as connection:
            return write_deed(connection, deed)

    def head(self) -> str:
        """The last entry as ``NUMBER:HASH``, which a later check may be given."""
        with reading(self._engine) as connection:
            last = connection.execute(_NEWEST).first()
        number, digest = (last.number, last.hash) if last else (0, FIRST_HASH)
        return f"{number}:{digest.hex()}"

    def entries(self) -> Iterator[Entry]:
        """All of the log, in order."""
        last = 0
        while True:
            following = select(audit).where(audit.c.number > last).order_by(audit.c.number)
            with reading(self._engine) as connection:
                rows = connection.execute(following.limit(_AT_ONCE)).all()
            yield from (_entry(row) for row in rows)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1].number


def write_deed(connection: Connection, deed: Deed) -> int:
    """Append it in the caller's transaction, which others who append wait for; its number.

    Long numbers in the reason are masked: a phone that somebody typed would stay for ever.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_WRITER})
    before = connection.execute(_NEWEST).first()
    number, previous = (before.number, before.hash) if before else (0, FIRST_HASH)
    now: datetime = connection.execute(select(db_now())).scalar_one()
    entry = Entry(
        number + 1,
        now,
        deed.actor.name[:48],
        deed.actor.role[:60],
        deed.action,
        deed.subject_kind,
        deed.subject[:80],
        masked(deed.reason)[:400] if deed.reason else None,
        canonical(deed.details),
        deed.actor.address,
        previous,
        b"",
    )
    entry = replace(entry, hash=hash_of(entry))
    connection.execute(insert(audit).values({c.name: getattr(entry, c.name) for c in audit.c}))
    return entry.number


def _entry(row: Any) -> Entry:
    return Entry(*row)
