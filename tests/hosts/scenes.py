"""What happens to the hosts while people text: brokers that fall, workers cut off and killed."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import redis
from celery import Celery

from sms_service.queueing import make_celery
from sms_service.queueing.doorbell import doorbell_over
from sms_service.queueing.redis_clients import close_client, redis_client
from sms_service.settings import load_settings
from sms_service.settings.addresses import redis_address
from tests.hosts.load import Load, Outcome, wait_until
from tests.hosts.network import Network
from tests.hosts.site import Site
from tests.support.rabbitmq import RabbitCluster
from tests.support.redis_group import PASSWORD, RedisGroup

PER_SECOND = 25.0
_FAILED_OVER_WITHIN = 60.0
_SETTLED_WITHIN = 90.0
_Seconds = dict[str, float]


def sentinel(folder: Path, network: Network) -> tuple[Outcome, _Seconds]:
    """Redis behind Sentinel: the master's link is cut; later its successor is killed."""
    servers = [network.host(f"redis{number}", 30 + number) for number in (1, 2)]
    watchers = [network.host(f"sentinel{number}", 40 + number) for number in (1, 2, 3)]
    group = RedisGroup(
        folder / "redis",
        [host.place(6379) for host in servers],
        [host.place(26379) for host in watchers],
    )
    by_address = {host.address: host for host in servers}
    with group, _site(folder, network, {"REDIS_URL": group.url}) as site:
        group.wait_until_watched()
        first, second = group.servers

        def serves(wanted: str) -> bool:
            return _writes_at(group.url) == wanted

        load, seconds = Load(site, PER_SECOND), _Seconds()
        load.start()
        time.sleep(8)
        by_address[first.host].cut()
        seconds["master cut off, a new one takes writes"] = wait_until(
            lambda: serves(second.host), _FAILED_OVER_WITHIN
        )
        _hurt_workers(site)
        by_address[first.host].heal()
        seconds["old master back, it follows"] = wait_until(
            lambda: _follows(first.host, second.host), _FAILED_OVER_WITHIN
        )
        time.sleep(3)
        second.kill()
        seconds["its successor killed, the first takes writes again"] = wait_until(
            lambda: serves(first.host), _FAILED_OVER_WITHIN
        )
        time.sleep(15)
        return load.end(_SETTLED_WITHIN), seconds


def rabbitmq(folder: Path, network: Network) -> tuple[Outcome, _Seconds]:
    """Three nodes with quorum queues: one is cut off, heals, and another is killed."""
    hosts = [network.host(f"rabbit{number}", 50 + number) for number in (1, 2, 3)]
    cluster = RabbitCluster(folder / "rabbit", [host.place(5672) for host in hosts])
    with cluster:
        cluster.wait_until_ready()
        with _site(folder, network, {"CELERY_BROKER_URL": cluster.url}) as site:
            load, seconds = Load(site, PER_SECOND), _Seconds()
            rings = _Rings(site)
            load.start()
            time.sleep(8)
            hosts[0].cut()
            seconds["first node cut off, a ring is confirmed"] = rings.again()
            _hurt_workers(site)
            hosts[0].heal()
            time.sleep(15)
            cluster.nodes[1].kill()
            seconds["second node killed, a ring is confirmed"] = rings.again()
            time.sleep(15)
            rings.close()
            return load.end(_SETTLED_WITHIN), seconds


SCENES: Mapping[str, Callable[[Path, Network], tuple[Outcome, _Seconds]]] = {
    "sentinel": sentinel,
    "rabbitmq": rabbitmq,
}


@contextmanager
def _site(folder: Path, network: Network, broker: Mapping[str, str]) -> Iterator[Site]:
    site = Site(folder, network)
    with ExitStack() as stack:
        stack.callback(site.stop)
        site.start(broker)
        yield site
        for host in (*site.webs, *site.workers[:2]):
            if not host.runs():
                raise RuntimeError(f"a process of {host.name} ended by itself")


def _hurt_workers(site: Site) -> None:
    """Cut one worker host off for longer than a lease, and kill another for good."""
    cut_off, killed = site.workers[1], site.workers[2]
    cut_off.cut()
    time.sleep(6)
    killed.kill()
    time.sleep(6)
    cut_off.heal()


def _writes_at(url: str) -> str:
    """Which server takes a write that goes by the sentinels; empty when none does."""
    client = redis_client(redis_address(url), 0.5)
    pool: Any = client.connection_pool
    try:
        client.set("probe", 1)
        return str(pool.master_address[0])
    except redis.RedisError:
        return ""
    finally:
        close_client(client)


def _follows(address: str, master: str) -> bool:
    with (
        suppress(redis.RedisError),
        closing(redis.Redis(address, password=PASSWORD, socket_timeout=1)) as client,
    ):
        told = client.info("replication")
        return bool(told.get("master_host") == master and told.get("master_link_status") == "up")
    return False


class _Rings:
    """A publisher like that of a web process, which is asked to ring."""

    def __init__(self, site: Site) -> None:
        self._celery: Celery = make_celery(load_settings(site.settings))
        self._bell = doorbell_over(self._celery, None)
        self._bell.ring_now("lookup")

    def again(self) -> float:
        """Seconds until a ring is confirmed by the broker."""
        return wait_until(lambda: self._bell.ring_now("lookup"), _FAILED_OVER_WITHIN)

    def close(self) -> None:
        self._celery.close()
