"""The list of requests: a page at a time by id, counts by kind, however many there are.

What the kinds mean stands in ``request_kinds``, how they are come by in ``request_ways``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Select,
    func,
    select,
    true,
    union,
    union_all,
)

from sms_service.database import db_now, reading
from sms_service.domain.states import InboundState, ReplyKind
from sms_service.ledger.request_kinds import WAITING, standing_of
from sms_service.ledger.request_ways import Way, Ways, number
from sms_service.ledger.tables import inbound, outbound
from sms_service.ledger.vault import Sealed, Unreadable, Vault
from sms_service.service.request_filter import Count, Cursor, Pill, RequestFilter, Standing

PAGE = 50
COUNTED_TO = 10_000
LATE_COUNTED_TO = 1_000
"""Each of them costs several looks."""
SEARCHED = 100_000
"""So many requests are looked through for a page of what no index tells by itself."""
_TWICE = 2
"""Rows of one request that one way may yield: a promise and an answer."""
_COLUMNS = (
    *(inbound.c.id, inbound.c.code, inbound.c.channel, inbound.c.state, inbound.c.reason),
    *(inbound.c.phone_cipher, inbound.c.phone_hash, inbound.c.key_version, inbound.c.received_at),
    *(inbound.c.answered_at, inbound.c.bill_id, inbound.c.intent, inbound.c.problem),
    *(inbound.c.fulfilment, inbound.c.from_year, inbound.c.promised_at),
)
_OF_ANSWERS = (
    *(outbound.c.id, outbound.c.inbound_id, outbound.c.parent_id, outbound.c.state),
    *(outbound.c.reason, outbound.c.accepted_at, outbound.c.parts),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    id: int
    code: str
    channel: str
    received_at: datetime
    phone_hash: bytes = field(repr=False)
    phone: str | None = field(repr=False)
    """E.164; None where it was erased."""
    bill_id: str | None = field(repr=False)
    intent: str | None
    problem: str | None
    fulfilment: str | None
    from_year: int | None
    standing: Standing
    reason: str | None
    """Why it stands so, where anything is known."""
    attempts: int
    """Texts that were made for it, each attempt one."""
    parts: int | None
    """SMS parts of its newest answer."""
    seconds: float | None
    """From ``received_at`` until its first answer was handed over or shown."""
    late: bool
    """Longer than was agreed, or nothing yet after so long."""


@dataclass(frozen=True, slots=True)
class Page:
    """Lines, the newest first, and where the list goes on."""

    lines: Sequence[Listed]
    older: Cursor | None
    newer: Cursor | None
    goes_on: bool = False
    """Whether the search ended before the page was full: more may be found where it goes on."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Between two ids, neither of them included; ``upwards``: the lowest first."""

    above: int | None = None
    below: int | None = None
    upwards: bool = False

    def order(self, key: ColumnElement[int]) -> ColumnElement[int]:
        return key.asc() if self.upwards else key.desc()

    def holds(self, key: ColumnElement[int]) -> Iterator[ColumnElement[bool]]:
        if self.above is not None:
            yield key > number(self.above)
        if self.below is not None:
            yield key < number(self.below)


class RequestList:
    """Reads the list."""

    def __init__(self, engine: Engine, vault: Vault, sla_seconds: float) -> None:
        self._engine = engine
        self._vault = vault
        self._sla = sla_seconds
        self._ways = Ways(engine.dialect.name, sla_seconds)

    def page(self, wanted: RequestFilter, cursor: Cursor | None = None, size: int = PAGE) -> Page:
        """Up to ``size`` lines from the cursor on; from the newest without one."""
        cursor = cursor or Cursor()
        with reading(self._engine) as connection:
            span = self._searched(connection, wanted, cursor)
            ids = list(connection.scalars(self._cut(wanted, span, size + 1)))
            has_more, ids = len(ids) > size, ids[:size]
            lines = self._lines(connection, ids)
        end = span.below if span.upwards else span.above
        goes_on = end is not None and not has_more
        newest, oldest = (lines[0].id, lines[-1].id) if lines else (None, None)
        if span.upwards:
            after = newest if has_more else end - 1 if goes_on and end else None
            older = Cursor(before=oldest or (cursor.after or 0) + 1)
            return Page(lines, older, None if after is None else Cursor(after=after), goes_on)
        before = oldest if has_more else end + 1 if goes_on and end else None
        newer = Cursor(after=newest) if newest else Cursor()
        return Page(
            lines,
            None if before is None else Cursor(before=before),
            newer if cursor.before else None,
            goes_on,
        )

    def everything(self, wanted: RequestFilter, most: int) -> Iterator[Listed]:
        """All lines, the newest first, up to ``most``; a page is in memory at a time."""
        cursor, told = Cursor(), 0
        while told < most:
            page = self.page(wanted, cursor, min(1000, most - told))
            yield from page.lines
            told += len(page.lines)
            if page.older is None:
                return
            cursor = page.older

    def counts(self, wanted: RequestFilter) -> Mapping[Pill, Count]:
        """How many of each kind the rest of the filter leaves, up to a bound.

        What no index tells by itself is counted among the newest 10,000 of the days.
        """
        of_pills = [replace(wanted, pill=pill) for pill in Pill]
        with reading(self._engine) as connection:
            window = connection.scalar(self._window_of(wanted))
            counts: list[FromClause] = [self._count(one, window).subquery() for one in of_pills]
            at_once = reduce(lambda one, other: one.join(other, true()), counts)
            told = connection.execute(select(*at_once.c).select_from(at_once)).one()
        found = {}
        for one, different, rows in zip(of_pills, told[::2], told[1::2], strict=True):
            most = _counted_to(one.pill)
            is_cut = window is not None and not self._ways.are_exact(one)
            found[one.pill] = Count(min(different, most), rows > most or is_cut)
        return found

    def count_up_to(self, wanted: RequestFilter, most: int) -> int:
        """How many there are; ``most`` + 1 stands for more."""
        query = select(func.count()).select_from(self._cut(wanted, _Span(), most + 1).subquery())
        with reading(self._engine) as connection:
            return int(connection.scalar(query) or 0)

    def _window_of(self, wanted: RequestFilter) -> Select[int]:
        """The id of the last request that isn't among the newest 10,000 any more."""
        everything = RequestFilter(since=wanted.since, until=wanted.until)
        query = self._ways.ids(everything, Way()).order_by(inbound.c.id.desc())
        return query.offset(COUNTED_TO).limit(1)

    def _count(self, wanted: RequestFilter, window: int | None) -> Select[int, int]:
        """Different ids, and rows, of which several ways may yield the same."""
        most = _counted_to(wanted.pill) + 1
        span = _Span(above=None if self._ways.are_exact(wanted) else window)
        ways = [
            self._branch(wanted, way, span).limit(number(most)).subquery()
            for way in self._ways.of(wanted)
        ]
        # One way after the other, and none of them once there are enough.
        rows = union_all(*(select(way.c.id) for way in ways)).limit(number(most)).subquery()
        ids = rows.c.id if len(ways) == 1 else rows.c.id.distinct()
        return select(func.count(ids).label("different"), func.count(rows.c.id).label("rows"))

    def _searched(self, connection: Connection, wanted: RequestFilter, cursor: Cursor) -> _Span:
        """Where a page is looked for: not without end for what may be nowhere."""
        span = _Span(cursor.after, cursor.before, cursor.after is not None)
        if not self._ways.may_search_long(wanted):
            return span
        everything = RequestFilter(since=wanted.since, until=wanted.until)
        far = self._branch(everything, Way(), span).offset(SEARCHED).limit(1)
        end = connection.scalar(far)
        return replace(span, below=end) if span.upwards else replace(span, above=end)

    def _cut(self, wanted: RequestFilter, span: _Span, limit: int) -> Select[int]:
        """Up to ``limit`` ids at the begin of a span."""
        branches = []
        for way in self._ways.of(wanted):
            rows = limit * _TWICE if way.by_answer else limit
            query = self._branch(wanted, way, span).limit(number(rows)).subquery()
            branches.append(select(query.c.id))
        found = (union(*branches) if len(branches) > 1 else branches[0]).subquery()
        return select(found.c.id).order_by(span.order(found.c.id)).limit(number(limit))

    def _branch(self, wanted: RequestFilter, way: Way, span: _Span) -> Select[int]:
        """The ids of a span by one way, in its order."""
        query = self._ways.ids(wanted, way).where(*span.holds(way.key))
        return query.order_by(span.order(way.key))

    def _lines(self, connection: Connection, ids: Sequence[int]) -> Sequence[Listed]:
        if not ids:
            return []
        asked = select(*_COLUMNS, db_now().label("now")).where(inbound.c.id.in_(ids))
        rows = connection.execute(asked.order_by(inbound.c.id.desc())).all()
        of_them = outbound.c.inbound_id.in_(ids), outbound.c.kind == ReplyKind.ANSWER
        answers: dict[int, list[Any]] = {row.id: [] for row in rows}
        for one in connection.execute(select(*_OF_ANSWERS).where(*of_them).order_by(outbound.c.id)):
            answers[one.inbound_id].append(one)
        return [self._line(row, answers[row.id]) for row in rows]

    def _line(self, row: Any, answers: Sequence[Any]) -> Listed:
        first = next((one for one in answers if one.parent_id is None), None)
        followed = {one.parent_id for one in answers}
        newest = next((one for one in reversed(answers) if one.id not in followed), None)
        handed = _handed_at(row, first)
        passed = ((handed or row.now) - row.received_at).total_seconds()
        return Listed(
            row.id,
            row.code,
            row.channel,
            row.received_at,
            row.phone_hash,
            self._phone(row),
            row.bill_id,
            row.intent,
            row.problem,
            row.fulfilment,
            row.from_year,
            standing_of(row.state, newest.state if newest else None, row.channel),
            newest.reason if newest else row.reason,
            len(answers),
            newest.parts if newest else None,
            passed if handed else None,
            late=passed > self._sla and (handed is not None or _is_awaited(row, first)),
        )

    def _phone(self, row: Any) -> str | None:
        if row.phone_cipher is None:
            return None
        try:
            return self._vault.open(Sealed(row.key_version, row.phone_cipher)).decode()
        except Unreadable:
            return None


def _counted_to(pill: Pill) -> int:
    return LATE_COUNTED_TO if pill is Pill.LATE else COUNTED_TO


def _handed_at(row: Any, first: Any | None) -> datetime | None:
    if first is not None:
        return first.accepted_at  # type: ignore[no-any-return]  # a column of moments
    is_shown = row.channel != "sms" and row.state == InboundState.ANSWERED
    return row.answered_at if is_shown else None


def _is_awaited(row: Any, first: Any | None) -> bool:
    """Whether an answer should have come by now, or should yet."""
    return first is not None or row.state in (*WAITING, InboundState.FAILED)
