"""How many rows wait in each lane, and since when the oldest does: read by indexes alone.

Counting ends at a bound: a page that is looked at every few seconds needn't know exactly
how many hundred thousand there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, bindparam, func, select

from sms_service.database import reading
from sms_service.domain.states import InboundState, OutboundState, ReceiptState
from sms_service.ledger.desk_tables import bulk_items, bulk_runs
from sms_service.ledger.leases import now_once
from sms_service.ledger.tables import inbound, outbound, receipts
from sms_service.ledger.upkeep_tables import chores

_AT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in one lane."""

    lane: str
    waiting: int
    oldest: datetime | None

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.waiting >= _AT_MOST


@dataclass(frozen=True, slots=True)
class Chore:
    """When a chore last came to its end, and what keeps it from that."""

    finished_at: datetime | None
    failures: int
    reason: str | None


def queues(engine: Engine) -> Sequence[Queue]:
    """Every lane that works rows off, in the order that a text passes them."""
    with reading(engine) as connection:
        return [
            Queue(lane, *connection.execute(_counted(wanted)).one())
            for lane, wanted in _waiting().items()
        ]


def wait_for_bills(engine: Engine) -> int:
    """Texts that wait since no billing source can tell of their bills now; up to a bound."""
    waiting = _is(inbound.c.state, InboundState.RECEIVED)
    some = select(inbound.c.received_at).where(waiting, inbound.c.reason == "source_down")
    with reading(engine) as connection:
        return int(connection.execute(_counted(some)).one()[0])


def chores_done(engine: Engine) -> Mapping[str, Chore]:
    """All chores that were ever begun, by name."""
    with reading(engine) as connection:
        rows = connection.execute(select(chores)).all()
    return {row.name: Chore(row.finished_at, row.failures, row.reason) for row in rows}


def _waiting() -> Mapping[str, Select[Any]]:
    """By lane: since when each of its rows waits."""
    has_question = (outbound.c.ask_at.is_not(None)) & (outbound.c.ask_at <= now_once())
    return {
        "lookup": select(inbound.c.received_at).where(
            _is(inbound.c.state, InboundState.RECEIVED, InboundState.ANSWERING)
        ),
        "deliver": select(outbound.c.created_at).where(_is(outbound.c.state, OutboundState.QUEUED)),
        "unknown": select(outbound.c.created_at).where(
            _is(outbound.c.state, OutboundState.UNKNOWN)
        ),
        "receipts": select(receipts.c.received_at).where(
            _is(receipts.c.state, ReceiptState.PARKED)
        ),
        "ask": select(outbound.c.ask_at).where(has_question),
        "bulk": select(bulk_runs.c.started_at)
        .join(bulk_items, bulk_items.c.bulk_id == bulk_runs.c.id)
        .where(bulk_runs.c.state == "running", _is(bulk_items.c.state, "waiting")),
    }


def _is(column: ColumnElement[str], *states: str) -> ColumnElement[bool]:
    """Written out, so that a partial index is known to serve."""
    named = [str(state) for state in states]
    if len(named) == 1:
        return column == bindparam(None, named[0], literal_execute=True)
    return column.in_(bindparam(None, named, expanding=True, literal_execute=True))


def _counted(wanted: Select[Any]) -> Any:
    since = wanted.limit(_AT_MOST).subquery()
    return select(func.count(), func.min(since.c[0])).select_from(since)
