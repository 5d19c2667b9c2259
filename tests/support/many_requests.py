"""A year of lifelike requests in the ledger, fast enough for millions."""

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, Engine, LargeBinary, Table

from sms_service.database import Instant, writing
from sms_service.domain.calendar import TEHRAN, gregorian_of, jalali_of, tehran_day
from sms_service.ledger.vault import Vault
from tests.support.request_lives import DAY, SECOND, Book, People
from tests.support.request_stories import Outage, Stories

_AT_ONCE = 20_000
_KEPT_DAYS = 90
_OUTAGES_OF_SOURCE, _OUTAGES_OF_GATEWAY = 6, 8
_BUSY = (2, 1, 1, 1, 1, 2, 4, 8, 14, 18, 18, 16, 14, 12, 11, 12, 13, 14, 14, 13, 12, 10, 7, 4)
"""How much of a day's requests come in each of its hours."""
_FRIDAY = 4

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """What was written."""

    requests: int
    """Rows of ``inbound``: those asked for, and the repeats folded into some of them."""
    first_at: datetime
    last_at: datetime


def fill_requests(
    engine: Engine,
    vault: Vault,
    *,
    requests: int,
    seed: int = 1,
    until: datetime | None = None,
) -> Filled:
    """Fill the ledger's empty tables with requests of twelve Jalali months up to ``until``, now.

    Of all channels, intents, problems and ends, with their events as the service writes them:
    promises while the billing source was away, breaches while the gateway was, repeats, opinions,
    second attempts, costs. The newest are on their way still; texts and phones older than 90 days
    are erased. The same seed and moment give the same, but for ciphers. Runs ANALYZE at the end.
    """
    last = until or datetime.now(UTC)
    first = _a_year_before(last)
    chance = random.Random(seed)
    people = People(vault, requests, chance)
    book = Book(people, _micros(last), _micros(last - timedelta(days=_KEPT_DAYS)), chance)
    stories = Stories(book)
    outages = _outages(_micros(first), _micros(last), chance)
    begins = [outage.begins for outage in outages]
    written = 0
    for told, at in enumerate(_arrivals(first, last, requests, chance)):
        if told % _AT_ONCE == 0:
            _write(engine, book)
        near = outages[bisect_right(begins, at) - 1] if at >= begins[0] else None
        written += stories.tell(at, near if near and at < near.ends else None)
    _write(engine, book)
    _analyse(engine)
    return Filled(written, first, last)


def _a_year_before(moment: datetime) -> datetime:
    """The first day of this Jalali month, a year ago."""
    today = jalali_of(tehran_day(moment))
    year, month = (today.year - 1, today.month + 1) if today.month < 12 else (today.year, 1)
    day = gregorian_of(year, month, 1)
    return datetime(day.year, day.month, day.day, tzinfo=TEHRAN)


def _arrivals(first: datetime, last: datetime, count: int, chance: random.Random) -> Iterator[int]:
    """Moments in order: more by day than by night, fewer on Fridays, ever more over the year."""
    begin, end = _micros(first), _micros(last)
    hour = 3600 * SECOND
    hours = list(range(begin, end, hour))
    weights = []
    for number, at in enumerate(hours):
        local = datetime.fromtimestamp(at / SECOND, TEHRAN)
        weight = _BUSY[local.hour] * (0.6 if local.weekday() == _FRIDAY else 1)
        weights.append(weight * (1 + number / len(hours)))
    share, done = count / sum(weights), 0.0
    for at, weight in zip(hours, weights, strict=True):
        before, done = done, done + weight * share
        length = min(hour, end - at)
        yield from sorted(
            at + int(length * chance.random()) for _ in range(round(done) - round(before))
        )


def _outages(begin: int, end: int, chance: random.Random) -> Sequence[Outage]:
    """Some hours of a year; the last one isn't over yet."""
    found = []
    for number in range(_OUTAGES_OF_SOURCE + _OUTAGES_OF_GATEWAY):
        begins = begin + int((end - begin - 2 * DAY) * chance.random())
        minutes = chance.randrange(15, 90)
        outage = Outage(begins, begins + 60 * minutes * SECOND, number < _OUTAGES_OF_SOURCE)
        found.append(outage)
    now = Outage(end - 1200 * SECOND, end + 3600 * SECOND, of_source=False)
    return sorted([*found, now], key=lambda outage: outage.begins)


def _micros(moment: datetime) -> int:
    return int(moment.timestamp() * SECOND)


def _write(engine: Engine, book: Book) -> None:
    with writing(engine) as connection:
        for table, rows in book.rows.items():
            if not rows:
                continue
            if engine.dialect.name == "postgresql":
                _copy(connection, table, rows)
            else:
                _insert(connection, table, rows)
            rows.clear()


def _copy(connection: Any, table: Table, rows: Sequence[Row]) -> None:
    columns = _given(table, rows)
    names = ", ".join(column.name for _, column in columns)
    writers = [(place, _writer(column.type)) for place, column in columns]
    driver = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        lines = ("\t".join([write(row[place]) for place, write in writers]) for row in rows)
        copy.write("\n".join(lines) + "\n")


def _insert(connection: Any, table: Table, rows: Sequence[Row]) -> None:
    columns = _given(table, rows)
    names = ", ".join(column.name for _, column in columns)
    marks = ", ".join("?" for _ in columns)
    driver = connection.connection.driver_connection
    picked = [tuple(row[place] for place, _ in columns) for row in rows]
    driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", picked)


def _given(table: Table, rows: Sequence[Row]) -> Sequence[tuple[int, Column[Any]]]:
    """Columns that no row fills are left to their defaults."""
    return [
        (place, column)
        for place, column in enumerate(table.columns)
        if any(row[place] is not None for row in rows)
    ]


def _writer(kind: Any) -> Callable[[Any], str]:
    if isinstance(kind, Instant):
        return _moment
    return _bytes if isinstance(kind, LargeBinary) else _plain


def _plain(value: Any) -> str:
    return "\\N" if value is None else str(value)


def _bytes(value: bytes | None) -> str:
    return "\\N" if value is None else f"\\\\x{value.hex()}"


def _moment(value: int | None) -> str:
    return "\\N" if value is None else datetime.fromtimestamp(value / SECOND, UTC).isoformat()


def _analyse(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
