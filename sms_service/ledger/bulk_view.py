"""Runs as supervisors look at them: the list, how far one is, and its items."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, select

from sms_service.database import reading
from sms_service.domain.states import OutboundState
from sms_service.ledger.bulk_runs import run_of
from sms_service.ledger.desk_tables import bulk_items, bulk_runs
from sms_service.ledger.tables import inbound, outbound
from sms_service.ledger.upkeep_tables import chores
from sms_service.service.bulk_resending import BULK
from sms_service.service.bulk_terms import ItemState, Run, RunState

_QUEUED = (OutboundState.QUEUED, OutboundState.SENDING, OutboundState.UNKNOWN)
_GOT = (OutboundState.ACCEPTED, OutboundState.AT_OPERATOR)


@dataclass(frozen=True, slots=True)
class Listed:
    """A run in the list."""

    run: Run
    waiting: int
    """Items that wait for their turn, of a run that is under way."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why some of a run weren't sent, or didn't arrive."""

    kind: str
    """``left_out``, or the state of the attempt."""
    reason: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    troubles: Sequence[Trouble]
    waiting: int
    queued: int
    """In our queue, or in the gateway's hands without a clear answer."""
    handed_over: int
    """The gateway has them."""
    delivered: int
    left_out: int
    failed: int
    """Were sent and ended badly, or were taken back."""

    @property
    def total(self) -> int:
        return sum(
            (
                self.waiting,
                self.queued,
                self.handed_over,
                self.delivered,
                self.left_out,
                self.failed,
            )
        )

    @property
    def served(self) -> int:
        """Those that had their turn."""
        return self.total - self.waiting


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """One request of a run."""

    position: int
    code: str
    received_at: datetime
    channel: str
    state: ItemState
    reason: str | None
    attempt_state: OutboundState | None
    attempt_reason: str | None


class BulkView:
    """Reads runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def runs(self, before: int | None, limit: int) -> Sequence[Listed]:
        """The newest runs, or those older than a number; previews nobody confirmed are left out."""
        these = select(bulk_runs).where(bulk_runs.c.confirmed_by.is_not(None))
        if before is not None:
            these = these.where(bulk_runs.c.id < before)
        with reading(self._engine) as connection:
            rows = connection.execute(these.order_by(bulk_runs.c.id.desc()).limit(limit)).all()
            under_way = [r.id for r in rows if r.state in (RunState.RUNNING, RunState.PAUSED)]
            i = bulk_items.c
            counted = (
                select(i.bulk_id, func.count().label("waiting"))
                .where(i.bulk_id.in_(under_way), i.state == ItemState.WAITING)
                .group_by(i.bulk_id)
            )
            waiting = {row.bulk_id: row.waiting for row in connection.execute(counted)}
        return [Listed(run_of(row), waiting.get(row.id, 0)) for row in rows]

    def progress(self, run: int) -> Progress:
        """How far the run is."""
        i, o = bulk_items.c, outbound.c
        counted = (
            select(i.state, i.reason, o.state, o.reason, func.count())
            .select_from(bulk_items.outerjoin(outbound, o.id == i.outbound_id))
            .where(i.bulk_id == run)
            .group_by(i.state, i.reason, o.state, o.reason)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(counted).all()
        counts: dict[str, int] = {}
        troubles: list[Trouble] = []
        for state, reason, attempt, why, count in rows:
            kind = _kind(state, attempt)
            counts[kind] = counts.get(kind, 0) + count
            if kind == "left_out":
                troubles.append(Trouble(kind, reason, count))
            elif kind == "failed":
                troubles.append(Trouble(attempt or "", why, count))
        troubles.sort(key=lambda one: -one.count)
        names = ("waiting", "queued", "handed_over", "delivered", "left_out", "failed")
        return Progress(troubles, **{name: counts.get(name, 0) for name in names})

    def items(self, run: int, after: int | None, limit: int) -> Sequence[ItemSeen]:
        """Requests of the run in the order of their turns, from behind a position on."""
        i, o, r = bulk_items.c, outbound.c, inbound.c
        these = (
            select(
                *(i.position, i.code, r.received_at, r.channel, i.state, i.reason),
                *(o.state, o.reason),
            )
            .select_from(
                bulk_items.join(inbound, r.id == i.inbound_id).outerjoin(
                    outbound, o.id == i.outbound_id
                )
            )
            .where(i.bulk_id == run)
            .order_by(i.position)
            .limit(limit)
        )
        if after is not None:
            these = these.where(i.position > after)
        with reading(self._engine) as connection:
            return [_item(row) for row in connection.execute(these)]

    def waits_for(self) -> str | None:
        """What keeps the feeding from going on, as it last found; None: nothing."""
        reason = select(chores.c.reason).where(chores.c.name == BULK)
        with reading(self._engine) as connection:
            found: str | None = connection.execute(reason).scalar_one_or_none()
        return found


def _kind(state: str, attempt: str | None) -> str:
    if state == ItemState.WAITING:
        return "waiting"
    if state == ItemState.LEFT_OUT:
        return "left_out"
    if attempt == OutboundState.DELIVERED:
        return "delivered"
    if attempt in _GOT:
        return "handed_over"
    return "queued" if attempt in _QUEUED else "failed"


def _item(row: Any) -> ItemSeen:
    position, code, at, channel, state, reason, attempt, why = row
    known = None if attempt is None else OutboundState(attempt)
    return ItemSeen(position, code, at, channel, ItemState(state), reason, known, why)
