"""The whole service on hosts: two web hosts, three of workers, a database, a gateway."""

import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import requests

from sms_service.settings import load_settings
from sms_service.simulator.household import LINE, ROLES
from sms_service.simulator.kavenegar.__main__ import KEY_VARIABLE
from sms_service.simulator.kavenegar.harness import KavenegarControl
from sms_service.wiring import Parts
from tests.hosts.network import HERE_ADDRESS, Host, Network
from tests.support.canary import CANARY_API_KEY, CANARY_WEBHOOK_SECRET
from tests.support.environment import process_environment, service_environment
from tests.support.postgres import Postgres
from tests.support.questions import Questions
from tests.support.small_billing import fill
from tests.support.texting import Webhook

LEASE_SECONDS = 6
_PORT, _GATEWAY_PORT = 8000, 9000
_HOOKS = f"/webhooks/kavenegar/{CANARY_WEBHOOK_SECRET}"
_SETTINGS = {
    "TODAY": "1405-09-02",
    "PORT": str(_PORT),
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "GATEWAY_CONNECT_TIMEOUT": "1",
    "GATEWAY_READ_TIMEOUT": "1.5",
    "BILL_DAILY_ANSWERS": "1000000",
    "KAVENEGAR_BASE_URL": f"http://{HERE_ADDRESS}:{_GATEWAY_PORT}",
    "WORKER_CONCURRENCY": "2",
    "LOG_LEVEL": "WARNING",
}
_START_SECONDS = 60.0


class Site:
    """What serves and works, once the database and the broker are there."""

    def __init__(self, folder: Path, network: Network) -> None:
        self.folder = folder
        self.database = network.host("db", 2)
        self.webs = [network.host(f"web{number}", 10 + number) for number in (1, 2)]
        self.workers = [network.host(f"worker{number}", 20 + number) for number in (1, 2, 3)]
        self.postgres = Postgres(durable=True, place=self.database.place(5432))
        self.gateway = KavenegarControl(f"http://{HERE_ADDRESS}:{_GATEWAY_PORT}")
        self.settings: Mapping[str, str] = {}

    def start(self, broker: Mapping[str, str]) -> None:
        """Start everything on a broker that is named by these settings."""
        self.postgres.start()
        url = self.postgres.url(self.postgres.create_database())
        shared = {"UPLOADS_DIR": str(self.folder / "uploads"), "DATABASE_URL": url}
        self.settings = service_environment(**_SETTINGS, **shared, **broker)
        self.parts = Parts(load_settings(self.settings))
        fill(self.parts.engine, self.parts, self.folder / "exports")
        self.questions = Questions(self.parts)
        self._start_gateway()
        for host in self.webs:
            self._start(host, "web", "--host", host.address)
        for host in self.workers:
            self._start(host, "worker", "--hostname", f"celery@{host.name}")
        for host in self.workers[:2]:
            self._start(host, "beat")
        for host in self.webs:
            _wait_for(f"http://{host.address}:{_PORT}/livez")

    def webhooks(self) -> list[Webhook]:
        """Both web hosts, as the gateway calls them."""
        paths = (f"{_HOOKS}/received", f"{_HOOKS}/status")
        return [Webhook(f"http://{host.address}:{_PORT}", *paths) for host in self.webs]

    def stop(self) -> None:
        """End what would mind being killed; the rest ends with the namespaces."""
        for host in (*self.webs, *self.workers):
            host.kill()
        if self.settings:
            self.parts.engine.dispose()
        self.postgres.stop()

    def _start(self, host: Host, role: str, *more: str) -> None:
        log = self.folder / f"{host.name}-{role}.log"
        host.python(log, self.settings, *ROLES[role], *more)

    def _start_gateway(self) -> None:
        command = [sys.executable, "-m", "sms_service.simulator.kavenegar", "--line", LINE]
        command += ["--host", HERE_ADDRESS, "--port", str(_GATEWAY_PORT)]
        callback = f"http://{self.webs[0].address}:{_PORT}{_HOOKS}"
        subprocess.Popen(
            [*command, "--callback-base", callback],
            env=process_environment({KEY_VARIABLE: CANARY_API_KEY}),
            stdout=subprocess.DEVNULL,
        )
        _wait_for(f"{self.gateway.base_url}/")


def _wait_for(url: str) -> None:
    """Return when somebody answers there, whatever he says. Raises TimeoutError."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            requests.get(url, timeout=1)
            return
        time.sleep(0.1)
    raise TimeoutError(f"nobody answers at {url}")
