"""Feeding runs, in the ledger: whose turn it is, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Update, func, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import OutboundState
from sms_service.ledger.audit import write_deed
from sms_service.ledger.bulk_runs import PRIORITY, run_of, take_back
from sms_service.ledger.bulk_selection import around, candidates
from sms_service.ledger.desk_tables import bulk_items, bulk_runs, resends
from sms_service.ledger.tables import outbound
from sms_service.service.auditing import Actor, Deed
from sms_service.service.bulk_choosing import left_out_for
from sms_service.service.bulk_terms import Item, ItemState, LeftOut, Run, RunState

_ITSELF = Actor("service")


class BulkFeedLedger:
    """The runs, as feeding needs them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def running(self) -> Sequence[Run]:
        """Runs that are to be fed, the oldest first."""
        these = select(bulk_runs).where(bulk_runs.c.state == RunState.RUNNING)
        with reading(self._engine) as connection:
            return [run_of(row) for row in connection.execute(these.order_by(bulk_runs.c.id))]

    def is_running(self, run: int) -> bool:
        """Whether it still is."""
        state = select(bulk_runs.c.state).where(bulk_runs.c.id == run)
        with reading(self._engine) as connection:
            return connection.scalar(state) == RunState.RUNNING

    def queued(self, run: int) -> int:
        """How many of its attempts wait in the queue."""
        waiting = (
            select(func.count())
            .select_from(outbound)
            .join(resends, resends.c.outbound_id == outbound.c.id)
            .where(
                outbound.c.state == OutboundState.QUEUED,
                outbound.c.priority == PRIORITY,
                resends.c.bulk_id == run,
            )
        )
        with reading(self._engine) as connection:
            return int(connection.scalar(waiting) or 0)

    def next_items(self, run: int, limit: int) -> Sequence[Item]:
        """The first that wait for their turn."""
        i = bulk_items.c
        first = (
            select(i.position, i.inbound_id, i.code, i.after_id)
            .where(i.bulk_id == run, i.state == ItemState.WAITING)
            .order_by(i.position)
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [Item(*row) for row in connection.execute(first)]

    def ended(self, run: int, items: Sequence[Item]) -> Mapping[int, int | LeftOut]:
        """What needn't be sent any more, by position: its unnoted attempt, or why not."""
        places = {item.inbound_id: item.position for item in items}
        own = select(resends.c.inbound_id, resends.c.outbound_id).where(
            resends.c.inbound_id.in_(places), resends.c.bulk_id == run
        )
        with reading(self._engine) as connection:
            found = candidates(connection, list(places))
            # Two runs that overlap are told apart by the attempt that each wants to follow.
            known = replace(around(connection, found), in_other_runs=())
            made = {places[row.inbound_id]: row.outbound_id for row in connection.execute(own)}
        why = {places[one.inbound_id]: left_out_for(one, known) for one in found}
        left_out = {place: reason for place, reason in why.items() if reason is not None}
        gone = dict.fromkeys(set(places.values()) - why.keys(), LeftOut.ERASED)
        return {**gone, **left_out, **made}

    def note_sent(self, run: int, position: int, outbound_id: int) -> None:
        """It is in the queue; of a run that was stopped meanwhile it is taken back."""
        state = select(bulk_runs.c.state).where(bulk_runs.c.id == run).with_for_update()
        with writing(self._engine) as connection:
            self._note(connection, run, position, state=ItemState.SENT, outbound_id=outbound_id)
            if connection.scalar(state) == RunState.STOPPED:
                take_back(connection, run)

    def note_left_out(self, run: int, position: int, reason: str) -> None:
        """It won't be sent by this run."""
        with writing(self._engine) as connection:
            self._note(connection, run, position, state=ItemState.LEFT_OUT, reason=reason)

    def note_fed(self, run: int, until: datetime) -> None:
        """Up to then the run has had what its pace allows."""
        with writing(self._engine) as connection:
            connection.execute(_of(run).values(fed_until=until))

    def finish(self, run: int) -> bool:
        """End it if nothing of it waits."""
        waits = select(bulk_items.c.position).where(
            bulk_items.c.bulk_id == run, bulk_items.c.state == ItemState.WAITING
        )
        with reading(self._engine) as connection:
            if connection.execute(waits.limit(1)).first() is not None:
                return False
        done = _of(run).where(bulk_runs.c.state == RunState.RUNNING)
        with writing(self._engine) as connection:
            ended = connection.execute(done.values(state=RunState.DONE, ended_at=db_now()))
            if ended.rowcount == 0:
                return False
            write_deed(connection, Deed(_ITSELF, "bulk_done", "bulk", str(run)))
        return True

    def _note(self, connection: Connection, run: int, position: int, **values: Any) -> None:
        waits: ColumnElement[bool] = bulk_items.c.state == ItemState.WAITING
        mine = (bulk_items.c.bulk_id == run) & (bulk_items.c.position == position)
        connection.execute(update(bulk_items).where(mine, waits).values(values))


def _of(run: int) -> Update:
    return update(bulk_runs).where(bulk_runs.c.id == run)
