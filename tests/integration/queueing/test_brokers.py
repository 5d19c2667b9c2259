"""Flags and Celery's messages on real servers: with a password, over TLS, behind Sentinel."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis
from celery import Celery

from sms_service.queueing import make_celery
from sms_service.queueing.doorbell import (
    CeleryDoorbell,
    doorbell_over,
    rabbitmq_answers,
    redis_answers,
)
from sms_service.queueing.redis_clients import close_client, redis_client
from sms_service.settings import Settings
from sms_service.settings.addresses import redis_address
from tests.support.kavenegar import closed_port
from tests.support.places import HERE
from tests.support.rabbitmq import RabbitCluster, rabbitmq_server
from tests.support.redis_group import PASSWORD, RedisGroup, RedisNode
from tests.support.tls import Authority, Pair, over_tls

QUEUE = "bargh:bargh.lookup"
IN_ADDRESS = "p4ss%2Fof%40the%3Atests"
LOOPBACK = "127.0.0.1"
OWED_SECONDS = 15.0

MakeSettings = Callable[..., Settings]


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[RedisNode]:
    """A Redis that asks for a password."""
    lines = (f"requirepass {PASSWORD}", f"unixsocket {tmp_path / 'socket'}")
    node = RedisNode(tmp_path / "redis", HERE, lines, watches=False)
    node.start()
    try:
        with closing(client(node)) as connected:
            _wait_until(lambda: _answers(connected))
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> Pair:
    return authority.certify(LOOPBACK)


def client(node: RedisNode) -> redis.Redis:
    return redis.Redis(node.host, node.port, password=PASSWORD, socket_timeout=1)


@contextmanager
def bell(settings: Settings) -> Iterator[CeleryDoorbell]:
    """The doorbell of these settings; its connections end with the block."""
    celery = make_celery(settings)
    flags = redis_client(settings.redis, 1) if settings.redis else None
    try:
        yield doorbell_over(celery, flags)
    finally:
        celery.close()
        if flags:
            close_client(flags)


def rings(settings: Settings, node: RedisNode) -> bool:
    """Whether a ring by these settings sets the flag and brings a message."""
    with closing(client(node)) as connected, bell(settings) as made:
        connected.flushall()
        rung = made.ring_now("lookup")
        return rung and connected.llen(QUEUE) == 1 and connected.exists("bargh:ring:lookup") == 1


def test_a_password_opens_redis_for_flags_messages_and_the_health_page(
    guarded: RedisNode, settings: MakeSettings
) -> None:
    given = settings(REDIS_URL=f"redis://:{IN_ADDRESS}@{LOOPBACK}:{guarded.port}/0")
    assert rings(given, guarded)
    assert redis_answers(given) is True


def test_a_wrong_password_is_told_as_redis_away(guarded: RedisNode, settings: MakeSettings) -> None:
    given = settings(REDIS_URL=f"redis://:wrong@{LOOPBACK}:{guarded.port}/0")
    with bell(given) as made:
        assert not made.ring_now("lookup")
    assert redis_answers(given) is False


def test_a_socket_in_the_file_system_serves_flags_and_messages(
    guarded: RedisNode, settings: MakeSettings, tmp_path: Path
) -> None:
    given = settings(REDIS_URL=f"unix://:{IN_ADDRESS}@{tmp_path / 'socket'}")
    assert rings(given, guarded)


def test_over_tls_flags_and_messages_go_to_a_server_that_proves_its_name(
    guarded: RedisNode, settings: MakeSettings, authority: Authority, certificate: Pair
) -> None:
    with over_tls(guarded.port, certificate) as port:
        address = f"rediss://:{IN_ADDRESS}@{LOOPBACK}:{port}/0"
        assert rings(
            settings(REDIS_URL=f"{address}?ssl_ca_certs={authority.ca.certificate}"), guarded
        )


@pytest.mark.parametrize("fault", ["unknown authority", "another name", "no authority named"])
def test_a_server_that_proves_nothing_gets_neither_flag_nor_message(
    guarded: RedisNode, settings: MakeSettings, authority: Authority, fault: str, tmp_path: Path
) -> None:
    shown = authority.certify("10.9.9.9" if fault == "another name" else LOOPBACK)
    believed = authority.ca.certificate
    if fault == "unknown authority":
        believed = Authority(tmp_path, "another").ca.certificate
    named = "" if fault == "no authority named" else f"?ssl_ca_certs={believed}"
    with over_tls(guarded.port, shown) as port:
        address = f"rediss://:{IN_ADDRESS}@{LOOPBACK}:{port}/0{named}"
        given = settings(REDIS_URL="redis://127.0.0.1:9/0", CELERY_BROKER_URL=address)
        only_broker = given.model_copy(update={"redis_url": None})
        with bell(only_broker) as made:
            assert not made.ring_now("lookup")
        assert redis_answers(settings(REDIS_URL=address)) is False
    with closing(client(guarded)) as connected:
        assert connected.keys() == []


def test_a_server_that_asks_for_our_certificate_gets_it(
    guarded: RedisNode, settings: MakeSettings, authority: Authority, certificate: Pair
) -> None:
    believed, own = authority.ca.certificate, authority.certify("sms-service")
    with over_tls(guarded.port, certificate, clients=believed) as port:
        address = f"rediss://:{IN_ADDRESS}@{LOOPBACK}:{port}/0?ssl_ca_certs={believed}"
        assert redis_answers(settings(REDIS_URL=address)) is False
        shown = f"{address}&ssl_certfile={own.certificate}&ssl_keyfile={own.key}"
        assert rings(settings(REDIS_URL=shown), guarded)


def test_behind_sentinel_rings_go_to_the_new_master_once_the_old_one_died(
    settings: MakeSettings, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    with RedisGroup(tmp_path / "group") as group:
        group.wait_until_watched()
        given, old = settings(REDIS_URL=group.url), group.master()
        with bell(given) as made:
            assert made.ring_now("lookup")
            old.kill()
            died = time.monotonic()
            while not made.ring_now("deliver"):
                assert time.monotonic() - died < OWED_SECONDS
                time.sleep(0.1)
        figure(f"Sentinel: the bell rang again {time.monotonic() - died:.1f} s after a kill")
        with closing(client(group.master())) as connected:
            assert connected.llen("bargh:bargh.deliver") == 1
        assert group.master() is not old
        assert redis_answers(given) is True


def test_sentinels_that_are_away_cost_each_its_time_out_and_no_more(tmp_path: Path) -> None:
    nowhere = redis_address("sentinel://:pw@127.0.0.1:9,127.0.0.1:9,127.0.0.1:9/0?master=bargh")
    started = time.monotonic()
    lost = redis_client(nowhere, 0.3)
    with pytest.raises(redis.RedisError):
        lost.ping()
    close_client(lost)
    assert time.monotonic() - started < 3 * 0.3 + 1


def test_rabbitmq_away_is_told_so_and_where_it_is_no_broker_nothing_is(
    settings: MakeSettings,
) -> None:
    away = f"amqp://u:p@{LOOPBACK}:{closed_port()}//"
    assert rabbitmq_answers(settings(CELERY_BROKER_URL=away)) is False
    assert rabbitmq_answers(settings(REDIS_URL="redis://127.0.0.1:9/0")) is None


@pytest.mark.long
@pytest.mark.timeout(240)
def test_rings_reach_quorum_queues_of_rabbitmq_and_a_frozen_node_holds_nobody(
    settings: MakeSettings, tmp_path: Path
) -> None:
    if rabbitmq_server() is None:
        pytest.skip("rabbitmq-server isn't installed")
    with RabbitCluster(tmp_path / "rabbit") as cluster:
        cluster.wait_until_ready()
        given = settings(CELERY_BROKER_URL=cluster.url)
        celery = make_celery(given)
        made = doorbell_over(celery, None)
        try:
            assert rabbitmq_answers(given) is True
            assert made.ring_now("lookup")
            assert _messages(celery, "bargh.lookup") == 1
            with cluster.nodes[0].frozen():
                started = time.monotonic()
                made.ring("lookup")
                assert time.monotonic() - started < 0.05
                assert not made.ring_now("deliver")
                assert time.monotonic() - started < OWED_SECONDS
            _wait_until(lambda: made.ring_now("deliver"))
        finally:
            celery.close()


def _messages(celery: Celery, queue: str) -> int:
    """How many wait in a quorum queue; a queue of another kind is an error of the channel."""
    with celery.connection_for_read() as connection:
        declared = celery.amqp.queues[queue](connection.default_channel)
        return int(declared.queue_declare().message_count)


def _answers(connected: redis.Redis) -> bool:
    try:
        return bool(connected.ping())
    except redis.RedisError:
        return False


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
