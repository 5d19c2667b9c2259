"""What the agreement's report counts, in a few statements over the ids of a month."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Integer,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from sms_service.database import Instant, db_now, reading
from sms_service.ledger.agreement_clocks import counting, percentiles
from sms_service.ledger.agreement_facts import (
    Cut,
    by_piece,
    is_true,
    requests_of,
    touched_by,
    verdict,
    within,
)
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.moments import day_number, day_of, elapsed
from sms_service.ledger.tables import events, inbound, opinions, outbound
from sms_service.service.agreement_counts import (
    Judged,
    Percentiles,
    Spent,
    Tally,
    Wanted,
)
from sms_service.service.agreement_rules import Kind, State, Verdict

_IDS_AT_ONCE = first_id_of(datetime.fromtimestamp(6 * 3600, UTC)) - first_id_of(
    datetime.fromtimestamp(0, UTC)
)
"""The ids of six hours: so many requests are read out at a time."""
_JUDGED_BY_THE_CLOCK = (Kind.COUNTED, Kind.CONTINUATION)


class AgreementFigures:
    """Counts, and never holds more than groups of rows in memory."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def now(self) -> datetime:
        """The ledger's clock."""
        with reading(self._engine) as connection:
            now: datetime = connection.execute(select(db_now())).scalar_one()
            return now

    def first_received(self) -> datetime | None:
        """When the oldest request came; None while there is none."""
        oldest = select(inbound.c.received_at).order_by(inbound.c.id).limit(1)
        with reading(self._engine) as connection:
            came: datetime | None = connection.execute(oldest).scalar()
            return came

    def tallies(self, wanted: Wanted) -> list[Tally]:
        """All requests of the month, counted in groups."""
        with counting(self._engine) as connection:
            rows = connection.execute(tally_query(wanted)).all()
        return [
            Tally(
                day_of(row.day),
                row.channel,
                Kind(row.kind),
                Verdict(row.verdict),
                row.end,
                bool(row.spared),
                *(row.requests, float(row.seconds or 0), row.complete, row.shortened),
                *(int(row.parts or 0), int(row.cost_rial or 0), row.unpriced, row.asked_opinion),
            )
            for row in rows
        ]

    def clocks(self, wanted: Wanted) -> Mapping[str, Percentiles]:
        """How long each stretch of the way took, of counted requests; nearest rank."""
        with counting(self._engine) as connection:
            return percentiles(connection, requests_of(cut_of(wanted)))

    def opinions(self, wanted: Wanted) -> Mapping[int | None, int]:
        """Opinions that came in the month, by score; None: words alone."""
        begin, end = wanted.time
        at = opinions.c.at
        came = and_(at >= begin, at < end, at <= literal(wanted.as_of, Instant()))
        counted = select(opinions.c.score, func.count()).where(came).group_by(opinions.c.score)
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(counted)}

    def repeats(self, wanted: Wanted) -> int:
        """How often a gateway told a text once more that we had."""
        begin, end = wanted.time
        again = select(func.count()).where(
            events.c.what == literal_column("'repeated'", String),
            and_(events.c.at >= begin, events.c.at < end, events.c.at <= wanted.as_of),
            # Same words under another id are requests folded, and counted as such.
            or_(events.c.reason.is_(None), events.c.reason != "same_text"),
        )
        with reading(self._engine) as connection:
            return int(connection.execute(again).scalar_one())

    def spent_beside(self, wanted: Wanted) -> Mapping[str, Spent]:
        """Promises and resends, handed over by then, for requests of the month."""
        cut = cut_of(wanted)
        low, high = cut.id_range
        is_promise = outbound.c.kind == "promise"
        is_resent = outbound.c.id.in_(select(resends.c.outbound_id))
        what = case((is_promise, "promise"), else_="resend")
        spent = (
            select(what, *_sums(outbound.c.parts, outbound.c.cost_rial))
            .select_from(outbound.join(inbound, inbound.c.id == outbound.c.inbound_id))
            .where(
                and_(outbound.c.inbound_id >= low, outbound.c.inbound_id < high),
                or_(is_promise, outbound.c.parent_id.is_not(None), is_resent),
                outbound.c.accepted_at <= literal(wanted.as_of, Instant()),
                *within(cut),
            )
            .group_by(what)
        )
        with counting(self._engine) as connection:
            return {name: Spent(*map(int, sums)) for name, *sums in connection.execute(spent)}

    def lost(self, wanted: Wanted) -> Sequence[str]:
        """Codes of answers that were lost as of the moment wanted."""
        told = requests_of(cut_of(wanted))
        lost = select(told.c.code).where(told.c.lost).order_by(told.c.id)
        with reading(self._engine) as connection:
            return list(connection.execute(lost).scalars())

    def requests(self, wanted: Wanted) -> Iterator[Judged]:
        """Each request of the month, in the order of ids."""
        lost, cut = frozenset(wanted.lost), cut_of(wanted)
        low, high = cut.id_range
        for first in range(low, high, _IDS_AT_ONCE):
            told = requests_of(replace(cut, ids=(first, first + _IDS_AT_ONCE)))
            kept = [told.c[field.name] for field in fields(Judged)]
            part = select(*kept, told.c.overtaken).order_by(told.c.id)
            with reading(self._engine) as connection:
                rows = connection.execute(part).all()
            yield from (_judged(row, lost) for row in rows)


def cut_of(wanted: Wanted) -> Cut:
    """The requests that came in the month, as of the moment wanted."""
    return Cut(*wanted.time, wanted.as_of)


def tally_query(wanted: Wanted) -> Select[Any]:
    """Everything that is counted of requests, in one statement."""
    told = requests_of(cut_of(wanted))
    offset = by_piece(told, wanted.pieces, lambda piece: piece.offset_seconds)
    was_handed = told.c.handed_at.is_not(None)
    keys = [
        day_number(told.c.received_at, offset).label("day"),
        told.c.channel,
        told.c.kind,
        case(
            (told.c.kind.in_(_JUDGED_BY_THE_CLOCK), verdict(told, wanted.pieces, wanted.as_of)),
            else_=Verdict.OPEN,
        ).label("verdict"),
        told.c.end,
        touched_by(told, wanted.force_majeure).label("spared"),
    ]
    judged = select(
        *keys,
        elapsed(told.c.received_at, told.c.handed_at).label("seconds"),
        told.c.fulfilment,
        case((was_handed, told.c.parts)).label("parts"),
        case((was_handed, told.c.cost_rial)).label("cost_rial"),
        and_(told.c.asked_opinion, was_handed).label("asked_opinion"),
    )
    # So that parallel workers judge the requests, and one process only adds up.
    one = judged.cte("one").prefix_with("MATERIALIZED", dialect="postgresql")
    _, *sums = _sums(one.c.parts, one.c.cost_rial)
    groups = [one.c[key.name] for key in keys]
    return select(
        *groups,
        func.count().label("requests"),
        func.sum(one.c.seconds).label("seconds"),
        _count(one.c.fulfilment == "complete").label("complete"),
        _count(one.c.fulfilment == "shortened").label("shortened"),
        *sums,
        _count(one.c.asked_opinion).label("asked_opinion"),
    ).group_by(*groups)


def _sums(parts: ColumnElement[int], cost: ColumnElement[int]) -> list[ColumnElement[int]]:
    """Texts, their parts, what they cost, and how many have no price."""
    return [
        func.count().label("texts"),
        func.coalesce(func.sum(parts), 0).label("parts"),
        func.coalesce(func.sum(cost), 0).label("cost_rial"),
        _count(and_(cost.is_(None), parts.is_not(None))).label("unpriced"),
    ]


def _count(condition: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(func.sum(cast(is_true(condition), Integer)), 0)


def _judged(row: Any, lost: Container[str]) -> Judged:
    state = State(row.state)
    if row.overtaken and state is State.HANDED and row.code in lost:
        state = State.LOST
    return Judged(
        *(row.id, row.code, row.channel, Kind(row.kind)),
        *(row.received_at, row.handed_at, row.delivered_at, state),
        *(bool(row.apologised), row.parts, row.cost_rial, row.fulfilment),
    )
