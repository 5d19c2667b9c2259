"""What became of one request, hop by hop, under its tracking code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.ledger.tables import events, inbound, outbound


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that happened; states and reasons are machine words."""

    at: datetime
    what: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """One text to the phone: where it is, through whom, what it cost."""

    kind: str
    state: str
    reason: str | None
    gateway: str | None
    parts: int
    cost_rial: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """A request as the ledger holds it, without phone, text or bill ID."""

    code: str
    state: str
    reason: str | None
    channel: str
    intent: str | None
    problem: str | None
    folded_into: str | None
    """The tracking code of the request that answers this one as well."""
    answers: Sequence[Answered]
    hops: Sequence[Hop]


def timeline(engine: Engine, code: str) -> Timeline | None:
    """The request with this tracking code; None when there is none."""
    first = inbound.alias()
    request = (
        select(inbound, first.c.code.label("first_code"))
        .outerjoin(first, first.c.id == inbound.c.folded_into)
        .where(inbound.c.code == code)
    )
    went = select(outbound).where(outbound.c.code == code).order_by(outbound.c.id)
    happened = select(events).where(events.c.code == code).order_by(events.c.at, events.c.id)
    with reading(engine) as connection:
        row = connection.execute(request).first()
        if row is None:
            return None
        answers = [
            Answered(o.kind, o.state, o.reason, o.gateway, o.parts, o.cost_rial, o.attempts)
            for o in connection.execute(went)
        ]
        hops = [Hop(e.at, e.what, e.reason) for e in connection.execute(happened)]
    understood = (row.channel, row.intent, row.problem, row.first_code)
    return Timeline(code, row.state, row.reason, *understood, answers, hops)
