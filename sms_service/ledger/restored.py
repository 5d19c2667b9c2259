"""What a ledger must be told when it was brought back to an earlier moment.

What was under way then may have come to its end since: an answer that stood in the queue may
be on the phone. So nothing of it goes on as if nothing had happened. Answers are asked about
at their gateway before anything else; texts that waited become an operator's, since nobody
can tell whether they were answered. Everybody signs in anew: a session that was ended since
would be open again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, delete, func, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.audit import write_deed
from sms_service.ledger.desk_tables import bulk_runs, sessions
from sms_service.ledger.events import write_events
from sms_service.ledger.tables import inbound, outbound
from sms_service.ledger.upkeep_tables import chores
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service.auditing import Actor, Deed
from sms_service.service.bulk_terms import RunState

RESTORED = "restored"
_OPEN = (InboundState.RECEIVED, InboundState.ANSWERING)
_MOVING = (OutboundState.QUEUED, OutboundState.SENDING)
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Settled:
    """How many of what was under way was seen to."""

    texts: int
    """Given up; an operator takes them up again."""
    answers: int
    """To be asked about before anything is sent."""
    runs: int
    """Runs of many that were paused."""


class RestoredLedger:
    """Looks over a database that was restored."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def settle(self, actor: Actor, gateways: Sequence[str]) -> Settled:
        """See to all that was under way, in one transaction, with a deed. While nothing runs."""
        with writing(self._engine) as connection:
            texts = connection.execute(
                update(inbound)
                .where(inbound.c.state.in_(_OPEN))
                .values(state=InboundState.FAILED, reason=RESTORED, lease_token=None)
                .returning(inbound.c.code)
            )
            codes = list(texts.scalars())
            answers = connection.execute(
                update(outbound)
                .where(outbound.c.state.in_(_MOVING))
                .values(
                    state=OutboundState.UNKNOWN,
                    reason=RESTORED,
                    pinned=True,
                    gateway=func.coalesce(outbound.c.gateway, gateways[0]),
                    first_tried_at=func.coalesce(outbound.c.first_tried_at, outbound.c.created_at),
                    lease_token=None,
                    due_at=db_now(),
                )
                .returning(outbound.c.code)
            )
            moving = list(answers.scalars())
            write_events(connection, [(code, "failed", RESTORED) for code in codes])
            write_events(connection, [(code, "unknown", RESTORED) for code in moving])
            running = bulk_runs.c.state == RunState.RUNNING
            paused = update(bulk_runs).where(running).values(state=RunState.PAUSED)
            runs = connection.execute(paused).rowcount
            connection.execute(delete(sessions))
            # Everything is looked at at once, the inbox of the gateway too.
            connection.execute(update(chores).values(due_at=db_now(), lease_token=None))
            settled = Settled(len(codes), len(moving), runs)
            told = {"texts": settled.texts, "answers": settled.answers, "runs": settled.runs}
            write_deed(connection, Deed(actor, "database_restored", "ledger", "all", details=told))
        return settled


def keys_fit(engine: Engine, vault: Vault) -> str | None:
    """What of the newest phones can't be read with these keys, in words; None: all is well."""
    newest = (
        select(inbound.c.key_version, inbound.c.phone_cipher, inbound.c.phone_hash)
        .where(inbound.c.phone_cipher.is_not(None))
        .order_by(inbound.c.id.desc())
        .limit(_LOOKED_AT)
    )
    with reading(engine) as connection:
        rows = connection.execute(newest).all()
    for row in rows:
        try:
            phone = vault.open(Sealed(row.key_version, row.phone_cipher)).decode()
        except Unreadable as why:
            return f"DATA_KEYS doesn't fit: {why}"
        if vault.fingerprint(phone) != row.phone_hash:
            return "HASH_KEY isn't the one that this database was filled with"
    return None
