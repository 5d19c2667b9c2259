"""``python -m tests.support.offline BUNDLE FOLDER``: a bundle's whole life without a network.

To be run in a network namespace that has nothing but its loopback interface. Unpacks, installs
as an administrator would, starts what the units start, asks by way of nginx, and prints the
seconds of each step and what came of it as one JSON object.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sms_service.simulator.household import LINE, free_port
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from sms_service.simulator.valkey import valkey_binary
from tests.support.nginx import Nginx
from tests.support.postgres import Postgres
from tests.support.processes import Processes, wait_until
from tests.support.small_billing import BILL_IDS, write_slices
from tests.support.units import Unit, read_unit

_UNITS = ("sms-service-web.service", "sms-service-worker@.service", "sms-service-beat.service")
_SOMEWHERE = ("192.0.2.1", 443)
_KEPT = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ}
# NoNewPrivileges=, CapabilityBoundingSet=, MemoryDenyWriteExecute= of the units, by hand.
_BOUND = ("setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
_NO_NEW_CODE = (
    "import ctypes, os, sys; "
    "ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
"""PR_SET_MDWE with PR_MDWE_REFUSE_EXEC_GAIN: of Linux 6.3 and newer; older ones don't know it."""


class Server:
    """A server on which nothing of ours is but the bundle."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self.root = folder / "server"
        self.etc = self.root / "etc/sms-service"
        self.seconds: dict[str, float] = {}
        self._folder = folder
        self._processes = processes

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long a step took."""
        started = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - started, 2)

    def unpack(self, archive: Path) -> Path:
        """The folder in the archive."""
        with tarfile.open(archive) as bundle:
            bundle.extractall(self._folder, filter="data")
        (inside,) = self._folder.glob("sms-service-*")
        return inside

    def install(self, bundle: Path) -> str:
        """What the installer says."""
        python = str(Path(sys.executable).resolve())
        command = ["sh", str(bundle / "install.sh"), "--root", str(self.root), "--python", python]
        return run(command)

    def configure(self, database_url: str, redis_port: int, gateway_url: str, port: int) -> None:
        """What the administrator writes: addresses, the gateway's key, the line."""
        self.secret("database_url").write_text(database_url)
        told = self.secret("redis_url").read_text()
        self.secret("redis_url").write_text(told.replace(":6379", f":{redis_port}"))
        lines = {
            "KAVENEGAR_SENDER": LINE,
            "KAVENEGAR_BASE_URL": gateway_url,
            "PORT": str(port),
            "TODAY": "1405-09-02",
        }
        text = (self.etc / "env").read_text(encoding="utf-8")
        for name, value in lines.items():
            text = re.sub(rf"^#?{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
        (self.etc / "env").write_text(text, encoding="utf-8")

    def secret(self, name: str) -> Path:
        return self.etc / "secrets" / name

    def verb(self, *words: str) -> str:
        """What the administrator's command says."""
        return run([str(self.root / "usr/local/sbin/sms-service"), *words])

    def start_redis(self) -> int:
        """A server with the configuration that the installer wrote; its port."""
        port, data = free_port(), self._folder / "redis"
        data.mkdir()
        where = ("--port", str(port), "--bind", "127.0.0.1", "--dir", str(data))
        self._processes.start(
            "redis", [str(valkey_binary()), str(self.etc / "redis.conf"), *where], {}
        )
        return port

    def units(self) -> list[Unit]:
        """The units as they were installed."""
        return [read_unit(self.root / "etc/systemd/system", name) for name in _UNITS]

    def start(self, unit: Unit) -> None:
        """Start what a unit starts, where and with what it says."""
        (where,) = unit.settings["WorkingDirectory"]
        environment = unit.environment(self._folder / "credentials" / unit.name)
        bound = [*_BOUND, sys.executable, "-c", _NO_NEW_CODE]
        command = [*("env", "--chdir", where), *bound, *unit.arguments()]
        self._processes.start(unit.name, command, environment)


def run(command: Sequence[str]) -> str:
    """What a command says; AssertionError where it fails."""
    done = subprocess.run(command, env=_KEPT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
    return done.stdout


def live(archive: Path, folder: Path) -> dict[str, Any]:
    """Install, start, ask; what came of it."""
    with ExitStack() as ends:
        processes = Processes(folder)
        ends.callback(processes.end_all)
        server = Server(folder, processes)
        with server.timed("unpack"):
            bundle = server.unpack(archive)
        with server.timed("install"):
            server.install(bundle)
        postgres = ends.enter_context(Postgres())
        key = secrets.token_hex(32)
        gateway = ends.enter_context(SimulatedKavenegar(key, lines=[LINE]))
        server.secret("kavenegar_api_key").write_text(key)
        port = free_port()
        database = postgres.url(postgres.create_database())
        server.configure(database, server.start_redis(), gateway.base_url, port)
        with server.timed("migrate"):
            server.verb("db", "upgrade")
        write_slices(folder / "exports")
        server.verb("billing", "import", str(folder / "exports"), "--as-of", "1405-09-01")
        site = server.root / "etc/nginx/sites-available/sms-service"
        with server.timed("start"):
            for unit in server.units():
                server.start(unit)
            nginx = ends.enter_context(Nginx(folder / "nginx", port, site=site))
            wait_until(lambda: nginx.ask("GET", "/livez").status == 200)
            _ask(server, nginx, gateway, "1", "09900000001", "راهنما")
        question = f"{BILL_IDS[0]} 1404"
        with server.timed("answer"):
            answer = _ask(server, nginx, gateway, "2", "09900000002", question)
        expected = json.loads(server.verb("reply", "--json", question))["reply"]["text"]
        again = server.install(bundle)
        return {
            "seconds": server.seconds,
            "routes": len(Path("/proc/net/route").read_text().splitlines()) - 1,
            "reached": _reaches_anything(),
            "answer": answer,
            "expected": expected,
            "version": nginx.ask("GET", "/version").json(),
            "ready": nginx.ask("GET", "/readyz").status,
            "noted": dict(
                re.findall(r"^(\w+)=(.*)$", (bundle / "VERSION").read_text(), re.MULTILINE)
            ),
            "again": again,
            "secret_in_logs": server.secret("webhook_secrets").read_text() in nginx.logs,
        }


def _ask(
    server: Server, nginx: Nginx, gateway: SimulatedKavenegar, number: str, phone: str, text: str
) -> str:
    """Post a text as the gateway would; the answer that comes to the phone."""
    secret = server.secret("webhook_secrets").read_text().strip()
    path = f"/webhooks/kavenegar/{secret}/received"
    since = max((sms.messageid for sms in gateway.outbox()), default=0)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"messageid": number, "from": phone, "to": LINE, "message": text})
    said = nginx.ask("POST", path, body.encode(), headers)
    assert said.status == 200, said.body
    return gateway.wait_for(1, since=since, seconds=60)[0].message


def _reaches_anything() -> bool:
    try:
        socket.create_connection(_SOMEWHERE, timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.stdout.write(json.dumps(live(Path(sys.argv[1]), Path(sys.argv[2])), ensure_ascii=False))
