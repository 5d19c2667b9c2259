"""The statements that find and take waiting texts, built once and run at every turn."""

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Float, Integer, Select, bindparam, select

from sms_service.database import db_now
from sms_service.domain.states import InboundState
from sms_service.ledger.leases import Take, claim, now_once
from sms_service.ledger.tables import inbound, inbound_texts

OPEN = (InboundState.RECEIVED, InboundState.ANSWERING)
TRUSTED_ATTEMPTS = 2
"""A row that was taken this often without an end may be what kills workers: a suspect."""
_CLAIMED = (
    inbound.c.id,
    inbound.c.code,
    inbound.c.channel,
    inbound.c.phone_cipher,
    inbound.c.phone_hash,
    inbound.c.key_version,
    inbound.c.received_at,
    inbound.c.attempts,
    inbound.c.promised_at,
    db_now().label("now"),
)


def _taking(which: ColumnElement[bool]) -> Take:
    limit, lease = bindparam("limit", type_=Integer()), bindparam("lease", type_=Float())
    wanted = inbound.c.state.in_(OPEN) & which
    claiming = claim(inbound, wanted, [inbound.c.due_at], limit).values(
        state=InboundState.ANSWERING,
        lease_token=bindparam("token", type_=BigInteger()),
        due_at=db_now(lease),
        attempts=inbound.c.attempts + 1,
    )
    return Take(claiming, _CLAIMED, inbound_texts, ("answering", None))


@cache
def take_trusted() -> Take:
    """Takes due texts that may be taken together."""
    return _taking(inbound.c.attempts < TRUSTED_ATTEMPTS)


@cache
def take_suspects() -> Take:
    """Takes due texts that were taken before and never finished."""
    return _taking(inbound.c.attempts >= TRUSTED_ATTEMPTS)


@cache
def due() -> Select[Any]:
    """Whether any text is due."""
    is_due = inbound.c.state.in_(OPEN), inbound.c.due_at <= now_once()
    return select(inbound.c.id).where(*is_due).limit(1)


@cache
def due_suspects() -> Select[Any]:
    """Whether any suspect is due."""
    return due().where(inbound.c.attempts >= TRUSTED_ATTEMPTS)
