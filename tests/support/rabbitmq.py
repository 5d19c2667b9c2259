"""RabbitMQ as Debian packages it: one node, or a cluster, each with files of its own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sms_service.simulator.household import free_port
from tests.support.places import HERE, Place

USER, PASSWORD = "bargh", "r4bbit of the tests"
_URL_LOGIN = "bargh:r4bbit%20of%20the%20tests"
_START_SECONDS, _STOP_SECONDS = 90.0, 10.0


def rabbitmq_server() -> Path | None:
    """The server's own script, below Debian's that changes the user; None without it."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return found[-1] if found else None


class RabbitNode:
    """One node, with an epmd of its own."""

    def __init__(self, folder: Path, place: Place, peers: Sequence[str]) -> None:
        """``peers``: the hosts of the cluster; empty for a node alone."""
        self.host, self.port = place.host, place.port or free_port()
        self._folder, self._run = folder, place.run
        self._epmd_port, self._talk_port = (
            (4369, 25672) if place.run else (free_port(), free_port())
        )
        folder.mkdir(parents=True)
        nodes = (
            f"cluster_formation.classic_config.nodes.{number} = rabbit@{host}"
            for number, host in enumerate(peers, 1)
        )
        login = (f"default_user = {USER}", f"default_pass = {PASSWORD}")
        # As docs/how-to/several-hosts.md says: by itself a node that vanished is missed for 60 s.
        lines = (*login, "net_ticktime = 8", *nodes)
        (folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / "enabled_plugins").write_text("[].\n", encoding="utf-8")
        cookie = folder / ".erlang.cookie"
        cookie.write_text("THECOOKIEOFTHETESTS", encoding="utf-8")
        cookie.chmod(0o400)
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """As CELERY_BROKER_URL names it."""
        return f"amqp://{_URL_LOGIN}@{self.host}:{self.port}//"

    def start(self) -> None:
        """Start on the data it has; returns at once."""
        script = rabbitmq_server()
        if script is None:
            raise FileNotFoundError("rabbitmq-server isn't installed")
        epmd = ["epmd", "-port", str(self._epmd_port), "-address", self.host]
        for command in (epmd, [str(script)]):
            with (self._folder / "log").open("ab") as log:
                started = subprocess.Popen(
                    [*self._run, *command],
                    env={**os.environ, **self._environment()},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self._processes.append(started)

    def accepts(self) -> bool:
        """Whether it greets a client."""
        with suppress(OSError), socket.create_connection((self.host, self.port), 1) as line:
            line.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(line.recv(1))
        return False

    def kill(self) -> None:
        """End it and all it started at once; does nothing twice."""
        for process in reversed(self._processes):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(_STOP_SECONDS)
        self._processes.clear()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it stand still for the length of a block, connections and all."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    def log(self) -> str:
        """What it said."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self._folder),
            "ERL_CRASH_DUMP": str(self._folder / "crash"),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": f"rabbit@{self.host}",
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_NODE_IP_ADDRESS": self.host,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._talk_port),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(self._folder / "no-such-file"),
            # Two schedulers each: many nodes share a small machine here.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none",
        }


class RabbitCluster:
    """Nodes that know each other; ``with RabbitCluster(folder) as cluster:`` runs them."""

    def __init__(self, folder: Path, places: Sequence[Place] = (HERE,)) -> None:
        peers = [place.host for place in places] if len(places) > 1 else []
        self.nodes = [
            RabbitNode(folder / f"rabbit-{number}", place, peers)
            for number, place in enumerate(places)
        ]

    @property
    def url(self) -> str:
        """As CELERY_BROKER_URL names it: every node, the first preferred."""
        return ";".join(node.url for node in self.nodes)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for node in self.nodes:
                stack.callback(node.kill)
                node.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def wait_until_ready(self) -> None:
        """Return when every node has started for good. Raises TimeoutError."""
        deadline = time.monotonic() + _START_SECONDS
        while not all("Server startup complete" in node.log() for node in self.nodes):
            if time.monotonic() > deadline:
                raise TimeoutError(f"RabbitMQ didn't start: {self.nodes[0].log()[-500:]}")
            time.sleep(0.2)
