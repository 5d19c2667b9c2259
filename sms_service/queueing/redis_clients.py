"""Clients of Redis that give up soon, whether it stands alone or behind Sentinel."""

from typing import Any

import redis
from redis.sentinel import Sentinel

from sms_service.settings.addresses import RedisAddress, Tls


def redis_client(address: RedisAddress, patience: float) -> redis.Redis:
    """A client each of whose waits ends after ``patience`` seconds, and that retries nothing.

    Connects on first use. Behind Sentinel every new connection asks who the master is now,
    and a connection to one that became a replica is given up; whatever fails meanwhile is
    a RedisError.
    """
    options = _waits(patience) | _login(address.username, address.password)
    options |= {"db": address.database}
    if address.socket:
        return redis.Redis(unix_socket_path=address.socket, **options)
    options |= tls_options(address.tls)
    if address.master is None:
        host, port = address.hosts[0]
        return redis.Redis(host, port, ssl=address.tls is not None, **options)
    return _master(address, patience, options)


def _master(address: RedisAddress, patience: float, options: dict[str, Any]) -> redis.Redis:
    if address.tls is not None:
        options["ssl"] = True
    told = sentinel_options(address, patience)
    sentinels: Any = Sentinel(address.hosts, sentinel_kwargs=told)  # type: ignore[no-untyped-call]  # redis-py's
    client: redis.Redis = sentinels.master_for(address.master, **options)
    return client


def close_client(client: redis.Redis) -> None:
    """Close the connections of a client that was made here, and those to sentinels."""
    client.close()
    sentinels = getattr(client.connection_pool, "sentinel_manager", None)
    if sentinels is not None:
        sentinels.close()


def sentinel_options(address: RedisAddress, patience: float) -> dict[str, Any]:
    """How the sentinels themselves are talked to: each for so long, and each once."""
    return (
        _waits(patience)
        | _login(address.sentinel_username, address.sentinel_password)
        | ({"ssl": True, **tls_options(address.tls)} if address.tls else {})
    )


def tls_options(tls: Tls | None) -> dict[str, Any]:
    """What redis-py and kombu call these."""
    if tls is None:
        return {}
    return {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": tls.check_hostname,
        "ssl_ca_certs": tls.ca_certs,
        "ssl_certfile": tls.certfile,
        "ssl_keyfile": tls.keyfile,
    }


def _waits(patience: float) -> dict[str, Any]:
    return {
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "socket_keepalive": True,
        # redis-py's own would try four times, with rests of up to ten seconds.
        "retry": None,
    }


def _login(username: str | None, password: str | None) -> dict[str, Any]:
    return {"username": username, "password": password}
