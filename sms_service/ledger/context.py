"""What a phone is known for between texts, under the hash of its number."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, Insert, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.database import db_now, reading
from sms_service.language.reading import Context, Intent
from sms_service.ledger.tables import contexts, opt_outs
from sms_service.service.messages import Answer

_LIFE_SECONDS = 90 * 24 * 3600.0


class ContextLedger:
    """Reads what phones are known for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def recall(self, phone_hashes: Sequence[bytes]) -> dict[bytes, Context]:
        """The contexts that haven't ended, by phone hash."""
        wanted = select(contexts.c.phone_hash, contexts.c.bill_id).where(
            contexts.c.phone_hash.in_(phone_hashes), contexts.c.expires_at > db_now()
        )
        with reading(self._engine) as connection:
            found = connection.execute(wanted).all()
        return {row.phone_hash: Context(last_bill_id=row.bill_id) for row in found}


def remember(connection: Connection, answers: Sequence[Answer]) -> None:
    """Keep the bill that each phone asked for, and its wish to be left alone or not."""
    latest = {a.waiting.phone_hash: a for a in answers if a.remember_bill}
    # Sorted, so that two workers with the same phones can't wait for each other.
    rows = [
        {
            "phone_hash": key,
            "bill_id": latest[key].remember_bill,
            "intent": latest[key].reading.intent,
        }
        for key in sorted(latest)
    ]
    if rows:
        connection.execute(_upsert_context(connection), rows)
    for answer in answers:
        _opt(connection, answer)


def _upsert_context(connection: Connection) -> Insert:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    fresh = dialect.insert(contexts).values(
        phone_hash=bindparam("phone_hash"),
        bill_id=bindparam("bill_id"),
        intent=bindparam("intent"),
        expires_at=db_now(_LIFE_SECONDS),
    )
    kept: Insert = fresh.on_conflict_do_update(
        index_elements=[contexts.c.phone_hash],
        set_={
            "bill_id": fresh.excluded.bill_id,
            "intent": fresh.excluded.intent,
            "expires_at": fresh.excluded.expires_at,
        },
    )
    return kept


def _opt(connection: Connection, answer: Answer) -> None:
    phone = answer.waiting.phone_hash
    if answer.reading.intent is Intent.STOP:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(
            dialect.insert(opt_outs)
            .values(phone_hash=phone, since=db_now())
            .on_conflict_do_nothing()
        )
    elif answer.reading.intent is Intent.START:
        connection.execute(delete(opt_outs).where(opt_outs.c.phone_hash == phone))
