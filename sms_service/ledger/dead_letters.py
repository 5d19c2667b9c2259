"""Dead letters: requests that were given up, and answers of which nobody knows whether they went.

A request is taken up again as if it had just come. An answer isn't: it may be on the
phone, so whoever wants it sent again does so knowingly, as a resend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, func, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.audit import write_deed
from sms_service.ledger.events import write_events
from sms_service.ledger.tables import inbound, inbound_texts, outbound
from sms_service.service.auditing import Actor, Deed

REDRIVEN = "redriven"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One of them, without phone and text."""

    code: str
    at: datetime
    """When the request came, or the answer ended."""
    reason: str | None
    attempts: int
    erased: bool = False
    """Its phone is gone: nothing can be sent there any more."""


class DeadLetters:
    """Those of the ledger, newest first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def requests(self, limit: int) -> Sequence[DeadLetter]:
        """Requests that were given up."""
        i = inbound.c
        found = (
            select(i.code, i.received_at, i.reason, i.attempts, ~_is_whole())
            .where(_failed())
            .order_by(i.id.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [DeadLetter(*row) for row in connection.execute(found)]

    def answers(self, limit: int) -> Sequence[DeadLetter]:
        """Answers whose end nobody knows."""
        o = outbound.c
        ended_at = func.coalesce(o.ended_at, o.created_at)
        found = (
            select(o.code, ended_at, o.reason, o.attempts, o.phone_cipher.is_(None))
            .where(o.state == bindparam(None, str(OutboundState.UNRESOLVED), literal_execute=True))
            .order_by(o.id.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [DeadLetter(*row) for row in connection.execute(found)]

    def redrive(self, code: str, actor: Actor) -> bool:
        """Take a request up again; False when it isn't one that was given up, or is erased."""
        with writing(self._engine) as connection:
            return bool(self._redriven(connection, [code], actor))

    def redrive_all(self, actor: Actor) -> int:
        """Take up to 500 requests up again, the oldest first; returns how many."""
        oldest = select(inbound.c.code).where(_failed(), _is_whole()).order_by(inbound.c.id)
        with writing(self._engine) as connection:
            codes = connection.execute(oldest.limit(_AT_ONCE)).scalars().all()
            return len(self._redriven(connection, codes, actor))

    def _redriven(
        self, connection: Connection, codes: Sequence[str], actor: Actor
    ) -> Sequence[str]:
        again = (
            update(inbound)
            .where(inbound.c.code.in_(codes), _failed(), _is_whole())
            .values(
                state=InboundState.RECEIVED,
                reason=None,
                attempts=0,
                lease_token=None,
                due_at=db_now(),
            )
            .returning(inbound.c.code)
        )
        taken = connection.execute(again).scalars().all()
        write_events(connection, [(code, REDRIVEN, None) for code in taken])
        for code in taken:
            write_deed(connection, Deed(actor, "redrive", "request", code))
        return taken


def _failed() -> ColumnElement[bool]:
    """Written out, so that the partial index is known to serve."""
    return inbound.c.state == bindparam(None, str(InboundState.FAILED), literal_execute=True)


def _is_whole() -> ColumnElement[bool]:
    """Neither its phone nor its text was erased."""
    text = select(inbound_texts.c.inbound_id).where(inbound_texts.c.inbound_id == inbound.c.id)
    return inbound.c.phone_cipher.is_not(None) & text.exists()
