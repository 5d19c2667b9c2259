"""Counts of a stretch of the ledger that never fall, whatever happens to its rows later.

They rest on what is written once: that a request was answered, folded or ignored, that a text
was accepted, that it was delivered, and on events, which are only ever added. What may be taken
back (a text that failed and is delivered after all) is counted by its event, and so in both.

Requests and texts belong to the day of their id, events and opinions to the day that they
happened on; a day is one of UTC.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, func, literal_column, select

from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.measures.clocks import clock_counts
from sms_service.ledger.predicates import SELDOM_EVENTS
from sms_service.ledger.tables import events, inbound, opinions, outbound

Labels = tuple[str, ...]
Counts = Mapping[tuple[str, Labels], float]
"""By the name of a metric (or of a part of a histogram) and the values of its labels."""

NONE = "none"
"""Stands for what has no word."""
_FIRST_DAY = date(1970, 1, 1)
_LAST_ID = 2**63 - 1
_WRITTEN = (InboundState.ANSWERED, InboundState.FOLDED, InboundState.IGNORED)
"""Ends of a request that are never taken back."""
_Sort = Callable[[str | None, str | None], tuple[str, Labels]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of UTC from the first up to the second alone, or without an end."""

    first_day: int
    until_day: int | None = None

    @property
    def ids(self) -> tuple[int, int]:
        """From the first up to the second alone."""
        until = self.until_day
        return first_id_of(begin_of(self.first_day)), (
            _LAST_ID if until is None else first_id_of(begin_of(until))
        )

    def has(self, moment: ColumnElement[datetime]) -> ColumnElement[bool]:
        """That a moment is in it."""
        within = moment >= begin_of(self.first_day)
        return within if self.until_day is None else within & (moment < begin_of(self.until_day))

    def owns(self, row_id: ColumnElement[int]) -> ColumnElement[bool]:
        """That a row of this id is."""
        low, high = self.ids
        return (row_id >= low) & (row_id < high)


def begin_of(day: int) -> datetime:
    """The first moment of the day that is so many after 1970's first, by UTC."""
    return datetime.combine(_FIRST_DAY + timedelta(days=day), time.min, UTC)


def day_at(moment: datetime) -> int:
    """The number of the day of UTC."""
    return (moment.astimezone(UTC).date() - _FIRST_DAY).days


def counted(connection: Connection, stretch: Stretch, now: datetime) -> Counts:
    """Everything that is counted of these days, as the connection's transaction sees it."""
    found: defaultdict[tuple[str, Labels], float] = defaultdict(float)
    for name, labels, value in _all(connection, stretch, now):
        if value:
            found[name, labels] += float(value)
    return dict(found)


def _all(
    connection: Connection, stretch: Stretch, now: datetime
) -> Iterator[tuple[str, Labels, Any]]:
    yield from _requests(connection, stretch)
    yield from _texts(connection, stretch)
    yield from _events(connection, stretch)
    yield from _opinions(connection, stretch)
    yield from clock_counts(connection, stretch.ids, now)


def _requests(connection: Connection, stretch: Stretch) -> Iterator[tuple[str, Labels, Any]]:
    kinds = [inbound.c[n] for n in ("channel", "gateway", "state", "intent", "problem")]
    rows = select(*kinds, func.count()).where(stretch.owns(inbound.c.id)).group_by(*kinds)
    for channel, gateway, state, intent, problem, count in _rows(connection, rows):
        yield "sms_received_total", (channel, gateway), count
        if state in _WRITTEN:
            end = problem or state if state == InboundState.ANSWERED else state
            yield "sms_requests_total", (channel, intent or NONE, end), count


def _texts(connection: Connection, stretch: Stretch) -> Iterator[tuple[str, Labels, Any]]:
    o = outbound.c
    is_accepted, is_there = o.accepted_at.is_not(None), o.state == OutboundState.DELIVERED
    kinds = [o.gateway, o.kind, o.lane, o.rung, is_accepted, is_there]
    sums = func.sum(o.parts), func.sum(o.cost_rial), func.count() - func.count(o.cost_rial)
    rows = select(*kinds, func.count(), *sums).where(stretch.owns(o.id)).group_by(*kinds)
    for row in _rows(connection, rows):
        gateway, kind, lane, rung, accepted, there, count, parts, cost, unpriced = row
        yield "sms_rungs_total", (rung, kind), count
        if not accepted:
            continue
        way = (gateway or NONE, kind, lane)
        yield "sms_texts_accepted_total", way, count
        yield "sms_texts_delivered_total", way, count if there else 0
        yield "sms_parts_total", way, parts
        yield "sms_cost_rial_total", way[:1], cost
        yield "sms_unpriced_texts_total", way[:1], unpriced


def _events(connection: Connection, stretch: Stretch) -> Iterator[tuple[str, Labels, Any]]:
    kinds = events.c.what, events.c.reason
    # In its own words, so that SQLite takes the partial index, too.
    is_seldom = literal_column(f"({SELDOM_EVENTS.text})", String)
    rows = select(*kinds, func.count()).where(is_seldom, stretch.has(events.c.at))
    for what, reason, count in _rows(connection, rows.group_by(*kinds)):
        name, labels = _EVENTS[what](what, reason)
        yield name, labels, count


def _opinions(connection: Connection, stretch: Stretch) -> Iterator[tuple[str, Labels, Any]]:
    score = opinions.c.score
    rows = select(score, func.count()).where(stretch.has(opinions.c.at)).group_by(score)
    for given, count in _rows(connection, rows):
        yield "sms_opinions_total", (NONE if given is None else str(given),), count


def _rows(connection: Connection, wanted: Select[Any]) -> Iterator[Any]:
    yield from connection.execute(wanted)


def _alone(name: str) -> _Sort:
    return lambda _what, _reason: (name, ())


def _by_reason(name: str, usual: str = NONE) -> _Sort:
    return lambda _what, reason: (name, (reason or usual,))


def _badly(what: str | None, reason: str | None) -> tuple[str, Labels]:
    return "sms_bad_ends_total", (what or NONE, reason or NONE)


_EVENTS: Mapping[str, _Sort] = {
    "repeated": _by_reason("sms_repeats_total", "same_id"),
    "put_back": _by_reason("sms_put_back_total"),
    "queued": _by_reason("sms_retries_total"),
    "unknown": _by_reason("sms_unknown_outcomes_total"),
    "resent": _by_reason("sms_resent_total"),
    "promised": _alone("sms_promises_total"),
    "no_receipt": _alone("sms_no_receipt_total"),
    "redriven": _alone("sms_redriven_total"),
    "complete": _alone("sms_completed_total"),
    **dict.fromkeys(
        (
            *("unresolved", "expired", "refused", "undelivered"),
            *("cancelled", "blocked", "failed"),
        ),
        _badly,
    ),
}
"""What an event counts for."""
