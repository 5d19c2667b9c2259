"""Redis and the broker: whether they answer, and whether they keep what they are given."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import redis

from sms_service.queueing import make_celery
from sms_service.queueing.redis_clients import close_client, redis_client
from sms_service.service.health import Finding, of_clock, warning, well, wrong
from sms_service.settings import Settings
from sms_service.settings.addresses import AmqpAddress, RedisAddress

_PATIENCE = 2.0
_LATER = "texts are answered meanwhile, some seconds later"
_CONFIG = "in redis.conf (docs/how-to/operations.md, Redis)"


def of_redis(address: RedisAddress) -> Sequence[Finding]:
    """What its settings make of our rings and dialogues."""
    client = redis_client(address, _PATIENCE)
    try:
        return _asked(client, address)
    except redis.AuthenticationError:
        return [wrong("redis", "it doesn't accept the password", "see REDIS_URL and its ACL")]
    except redis.RedisError as error:
        said = f"it doesn't answer ({type(error).__name__})"
        return [wrong("redis", said, f"see whether it runs, and REDIS_URL; {_LATER}")]
    finally:
        close_client(client)


def _asked(client: redis.Redis, address: RedisAddress) -> list[Finding]:
    before = time.time()
    seconds, micros = _told(client.time)
    ahead = seconds + micros / 1e6 - (before + time.time()) / 2
    server = _told(client.info)
    found = [well("redis", f"{server.get('redis_version', 'it')} answers")]
    found.append(of_clock("redis clock", "Redis", ahead))
    if not address.password:
        remedy = "set requirepass or an ACL, and the password in REDIS_URL"
        found.append(warning("redis", "nobody needs a password for it", remedy))
    if server.get("aof_enabled") == 0:
        said = "appendonly is off: a restart forgets dialogues and rings, which ticks make good"
        found.append(warning("redis", said, f"set appendonly yes {_CONFIG}"))
    policy = server.get("maxmemory_policy")
    if policy != "noeviction":
        said = f"maxmemory-policy is {policy}: when it is full, messages vanish unnoticed"
        found.append(wrong("redis", said, f"set maxmemory-policy noeviction {_CONFIG}"))
    return found


def _told(ask: Callable[[], Any]) -> Any:
    """redis-py's answers are typed for its asynchronous client, too."""
    return ask()


def of_broker(settings: Settings, address: AmqpAddress) -> Sequence[Finding]:
    """Whether RabbitMQ takes a connection."""
    app = make_celery(settings)
    try:
        with app.connection_for_write(connect_timeout=_PATIENCE) as connection:
            connection.ensure_connection(max_retries=1, timeout=_PATIENCE)
    except Exception as error:  # whatever the broker's client raises, its words hold the address
        said = f"it doesn't answer ({type(error).__name__})"
        return [wrong("broker", said, f"see whether it runs, and CELERY_BROKER_URL; {_LATER}")]
    names = ", over TLS" if address.tls else ""
    return [well("broker", f"RabbitMQ takes connections{names}")]
