"""The service in a hurry, for faults whose repair waits for a lease or a tick.

``shaky`` stands on PostgreSQL, and reaches all it stands on through proxies that can fail;
``quick`` is the same, and once more on SQLite in a run that takes its time.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Self

import pytest

from sms_service.settings import load_settings
from sms_service.wiring import Parts
from tests.support.postgres import Postgres
from tests.support.proxy import Proxy
from tests.support.service import Service

QUICK = {
    "LEASE_SECONDS": "2",
    "TICK_SECONDS": "0.5",
    "GATEWAY_CONNECT_TIMEOUT": "0.5",
    "GATEWAY_READ_TIMEOUT": "0.7",
}
_LOOPBACK = "127.0.0.1"


class Shaky(Service):
    """A service whose processes see Redis, PostgreSQL and gateway through proxies.

    The test itself looks at each of them directly.
    """

    def __init__(self, folder: Path, server: Postgres) -> None:
        self.to_redis = Proxy(lambda: self.valkey.port)
        self.to_database = Proxy(lambda: server.port)
        self.to_gateway = Proxy(lambda: self.gateway.port)
        self._proxies = ExitStack()
        self._direct_url = server.url(server.create_database())
        seen_url = self._direct_url.replace(f":{server.port}/", f":{self.to_database.port}/")
        super().__init__(
            folder,
            seen_url,
            REDIS_URL=f"redis://{_LOOPBACK}:{self.to_redis.port}/0",
            KAVENEGAR_BASE_URL=f"http://{_LOOPBACK}:{self.to_gateway.port}",
            **QUICK,
        )

    def __enter__(self) -> Self:
        for proxy in (self.to_redis, self.to_database, self.to_gateway):
            self._proxies.enter_context(proxy)
        super().__enter__()
        return self

    @cached_property
    def parts(self) -> Parts:
        return Parts(load_settings(self.environment | {"DATABASE_URL": self._direct_url}))

    def revive(self) -> None:
        for proxy in (self.to_redis, self.to_database, self.to_gateway):
            proxy.behave()
        super().revive()

    def stop(self) -> None:
        super().stop()
        self._proxies.close()


@pytest.fixture(scope="session")
def _running_shaky(process_logs: Path, postgres_to_break: Postgres) -> Iterator[Shaky]:
    folder = Path(tempfile.mkdtemp(prefix="shaky-service-", dir=process_logs))
    with Shaky(folder, postgres_to_break) as running:
        yield running


@pytest.fixture(scope="session")
def _running_quick_on_sqlite(process_logs: Path) -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="quick-service-on-sqlite-", dir=process_logs))
    with Service(folder, f"sqlite:///{folder / 'service.db'}", **QUICK) as running:
        yield running


@pytest.fixture
def shaky(_running_shaky: Shaky) -> Shaky:
    """The service behind proxies, all of them passing, everything running."""
    _running_shaky.revive()
    return _running_shaky


@pytest.fixture(params=["postgresql", pytest.param("sqlite", marks=pytest.mark.long)])
def quick(request: pytest.FixtureRequest) -> Service:
    """The service with short leases and ticks."""
    name = "_running_shaky" if request.param == "postgresql" else "_running_quick_on_sqlite"
    chosen: Service = request.getfixturevalue(name)
    chosen.revive()
    return chosen
