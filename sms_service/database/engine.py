"""One way to PostgreSQL and to SQLite: engines, transactions, time, schema metadata.

``reading`` and ``writing`` are the only ways in. On SQLite a writing transaction takes
its lock at once (``BEGIN IMMEDIATE``): a read that turns into a write later would fail
without waiting. On PostgreSQL single reads run outside a transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement, literal
from sqlalchemy.types import TypeDecorator, TypeEngine

from sms_service.settings.addresses import several_hosts

Done = TypeVar("Done")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; on SQLite the row id itself."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_GRACE_SECONDS = 1.0
"""For the server to say itself that a statement took too long."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime: ``timestamptz`` on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)  # type: ignore[no-any-return]  # a datetime there
        return _EPOCH + timedelta(microseconds=value)


class _Now(FunctionElement[datetime]):
    name = "db_now"
    type = Instant()
    inherit_cache = True


def db_now(after: float | ColumnElement[float] = 0) -> FunctionElement[datetime]:
    """The database's clock, ``after`` seconds from now: workers' clocks may disagree."""
    offset = after if isinstance(after, ColumnElement) else literal(float(after))
    return _Now(offset)


@compiles(_Now, "postgresql")
def _now_on_postgresql(element: _Now, compiler: Any, **kw: Any) -> str:
    offset = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {offset}))"


@compiles(_Now, "sqlite")
def _now_on_sqlite(element: _Now, compiler: Any, **kw: Any) -> str:
    offset = compiler.process(element.clauses, **kw)
    return (
        f"CAST((julianday('now') - 2440587.5 + {offset} / 86400.0) * 86400000.0 AS INTEGER) * 1000"
    )


def make_engine(
    url: str, *, pool_size: int = 5, patience: float = 5.0, statement_seconds: float = 30.0
) -> Engine:
    """An engine for this process alone; connects on first use.

    ``patience`` bounds, in seconds, a wait for a connection and for SQLite's lock;
    ``statement_seconds`` a statement on PostgreSQL.
    """
    parsed = make_url(_modern(url))
    if parsed.get_backend_name() == "sqlite":
        return _sqlite_engine(parsed, patience)
    engine = create_engine(
        parsed,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=patience,
        pool_use_lifo=True,
        pool_recycle=300,
        connect_args={
            "connect_timeout": 3,
            "tcp_user_timeout": 5000,
            "application_name": "sms-service",
            "options": f"-c statement_timeout={statement_seconds:g}s"
            " -c idle_in_transaction_session_timeout=60s",
        },
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        from sms_service.database.postgresql import connector

        return connector(statement_seconds + _GRACE_SECONDS)(*arguments, **options)

    return engine


def _modern(url: str) -> str:
    for old in ("postgres://", "postgresql://"):
        if url.startswith(old):
            return "postgresql+psycopg://" + several_hosts(url.removeprefix(old))
    return url


def _sqlite_engine(url: Any, patience: float) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": patience, "isolation_level": None},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        try:
            # What is deleted is overwritten, so that retention leaves nothing in the file.
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "secure_delete=ON",
            ):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()  # SQLAlchemy forgets a connection that its listener refused
            raise

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def once_more(work: Callable[[], Done]) -> Done:
    """Do a whole transaction again, once, when bad luck alone undid it.

    A pooled connection may turn out to be dead: to ask each one before its use costs more
    than one failed statement a process when a server restarts. Two processes may have
    drawn the same id in the same millisecond: the next draw differs.
    """
    try:
        return work()
    except IntegrityError:
        return work()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return work()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reads."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection


@contextmanager
def reading_at_once(engine: Engine) -> Iterator[Connection]:
    """A connection for several reads that all see the database as it is at one moment."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading_by_driver(engine: Engine) -> Iterator[Any]:
    """The driver's own connection, outside a transaction, for the hottest reads.

    It is had 80 µs sooner than by ``reading``. After an exception it isn't used again.
    """
    pooled = engine.raw_connection()
    driver: Any = pooled.driver_connection
    on_postgresql = engine.dialect.name == "postgresql"
    try:
        if on_postgresql:
            driver.autocommit = True
        yield driver
        if on_postgresql:
            driver.autocommit = False
    except BaseException:
        pooled.invalidate()
        raise
    finally:
        pooled.close()


@contextmanager
def writing_at_once(engine: Engine) -> Iterator[Connection]:
    """For one statement on PostgreSQL, which is its own transaction; on SQLite for several."""
    with (reading if engine.dialect.name == "postgresql" else writing)(engine) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, committed at the end of the block, rolled back by an exception."""
    with engine.execution_options(writes=True).begin() as connection:
        yield connection
