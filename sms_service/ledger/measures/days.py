"""Counts of finished days, kept, so that a look at all of them reads the last days alone.

A day is closed once two whole days lie behind it, and counted again every half day for two
months: a letter that was dead may be taken up again. No count is ever made smaller. Older days
are added up in one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, select

from sms_service.database import db_now, reading, writing
from sms_service.ledger.ids import moment_of
from sms_service.ledger.measures.counts import Counts, Labels, Stretch, counted, day_at
from sms_service.ledger.measures.tables import counted_days, counted_values
from sms_service.ledger.tables import inbound, outbound

_OPEN_DAYS = 2
"""Whole days before today that are counted anew each time."""
_AGAIN_AFTER = timedelta(hours=12)
_AGAIN_FOR_DAYS = 62
_ALL_BEFORE = 0
"""The day that stands for all that are too old to be counted again."""
_AT_ONCE = 20
"""Days closed in one turn: a ledger of years is caught up with in minutes."""


@dataclass(frozen=True, slots=True)
class Closed:
    """All days that are closed."""

    until_day: int | None
    """The first that isn't; None while none is."""
    counts: Counts


def closed(connection: Connection) -> Closed:
    """The closed days, as this transaction sees them."""
    v = counted_values.c
    sums = select(v.name, v.labels, func.sum(v.value)).group_by(v.name, v.labels)
    found = {(name, _labels(told)): value for name, told, value in connection.execute(sums)}
    last = connection.scalar(select(func.max(counted_days.c.day)))
    return Closed(None if last is None else last + 1, found)


def first_open_day(connection: Connection, until_day: int | None, now: datetime) -> int | None:
    """From which day on requests aren't counted yet; None: there are too many to look at now.

    That is so until the days of an old ledger are closed for the first time.
    """
    first = _first_day(connection, now) if until_day is None else until_day
    return None if first < day_at(now) - _OPEN_DAYS - 1 else first


class ClosingDays:
    """Closes days as they finish, and looks again at those that were closed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sweep(self) -> bool:
        """A bounded number of days; True when there may be more."""
        more = [self._close_next() for _ in range(_AT_ONCE)]
        if all(more):
            return True
        self._count_again()
        self._add_up()
        return False

    def _close_next(self) -> bool:
        # Counted before the transaction that writes: on SQLite nobody else writes meanwhile.
        with reading(self._engine) as connection:
            now = _now(connection)
            last = connection.scalar(select(func.max(counted_days.c.day)))
            day = _first_day(connection, now) if last is None else last + 1
            if day >= day_at(now) - _OPEN_DAYS:
                return False
            found = counted(connection, Stretch(day, day + 1), now)
        with writing(self._engine) as connection:
            _keep(connection, day, {}, found)
        return True

    def _count_again(self) -> None:
        d = counted_days.c
        with reading(self._engine) as connection:
            now = _now(connection)
            oldest = select(d.day).where(d.day > _ALL_BEFORE, d.counted_at < now - _AGAIN_AFTER)
            day = connection.scalar(oldest.order_by(d.counted_at).limit(1))
            if day is None:
                return
            before = _kept(connection, day)
            found = counted(connection, Stretch(day, day + 1), now)
        with writing(self._engine) as connection:
            _keep(connection, day, before, found)

    def _add_up(self) -> None:
        """Put the oldest day to those before it, once nothing of it moves any more."""
        d = counted_days.c
        with writing(self._engine) as connection:
            limit = day_at(_now(connection)) - _AGAIN_FOR_DAYS
            old = select(func.min(d.day)).where(d.day > _ALL_BEFORE, d.day < limit)
            day = connection.scalar(old)
            newest = connection.scalar(select(func.max(d.day)))
            if day is None or day == newest:
                return
            total = dict(_kept(connection, _ALL_BEFORE))
            for key, value in _kept(connection, day).items():
                total[key] = total.get(key, 0.0) + value
            _forget(connection, day)
            _keep(connection, _ALL_BEFORE, {}, total)


def _keep(connection: Connection, day: int, before: Counts, found: Counts) -> None:
    """Write a day's counts, none of them smaller than before."""
    names = before.keys() | found.keys()
    most = {key: max(before.get(key, 0.0), found.get(key, 0.0)) for key in names}
    _forget(connection, day)
    connection.execute(insert(counted_days).values(day=day, counted_at=db_now()))
    rows = [
        {"day": day, "name": name, "labels": json.dumps(labels), "value": value}
        for (name, labels), value in sorted(most.items())
    ]
    if rows:
        connection.execute(insert(counted_values), rows)


def _forget(connection: Connection, day: int) -> None:
    for table in (counted_values, counted_days):
        connection.execute(delete(table).where(table.c.day == day))


def _kept(connection: Connection, day: int) -> Mapping[tuple[str, Labels], float]:
    v = counted_values.c
    rows = connection.execute(select(v.name, v.labels, v.value).where(v.day == day))
    return {(name, _labels(told)): value for name, told, value in rows}


def _labels(told: str) -> Labels:
    return tuple(json.loads(told))


def _first_day(connection: Connection, now: datetime) -> int:
    """The day of the oldest request or text."""
    oldest = [connection.scalar(select(func.min(table.c.id))) for table in (inbound, outbound)]
    days = [day_at(moment_of(one)) for one in oldest if one is not None]
    return min([*days, day_at(now)])


def _now(connection: Connection) -> datetime:
    now: datetime = connection.execute(select(db_now())).scalar_one()
    return now.astimezone(UTC)
