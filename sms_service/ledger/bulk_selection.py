"""Finding what ended badly: by the small indexes of bad ends, never by reading all requests."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    select,
    union,
)

from sms_service.domain.states import InboundState, OutboundState, ReplyKind
from sms_service.ledger.desk_tables import bulk_items, bulk_runs
from sms_service.ledger.ids import first_id_of
from sms_service.ledger.tables import inbound, opt_outs, outbound
from sms_service.service.bulk_choosing import Answered, Around
from sms_service.service.bulk_terms import (
    FAILED_REQUEST,
    Candidate,
    ItemState,
    Last,
    RunState,
    Wanted,
)

_AT_ONCE = 1000
_LATELY = 50_000
"""So many attempts are looked through for what a part costs."""
_PRICES = 500
_GOT = (OutboundState.ACCEPTED, OutboundState.AT_OPERATOR, OutboundState.DELIVERED)
_OPEN = (InboundState.RECEIVED, InboundState.ANSWERING)


def ended_badly(connection: Connection, wanted: Wanted, most: int) -> Sequence[int]:
    """Requests of the range of which some attempt ended as wished, newest first."""
    found = _with_bad_ends(wanted).subquery()
    newest = select(found.c.id).order_by(found.c.id.desc()).limit(most)
    return connection.execute(newest).scalars().all()


def in_portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The same, some at a time."""
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def candidates(connection: Connection, ids: Sequence[int]) -> Sequence[Candidate]:
    """These requests as they stand, newest first."""
    rows = select(inbound).where(inbound.c.id.in_(ids)).order_by(inbound.c.id.desc())
    last = _last_attempts(connection, ids)
    return [_candidate(row, last.get(row.id)) for row in connection.execute(rows)]


def around(connection: Connection, found: Sequence[Candidate], own_run: int = 0) -> Around:
    """What else is known of them; ``own_run`` isn't another run."""
    phones = list({one.phone_hash for one in found})
    ids = [one.inbound_id for one in found]
    stopped = select(opt_outs.c.phone_hash).where(opt_outs.c.phone_hash.in_(phones))
    others = (
        select(bulk_items.c.inbound_id)
        .join(bulk_runs, bulk_runs.c.id == bulk_items.c.bulk_id)
        .where(
            bulk_runs.c.state.in_([RunState.RUNNING, RunState.PAUSED]),
            bulk_runs.c.id != own_run,
            bulk_items.c.inbound_id.in_(ids),
            bulk_items.c.state == ItemState.WAITING,
        )
    )
    return Around(
        set(connection.execute(stopped).scalars()),
        set(connection.execute(others).scalars()),
        _answered(connection, phones, min(ids, default=0)),
    )


def rial_a_part(connection: Connection) -> float | None:
    """What a part cost lately; None where no gateway told a price."""
    o = outbound.c
    newest = select(o.cost_rial, o.parts).order_by(o.id.desc()).limit(_LATELY).subquery()
    priced = select(newest).where(newest.c.cost_rial.is_not(None)).limit(_PRICES).subquery()
    total = select(func.sum(priced.c.cost_rial), func.sum(priced.c.parts))
    cost, parts = connection.execute(total).one()
    return float(cost) / float(parts) if parts else None


def _with_bad_ends(wanted: Wanted) -> Any:
    first, behind = first_id_of(wanted.since), first_id_of(wanted.until)
    within = (inbound.c.id >= first) & (inbound.c.id < behind)
    ends = sorted(wanted.states - {FAILED_REQUEST})
    ways: list[Select[Any]] = []
    if ends:
        ways.append(
            select(inbound.c.id)
            .join(outbound, outbound.c.inbound_id == inbound.c.id)
            .where(
                within,
                _is_one_of(outbound.c.state, ends),
                outbound.c.kind == ReplyKind.ANSWER,
                outbound.c.id >= first,
            )
        )
    if FAILED_REQUEST in wanted.states:
        failed = _is_one_of(inbound.c.state, [InboundState.FAILED])
        ways.append(select(inbound.c.id).where(within, failed))
    return union(*ways)


def _is_one_of(column: ColumnElement[str], states: Sequence[str]) -> ColumnElement[bool]:
    """Written out, so that a partial index is known to serve."""
    named = [str(state) for state in states]
    if len(named) == 1:
        return column == bindparam(None, named[0], literal_execute=True)
    return column.in_(bindparam(None, named, expanding=True, literal_execute=True))


def _last_attempts(connection: Connection, ids: Sequence[int]) -> Mapping[int, Last]:
    """By request: the attempt that no other follows."""
    o = outbound.c
    rows = connection.execute(
        select(o.id, o.inbound_id, o.parent_id, o.state, o.gateway, o.parts)
        .where(o.inbound_id.in_(ids), o.kind == ReplyKind.ANSWER)
        .order_by(o.id)
    ).all()
    followed = {row.parent_id for row in rows}
    return {
        row.inbound_id: Last(row.id, OutboundState(row.state), row.gateway, row.parts)
        for row in rows
        if row.id not in followed
    }


def _candidate(row: Row[Any], last: Last | None) -> Candidate:
    return Candidate(
        row.id,
        row.code,
        row.channel,
        row.phone_hash,
        is_erased=row.phone_cipher is None,
        is_open=row.state in _OPEN,
        is_failed=row.state == InboundState.FAILED,
        bill_id=row.bill_id,
        intent=row.intent,
        last=last,
    )


def _answered(
    connection: Connection, phones: Sequence[bytes], since: int
) -> Mapping[bytes, Sequence[Answered]]:
    i, o = inbound.c, outbound.c
    later = (
        select(i.id, i.phone_hash, i.bill_id, i.intent)
        .join(outbound, o.inbound_id == i.id)
        .where(i.phone_hash.in_(phones), i.id > since, o.kind == ReplyKind.ANSWER)
        .where(o.state.in_(_GOT))
    )
    found: dict[bytes, list[Answered]] = {}
    for row in connection.execute(later):
        found.setdefault(row.phone_hash, []).append(Answered(*row))
    return found
