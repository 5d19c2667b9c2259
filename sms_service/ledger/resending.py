"""Sending an answer again, in the ledger: one transaction that nobody can come between."""

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from sms_service.database import db_now, once_more, reading, writing
from sms_service.domain.msisdn import masked
from sms_service.domain.states import Fulfilment, InboundState, OutboundState, ReplyKind
from sms_service.language.context import Context
from sms_service.language.reading import Intent
from sms_service.ledger.audit import write_deed
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.events import Event, write_events
from sms_service.ledger.ids import new_id
from sms_service.ledger.inbound import complete
from sms_service.ledger.replies import supersede_queued_promises
from sms_service.ledger.standings import Standings
from sms_service.ledger.tables import inbound, outbound, outbound_texts
from sms_service.ledger.vault import Vault
from sms_service.service.auditing import Deed
from sms_service.service.messages import Answer, Waiting
from sms_service.service.resending import (
    Composed,
    Letter,
    Receiver,
    Refusal,
    Refused,
    ResendOrder,
    Resent,
    Standing,
)

log = logging.getLogger(__name__)

_MOVES_THE_PHONE = (Intent.HISTORY, Intent.BILL, Intent.DEBT, Intent.PAYMENTS)
"""Wishes after whose answer «بعدی» and a year alone speak of the bill that was told."""


class ResendLedger:
    """Reads requests as they stand, and queues their answers again."""

    def __init__(self, engine: Engine, vault: Vault, contexts: ContextLedger) -> None:
        self._engine = engine
        self._vault = vault
        self._standings = Standings(vault)
        self._contexts = contexts

    def standing(self, code: str) -> Standing | None:
        """The request with this tracking code as it stands now; None when there is none."""
        with reading(self._engine) as connection:
            return self._standings.of(connection, code)

    def put(
        self, order: ResendOrder, letter: Letter, judge: Callable[[Standing], Refused | None]
    ) -> Resent | Refused:
        """Queue the letter as the next attempt, with who and why, in one transaction.

        The request's row is locked meanwhile, so that whoever comes second finds this attempt;
        should a row be written past the lock, a unique index keeps the second one out.
        """
        outcome = once_more(lambda: self._put(order, letter, judge))
        if isinstance(outcome, Resent):
            self._move(order.code, letter)
        return outcome

    def _put(
        self, order: ResendOrder, letter: Letter, judge: Callable[[Standing], Refused | None]
    ) -> Resent | Refused:
        with writing(self._engine) as connection:
            _lock(connection, order.code)
            standing = self._standings.of(connection, order.code)
            if standing is None:
                return Refused(Refusal.NO_SUCH_REQUEST)
            if refused := judge(standing):
                return refused
            row = self._row(standing, order, letter)
            connection.execute(insert(outbound).values(row))
            sealed = self._vault.seal(letter.reply.text.encode())
            connection.execute(
                insert(outbound_texts).values(
                    outbound_id=row["id"],
                    key_version=sealed.key_version,
                    text_cipher=sealed.cipher,
                )
            )
            connection.execute(insert(resends).values(_why(row["id"], standing, order, letter)))
            write_events(connection, _events(standing, letter))
            supersede_queued_promises(connection, [standing.inbound_id])
            _follow(connection, standing, letter)
            if order.bulk_id is None:
                write_deed(connection, _deed(order, letter))
        return Resent(order.code, row["id"], letter.composed, letter.receiver, letter.reply.parts)

    def _move(self, code: str, letter: Letter) -> None:
        """Let «بعدی» go on where this answer ends, unless the phone is being answered now.

        Afterwards, and by itself: a worker that answers the phone holds the phone and then
        waits for its earlier requests, of which this is one. What fails here costs no answer.
        """
        try:
            known = self._contexts.recall([letter.phone_hash])
            before = known.get(letter.phone_hash, Context())
            with writing(self._engine) as connection:
                standing = self._standings.of(connection, code)
                moved = standing and _moved(standing, letter, before)
                if moved and not self._contexts.advance(connection, [moved]):
                    self._contexts.remember(connection, [moved])
        except SQLAlchemyError as error:
            kind, named = type(error).__name__, {"request": code}
            log.warning("«next» stays where it was: %s", kind, extra=named)

    def _row(self, standing: Standing, order: ResendOrder, letter: Letter) -> dict[str, Any]:
        phone = self._vault.seal(letter.phone.encode())
        reply = letter.reply
        return {
            "id": new_id(),
            "local_id": new_id(),
            "inbound_id": standing.inbound_id,
            "parent_id": order.after,
            "kind": ReplyKind.ANSWER,
            "code": standing.code,
            "lane": order.lane,
            "priority": order.priority,
            "phone_cipher": phone.cipher,
            "phone_hash": letter.phone_hash,
            "key_version": phone.key_version,
            "state": OutboundState.QUEUED,
            "encoding": reply.encoding,
            "units": reply.units,
            "parts": reply.parts,
            "rung": reply.rung,
            "left_out": ",".join(reply.left_out) or None,
            "fillings": ",".join(reply.fillings) or None,
            "created_at": db_now(),
            "valid_until": standing.now + letter.validity,
            "due_at": db_now(),
            "attempts": 0,
        }


def _follow(connection: Connection, standing: Standing, letter: Letter) -> None:
    """What the new answer makes of the request."""
    finding = letter.finding
    if standing.state is InboundState.FAILED:
        mine = update(inbound).where(inbound.c.id == standing.inbound_id)
        connection.execute(mine.values(_answered(letter)))
    elif finding is not None and finding.fulfilment is Fulfilment.COMPLETE:
        complete(connection, [standing.inbound_id])


def _moved(standing: Standing, letter: Letter, before: Context) -> Answer | None:
    """The answer as «بعدی» goes on with it; None where nothing goes on."""
    finding = letter.finding
    if finding is None or letter.receiver is not Receiver.ASKER:
        return None
    read = finding.reading
    if read.problem or read.bill_id is None or read.intent not in _MOVES_THE_PHONE:
        return None
    waiting = Waiting(
        standing.inbound_id,
        standing.code,
        standing.channel,
        letter.phone,
        letter.phone_hash,
        "",
        standing.received_at,
        0,
        standing.now,
    )
    after = before.led_on_by(finding.context)
    until = standing.now + letter.validity
    return Answer(waiting, read, letter.reply, until, before, after)


def _lock(connection: Connection, code: str) -> None:
    """Keep the request and its answers as they are until the transaction ends.

    On SQLite every transaction that writes is alone from its begin.
    """
    if connection.dialect.name != "postgresql":
        return
    mine = select(inbound.c.id).where(inbound.c.code == code).with_for_update()
    inbound_id = connection.scalar(mine)
    its = select(outbound.c.id).where(outbound.c.inbound_id == inbound_id)
    connection.execute(its.order_by(outbound.c.id).with_for_update())


def _answered(letter: Letter) -> dict[str, Any]:
    """What becomes of a request that was given up: answered, by this way."""
    values: dict[str, Any] = {
        "state": InboundState.ANSWERED,
        "reason": None,
        "answered_at": db_now(),
    }
    finding = letter.finding
    if finding is not None:
        read = finding.reading
        values |= {
            "intent": read.intent,
            "bill_id": read.bill_id,
            "from_year": read.from_year,
            "problem": read.problem,
            "notes": ",".join(read.notes) or None,
            "fulfilment": finding.fulfilment,
        }
    return values


def _why(
    outbound_id: int, standing: Standing, order: ResendOrder, letter: Letter
) -> dict[str, Any]:
    return {
        "outbound_id": outbound_id,
        "inbound_id": standing.inbound_id,
        "code": standing.code,
        "composed": letter.composed,
        "receiver": letter.receiver,
        "actor": order.actor.name[:48],
        "reason": order.reason,
        "bulk_id": order.bulk_id,
        "at": db_now(),
    }


def _events(standing: Standing, letter: Letter) -> list[Event]:
    is_other = letter.receiver is Receiver.OTHER
    told = [(standing.code, "resent", letter.receiver if is_other else letter.composed)]
    happened: list[Event] = [*told, (standing.code, OutboundState.QUEUED, None)]
    if standing.state is not InboundState.FAILED:
        return happened
    finding = letter.finding
    why = None if finding is None else finding.reading.problem or finding.reading.intent
    return [(standing.code, InboundState.ANSWERED, why), *happened]


def _deed(order: ResendOrder, letter: Letter) -> Deed:
    details: dict[str, object] = {
        "composed": letter.composed,
        "receiver": letter.receiver,
        "parts": letter.reply.parts,
    }
    if letter.receiver is Receiver.OTHER:
        details["to"] = masked(letter.phone)
    if letter.composed is Composed.SAME and letter.finding is None:
        details["unchanged"] = False
    return Deed(order.actor, "resend", "request", order.code, order.reason, details)
