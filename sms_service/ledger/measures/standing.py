"""How things stand now, read by small tables and partial indexes alone."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import BindParameter, Connection, Engine, Select, bindparam, func, select

from sms_service.database import db_now, reading
from sms_service.domain.agreement import Piece
from sms_service.domain.states import InboundState, LaneState, OutboundState
from sms_service.ledger.agreement_facts import CLOCKS_APART, Cut, requests_of, verdict
from sms_service.ledger.desk_tables import audit, uploads
from sms_service.ledger.measures.counts import Labels
from sms_service.ledger.queues import chores_done, queues, wait_for_bills
from sms_service.ledger.tables import inbound, outbound
from sms_service.ledger.upkeep_tables import lanes
from sms_service.service.agreement_rules import Kind
from sms_service.service.lanes import EVERY_LANE
from sms_service.service.uploads import UploadState

Value = tuple[str, Labels, float]
"""A metric's name, the values of its labels, the figure."""

RECENT = timedelta(minutes=15)
"""The time of which the agreement's share is told as it stands."""
_AWAY = (LaneState.RESTING, LaneState.STOPPED, LaneState.HELD)
_AT_MOST = 10_000
_TICKS = ("beat", "worker")
"""Chores that are no work of their own: marks that a process is alive."""


class Standing:
    """Reads how things stand."""

    def __init__(self, engine: Engine, gateways: Sequence[str]) -> None:
        """``gateways``: those whose lanes are told of, whether anything is known or not."""
        self._engine = engine
        self._gateways = gateways

    def values(self, pieces: Sequence[Piece], now: datetime) -> Iterator[Value]:
        """Everything; ``pieces``: the agreement of now and of a while ago."""
        yield from self._queues(now)
        yield from self._chores()
        with reading(self._engine) as connection:
            yield from _dead_letters(connection)
            yield from _uploads(connection)
            yield from self._lanes(connection)
            yield from _recent(connection, pieces, now)
            last = connection.scalar(select(func.max(audit.c.number)))
            yield "sms_audit_entries_total", (), float(last or 0)

    def now(self) -> datetime:
        """By the database's clock."""
        with reading(self._engine) as connection:
            now: datetime = connection.execute(select(db_now())).scalar_one()
            return now.astimezone(UTC)

    def _queues(self, now: datetime) -> Iterator[Value]:
        for queue in queues(self._engine):
            age = 0.0 if queue.oldest is None else (now - queue.oldest).total_seconds()
            yield "sms_queue_waiting", (queue.lane,), queue.waiting
            yield "sms_queue_oldest_seconds", (queue.lane,), max(0.0, age)
        yield "sms_waiting_for_bills", (), wait_for_bills(self._engine)

    def _chores(self) -> Iterator[Value]:
        for name, chore in sorted(chores_done(self._engine).items()):
            finished = None if chore.finished_at is None else chore.finished_at.timestamp()
            if name in _TICKS:
                yield "sms_last_tick_timestamp_seconds", (name,), finished or 0.0
                continue
            yield "sms_chore_failures", (name,), chore.failures
            if finished is not None:
                yield "sms_chore_finished_timestamp_seconds", (name,), finished

    def _lanes(self, connection: Connection) -> Iterator[Value]:
        known = {row.gateway: row for row in connection.execute(select(lanes))}
        for name in self._gateways:
            row = known.get(name)
            state = LaneState(row.state) if row else LaneState.WORKING
            for one in LaneState:
                yield "sms_lane_state", (name, one.value), float(one is state)
            yield "sms_lane_up", (name,), float(state not in _AWAY)
            yield "sms_lane_failures", (name,), float(row.failures if row else 0)
            if row and row.credit_at:
                asked = row.credit_at.timestamp()
                yield "sms_credit_rial", (name,), float(row.credit_rial)
                yield "sms_credit_asked_timestamp_seconds", (name,), asked
        for name in (*self._gateways, EVERY_LANE):
            row = known.get(name)
            is_held = row is not None and row.state == LaneState.HELD
            yield "sms_lane_held", (name,), float(is_held)


def _recent(connection: Connection, pieces: Sequence[Piece], now: datetime) -> Iterator[Value]:
    told = requests_of(Cut(now - RECENT, now + CLOCKS_APART, now))
    groups = (told.c.channel, verdict(told, pieces, now).label("verdict"))
    rows = select(*groups, func.count()).where(told.c.kind == Kind.COUNTED).group_by(*groups)
    for channel, judged, count in connection.execute(rows):
        yield "sms_sla_recent_requests", (channel, judged), count


def _dead_letters(connection: Connection) -> Iterator[Value]:
    given_up = select(inbound.c.id).where(inbound.c.state == _written(InboundState.FAILED))
    unresolved = select(outbound.c.id).where(outbound.c.state == _written(OutboundState.UNRESOLVED))
    for kind, rows in (("request", given_up), ("answer", unresolved)):
        yield "sms_dead_letters", (kind,), _number(connection, rows)


def _number(connection: Connection, rows: Select[int]) -> int:
    some = rows.limit(_AT_MOST).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _written(state: str) -> BindParameter[str]:
    """Written out, so that the partial index is known to serve."""
    return bindparam(None, str(state), literal_execute=True)


def _uploads(connection: Connection) -> Iterator[Value]:
    found = select(uploads.c.state, func.count()).group_by(uploads.c.state)
    counts = {row[0]: row[1] for row in connection.execute(found)}
    for state in UploadState:
        yield "sms_uploads", (state.value,), counts.get(state, 0)
