"""Texts that wait for an answer: taken, answered, put back, given up."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Float,
    Row,
    Select,
    bindparam,
    case,
    null,
    update,
)

from sms_service.database import db_now, once_more, reading, writing, writing_at_once
from sms_service.domain.states import Fulfilment, InboundState
from sms_service.language.reading import Problem
from sms_service.ledger.bulk import BulkUpdate
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.events import write_events
from sms_service.ledger.ids import new_token
from sms_service.ledger.leases import Take, claim
from sms_service.ledger.replies import ReplyQueue, supersede_promises
from sms_service.ledger.tables import inbound
from sms_service.ledger.unreadable import lay_aside, readable
from sms_service.ledger.vault import Sealed, Vault
from sms_service.ledger.waiting import (
    OPEN,
    due,
    due_suspects,
    take_suspects,
    take_trusted,
)
from sms_service.service import hops
from sms_service.service.messages import Answer, Claim, Delay, Waiting

_MAX_ATTEMPTS = 6
_TOO_OFTEN = "too_many_attempts"
_OVERTAKEN = "overtaken"
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

_promise = BulkUpdate(
    inbound,
    {
        "row_id": BigInteger(),
        "token": BigInteger(),
        "seconds": Float(),
        **{name: inbound.c[name].type for name in _UNDERSTOOD},
    },
    lambda given: {
        "state": InboundState.RECEIVED,
        "reason": Problem.SOURCE_DOWN,
        "promised_at": db_now(),
        "due_at": db_now(given["seconds"]),
        "attempts": inbound.c.attempts - 1,
        **{name: given[name] for name in _UNDERSTOOD},
    },
    lambda given: (
        (inbound.c.id == given["row_id"])
        & (inbound.c.lease_token == given["token"])
        & (inbound.c.state == InboundState.ANSWERING)
    ),
)

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
        self._replies = ReplyQueue(vault)
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
            hopeless = _give_up(connection)
            taken = self._take(connection, take_suspects(), 1)
        hops.given_up(hopeless, "text", _TOO_OFTEN)
        return taken

    def has_due(self) -> bool:
        """Whether any text could be taken now."""
        return self._is_due(due())

    def _is_due(self, wanted: Select[Any]) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(wanted).first() is not None

    def answer(self, token: int, answers: Sequence[Answer]) -> int:
        """Finish texts and queue their replies in one transaction; returns how many.

        Those whose answer is only promised wait again, so long as they say.
        A text whose lease was lost meanwhile is left to whoever holds it now. Texts of a phone
        that was answered by another worker since it was recalled, or that has a text with a
        lost lease among them, wait again: due at once, and not nearer to being given up.
        """
        return len(self.answer_held([(token, answer) for answer in answers]))

    def answer_held(self, held: Sequence[tuple[int, Answer]]) -> set[int]:
        """The same for texts that were taken each under a token of its own, no two of them
        of one phone; returns the ids of those that were finished."""
        return once_more(lambda: self._answer(held))

    def _answer(self, held: Sequence[tuple[int, Answer]]) -> set[int]:
        answers = [answer for _, answer in held]
        with writing(self._engine) as connection:
            finished = _finish(connection, [_row(t, a) for t, a in held if not _promises(a)])
            finished |= _promise(connection, [_row(t, a) for t, a in held if _promises(a)])
            lost = {a.waiting.phone_hash for a in answers if a.waiting.id not in finished}
            overtaken = lost | self._contexts.advance(
                connection, [a for a in answers if a.waiting.phone_hash not in lost]
            )
            mine = [a for a in answers if a.waiting.phone_hash not in overtaken]
            if overtaken:
                others = [a for a in answers if a.waiting.phone_hash in overtaken]
                _hand_back(connection, [a for a in others if a.waiting.id in finished])
            write_events(connection, map(_event, mine))
            supersede_promises(connection, [a for a in mine if not _promises(a)])
            self._replies.put(connection, mine)
            _fulfil(connection, mine)
            self._contexts.remember(connection, mine)
        hops.answered(mine)
        return {answer.waiting.id for answer in mine}

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
        if delay.is_its_own:
            hops.put_back([row.code for row in rows], delay.reason)

    def _take(self, connection: Connection, take: Take, limit: int) -> Claim[Waiting]:
        token = new_token()
        rows = take(connection, token=token, limit=limit, lease=self._lease)
        read = readable(rows, self._waiting)
        lay_aside(connection, token, read.failed)
        return Claim(token, read.rows)

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
            row.now,
            row.promised_at is not None,
        )


def _hand_back(connection: Connection, answers: Sequence[Answer]) -> None:
    """Undo that this transaction finished these texts, or promised their answers."""
    if not answers:
        return
    new_promises = [a.waiting.id for a in answers if _promises(a)]
    connection.execute(
        update(inbound)
        .where(inbound.c.id.in_([answer.waiting.id for answer in answers]))
        .values(
            state=InboundState.RECEIVED,
            reason=_OVERTAKEN,
            due_at=db_now(),
            attempts=inbound.c.attempts - case((inbound.c.id.in_(new_promises), 0), else_=1),
            promised_at=case((inbound.c.id.in_(new_promises), null()), else_=inbound.c.promised_at),
            answered_at=None,
            **dict.fromkeys(_UNDERSTOOD),
        )
    )
    write_events(connection, ((a.waiting.code, "put_back", _OVERTAKEN) for a in answers))


def _give_up(connection: Connection) -> Sequence[str]:
    wanted = inbound.c.state.in_(OPEN) & (inbound.c.attempts >= _MAX_ATTEMPTS)
    hopeless = claim(inbound, wanted, [inbound.c.due_at], _GIVEN_UP_AT_ONCE).values(
        state=InboundState.FAILED, reason=_TOO_OFTEN
    )
    codes = connection.execute(hopeless.returning(inbound.c.code)).scalars().all()
    write_events(connection, ((code, "failed", _TOO_OFTEN) for code in codes))
    return codes


def _fulfil(connection: Connection, answers: Sequence[Answer]) -> None:
    """Mark earlier requests whose history has been read to its end with these answers."""
    ended = sorted(
        answer.request
        for answer in answers
        if answer.fulfilment is Fulfilment.COMPLETE
        and answer.request is not None
        and answer.request != answer.waiting.id
    )
    if ended:
        complete(connection, ended)


def complete(connection: Connection, requests: Sequence[int]) -> None:
    """Mark histories as told to their end, where they weren't yet."""
    codes = connection.execute(
        update(inbound)
        .where(inbound.c.id.in_(requests), inbound.c.fulfilment == Fulfilment.SHORTENED)
        .values(fulfilment=Fulfilment.COMPLETE)
        .returning(inbound.c.code)
    )
    write_events(connection, [(code, Fulfilment.COMPLETE, None) for code in codes.scalars()])


def _row(token: int, answer: Answer) -> dict[str, Any]:
    understood = answer.reading
    again = {} if answer.again_in is None else {"seconds": answer.again_in}
    return {
        **again,
        "row_id": answer.waiting.id,
        "token": token,
        "intent": understood.intent,
        "bill_id": understood.bill_id,
        "from_year": understood.from_year,
        "problem": understood.problem,
        "notes": ",".join(understood.notes) or None,
        "fulfilment": answer.fulfilment if answer.request == answer.waiting.id else None,
    }


def _promises(answer: Answer) -> bool:
    return answer.again_in is not None


def _event(answer: Answer) -> tuple[str, str, str | None]:
    why = answer.limit or answer.reading.problem or answer.reading.intent
    what = "shown" if answer.shown else "answered"
    return answer.waiting.code, "promised" if _promises(answer) else what, why
