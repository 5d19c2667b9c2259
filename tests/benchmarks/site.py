"""The service under load: PostgreSQL that really syncs, and every process of the demo."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select, text

from sms_service.billing.tables import branches
from sms_service.database import make_engine, reading
from sms_service.simulator.household import LINE, ROLES, Household
from sms_service.simulator.kavenegar.store import Sent
from tests.benchmarks.load import closed_loop, post
from tests.support.postgres import Postgres

ONE_TASK_A_MESSAGE: Mapping[str, Sequence[str]] = {
    "web": ("-m", "tests.benchmarks.single"),
    "worker": tuple("tests.benchmarks.single" if a == "tasks" else a for a in ROLES["worker"]),
}

_LOOK_EVERY_SECONDS = 0.25
"""When the last answer left is read off the gateway's records: looking often only costs."""


class Site:
    """One running service with the demo data, and ways to ask it things."""

    def __init__(self, household: Household, server: Postgres, bill_ids: Sequence[str]) -> None:
        self.household = household
        self.server = server
        self._bill_ids = bill_ids
        self._texts = 0
        self._told = 0

    @property
    def url(self) -> str:
        """The web process."""
        return self.household.url

    def texts(self, count: int) -> Iterator[bytes]:
        """Webhook requests from ever new phones: bare IDs and IDs with a start year in turn."""
        for _ in range(count):
            self._texts += 1
            bill_id = self._bill_ids[self._texts % len(self._bill_ids)]
            wish = bill_id if self._texts % 2 else f"{bill_id} 1404"
            fields = {
                "messageid": str(10_000_000 + self._texts),
                "from": f"0912{self._texts:07d}",
                "to": LINE,
                "message": wish,
            }
            yield post(self.household.received_path, fields)

    @property
    def bill_ids(self) -> Sequence[str]:
        """The bills of the demo data."""
        return self._bill_ids

    def sent(self) -> int:
        """How many SMS the gateway has been handed."""
        return self.household.gateway.counters().get("sent", 0)

    def wait_until_sent(self, count: int, seconds: float = 240) -> None:
        """Return when the gateway has that many. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while self.sent() < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.sent()} of {count} answers after {seconds} s")
            time.sleep(_LOOK_EVERY_SECONDS)

    def newest(self, count: int) -> list[Sent]:
        """The last so many SMS, in the order of the phones that asked."""
        newest = self.household.gateway.outbox(since=self._told)[-count:]
        self._told = max(sms.messageid for sms in newest)
        return sorted(newest, key=lambda sms: sms.receptor)


@contextmanager
def running(roles: Mapping[str, Sequence[str]] | None = None) -> Iterator[Site]:
    """A service on PostgreSQL with the demo data; everything ends with the block."""
    with without_roles() as site:
        for name, command in (ROLES | dict(roles or {})).items():
            site.household.spawn(name, *command)
        site.household.wait_for_web()
        _warm_up(site)
        yield site


@contextmanager
def without_roles() -> Iterator[Site]:
    """The same, but nobody listens and nobody works."""
    with Postgres(durable=True) as server:
        url = server.url(server.create_database())
        settings = {
            "DATABASE_URL": url,
            "TODAY": "1405-09-02",
            "USSD_CODE": "*1521#",
            # More phones ask about a bill here than in any day.
            "BILL_DAILY_ANSWERS": "1000000",
        }
        with (
            TemporaryDirectory(prefix="sms-service-bench-") as folder,
            Household(Path(folder), settings=settings) as household,
        ):
            household.prepare()
            # Receipts come minutes after the hand-over, as the real ones do.
            household.gateway.plan_receipts(steps=[[300, 10]])
            household.run("billing", "import", str(files("sms_service.simulator") / "data"))
            yield Site(household, server, _bill_ids(url))


def _warm_up(site: Site) -> None:
    closed_loop(site.url, site.texts(200), 8)
    site.wait_until_sent(200)


def _bill_ids(url: str) -> list[str]:
    engine = make_engine(url)
    with reading(engine) as connection:
        connection.execute(text("ANALYZE"))
        found = list(connection.execute(select(branches.c.bill_id)).scalars())
    engine.dispose()
    return found
