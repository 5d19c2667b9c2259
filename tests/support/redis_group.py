"""Several Redis-speaking servers: a master with replicas, and the sentinels that watch them."""

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis

from sms_service.simulator.household import free_port
from sms_service.simulator.valkey import valkey_binary
from tests.support.places import HERE, Place

MASTER = "bargh"
PASSWORD = "p4ss/of@the:tests"
"""With all that an address has to write in another way."""
SENTINEL_PASSWORD = "s3nt1nels of the tests"
DOWN_AFTER_MS = 1000
_START_SECONDS, _STOP_SECONDS = 30.0, 5.0


class RedisNode:
    """One server or sentinel, by a configuration file that it may rewrite."""

    def __init__(self, folder: Path, place: Place, lines: Sequence[str], *, watches: bool) -> None:
        """``watches``: whether it is a sentinel."""
        self.host, self.port, self._run = place.host, place.port or free_port(), place.run
        self._folder, self._watches = folder, watches
        folder.mkdir(parents=True)
        own = (f"bind {self.host}", f"port {self.port}", f"dir {folder}", "protected-mode no")
        self._file.write_text("\n".join((*own, *lines)) + "\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _file(self) -> Path:
        return self._folder / "redis.conf"

    def start(self) -> None:
        """Start, with whatever it wrote down before; returns at once."""
        kind = ("--sentinel",) if self._watches else ()
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._run, str(valkey_binary()), str(self._file), *kind],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        """End it in good order, or by force; does nothing twice."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it at once; does nothing twice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        """Its process, 0 when it doesn't run."""
        return self._process.pid if self._process else 0

    def log(self) -> str:
        """What it said."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")


class RedisGroup:
    """A master, replicas and three sentinels; ``with RedisGroup(folder) as group:`` runs them."""

    def __init__(
        self,
        folder: Path,
        servers: Sequence[Place] = (HERE, HERE),
        sentinels: Sequence[Place] = (HERE, HERE, HERE),
    ) -> None:
        own = (
            *(f"requirepass {PASSWORD}", f"masterauth {PASSWORD}"),
            *('save ""', "appendonly no", "repl-diskless-sync-delay 0"),
        )
        first = RedisNode(folder / "redis-0", servers[0], own, watches=False)
        follow = (*own, f"replicaof {first.host} {first.port}")
        self.servers = [first]
        for number, place in enumerate(servers[1:], 1):
            self.servers.append(RedisNode(folder / f"redis-{number}", place, follow, watches=False))
        watch = (
            f'requirepass "{SENTINEL_PASSWORD}"',
            f'sentinel sentinel-pass "{SENTINEL_PASSWORD}"',
            f"sentinel monitor {MASTER} {first.host} {first.port} {len(sentinels) // 2 + 1}",
            f"sentinel auth-pass {MASTER} {PASSWORD}",
            f"sentinel down-after-milliseconds {MASTER} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {MASTER} 10000",
        )
        self.sentinels = [
            RedisNode(folder / f"sentinel-{number}", place, watch, watches=True)
            for number, place in enumerate(sentinels)
        ]

    @property
    def url(self) -> str:
        """As REDIS_URL names it."""
        hosts = ",".join(f"{one.host}:{one.port}" for one in self.sentinels)
        words = f"master={MASTER}&sentinel_password=s3nt1nels%20of%20the%20tests"
        return f"sentinel://:p4ss%2Fof%40the%3Atests@{hosts}/0?{words}"

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for node in self.servers:
                stack.callback(node.stop)
                node.start()
            # A sentinel looks for replicas when it starts, and then each ten seconds.
            _wait_until(self._replicas_follow)
            for node in self.sentinels:
                stack.callback(node.stop)
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

    def wait_until_watched(self) -> None:
        """Return when every sentinel knows all others and every replica. Raises TimeoutError."""
        _wait_until(lambda: all(self._knows_all(one) for one in self.sentinels))

    def master(self) -> RedisNode:
        """The server that is the master by what the servers say themselves."""
        for node in self.servers:
            if node.pid and _role(node) == "master":
                return node
        raise LookupError("none is the master")

    def _replicas_follow(self) -> bool:
        with suppress(redis.RedisError), closing(_client(self.servers[0], PASSWORD)) as client:
            replication = client.info("replication")
            return all(
                replication[f"slave{number}"]["state"] == "online"
                for number in range(replication["connected_slaves"])
            ) and (replication["connected_slaves"] == len(self.servers) - 1)
        return False

    def _knows_all(self, sentinel: RedisNode) -> bool:
        with suppress(redis.RedisError), closing(_client(sentinel, SENTINEL_PASSWORD)) as client:
            known: Any = client.sentinel_master(MASTER)
            replicas: Any = client.sentinel_slaves(MASTER)
            return (
                known["num-other-sentinels"] == len(self.sentinels) - 1
                and len(replicas) == len(self.servers) - 1
                and all(one["master-link-status"] == "ok" for one in replicas)
            )
        return False


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the servers don't know each other")
        time.sleep(0.05)


def _role(node: RedisNode) -> str:
    with suppress(redis.RedisError), closing(_client(node, PASSWORD)) as client:
        return str(client.info("replication")["role"])
    return "gone"


def _client(node: RedisNode, password: str) -> redis.Redis:
    return redis.Redis(node.host, node.port, password=password, socket_timeout=1)
