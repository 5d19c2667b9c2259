"""Sums with moments that PostgreSQL and SQLite write each in its own way."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from sms_service.database import Instant

_FIRST_DAY = date(1970, 1, 1)


class _Later(FunctionElement[datetime]):
    name = "later"
    type = Instant()
    inherit_cache = True


class _Elapsed(FunctionElement[float]):
    name = "elapsed"
    type = Float()
    inherit_cache = True


class _DayNumber(FunctionElement[int]):
    name = "day_number"
    type = Integer()
    inherit_cache = True


def later(
    moment: ColumnElement[datetime], seconds: ColumnElement[float]
) -> FunctionElement[datetime]:
    """So many seconds after the moment."""
    return _Later(moment, seconds)


def elapsed(
    since: ColumnElement[datetime], until: ColumnElement[datetime]
) -> FunctionElement[float]:
    """Seconds between two moments."""
    return _Elapsed(since, until)


def day_number(
    moment: ColumnElement[datetime], offset_seconds: ColumnElement[int]
) -> FunctionElement[int]:
    """The day of a moment where clocks are so far ahead of UTC; ``day_of`` makes it a date."""
    return _DayNumber(moment, offset_seconds)


def day_of(number: int) -> date:
    """The date of a ``day_number``."""
    return _FIRST_DAY + timedelta(days=number)


@compiles(_Later, "postgresql")
def _later_on_postgresql(element: _Later, compiler: Any, **kw: Any) -> str:
    moment, seconds = (compiler.process(one, **kw) for one in element.clauses)
    return f"({moment} + make_interval(secs => {seconds}))"


@compiles(_Later, "sqlite")
def _later_on_sqlite(element: _Later, compiler: Any, **kw: Any) -> str:
    moment, seconds = (compiler.process(one, **kw) for one in element.clauses)
    return f"({moment} + CAST({seconds} * 1000000 AS INTEGER))"


@compiles(_Elapsed, "postgresql")
def _elapsed_on_postgresql(element: _Elapsed, compiler: Any, **kw: Any) -> str:
    since, until = (compiler.process(one, **kw) for one in element.clauses)
    return f"CAST(extract(epoch FROM ({until} - {since})) AS double precision)"


@compiles(_Elapsed, "sqlite")
def _elapsed_on_sqlite(element: _Elapsed, compiler: Any, **kw: Any) -> str:
    since, until = (compiler.process(one, **kw) for one in element.clauses)
    return f"(({until} - {since}) / 1000000.0)"


@compiles(_DayNumber, "postgresql")
def _day_on_postgresql(element: _DayNumber, compiler: Any, **kw: Any) -> str:
    moment, offset = (compiler.process(one, **kw) for one in element.clauses)
    # By an offset that is given, since the server may know an older Tehran than we do.
    local = f"(({moment} AT TIME ZONE 'UTC') + make_interval(secs => {offset}))"
    return f"(CAST({local} AS date) - DATE '1970-01-01')"


@compiles(_DayNumber, "sqlite")
def _day_on_sqlite(element: _DayNumber, compiler: Any, **kw: Any) -> str:
    moment, offset = (compiler.process(one, **kw) for one in element.clauses)
    return f"(({moment} / 1000000 + {offset}) / 86400)"
