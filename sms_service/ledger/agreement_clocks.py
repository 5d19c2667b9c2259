"""How long each stretch of a request's way took: percentiles by nearest rank."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Engine,
    Subquery,
    case,
    func,
    literal_column,
    select,
    text,
)

from sms_service.database import reading, writing
from sms_service.ledger.moments import elapsed
from sms_service.service.agreement_counts import Percentiles
from sms_service.service.agreement_rules import CLOCKS, SHARES, Kind, State

_ROOMY = (text("SET LOCAL work_mem = '64MB'"), text("SET LOCAL jit = off"))
"""A month is sorted in memory, and read in less time than its statement takes to compile."""


@contextmanager
def counting(engine: Engine) -> Iterator[Connection]:
    """A connection for statements that read a whole month."""
    if engine.dialect.name != "postgresql":
        with reading(engine) as connection:
            yield connection
        return
    with writing(engine) as connection:
        for setting in _ROOMY:
            connection.execute(setting)
        yield connection


def percentiles(connection: Connection, told: Subquery) -> Mapping[str, Percentiles]:
    """The clocks of counted requests, by their names."""
    durations = (stretch(told, name).label(name) for name in CLOCKS)
    lasted = select(told.c.kind, *durations)
    if connection.dialect.name == "postgresql":
        # Each duration is worked out once, and not for each of its uses.
        return _by_aggregates(connection, lasted.cte("lasted").prefix_with("MATERIALIZED"))
    counted = lasted.where(told.c.kind == Kind.COUNTED).subquery()
    return {name: _by_order(connection, counted.c[name]) for name in CLOCKS}


def stretch(told: Subquery, name: str) -> ColumnElement[float]:
    """One clock's duration of a request; nothing where it can't be told."""
    since, until = {
        "gateway_to_us": (told.c.sent_at, told.c.received_at),
        "ours": (
            told.c.received_at,
            case((told.c.state == State.SHOWN, told.c.handed_at), else_=told.c.begun_at),
        ),
        "us_to_gateway": (told.c.begun_at, told.c.handed_at),
        "gateway_to_phone": (told.c.handed_at, told.c.delivered_at),
        "whole": (told.c.received_at, told.c.handed_at),
    }[name]
    return elapsed(since, until)


def _by_aggregates(connection: Connection, lasted: CTE) -> Mapping[str, Percentiles]:
    told_shares = ", ".join(map(str, SHARES))
    shares: ColumnElement[Any] = literal_column(f"ARRAY[{told_shares}]::double precision[]")
    asked: list[ColumnElement[Any]] = []
    # Here and not inside: there the planner would expect a two-hundredth of the month.
    is_counted = lasted.c.kind == Kind.COUNTED
    for name in CLOCKS:
        ordered = func.percentile_disc(shares).within_group(lasted.c[name])
        asked += [func.count(lasted.c[name]).filter(is_counted), ordered.filter(is_counted)]
    row = connection.execute(select(*asked)).one()
    return {
        name: Percentiles(row[2 * at], *_not_negative(row[2 * at + 1] or [None] * len(SHARES)))
        for at, name in enumerate(CLOCKS)
    }


def _by_order(connection: Connection, lasted: ColumnElement[float]) -> Percentiles:
    counting = select(func.count(lasted))
    count = int(connection.execute(counting).scalar_one())
    if not count:
        return Percentiles(0)
    in_order = select(lasted).where(lasted.is_not(None)).order_by(lasted)
    found = [
        connection.execute(in_order.limit(1).offset(ceil(share * count) - 1)).scalar_one()
        for share in SHARES
    ]
    return Percentiles(count, *_not_negative(found))


def _not_negative(found: Sequence[float | None]) -> list[float | None]:
    """A gateway's clock may be ahead of ours: then a text came at once."""
    return [None if seconds is None else max(0.0, float(seconds)) for seconds in found]
