"""Everything the service needs, run here: web, worker, beat, Redis and gateway.

Each process has its own log file in the household's folder; all of them end together.
"""

import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from sms_service.simulator.valkey import Valkey

LINE = "30001521"
WORKER_OPTIONS = (
    *("--queues", "bargh.lookup,bargh.deliver,bargh.upkeep"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    *("-l", "WARNING"),
)
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


class HouseholdError(Exception):
    """A process of the household didn't start; the message says which and where its log is."""


class Household:
    """The whole service in one folder, with secrets made for this run alone."""

    def __init__(
        self, folder: Path, *, port: int = 0, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._webhook_secret = secrets.token_urlsafe(24)
        self._api_key = secrets.token_hex(32)
        self._extra = dict(settings or {})
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._valkey = Valkey(folder / "redis")
        self._gateway: SimulatedKavenegar | None = None

    @property
    def gateway(self) -> SimulatedKavenegar:
        """The simulated gateway. Raises HouseholdError before ``start``."""
        if self._gateway is None:
            raise HouseholdError("the household hasn't been started")
        return self._gateway

    @property
    def environment(self) -> dict[str, str]:
        """The settings that every process of the household gets."""
        key = base64.b64encode(os.urandom(32)).decode()
        made = {
            "DATABASE_URL": f"sqlite:///{self.folder / 'service.db'}",
            "REDIS_URL": self._valkey.url,
            "SECRET_KEY": self._secret("secret_key"),
            "DATA_KEYS": self._secret("data_keys", f"1:{key}"),
            "HASH_KEY": self._secret("hash_key"),
            "WEBHOOK_SECRETS": self._webhook_secret,
            "KAVENEGAR_API_KEY": self._api_key,
            "KAVENEGAR_BASE_URL": self.gateway.base_url,
            "KAVENEGAR_SENDER": LINE,
            "SIMULATOR": "true",
            "SIMULATOR_URL": self.gateway.base_url,
            "PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
        }
        return {**os.environ, **made, **self._extra}

    def prepare(self) -> None:
        """Start what the service stands on: Redis and the gateway; create the schema."""
        self._valkey.start()
        hook = f"{self.url}/webhooks/kavenegar/{self._webhook_secret}"
        store = str(self.folder / "kavenegar.db")
        self._gateway = SimulatedKavenegar(self._api_key, hook, store=store, lines=[LINE])
        self.run("db", "upgrade")

    def run(self, *verb: str) -> None:
        """Run a verb of the command line to its end. Raises HouseholdError when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "sms_service", *verb],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            raise HouseholdError(f"sms-service {verb[0]} failed")

    def start(self) -> None:
        """Start web, worker and beat, and wait until the web process answers."""
        self.spawn("web", "-m", "sms_service", "serve")
        self.spawn("worker", "-m", "celery", "-A", "tasks", "worker", *WORKER_OPTIONS)
        self.spawn("beat", "-m", "celery", "-A", "tasks", "beat", "-l", "WARNING")
        self._wait_for_web()

    def spawn(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a Python process with the household's settings; its output goes to its log."""
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the household, which ends its processes in order.
                start_new_session=True,
            )
        self._processes[name] = process
        return process

    def log(self, name: str) -> Path:
        """The log file of one process."""
        return self.folder / f"{name}.log"

    def dead(self) -> list[str]:
        """Processes that ended by themselves."""
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def stop(self) -> None:
        """End every process, gently first; does nothing twice."""
        for process in self._processes.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        self._processes.clear()
        if self._gateway is not None:
            self._gateway.stop()
            self._gateway = None
        self._valkey.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _secret(self, name: str, made: str | None = None) -> str:
        path = self.folder / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(made or secrets.token_urlsafe(32), encoding="ascii")
        return path.read_text(encoding="ascii")

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and not self.dead():
            try:
                if requests.get(f"{self.url}/livez", timeout=1).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        name = (self.dead() or ["web"])[0]
        raise HouseholdError(f"{name} didn't start; see {self.log(name)}")


def free_port(wished: int = 0) -> int:
    """The wished port if nothing listens there now, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wished))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if process.poll() is None:
        # The whole group: a worker's children must not outlive it.
        os.killpg(process.pid, number) if number == signal.SIGKILL else process.send_signal(number)
