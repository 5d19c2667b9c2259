"""The agreement's clocks of a range of ids, sorted into the buckets of a histogram."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, case, func, literal, select, union_all

from sms_service.ledger.agreement_clocks import stretch
from sms_service.ledger.agreement_facts import Cut, requests_of
from sms_service.metrics.catalogue import CLOCK_BOUNDS
from sms_service.service.agreement_rules import CLOCKS, Kind

_AGES = timedelta(days=40_000)
"""Whatever a clock said when a row was stored, its id decides what is counted."""


def clock_counts(
    connection: Connection, ids: tuple[int, int], now: datetime
) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """For each channel and clock: how many fell into a bucket, by its number, and their sum.

    Of requests that are answered and counted by the agreement: both are settled for good, and
    each duration is one of two moments that are written once.
    """
    told = requests_of(Cut(now - _AGES, now + timedelta(days=1), now, ids=ids))
    durations = (stretch(told, name).label(name) for name in CLOCKS)
    wanted = (told.c.kind == Kind.COUNTED) & told.c.answered_at.is_not(None)
    lasted = select(told.c.channel, *durations).where(wanted).cte("lasted")
    lasted = lasted.prefix_with("MATERIALIZED", dialect="postgresql")
    each = union_all(
        *(
            select(lasted.c.channel, literal(name).label("clock"), _not_negative(lasted.c[name]))
            for name in CLOCKS
        )
    ).subquery()
    bucket = _bucket(each.c.seconds).label("bucket")
    groups = (each.c.channel, each.c.clock, bucket)
    rows = (
        select(*groups, func.count(), func.sum(each.c.seconds))
        .where(each.c.seconds.is_not(None))
        .group_by(*groups)
    )
    for channel, clock, number, count, seconds in connection.execute(rows):
        yield "sms_clock_seconds_bucket", (channel, clock, str(number)), count
        yield "sms_clock_seconds_sum", (channel, clock), seconds


def _not_negative(seconds: ColumnElement[float]) -> ColumnElement[float]:
    """A gateway's clock may be ahead of ours: then a text came at once."""
    return case((seconds < 0, 0.0), else_=seconds).label("seconds")


def _bucket(seconds: ColumnElement[float]) -> ColumnElement[int]:
    bounds = ((seconds <= bound, number) for number, bound in enumerate(CLOCK_BOUNDS))
    return case(*bounds, else_=len(CLOCK_BOUNDS))
