"""Texts that wait for an answer: taken, answered, put back, given up."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Row,
    Select,
    bindparam,
    update,
)

from sms_service.database import db_now, once_more, reading, writing, writing_at_once
from sms_service.domain.states import Fulfilment, InboundState, OutboundState
from sms_service.language.reading import Reply
from sms_service.ledger.bulk import BulkInsert, BulkUpdate
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.events import Event, write_events
from sms_service.ledger.ids import new_id, new_token
from sms_service.ledger.leases import Take, claim
from sms_service.ledger.tables import inbound, outbound, outbound_texts
from sms_service.ledger.vault import Sealed, Vault
from sms_service.ledger.waiting import (
    OPEN,
    due,
    due_suspects,
    take_suspects,
    take_trusted,
)
from sms_service.service.messages import Answer, Claim, Delay, Waiting

_MAX_ATTEMPTS = 6
_TOO_OFTEN = "too_many_attempts"
_GIVEN_UP_AT_ONCE = 100

_UNDERSTOOD = ("intent", "bill_id", "from_year", "problem", "notes", "fulfilment")

_finish = BulkUpdate(
    inbound,
    {
        "row_id": BigInteger(),
        "token": BigInteger(),
        **{name: inbound.c[name].type for name in _UNDERSTOOD},
    },
    lambda given: {
        "state": InboundState.ANSWERED,
        "answered_at": db_now(),
        **{name: given[name] for name in _UNDERSTOOD},
    },
    lambda given: (
        (inbound.c.id == given["row_id"])
        & (inbound.c.lease_token == given["token"])
        & (inbound.c.state == InboundState.ANSWERING)
    ),
)

_queue = BulkInsert(
    outbound,
    [
        *("id", "local_id", "inbound_id", "code", "phone_cipher", "phone_hash", "key_version"),
        *("encoding", "units", "parts", "rung", "left_out", "fillings", "valid_until"),
    ],
    {
        "lane": "reply",
        "priority": 0,
        "state": OutboundState.QUEUED,
        "created_at": db_now(),
        "due_at": db_now(),
        "attempts": 0,
    },
)
_queue_texts = BulkInsert(outbound_texts, ["outbound_id", "key_version", "text_cipher"])

_PUT_BACK = update(inbound).where(
    inbound.c.id.in_(bindparam("row_ids", expanding=True)),
    inbound.c.lease_token == bindparam("token"),
    inbound.c.state == InboundState.ANSWERING,
)


class InboundLedger:
    """The inbound side of the ledger, as the answering use case needs it."""

    def __init__(
        self, engine: Engine, vault: Vault, contexts: ContextLedger, lease_seconds: float
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._contexts = contexts
        self._lease = lease_seconds

    def claim(self, limit: int) -> Claim[Waiting]:
        """Take up to ``limit`` due texts for one lease; suspects are left alone."""
        with writing_at_once(self._engine) as connection:
            return self._take(connection, take_trusted(), limit)

    def claim_suspect(self) -> Claim[Waiting]:
        """Take one due text that was taken before and never finished.

        It goes alone, so that what it may do to a worker meets no other text; one that
        was taken too often is given up.
        """
        if not self._is_due(due_suspects()):
            return Claim(0, [])
        with writing(self._engine) as connection:
            _give_up(connection)
            return self._take(connection, take_suspects(), 1)

    def has_due(self) -> bool:
        """Whether any text could be taken now."""
        return self._is_due(due())

    def _is_due(self, wanted: Select[Any]) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(wanted).first() is not None

    def answer(self, token: int, answers: Sequence[Answer]) -> int:
        """Finish texts and queue their replies in one transaction; returns how many.

        A text whose lease was lost meanwhile is left to whoever holds it now.
        """
        return once_more(lambda: self._answer(token, answers))

    def _answer(self, token: int, answers: Sequence[Answer]) -> int:
        with writing(self._engine) as connection:
            finished = _finish(connection, [_finish_row(token, answer) for answer in answers])
            mine = [answer for answer in answers if answer.waiting.id in finished]
            self._queue(connection, mine)
            write_events(connection, [*map(_answered, mine), *filter(None, map(_queued, mine))])
            _fulfil(connection, mine)
            self._contexts.remember(connection, mine)
        return len(mine)

    def put_back(self, token: int, waiting: Iterable[Waiting], delay: Delay) -> None:
        """Let texts wait again, with the reason why."""
        rows = list(waiting)
        changed = _PUT_BACK.values(
            state=InboundState.RECEIVED,
            reason=delay.reason,
            due_at=db_now(delay.seconds),
            # What isn't its own fault must not bring a text nearer to being given up.
            attempts=inbound.c.attempts - (0 if delay.is_its_own else 1),
        )
        with writing(self._engine) as connection:
            connection.execute(changed, {"row_ids": [row.id for row in rows], "token": token})
            write_events(connection, ((row.code, "put_back", delay.reason) for row in rows))

    def _take(self, connection: Connection, take: Take, limit: int) -> Claim[Waiting]:
        token = new_token()
        rows = take(connection, token=token, limit=limit, lease=self._lease)
        return Claim(token, [self._waiting(*row) for row in rows])

    def _waiting(self, row: Row[Any], sealed_text: Sealed) -> Waiting:
        phone = self._vault.open(Sealed(row.key_version, row.phone_cipher)).decode()
        text = self._vault.open(sealed_text).decode()
        return Waiting(
            row.id,
            row.code,
            row.channel,
            phone,
            row.phone_hash,
            text,
            row.received_at,
            row.attempts,
        )

    def _queue(self, connection: Connection, answers: Sequence[Answer]) -> None:
        replies = [(answer, answer.reply) for answer in answers if answer.reply]
        if not replies:
            return
        rows = [self._outbound_row(answer, reply) for answer, reply in replies]
        _queue(connection, rows)
        texts = [
            self._text_row(row["id"], reply) for row, (_, reply) in zip(rows, replies, strict=True)
        ]
        _queue_texts(connection, texts)

    def _outbound_row(self, answer: Answer, reply: Reply) -> dict[str, Any]:
        phone = self._vault.seal(answer.waiting.phone.encode())
        return {
            "id": new_id(),
            "local_id": new_id(),
            "inbound_id": answer.waiting.id,
            "code": answer.waiting.code,
            "phone_cipher": phone.cipher,
            "phone_hash": answer.waiting.phone_hash,
            "key_version": phone.key_version,
            "encoding": reply.encoding,
            "units": reply.units,
            "parts": reply.parts,
            "rung": reply.rung,
            "left_out": ",".join(reply.left_out) or None,
            "fillings": ",".join(reply.fillings) or None,
            "valid_until": answer.valid_until,
        }

    def _text_row(self, outbound_id: int, reply: Reply) -> dict[str, Any]:
        sealed = self._vault.seal(reply.text.encode())
        return {
            "outbound_id": outbound_id,
            "key_version": sealed.key_version,
            "text_cipher": sealed.cipher,
        }


def _give_up(connection: Connection) -> None:
    wanted = inbound.c.state.in_(OPEN) & (inbound.c.attempts >= _MAX_ATTEMPTS)
    hopeless = claim(inbound, wanted, [inbound.c.due_at], _GIVEN_UP_AT_ONCE).values(
        state=InboundState.FAILED, reason=_TOO_OFTEN
    )
    codes = connection.execute(hopeless.returning(inbound.c.code)).scalars().all()
    write_events(connection, ((code, "failed", _TOO_OFTEN) for code in codes))


def _fulfil(connection: Connection, answers: Sequence[Answer]) -> None:
    """Mark earlier requests whose history has been read to its end with these answers."""
    ended = sorted(
        answer.request
        for answer in answers
        if answer.fulfilment is Fulfilment.COMPLETE
        and answer.request is not None
        and answer.request != answer.waiting.id
    )
    if not ended:
        return
    codes = connection.execute(
        update(inbound)
        .where(inbound.c.id.in_(ended), inbound.c.fulfilment == Fulfilment.SHORTENED)
        .values(fulfilment=Fulfilment.COMPLETE)
        .returning(inbound.c.code)
    )
    write_events(connection, [(code, Fulfilment.COMPLETE, None) for code in codes.scalars()])


def _finish_row(token: int, answer: Answer) -> dict[str, Any]:
    understood = answer.reading
    return {
        "row_id": answer.waiting.id,
        "token": token,
        "intent": understood.intent,
        "bill_id": understood.bill_id,
        "from_year": understood.from_year,
        "problem": understood.problem,
        "notes": ",".join(understood.notes) or None,
        "fulfilment": answer.fulfilment if answer.request == answer.waiting.id else None,
    }


def _answered(answer: Answer) -> Event:
    understood = answer.reading
    return answer.waiting.code, "answered", understood.problem or understood.intent


def _queued(answer: Answer) -> Event | None:
    return (answer.waiting.code, "queued", None) if answer.reply else None
