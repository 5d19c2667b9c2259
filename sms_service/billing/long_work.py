"""Work on the database that takes minutes: its own connection, watched from outside."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import OperationalError

from sms_service.billing.failures import is_busy
from sms_service.database import make_engine

Done = TypeVar("Done")
Said = TypeVar("Said")

LOCK_SECONDS = 600.0
"""How long an import or a rollback waits for another to end."""
_LONGEST_STATEMENT_SECONDS = 24 * 3600.0
_SECONDS_BETWEEN_SIGNS = 1.0
_SECONDS_BETWEEN_STOPS = 0.2

_ON_POSTGRESQL = (
    "SET lock_timeout = '{lock:g}s'",
    "SET work_mem = '64MB'",  # to sort and join once; with the usual 4 MB half as fast again
    # A statement of a killed import ends soon, not when it has done its work in vain.
    """SELECT set_config('client_connection_check_interval', '10s', false)
    WHERE current_setting('server_version_num')::int >= 140000""",
)
_ON_SQLITE = (
    # In KiB: also what is sorted at once; with four times as much sorting is slower.
    "PRAGMA main.cache_size = -16384",
    "PRAGMA temp.cache_size = -16384",
    # Statistics from a sample: to read every row would keep other writers waiting.
    "PRAGMA analysis_limit = 1000",
)


@contextmanager
def long_work(engine: Engine, lock_seconds: float = LOCK_SECONDS) -> Iterator[Connection]:
    """A connection of its own to the same database, closed at the end.

    Its statements may take hours; on PostgreSQL each waits ``lock_seconds`` for a lock.
    """
    own = make_engine(
        engine.url.render_as_string(hide_password=False),
        pool_size=1,
        patience=_SECONDS_BETWEEN_SIGNS,
        statement_seconds=_LONGEST_STATEMENT_SECONDS,
    )
    try:
        with own.connect() as connection:
            on_postgresql = connection.dialect.name == "postgresql"
            for statement in _ON_POSTGRESQL if on_postgresql else _ON_SQLITE:
                connection.exec_driver_sql(statement.format(lock=lock_seconds))
            connection.commit()
            yield connection
    finally:
        own.dispose()


@contextmanager
def changing(
    connection: Connection, lock_seconds: float, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """A writing transaction, whose turn on SQLite is waited for ``lock_seconds``.

    ``waiting`` is called every second meanwhile; what it raises ends the wait.
    """
    connection.execution_options(writes=True)
    try:
        with _begun(connection, time.monotonic() + lock_seconds, waiting):
            yield
    finally:
        connection.execution_options(writes=False)


def _begun(connection: Connection, deadline: float, waiting: Callable[[], None]) -> RootTransaction:
    while True:
        try:
            return connection.begin()
        except OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
        waiting()


class Watched(Generic[Said]):
    """Statements in a thread, while the caller's own thread tells how far they are.

    ``tell`` hears each step and, while one lasts, hears it again every second. When it
    raises, the statement under way is stopped and what it raised goes on.
    """

    def __init__(self, connection: Connection, tell: Callable[[Said], None]) -> None:
        self._driver: Any = connection.connection.dbapi_connection
        self._tell = tell
        self._steps: SimpleQueue[Said | None] = SimpleQueue()

    def step(self, step: Said) -> None:
        """Say what begins; for the work itself."""
        self._steps.put(step)

    def run(self, work: Callable[[], Done]) -> Done:
        """What ``work`` returns or raises; it uses the connection, nobody else does."""
        with ThreadPoolExecutor(1, "billing") as pool:
            future = pool.submit(work)
            future.add_done_callback(lambda _: self._steps.put(None))
            try:
                self._tell_until_done()
            except BaseException:
                self._stop(future)
                raise
            return future.result()

    def _tell_until_done(self) -> None:
        last = self._steps.get()
        while last is not None:
            self._tell(last)
            try:
                last = self._steps.get(timeout=_SECONDS_BETWEEN_SIGNS)
            except Empty:
                continue

    def _stop(self, future: Future[Done]) -> None:
        while not future.done():
            if hasattr(self._driver, "interrupt"):
                self._driver.interrupt()
            else:
                self._driver.cancel_safe(timeout=_SECONDS_BETWEEN_STOPS * 10)
            wait([future], _SECONDS_BETWEEN_STOPS)
