"""What went wrong with the database, in one line that holds no value of any row."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

_FULL = "its disk is full"
_LOCKED = "someone else holds a lock that didn't go in time"
_OLD = "its tables aren't of this version: run sms-service db upgrade"

_ON_POSTGRESQL: tuple[tuple[type[BaseException], str], ...] = (
    (errors.DiskFull, _FULL),
    (errors.LockNotAvailable, _LOCKED),
    (errors.DeadlockDetected, _LOCKED),
    (errors.UndefinedTable, _OLD),
    (errors.UndefinedColumn, _OLD),
    (errors.QueryCanceled, "it ended a statement before its end"),
)
_ON_SQLITE = {"SQLITE_FULL": _FULL, "SQLITE_BUSY": _LOCKED, "SQLITE_READONLY": "it is read-only"}


def told(error: BaseException) -> str:
    """The kind of a failure in words; a driver's own message may hold values of a row."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    for kind, words in _ON_POSTGRESQL:
        if isinstance(cause, kind):
            return words
    if isinstance(cause, sqlite3.OperationalError):
        if str(cause).startswith(("no such table", "no such column")):
            return _OLD
        return _ON_SQLITE.get(getattr(cause, "sqlite_errorname", ""), type(cause).__name__)
    return type(cause).__name__


def is_busy(error: DBAPIError) -> bool:
    """Whether SQLite's lock was someone else's."""
    return getattr(error.orig, "sqlite_errorname", "") == "SQLITE_BUSY"


@contextmanager
def failures_told(as_what: Callable[[str], Exception]) -> Iterator[None]:
    """Raise a failure of the database as this exception, its words behind one another."""
    try:
        yield
    except (SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        raise as_what(f"the database failed: {told(error)}") from None
