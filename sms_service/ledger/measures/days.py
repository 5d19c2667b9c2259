"""Counts of finished days, kept, so that a look at all of them reads the last days alone.

A day is closed once two whole days lie behind it, and counted again each time that its age has
doubled, for two months: a letter that was dead may be taken up again. No count is ever made
smaller. Older days are added up, and counted in one where a ledger is old when it is closed
for the first time.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select

from sms_service.database import db_now, reading, writing
from sms_service.ledger.ids import moment_of
from sms_service.ledger.measures.counts import Counts, Labels, Stretch, begin_of, counted, day_at
from sms_service.ledger.measures.tables import counted_days, counted_values
from sms_service.ledger.tables import inbound, outbound

_OPEN_DAYS = 2
"""Whole days before today that are counted anew each time."""
_AGAIN_FOR_DAYS = 62
_OLD_DAYS_AT_ONCE = 7
_AT_ONCE = 8
"""Stretches closed in one turn: a ledger of years is caught up with in minutes."""


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
    last = _last_day(connection)
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
        if all(self._close_next() for _ in range(_AT_ONCE)):
            return True
        self._count_again()
        self._add_up()
        return False

    def _close_next(self) -> bool:
        # Counted before the transaction that writes: on SQLite nobody else writes meanwhile.
        with reading(self._engine) as connection:
            now = _now(connection)
            last = _last_day(connection)
            first = _first_day(connection, now) if last is None else last + 1
            day = _last_of_stretch(first, day_at(now))
            if day >= day_at(now) - _OPEN_DAYS:
                return False
            found = counted(connection, Stretch(first, day + 1), now)
        with writing(self._engine) as connection:
            _keep(connection, (first, day), found)
        return True

    def _count_again(self) -> None:
        """One day whose age has doubled since it was counted, the oldest first."""
        d = counted_days.c
        with reading(self._engine) as connection:
            now = _now(connection)
            recent = d.first_day >= day_at(now) - _AGAIN_FOR_DAYS
            rows = connection.execute(select(counted_days).where(recent).order_by(d.day))
            row = next((one for one in rows if _has_doubled(one, now)), None)
            if row is None:
                return
            found = counted(connection, Stretch(row.first_day, row.day + 1), now)
        with writing(self._engine) as connection:
            before = _kept(connection, row.day)
            most = {key: max(before.get(key, 0.0), value) for key, value in found.items()}
            _forget(connection, row.day)
            _keep(connection, (row.first_day, row.day), {**before, **most})

    def _add_up(self) -> None:
        """Put the oldest days together, once nothing of them moves any more."""
        with writing(self._engine) as connection:
            limit = day_at(_now(connection)) - _AGAIN_FOR_DAYS
            old = list(_before(connection, limit))
            if len(old) < 2:
                return
            total: dict[tuple[str, Labels], float] = {}
            for row in old:
                for key, value in _kept(connection, row.day).items():
                    total[key] = total.get(key, 0.0) + value
                _forget(connection, row.day)
            _keep(connection, (old[0].first_day, old[-1].day), total)


def _has_doubled(row: Row[Any], now: datetime) -> bool:
    begins, counted_at = begin_of(row.first_day), row.counted_at
    is_twice_as_old: bool = now - begins >= 2 * (counted_at - begins)
    return is_twice_as_old


def _last_of_stretch(first: int, today: int) -> int:
    """A day by itself, or several of those that won't be counted again."""
    limit = today - _AGAIN_FOR_DAYS
    return min(first + _OLD_DAYS_AT_ONCE, limit) - 1 if first < limit else first


def _keep(connection: Connection, days: tuple[int, int], found: Counts) -> None:
    """Write the counts of these days, of which the last names them."""
    first, last = days
    connection.execute(insert(counted_days).values(day=last, first_day=first, counted_at=db_now()))
    rows = [
        {"day": last, "name": name, "labels": json.dumps(labels), "value": value}
        for (name, labels), value in sorted(found.items())
    ]
    if rows:
        connection.execute(insert(counted_values), rows)


def _forget(connection: Connection, day: int) -> None:
    for table in (counted_values, counted_days):
        connection.execute(delete(table).where(table.c.day == day))


def _before(connection: Connection, day: int) -> Iterator[Any]:
    d = counted_days.c
    yield from connection.execute(select(d.first_day, d.day).where(d.day < day).order_by(d.day))


def _kept(connection: Connection, day: int) -> Mapping[tuple[str, Labels], float]:
    v = counted_values.c
    rows = connection.execute(select(v.name, v.labels, v.value).where(v.day == day))
    return {(name, _labels(told)): value for name, told, value in rows}


def _labels(told: str) -> Labels:
    return tuple(json.loads(told))


def _last_day(connection: Connection) -> int | None:
    last: int | None = connection.scalar(select(func.max(counted_days.c.day)))
    return last


def _first_day(connection: Connection, now: datetime) -> int:
    """The day of the oldest request or text."""
    oldest = [connection.scalar(select(func.min(table.c.id))) for table in (inbound, outbound)]
    days = [day_at(moment_of(one)) for one in oldest if one is not None]
    return min([*days, day_at(now)])


def _now(connection: Connection) -> datetime:
    now: datetime = connection.execute(select(db_now())).scalar_one()
    return now.astimezone(UTC)
