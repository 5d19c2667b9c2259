"""The whole service in real processes, with a small slice of the demo's data.

One on SQLite and one on PostgreSQL serve all tests of tests/e2e and tests/faults: what a
test breaks, the service has to survive or ``revive`` puts right before the next.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, delete, text, update

from sms_service.database import db_now, writing
from sms_service.domain.states import LaneState
from sms_service.ledger.tables import recent_texts
from sms_service.ledger.upkeep_tables import lanes
from sms_service.queueing import KEY_PREFIX, LANES
from sms_service.settings import load_settings
from sms_service.simulator.household import ROLES, Household
from sms_service.simulator.kavenegar.store import Sent
from sms_service.simulator.valkey import ValkeyError
from sms_service.wiring import Parts
from tests.support import faulty
from tests.support.environment import process_environment, service_environment
from tests.support.four_ledgers import Books, books, broken_promises
from tests.support.postgres import Postgres
from tests.support.questions import Questions
from tests.support.small_billing import fill
from tests.support.texting import Taken, Text, Webhook

LEASE_SECONDS = 6
_PACE = {
    "TODAY": "1405-09-02",
    "USSD_CODE": "*1521#",
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "LOG_FORMAT": "json",
    "POLL_SECONDS": "2",
    # A round of gateway calls has to fit into a lease.
    "GATEWAY_CONNECT_TIMEOUT": "1",
    "GATEWAY_READ_TIMEOUT": "1.5",
    # Thousands of phones ask about a handful of bills.
    "BILL_DAILY_ANSWERS": "1000000",
}
_QUEUES = {KEY_PREFIX + lane.queue for lane in LANES.values()}
_FIXTURES = {"service", "on_sqlite", "on_postgresql", "quick", "shaky", "phone_service"}


class Service(Household):
    """A household for tests: canaries for secrets, ways to text it and to audit it."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        """``settings`` are named as in the environment and outrank those of all tests."""
        given = service_environment(DATABASE_URL=database_url, **_PACE)
        given["UPLOADS_DIR"] = str(folder / "uploads")
        given["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "metrics")
        del given["KAVENEGAR_BASE_URL"]
        given |= settings
        port = int(settings.get("PORT", 0))
        super().__init__(folder, port=port, settings=given, environ=process_environment({}))

    def __enter__(self) -> "Service":
        try:
            self.start_surroundings()
            self.fill_database()
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    @cached_property
    def parts(self) -> Parts:
        """The service's own parts in this process: to look into its ledger, to know answers."""
        return Parts(load_settings(self.environment))

    @property
    def engine(self) -> Engine:
        return self.parts.engine

    @property
    def webhook(self) -> Webhook:
        return Webhook(self.url, self.received_path, self.status_path)

    def fill_database(self) -> None:
        """Make the schema and the billing data in an empty database."""
        fill(self.engine, self.parts, self.folder / "exports")

    def forget_database(self) -> None:
        """Make the database anew; to be called while no process of the service runs."""
        self.engine.dispose()
        if self.engine.dialect.name == "sqlite":
            for file in self.folder.glob("service.db*"):
                file.unlink()
        else:
            with writing(self.engine) as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
        self.fill_database()

    def launch_with(self, name: str, *faults: str) -> "subprocess.Popen[bytes]":
        """Start one of ``ROLES`` with faults in it (tests/support/faulty.py); returns at once."""
        return self.spawn(name, *faulty.command(faults, ROLES[name]))

    @contextmanager
    def broken(self, name: str, *faults: str) -> "Iterator[subprocess.Popen[bytes]]":
        """Put a process with faults in the place of a sound one, for a while."""
        self.kill(name)
        try:
            yield self.launch_with(name, *faults)
        finally:
            self.kill(name)
            self.launch(name)
            self.wait_for_web()

    def new_texts(self, number: int) -> list[Text]:
        """Questions from ever new phones about changing bills."""
        return self._questions.new_texts(number)

    def new_text(self, message: str) -> Text:
        """A text of one's own words, from a new phone."""
        return self._questions.new_text(message)

    def audit(
        self, said: Sequence[Taken], since: int = 0, *, seconds: float = 60
    ) -> dict[str, int]:
        """Wait until nothing is left to be done for texts; what then contradicts what.

        What isn't settled in time is told with the rest.
        """
        taken = list({one.text for one in said if one.status == 200})
        with suppress(TimeoutError):
            self.wait_until(lambda: self.is_settled(taken), seconds)
        return broken_promises(said, self.kept(taken), self.sms_since(since))

    def kept(self, texts: Sequence[Text]) -> Books:
        """What the database holds of these texts now."""
        return books(self.engine, texts)

    def is_settled(self, texts: Sequence[Text]) -> bool:
        """Whether nothing is left to be done for any of these texts."""
        kept = self.kept(texts)
        return all(kept.is_settled(one) for one in texts)

    def wait_until(self, holds: Callable[[], bool], seconds: float = 30) -> None:
        """Return once a condition holds. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not so after {seconds} s")
            time.sleep(0.05)

    def last_sms(self) -> int:
        """The newest SMS at the gateway, as ``since`` takes it."""
        return max((sms.messageid for sms in self.gateway.outbox()), default=0)

    def sms_since(self, since: int) -> list[Sent]:
        """What the gateway handed over after ``since``."""
        return self.gateway.outbox(since=since)

    def redis(self) -> "closing[redis.Redis]":
        """A client of the service's Redis."""
        return closing(redis.Redis.from_url(self.valkey.url, socket_timeout=5))

    def listens(self) -> bool:
        """Whether a worker waits at the queues of this Redis now."""
        with self.redis() as client:
            return any("b" in connection["flags"] for connection in client.client_list())

    def has_messages(self) -> bool:
        """Whether a message waits for a worker, or has just been handed to one."""
        with self.redis() as client:
            return not self.listens() or any(client.llen(queue) for queue in _QUEUES)

    def revive(self) -> None:
        """Put right what a test broke: every process runs, nothing is ordered to fail."""
        # Another test may have stopped the database server below these connections.
        self.engine.dispose()
        try:
            self.valkey.thaw()
        except ValkeyError:
            self.valkey.start()
        with self.redis() as client:
            client.config_set("maxmemory", 0)
        self.gateway.clear_faults()
        self.gateway.plan_receipts()
        self.gateway.lose_callbacks(False)
        self.end_rest()
        for name in set(ROLES) - set(self.running()):
            self.launch(name)
        self.wait_for_web()

    def let_words_be_new(self) -> None:
        """Let the seconds pass within which the same words are the same question."""
        with writing(self.engine) as connection:
            connection.execute(delete(recent_texts))

    def let_rests_pass(self) -> None:
        """Let the time pass that lanes rest, without a word on how they do."""
        with writing(self.engine) as connection:
            connection.execute(update(lanes).values(rests_until=db_now()))

    def end_rest(self) -> None:
        """Let resting lanes go on at once, as if well: what they waited for was seen to."""
        well = {"state": LaneState.WORKING, "reason": None, "failures": 0, "allowance": None}
        with writing(self.engine) as connection:
            connection.execute(update(lanes).values(rests_until=db_now(), **well))

    def stop(self) -> None:
        if "parts" in vars(self):
            self.engine.dispose()
        super().stop()

    @cached_property
    def _questions(self) -> Questions:
        return Questions(self.parts)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first: they fail soonest, and the services end with the tests that use them."""
    items.sort(key=lambda item: not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def _running_on_sqlite(process_logs: Path) -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="service-on-sqlite-", dir=process_logs))
    with Service(folder, f"sqlite:///{folder / 'service.db'}") as running:
        yield running


@pytest.fixture(scope="session")
def postgres_to_break() -> Iterator[Postgres]:
    """The PostgreSQL of ``on_postgresql``, and of nobody else; what it commits outlives a crash."""
    with Postgres(durable=True) as server:
        yield server


@pytest.fixture(scope="session")
def _running_on_postgresql(process_logs: Path, postgres_to_break: Postgres) -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="service-on-postgresql-", dir=process_logs))
    url = postgres_to_break.url(postgres_to_break.create_database())
    with Service(folder, url) as running:
        yield running


@pytest.fixture
def on_sqlite(_running_on_sqlite: Service) -> Service:
    """The whole service on SQLite, in good order."""
    _running_on_sqlite.revive()
    return _running_on_sqlite


@pytest.fixture
def on_postgresql(_running_on_postgresql: Service) -> Service:
    """The whole service on PostgreSQL, in good order."""
    _running_on_postgresql.revive()
    return _running_on_postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest) -> Service:
    """The whole service, once on SQLite and once on PostgreSQL."""
    chosen: Service = request.getfixturevalue(f"on_{request.param}")
    return chosen
