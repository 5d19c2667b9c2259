"""Rows that a worker took and can't open: laid aside, so that others go on and none is lost.

While keys change, one process may seal with a key that another hasn't been given yet. Such a
row waits some seconds for a process that has it, as often as it takes. A row that doesn't
open with its own key is damaged: it counts its attempts and ends where those end.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Table, Update, case, literal, update

from sms_service.database import db_now
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.tables import inbound, outbound
from sms_service.ledger.vault import Sealed, UnknownKey, Unreadable

log = logging.getLogger(__name__)

UNKNOWN_KEY = "unknown_key"
UNREADABLE = "unreadable_row"
_SECONDS = 5.0

Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class Failed:
    """A row that wasn't opened."""

    id: int
    is_damaged: bool
    """With its key at hand; else its key isn't here."""


@dataclass(frozen=True, slots=True)
class Read(Generic[Opened]):
    """What came of opening rows."""

    rows: Sequence[Opened]
    failed: Sequence[Failed]


def readable(
    taken: Iterable[tuple[Row[Any], Sealed]], opened: Callable[[Row[Any], Sealed], Opened]
) -> Read[Opened]:
    """Open each row with its text; those that don't open are told of in the log, by code."""
    rows, failed = list[Opened](), list[Failed]()
    for row, text in taken:
        try:
            rows.append(opened(row, text))
        except Unreadable as why:
            log.warning("request %s can't be read: %s; see DATA_KEYS", row.code, why)
            failed.append(Failed(row.id, not isinstance(why, UnknownKey)))
    return Read(rows, failed)


def lay_aside(connection: Connection, token: int, failed: Sequence[Failed]) -> None:
    """Let these texts wait again, in the caller's transaction."""
    for is_damaged, ids in _by_fault(failed):
        mine = _mine(inbound, token, ids, is_damaged=is_damaged)
        connection.execute(mine.values(state=InboundState.RECEIVED))


def lay_aside_answers(connection: Connection, token: int, failed: Sequence[Failed]) -> None:
    """Let these answers wait again as what they were, in the caller's transaction."""
    was_free = (outbound.c.state == OutboundState.SENDING) & ~outbound.c.pinned
    for is_damaged, ids in _by_fault(failed):
        mine = _mine(outbound, token, ids, is_damaged=is_damaged)
        connection.execute(
            mine.values(
                state=case(
                    (outbound.c.state == OutboundState.SENDING, OutboundState.QUEUED),
                    else_=outbound.c.state,
                ),
                gateway=case((was_free, None), else_=outbound.c.gateway),
                first_tried_at=case((was_free, None), else_=outbound.c.first_tried_at),
            )
        )


def _by_fault(failed: Sequence[Failed]) -> Iterable[tuple[bool, Sequence[int]]]:
    for is_damaged in (False, True):
        if ids := [one.id for one in failed if one.is_damaged is is_damaged]:
            yield is_damaged, ids


def _mine(table: Table, token: int, ids: Sequence[int], *, is_damaged: bool) -> Update:
    counted = case(
        (literal(is_damaged) | (table.c.attempts < 1), table.c.attempts),
        else_=table.c.attempts - 1,
    )
    return (
        update(table)
        .where(table.c.id.in_(ids), table.c.lease_token == token)
        .values(
            reason=UNREADABLE if is_damaged else UNKNOWN_KEY,
            due_at=db_now(_SECONDS),
            attempts=counted,
        )
    )
