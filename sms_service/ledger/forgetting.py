"""How rows lose what leads to a person, and keep what happened.

A phone's hash gives way to the row's own number in 32 digits: no two rows are alike, none can
be found by its phone, and the index over hashes keeps its order. The gateway's number of a
text and ours at the gateway go as well: whoever can ask the gateway finds the phone by them.
"""

from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    LargeBinary,
    String,
    Table,
    case,
    cast,
    delete,
    func,
    literal,
    select,
    update,
)

from sms_service.database import db_now
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.desk_tables import request_notes, resends
from sms_service.ledger.events import write_events
from sms_service.ledger.tables import (
    contexts,
    inbound,
    inbound_keys,
    inbound_texts,
    opt_outs,
    outbound,
    outbound_texts,
    phones,
    saved_names,
)

ERASED = "erased"
"""Why what still waited ended: its text is gone."""
_NO_HASH = bytes(32)
_OPEN = (InboundState.RECEIVED, InboundState.ANSWERING)
_IN_FLIGHT = (OutboundState.SENDING, OutboundState.UNKNOWN)


def erase_requests(connection: Connection, ids: Sequence[int]) -> int:
    """Take texts, phones, bills and notes from these requests; how many were free to be taken.

    One that was still waiting is given up. A phone that has no other request is forgotten.
    """
    mine = select(inbound.c.id, inbound.c.code, inbound.c.phone_hash).where(inbound.c.id.in_(ids))
    rows = connection.execute(mine.with_for_update(skip_locked=True)).all()
    if not rows:
        return 0
    ids, codes = [row.id for row in rows], [row.code for row in rows]
    given_up = connection.execute(
        update(inbound)
        .where(inbound.c.id.in_(ids), inbound.c.state.in_(_OPEN))
        .values(state=InboundState.FAILED, reason=ERASED)
        .returning(inbound.c.code)
    )
    write_events(connection, [(code, "failed", ERASED) for code in given_up.scalars().all()])
    connection.execute(
        update(inbound)
        .where(inbound.c.id.in_(ids))
        .values(
            phone_cipher=None,
            phone_hash=_nobody(connection, inbound.c.id),
            fingerprint=_NO_HASH,
            bill_id=None,
        )
    )
    connection.execute(
        update(inbound_keys)
        .where(inbound_keys.c.code.in_(codes), inbound_keys.c.inbound_id.in_(ids))
        .values(
            remote_id=literal(f"{ERASED}-") + cast(inbound_keys.c.inbound_id, String),
            digest=_NO_HASH,
        )
    )
    connection.execute(delete(inbound_texts).where(inbound_texts.c.inbound_id.in_(ids)))
    connection.execute(delete(request_notes).where(request_notes.c.code.in_(codes)))
    _forget_silent(connection, sorted({row.phone_hash for row in rows}))
    return len(rows)


def erase_answers(connection: Connection, ids: Sequence[int]) -> int:
    """Take texts, phones and the gateway's numbers from these answers; how many were free.

    One that was still on its way ends as what is known of it.
    """
    mine = select(outbound.c.id).where(outbound.c.id.in_(ids))
    ids = connection.scalars(mine.with_for_update(skip_locked=True)).all()
    if not ids:
        return 0
    moving = (*_IN_FLIGHT, OutboundState.QUEUED)
    ended = connection.execute(
        update(outbound)
        .where(outbound.c.id.in_(ids), outbound.c.state.in_(moving))
        .values(
            state=case(
                (outbound.c.state.in_(_IN_FLIGHT), OutboundState.UNRESOLVED),
                else_=OutboundState.EXPIRED,
            ),
            reason=ERASED,
            ended_at=db_now(),
        )
        .returning(outbound.c.code, outbound.c.state, outbound.c.reason)
    )
    write_events(connection, [tuple(row) for row in ended.all()])
    connection.execute(
        update(outbound)
        .where(outbound.c.id.in_(ids))
        .values(
            phone_cipher=None,
            phone_hash=_nobody(connection, outbound.c.id),
            remote_id=None,
            # Below nought, where nobody's number is: none is used twice.
            local_id=-outbound.c.id,
            ask_at=None,
        )
    )
    connection.execute(update(resends).where(resends.c.outbound_id.in_(ids)).values(reason=None))
    connection.execute(delete(outbound_texts).where(outbound_texts.c.outbound_id.in_(ids)))
    return len(ids)


def _forget_silent(connection: Connection, hashes: Sequence[bytes]) -> None:
    """Forget what is known of phones from which nothing younger came.

    A phone that wants no texts keeps that wish, and loses all else.
    """
    for table in (saved_names, contexts):
        connection.execute(delete(table).where(*_is_silent(table, hashes)))
    wants_none = select(opt_outs.c.since).where(opt_outs.c.phone_hash == phones.c.phone_hash)
    silent = _is_silent(phones, hashes)
    connection.execute(delete(phones).where(*silent, ~wants_none.exists()))
    nothing = dict.fromkeys(("usage", "opinion_asked_at", "names_changed_at"))
    connection.execute(update(phones).where(*silent).values(**nothing, name_changes=0))


def _is_silent(table: Table, hashes: Sequence[bytes]) -> tuple[ColumnElement[bool], ...]:
    younger = select(inbound.c.id).where(inbound.c.phone_hash == table.c.phone_hash)
    return table.c.phone_hash.in_(hashes), ~younger.exists()


def _nobody(connection: Connection, row_id: ColumnElement[int]) -> ColumnElement[bytes]:
    """The row's own number in 32 digits: what stands where a phone's hash was."""
    if connection.dialect.name == "postgresql":
        digits = func.lpad(cast(row_id, String), 32, "0")
        return func.convert_to(digits, "UTF8", type_=LargeBinary())
    return cast(func.printf("%032d", row_id), LargeBinary)
