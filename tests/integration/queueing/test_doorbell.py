"""The doorbell on a real server: rings are coalesced, and it never waits for Redis."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis

from sms_service.queueing.doorbell import CeleryDoorbell, Flags
from sms_service.simulator.valkey import Valkey


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


@pytest.fixture
def flags(redis_url: str) -> Iterator[Flags]:
    with client(redis_url) as connection:
        yield Flags(connection)


def test_many_rings_before_anyone_answers_are_one_message(flags: Flags) -> None:
    published: list[str] = []
    bell = CeleryDoorbell(published.append, flags)
    for _ in range(10):
        assert bell.ring_now("lookup")
    assert published == ["lookup"]


def test_once_answered_the_next_ring_is_a_new_message(flags: Flags) -> None:
    published: list[str] = []
    bell = CeleryDoorbell(published.append, flags)
    bell.ring_now("lookup")
    bell.answered("lookup")
    bell.ring_now("lookup")
    assert published == ["lookup", "lookup"]


def test_lanes_ring_apart(flags: Flags) -> None:
    published: list[str] = []
    bell = CeleryDoorbell(published.append, flags)
    bell.ring_now("lookup")
    bell.ring_now("deliver")
    assert published == ["lookup", "deliver"]


def test_a_flag_nobody_answers_ends_by_itself_within_two_seconds(
    flags: Flags, redis_url: str
) -> None:
    assert flags.set("lookup")
    with client(redis_url) as connection:
        assert 0 < connection.pttl("bargh:ring:lookup") <= 2000


def test_a_ring_that_could_not_be_published_may_be_tried_again_at_once(flags: Flags) -> None:
    published: list[str] = []

    def publish(lane: str) -> None:
        if not published:
            published.append("refused")
            raise ConnectionError
        published.append(lane)

    bell = CeleryDoorbell(publish, flags)
    assert not bell.ring_now("lookup")
    assert bell.ring_now("lookup")
    assert published == ["refused", "lookup"]


def test_a_failed_publisher_takes_back_its_own_flag_only(flags: Flags) -> None:
    published: list[str] = []

    def publish(_lane: str) -> None:
        # Meanwhile a consumer answered and another producer set the flag anew.
        flags.clear("lookup")
        assert flags.set("lookup")
        raise ConnectionError

    CeleryDoorbell(publish, flags).ring_now("lookup")
    CeleryDoorbell(published.append, flags).ring_now("lookup")
    assert published == []


def test_a_broker_that_is_not_redis_gets_every_ring() -> None:
    published: list[str] = []
    bell = CeleryDoorbell(published.append, None)
    bell.ring_now("lookup")
    bell.answered("lookup")
    bell.ring_now("lookup")
    assert published == ["lookup", "lookup"]


@pytest.mark.parametrize("trouble", ["dead", "frozen", "full"])
def test_ringing_never_waits_and_never_raises_whatever_redis_does(
    make_redis: Callable[..., Valkey], trouble: str
) -> None:
    server = make_redis(maxmemory=1 if trouble == "full" else 0)
    with client(server.url) as connection:
        bell = CeleryDoorbell(lambda lane: None, Flags(connection))
        if trouble == "dead":
            server.kill()
        elif trouble == "frozen":
            server.freeze()
        started = time.monotonic()
        for _ in range(100):
            bell.ring("lookup")
        assert time.monotonic() - started < 0.05
        bell.answered("lookup")


def test_a_ring_asked_for_reaches_the_publisher_on_another_thread(flags: Flags) -> None:
    heard = threading.Event()
    names: list[str] = []

    def publish(_lane: str) -> None:
        names.append(threading.current_thread().name)
        heard.set()

    CeleryDoorbell(publish, flags).ring("deliver")
    assert heard.wait(5)
    assert names == ["doorbell"]
