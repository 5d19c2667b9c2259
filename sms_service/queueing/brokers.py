"""What Celery must be told of its broker: Redis, Redis behind Sentinel, or RabbitMQ.

Each setting has its reason in docs/explanation/doorbell.md.
"""

import ssl
from collections.abc import Mapping
from typing import Any

from sms_service.queueing.redis_clients import sentinel_options, tls_options
from sms_service.settings.addresses import AmqpAddress, RedisAddress, Tls

KEY_PREFIX = "bargh:"
"""Keeps our keys apart from another application's on the same Redis."""

_MINUTE = 60
_PATIENCE = 1.0
"""Seconds for one answer of Redis or of a sentinel."""


def broker_settings(broker: RedisAddress | AmqpAddress | None) -> dict[str, Any]:
    """The part of Celery's configuration that depends on the broker."""
    if isinstance(broker, AmqpAddress):
        return _amqp(broker)
    if broker is None:
        return {"broker_url": None, "broker_transport_options": _redis_options()}
    if broker.master is None:
        settings = {"broker_url": _url(broker), "broker_transport_options": _redis_options()}
    else:
        settings = _sentinel(broker)
    if broker.tls:
        # Left to itself kombu takes any certificate.
        settings["broker_use_ssl"] = tls_options(broker.tls)
    return settings


def _url(broker: RedisAddress) -> str:
    if broker.socket:
        return f"redis+socket://{broker.userinfo()}{broker.socket}?virtual_host={broker.database}"
    host, port = broker.hosts[0]
    scheme = "rediss" if broker.tls else "redis"
    return f"{scheme}://{broker.userinfo()}{_bracketed(host)}:{port}/{broker.database}"


def _sentinel(broker: RedisAddress) -> dict[str, Any]:
    urls = (
        f"sentinel://{broker.userinfo()}{_bracketed(host)}:{port}/{broker.database}"
        for host, port in broker.hosts
    )
    return {
        "broker_url": ";".join(urls),
        "broker_transport_options": {
            **_redis_options(),
            "master_name": broker.master,
            "sentinel_kwargs": sentinel_options(broker, _PATIENCE),
        },
    }


def _redis_options() -> dict[str, Any]:
    return {
        "socket_connect_timeout": _PATIENCE,
        "socket_timeout": _PATIENCE,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
        "visibility_timeout": 2 * _MINUTE + 10,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "global_keyprefix": KEY_PREFIX,
    }


def _amqp(broker: AmqpAddress) -> dict[str, Any]:
    return {
        "broker_url": ";".join(broker.urls),
        "broker_use_ssl": _amqp_tls(broker.tls),
        "broker_connection_timeout": 2,
        "broker_heartbeat": 10,
        "broker_transport_options": {
            "confirm_publish": True,
            "read_timeout": 3,
            "write_timeout": 3,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
        },
        "task_default_queue_type": "quorum",
        "task_create_missing_queue_type": "quorum",
        "worker_detect_quorum_queues": True,
    }


def _amqp_tls(tls: Tls | None) -> Mapping[str, Any] | None:
    if tls is None:
        return None
    # None stands for the name in the address: one host, as the address's reader made sure.
    name = {"server_hostname": tls.server_hostname} if tls.check_hostname else {}
    files = {"ca_certs": tls.ca_certs, "certfile": tls.certfile, "keyfile": tls.keyfile}
    return {"cert_reqs": ssl.CERT_REQUIRED, **files, **name}


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
