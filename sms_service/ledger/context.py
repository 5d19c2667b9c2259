"""What a phone is known for between texts, under the hash of its number."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from sms_service.database import db_now, reading
from sms_service.language.reading import Context, Intent
from sms_service.ledger.bulk import BulkInsert
from sms_service.ledger.tables import contexts, opt_outs
from sms_service.service.messages import Answer

_LIFE_SECONDS = 90 * 24 * 3600.0

_keep = BulkInsert(
    contexts,
    ["phone_hash", "bill_id", "intent"],
    {"expires_at": db_now(_LIFE_SECONDS)},
    replaces_by=contexts.c.phone_hash,
)


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
    _keep(connection, rows)
    for answer in sorted(answers, key=lambda answer: answer.waiting.phone_hash):
        _opt(connection, answer)


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
