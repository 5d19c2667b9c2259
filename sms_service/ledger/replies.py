"""Putting replies into the queue of what is to be sent."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, update

from sms_service.database import db_now
from sms_service.domain.states import OutboundState, ReplyKind
from sms_service.language.reading import Reply
from sms_service.ledger.bulk import BulkInsert
from sms_service.ledger.events import write_events
from sms_service.ledger.ids import new_id
from sms_service.ledger.tables import outbound, outbound_texts
from sms_service.ledger.vault import Vault
from sms_service.service.messages import Answer

_queue = BulkInsert(
    outbound,
    [
        *(
            "id",
            "local_id",
            "inbound_id",
            "kind",
            "code",
            "phone_cipher",
            "phone_hash",
            "key_version",
        ),
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


class ReplyQueue:
    """Writes the replies of answers, sealed, each ready to be handed over."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def put(self, connection: Connection, answers: Sequence[Answer]) -> None:
        """Queue what these answers reply, in the caller's transaction."""
        replies = [(answer, answer.reply) for answer in answers if answer.reply]
        if not replies:
            return
        rows = [self._row(answer, reply) for answer, reply in replies]
        _queue(connection, rows)
        _queue_texts(
            connection,
            [self._text_row(row["id"], said) for row, (_, said) in zip(rows, replies, strict=True)],
        )
        write_events(connection, ((answer.waiting.code, "queued", None) for answer, _ in replies))

    def _row(self, answer: Answer, reply: Reply) -> dict[str, Any]:
        phone = self._vault.seal(answer.waiting.phone.encode())
        return {
            "id": new_id(),
            "local_id": new_id(),
            "inbound_id": answer.waiting.id,
            "kind": ReplyKind.ANSWER if answer.again_in is None else ReplyKind.PROMISE,
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


def supersede_promises(connection: Connection, answers: Sequence[Answer]) -> None:
    """End promises that haven't left and whose answer is here, in the caller's transaction."""
    supersede_queued_promises(
        connection, [answer.waiting.id for answer in answers if answer.waiting.promised]
    )


def supersede_queued_promises(connection: Connection, promised: Sequence[int]) -> None:
    """The same by the numbers of the requests."""
    if not promised:
        return
    ended = connection.execute(
        update(outbound)
        .where(
            outbound.c.inbound_id.in_(promised),
            outbound.c.parent_id.is_(None),
            outbound.c.kind == ReplyKind.PROMISE,
            outbound.c.state == OutboundState.QUEUED,
            outbound.c.attempts == 0,
        )
        .values(state=OutboundState.SUPERSEDED, ended_at=db_now())
        .returning(outbound.c.code)
    )
    write_events(connection, [(code, OutboundState.SUPERSEDED, None) for code in ended.scalars()])
