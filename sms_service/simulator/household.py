"""Everything the service needs, run here: web, worker, beat, Redis, gateway, billing interface.

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
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from sms_service.settings import Settings
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from sms_service.simulator.saapa.harness import TOKEN, SimulatedSaapa
from sms_service.simulator.saapa.traps import Trap
from sms_service.simulator.valkey import Valkey

LINE = "30001521"
USSD_CODE = "*1521#"
_WORKER_OPTIONS = (
    *("--queues", "bargh.lookup,bargh.deliver,bargh.upkeep"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    *("-l", "WARNING"),
)
ROLES = {
    "web": ("-m", "sms_service", "serve"),
    "worker": ("-m", "celery", "-q", "-A", "tasks", "worker", *_WORKER_OPTIONS),
    "beat": ("-m", "celery", "-q", "-A", "tasks", "beat", "-l", "WARNING"),
}
"""The processes of the service, and what Python runs in each."""
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


class HouseholdError(Exception):
    """A process of the household didn't start; the message says which and where its log is."""


class Household:
    """The whole service in one folder, with secrets made for this run alone."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        environ: Mapping[str, str] | None = None,
        interface_traps: Iterable[Trap] | None = None,
    ) -> None:
        """``settings`` outrank what is made here; ``environ`` stands in for the caller's own.

        With traps, even none, the bills come from a simulated billing interface first.
        """
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.valkey = Valkey(folder / "redis")
        self._environ = os.environ if environ is None else environ
        self._given = {
            "WEBHOOK_SECRETS": secrets.token_urlsafe(24),
            "KAVENEGAR_API_KEY": secrets.token_hex(32),
            **(settings or {}),
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._gateway: SimulatedKavenegar | None = None
        self._interface_traps = interface_traps
        self._interface: SimulatedSaapa | None = None

    @property
    def gateway(self) -> SimulatedKavenegar:
        """The simulated gateway. Raises HouseholdError before ``start``."""
        if self._gateway is None:
            raise HouseholdError("the household hasn't been started")
        return self._gateway

    @property
    def interface(self) -> SimulatedSaapa:
        """The simulated billing interface. Raises HouseholdError where there is none."""
        if self._interface is None:
            raise HouseholdError("the household has no billing interface")
        return self._interface

    @property
    def environment(self) -> dict[str, str]:
        """The settings that every process of the household gets."""
        key = base64.b64encode(os.urandom(32)).decode()
        made = {
            "DATABASE_URL": f"sqlite:///{self.folder / 'service.db'}",
            "REDIS_URL": self.valkey.url,
            "SECRET_KEY": self._secret("secret_key"),
            "DATA_KEYS": self._secret("data_keys", f"1:{key}"),
            "HASH_KEY": self._secret("hash_key"),
            "KAVENEGAR_BASE_URL": self.gateway.base_url,
            "KAVENEGAR_SENDER": LINE,
            "USSD_CODE": USSD_CODE,
            "SIMULATOR": "true",
            "SIMULATOR_URL": self.gateway.base_url,
            "PORT": str(self.port),
            "LOG_FORMAT": "text",
            "PROMETHEUS_MULTIPROC_DIR": str(self.folder / "metrics"),
            "LOG_LEVEL": "WARNING",
        }
        if self._interface is not None:
            made |= {
                "BILLING_SOURCES": "saapa,sql",
                "SAAPA_BASE_URL": self._interface.base_url,
                "SAAPA_TOKEN": TOKEN,
                "SIMULATOR_SAAPA_URL": self._interface.base_url,
            }
        return {**_without_settings(self._environ), **made, **self._given}

    @property
    def received_path(self) -> str:
        """Where the gateway hands texts to the web process."""
        return f"{self._hooks}/received"

    @property
    def status_path(self) -> str:
        """Where the gateway tells the web process what became of texts."""
        return f"{self._hooks}/status"

    def prepare(self) -> None:
        """Start what the service stands on; create the schema."""
        self.start_surroundings()
        self.run("db", "upgrade")

    def start_surroundings(self) -> None:
        """Start Redis and the gateway, which keeps its records in the household's folder."""
        self.valkey.start()
        if self._interface_traps is not None:
            self._interface = SimulatedSaapa(traps=self._interface_traps)
        self._gateway = SimulatedKavenegar(
            self._given["KAVENEGAR_API_KEY"],
            f"{self.url}{self._hooks}",
            store=str(self.folder / "kavenegar.db"),
            lines=[LINE],
        )

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
        for name in ROLES:
            self.launch(name)
        self.wait_for_web()

    def launch(self, name: str) -> None:
        """Start one of ``ROLES``; returns at once."""
        self.spawn(name, *ROLES[name])

    def wait_for_web(self) -> None:
        """Return once the web process answers. Raises HouseholdError when it doesn't."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and not self.dead():
            try:
                if requests.get(f"{self.url}/livez", timeout=1).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        name = (self.dead() or ["web"])[0]
        raise HouseholdError(f"{name} didn't start; see {self.log(name)}")

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

    def running(self) -> list[str]:
        """Processes that run."""
        return [name for name, process in self._processes.items() if process.poll() is None]

    def process(self, name: str) -> subprocess.Popen[bytes]:
        """One process that was started and not killed here."""
        return self._processes[name]

    def kill(self, name: str) -> None:
        """End a process and its children at once, as a power cut would."""
        process = self._processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End every process, gently first; does nothing twice."""
        for name in self.running():
            self.process(name).terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for name, process in list(self._processes.items()):
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            self.kill(name)
        if self._gateway is not None:
            self._gateway.stop()
            self._gateway = None
        if self._interface is not None:
            self._interface.stop()
            self._interface = None
        self.valkey.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _hooks(self) -> str:
        return f"/webhooks/kavenegar/{self._given['WEBHOOK_SECRETS'].partition(',')[0]}"

    def _secret(self, name: str, made: str | None = None) -> str:
        path = self.folder / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(made or secrets.token_urlsafe(32), encoding="ascii")
        return path.read_text(encoding="ascii")


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What the caller set for a service of his own must not reach this one."""
    ours = {name.upper() for name in Settings.model_fields}
    return {k: v for k, v in environment.items() if k.removesuffix("_FILE") not in ours}


def free_port(wished: int = 0) -> int:
    """The wished port if nothing listens there now, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wished))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
