"""What came in lately and what became of it, hour by hour, for a page that looks again and again.

Only the ids of the time are read, so that it costs the same however much lies before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    Select,
    and_,
    cast,
    func,
    literal,
    select,
    union,
)

from sms_service.database import Instant, reading
from sms_service.domain.agreement import Piece
from sms_service.domain.states import InboundState, ReplyKind
from sms_service.ledger.agreement_facts import CLOCKS_APART, Cut, is_true, requests_of, verdict
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.moments import elapsed
from sms_service.ledger.request_kinds import ENDED_BADLY, IS_NEWEST
from sms_service.ledger.tables import inbound, outbound
from sms_service.service.agreement_rules import Kind, Verdict

_HOUR = timedelta(hours=1)
_MOST_FAILED = 10_000


@dataclass(frozen=True, slots=True)
class Hour:
    """The requests that came within an hour."""

    begins_at: datetime
    received: int = 0
    counted: int = 0
    """By the agreement."""
    in_time: int = 0
    still_open: int = 0
    """Counted, and younger than the agreement's seconds."""

    @property
    def late(self) -> int:
        """Counted, and not answered in time, or not at all."""
        return self.counted - self.in_time - self.still_open


class OverviewLedger:
    """Counts what came lately."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def hours(self, since: datetime, now: datetime, pieces: Sequence[Piece]) -> Sequence[Hour]:
        """Every hour from ``since`` on, which begins one, to the one of ``now``."""
        with reading(self._engine) as connection:
            rows = {row.hour: row for row in connection.execute(hours_query(since, now, pieces))}
        count = int((now - since) / _HOUR) + 1
        begins = [since + _HOUR * at for at in range(count)]
        return [
            Hour(begin, *(rows[at][1:] if at in rows else ())) for at, begin in enumerate(begins)
        ]

    def failed(self, since: datetime) -> int:
        """Requests since then whose newest answer won't arrive; up to a bound."""
        first = first_id_of(since)
        ended = select(outbound.c.inbound_id).where(
            outbound.c.state.in_(ENDED_BADLY),
            outbound.c.inbound_id >= first,
            outbound.c.kind == ReplyKind.ANSWER,
            IS_NEWEST,
        )
        given_up = select(inbound.c.id).where(
            inbound.c.state == InboundState.FAILED, inbound.c.id >= first
        )
        found = union(ended, given_up).limit(_MOST_FAILED).subquery()
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(found)) or 0


def hours_query(
    since: datetime, now: datetime, pieces: Sequence[Piece]
) -> Select[int, int, int, int, int]:
    """Counts by the number of the hour since then."""
    told = requests_of(Cut(since, now + CLOCKS_APART, now))
    counted = told.c.kind == Kind.COUNTED
    by_clock = verdict(told, pieces, now)
    seconds = elapsed(literal(since, Instant()), told.c.received_at)
    hour = cast(func.floor(seconds / 3600), Integer).label("hour")
    return select(
        hour,
        func.count(),
        _sum(counted),
        _sum(and_(counted, by_clock == Verdict.IN_TIME)),
        _sum(and_(counted, by_clock == Verdict.OPEN)),
    ).group_by(hour)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(is_true(condition), Integer)), 0)
