"""Changing the schema of a PostgreSQL that is being used: one host at a time, never in the way.

A statement that waits for a table keeps everybody waiting who comes after it, readers too.
So none waits long: it gives up, lets them pass, and tries again.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import OperationalError

LOCK_SECONDS = 0.5
"""So long a change of the schema may keep others from a table before it lets them pass: shorter
than a webhook waits for its row, so that no text is refused for it."""
_TURN = 0x534D5353
"""PostgreSQL's advisory lock of who changes the schema."""
_LOOK_AGAIN_SECONDS = 0.25
_IN_THE_WAY = frozenset({"55P03", "40P01"})
"""lock_not_available and deadlock_detected: somebody else holds what is needed."""


class SchemaBusy(Exception):
    """The schema couldn't be changed in time; what it says is one line."""


def change_in_turn(engine: Engine, change: Callable[[Connection], None], patience: float) -> None:
    """Call ``change`` with a connection outside a transaction, while no other host does.

    It is called again after it had to let others pass, so it must go on where it was. Raises
    SchemaBusy after ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    with _closed_afterwards(engine) as connection:
        _take_turn(connection, deadline)
        connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS * 1000:.0f}ms'"))
        connection.commit()
        while not _is_done(connection, change):
            if time.monotonic() > deadline:
                raise SchemaBusy(
                    f"a table was in use for {patience:.0f} s (a backup, a long report?); "
                    "no step was left half done: try again"
                )
            time.sleep(random.uniform(0.5, 1.5))  # noqa: S311  # disperses, guards nothing


def _is_done(connection: Connection, change: Callable[[Connection], None]) -> bool:
    try:
        change(connection)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY:
            raise
        connection.rollback()
        return False
    return True


@contextmanager
def _closed_afterwards(engine: Engine) -> Iterator[Connection]:
    """A connection whose settings nobody inherits."""
    with engine.connect() as connection:
        try:
            yield connection
        finally:
            connection.invalidate()


def _take_turn(connection: Connection, deadline: float) -> None:
    """Hold the advisory lock until the connection is closed.

    It is asked for again and again: a statement that waited would hold a snapshot, and an index
    that is built beside the writers waits for every snapshot.
    """
    while not connection.execute(select(func.pg_try_advisory_lock(_TURN))).scalar_one():
        connection.commit()
        if time.monotonic() > deadline:
            raise SchemaBusy("another host is changing the schema; try again when it is done")
        time.sleep(_LOOK_AGAIN_SECONDS)
    connection.commit()
