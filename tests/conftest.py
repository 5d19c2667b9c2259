"""Real servers, fresh databases and full settings for every test; nothing leaves the machine."""

import re
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import hypothesis
import pytest
import redis
from sqlalchemy import Engine

from sms_service.database import make_engine
from sms_service.settings import Settings, load_settings
from sms_service.simulator.valkey import Valkey
from tests.support import canary
from tests.support.databases import PostgresDatabases, SqliteDatabases, wants_schema
from tests.support.environment import service_environment
from tests.support.loopback import stay_on_loopback
from tests.support.postgres import Postgres
from tests.support.processes import Processes

pytest_plugins = (
    "pytester",
    "tests.support.gate",
    "tests.support.closed_ledger",
    "tests.support.figures",
    "tests.support.matrix",
    "tests.support.service",
    "tests.support.shaky",
)

# A busy machine is no fault of the code under test.
hypothesis.settings.register_profile("suite", deadline=None)
# A mutant must meet the same few examples each time, or its death would be luck.
hypothesis.settings.register_profile(
    "mutants", parent=hypothesis.settings.get_profile("suite"), max_examples=25, derandomize=True
)
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    canary.pytest_configure(config)
    stay_on_loopback()
    # A terminated run, too, stops its servers on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresDatabases]:
    """The session's PostgreSQL, started when the first test asks for it."""
    with Postgres() as server:
        yield PostgresDatabases(server)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Where the session's SQLite files are copied from."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest, postgres: PostgresDatabases) -> Iterator[str]:
    """A fresh database on PostgreSQL: empty, or with the schema when an engine is asked for."""
    schema = any(wants_schema(request, name) for name in ("engine", "postgresql_engine"))
    name = postgres.create(schema=schema)
    try:
        yield postgres.server.url(name)
    finally:
        postgres.server.drop_database(name)


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite: SqliteDatabases) -> str:
    """A fresh SQLite file: empty, or with the schema when an engine is asked for."""
    schema = any(wants_schema(request, name) for name in ("engine", "sqlite_engine"))
    return sqlite.create(tmp_path / "service.db", schema=schema)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database, once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on ``database_url``, which then holds the whole schema."""
    yield from _engine(database_url)


@pytest.fixture
def postgresql_engine(postgresql_url: str) -> Iterator[Engine]:
    """An engine on ``postgresql_url``, which then holds the whole schema."""
    yield from _engine(postgresql_url)


@pytest.fixture
def sqlite_engine(sqlite_url: str) -> Iterator[Engine]:
    """An engine on ``sqlite_url``, which then holds the whole schema."""
    yield from _engine(sqlite_url)


def _engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def _shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    with Valkey(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_server(_shared_redis: Valkey) -> Valkey:
    """The session's Redis-speaking server, emptied. To kill or fill one, use ``make_redis``."""
    with closing(redis.Redis.from_url(_shared_redis.url)) as client:
        client.flushall()
    return _shared_redis


@pytest.fixture
def redis_url(redis_server: Valkey) -> str:
    """The address of ``redis_server``."""
    return redis_server.url


@pytest.fixture
def make_redis(tmp_path: Path) -> Iterator[Callable[..., Valkey]]:
    """Starts servers of the test's own, with the options of ``Valkey``: to kill, freeze, fill."""
    servers: list[Valkey] = []

    def make(*, appendonly: bool = False, maxmemory: int = 0) -> Valkey:
        directory = tmp_path / f"redis-{len(servers)}"
        servers.append(Valkey(directory, appendonly=appendonly, maxmemory=maxmemory))
        return servers[-1].start()

    try:
        yield make
    finally:
        for server in servers:
            server.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., Settings]:
    """Makes full, valid settings; arguments are named and written as in the environment."""

    def make(**overrides: str) -> Settings:
        own = {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'settings.db'}",
            "UPLOADS_DIR": str(tmp_path / "uploads"),
        }
        return load_settings(service_environment(**(own | overrides)))

    return make


@pytest.fixture(scope="session")
def process_logs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where processes that tests start write their output; searched for secrets at the end."""
    directory = tmp_path_factory.mktemp("process-logs")
    request.config.stash[canary.watch_key].watch_directory(directory)
    return directory


@pytest.fixture
def processes(request: pytest.FixtureRequest, process_logs: Path) -> Iterator[Processes]:
    """Starts processes that end with the test."""
    test = re.sub(r"\W+", "-", request.node.name)[:80]
    started = Processes(Path(tempfile.mkdtemp(prefix=f"{test}-", dir=process_logs)))
    try:
        yield started
    finally:
        started.end_all()
