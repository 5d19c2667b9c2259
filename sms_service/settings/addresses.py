"""Where Redis and RabbitMQ are, as REDIS_URL and CELERY_BROKER_URL tell it.

    redis://[user:password@]host[:6379]/0            rediss:// the same over TLS
    unix:///path/of/redis.sock?db=0
    sentinel://[user:password@]a[:26379],b,c/0?master=NAME   sentinels:// over TLS
    amqp://user:password@host[:5672]/vhost;amqp://…  amqps:// the same over TLS

Pure reading: nothing is looked up, opened or connected to. Every ValueError is one line
that repeats no part of the address, since passwords stand in it.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

Host = tuple[str, int]
"""A name or an address, and a port."""

_REDIS, _SENTINEL, _AMQP = ("redis", "rediss"), ("sentinel", "sentinels"), ("amqp", "amqps")
_PORTS = {"redis": 6379, "rediss": 6379, "sentinel": 26379, "sentinels": 26379}
_PORTS |= {"amqp": 5672, "amqps": 5671}
_OVER_TLS = ("rediss", "sentinels", "amqps")
_TLS_WORDS = {
    *("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"),
    *("ssl_cert_reqs", "ssl_server_hostname"),
}
_SENTINEL_WORDS = {"master", "sentinel_username", "sentinel_password"}


@dataclass(frozen=True, slots=True)
class Tls:
    """How the other side proves who it is; its certificate is always checked."""

    ca_certs: str | None = None
    """File of the authorities that are believed; None: those of the machine."""
    certfile: str | None = None
    keyfile: str | None = None
    """Our own certificate and its key, where the other side asks for one."""
    check_hostname: bool = True
    server_hostname: str | None = None
    """The name that certificates must hold, where it isn't the address's own (AMQP only)."""


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """One Redis, or those that Sentinel watches."""

    hosts: tuple[Host, ...]
    """The server; with ``master`` the sentinels; empty for a ``socket``."""
    database: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    socket: str | None = None
    master: str | None = None
    """The name under which the sentinels know the master; None without Sentinel."""
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether anybody in a network might use it: on another host, and we prove nothing."""
        proves = self.password or (self.tls and self.tls.certfile)
        return not proves and not all(_is_local(name) for name, _ in self.hosts)

    def userinfo(self) -> str:
        """User and password as they stand before the host of an address, with the ``@``."""
        if not self.password:
            return ""
        user = quote(self.username or "", safe="")
        return f"{user}:{quote(self.password, safe='')}@"


@dataclass(frozen=True, slots=True)
class AmqpAddress:
    """One RabbitMQ, or the nodes of its cluster in the order of preference."""

    urls: tuple[str, ...] = field(repr=False)
    """Each node's address without parameters, as kombu takes it."""
    tls: Tls | None = None
    is_open: bool = False
    """Whether a node on another host would be entered without a password of our own."""


def redis_address(text: str) -> RedisAddress:
    """Read REDIS_URL. Raises ValueError, which tells what is wrong and no secret."""
    if text.startswith("unix://"):
        return _socket(text)
    scheme, login, hosts, rest = _taken_apart(text)
    if scheme not in _REDIS + _SENTINEL:
        raise ValueError("must begin with redis, rediss, unix, sentinel or sentinels, then ://")
    words = _words(
        rest[1], {"db"} | _TLS_WORDS | (_SENTINEL_WORDS if scheme in _SENTINEL else set())
    )
    master = words.get("master")
    if scheme in _SENTINEL and not master:
        raise ValueError("sentinel:// needs ?master=NAME, the name the sentinels watch it by")
    if scheme in _REDIS and len(hosts) > 1:
        raise ValueError("redis:// takes one host; several are sentinel://")
    return RedisAddress(
        hosts,
        _database(rest[0].strip("/") or words.get("db", "0")),
        *login,
        _tls(scheme, words),
        master=master,
        sentinel_username=words.get("sentinel_username"),
        sentinel_password=words.get("sentinel_password"),
    )


def broker_address(text: str) -> RedisAddress | AmqpAddress:
    """Read CELERY_BROKER_URL, or a REDIS_URL in its place. Raises ValueError likewise."""
    if not text.startswith(tuple(f"{scheme}://" for scheme in _AMQP)):
        if text.partition("://")[0] in ("unix", *_REDIS, *_SENTINEL):
            return redis_address(text)
        raise ValueError("must begin with amqp, amqps, redis, rediss, sentinel or sentinels")
    return _amqp(text.split(";"))


def several_hosts(rest: str) -> str:
    """PostgreSQL's ``user:password@a:5432,b:5432/database?…`` as SQLAlchemy wants it.

    Anything with one host stays as it is.
    """
    before, _, words = rest.partition("?")
    authority, slash, database = before.rpartition("/")
    login, at, hosts = authority.rpartition("@")
    if "," not in hosts:
        return rest
    named = "&".join(f"host={quote(host, safe=':[]')}" for host in hosts.split(","))
    return f"{login}{at}{slash}{database}?{named}{'&' if words else ''}{words}"


def _amqp(addresses: list[str]) -> AmqpAddress:
    urls, words, schemes, is_open = list[str](), dict[str, str](), set[str](), False
    for address in addresses:
        scheme, (_, password), hosts, rest = _taken_apart(address)
        schemes.add(scheme)
        words |= _words(rest[1], _TLS_WORDS)
        urls.append(urlunsplit(urlsplit(address)._replace(query="", fragment="")))
        # RabbitMQ's own guest is no account: its password is known to all.
        is_open |= password in (None, "guest") and not _is_local(hosts[0][0])
        if len(hosts) > 1:
            raise ValueError("several nodes are amqp://a/;amqp://b/, with a semicolon between")
    if len(schemes) > 1 or not schemes <= set(_AMQP):
        raise ValueError("all nodes are amqp:// or all are amqps://")
    tls = _tls(schemes.pop(), words)
    if tls and tls.check_hostname and len(urls) > 1 and not tls.server_hostname:
        raise ValueError(
            "several amqps:// need ?ssl_server_hostname=NAME, a name that every certificate holds"
        )
    return AmqpAddress(tuple(urls), tls, is_open)


def _taken_apart(
    text: str,
) -> tuple[str, tuple[str | None, str | None], tuple[Host, ...], tuple[str, str]]:
    """Scheme, user and password, hosts, path and parameters."""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("is no address") from None
    userinfo, _, hosts = parts.netloc.rpartition("@")
    user, _, password = userinfo.partition(":")
    login = (unquote(user) or None, unquote(password) or None)
    port = _PORTS.get(parts.scheme, 0)
    named = tuple(_host(one.strip(), port) for one in hosts.split(","))
    return parts.scheme, login, named, (parts.path, parts.query)


def _host(text: str, default: int) -> Host:
    name, port = text, ""
    if text.startswith("["):
        name, _, port = text[1:].partition("]")
        port = port.removeprefix(":")
    elif ":" in text:
        name, _, port = text.rpartition(":")
    if not name or (port and not (port.isdecimal() and 0 < int(port) < 2**16)):
        raise ValueError("a host is name, name:port or [IPv6]:port")
    return unquote(name), int(port or default)


def _words(query: str, known: set[str]) -> dict[str, str]:
    words = dict(parse_qsl(query))
    for name in words.keys() - known:
        # A mistyped ssl_ca_certs must not mean: no authority at all.
        said = name if name.isidentifier() and name.isascii() else "of that name"
        raise ValueError(f"there is no parameter {said[:40]}")
    return words


def _tls(scheme: str, words: Mapping[str, str]) -> Tls | None:
    if scheme not in _OVER_TLS:
        if given := sorted(_TLS_WORDS & words.keys()):
            raise ValueError(f"{given[0]} needs {scheme}s://")
        return None
    if words.get("ssl_cert_reqs", "required").lower() not in ("required", "cert_required"):
        raise ValueError("ssl_cert_reqs: certificates are always checked")
    if ("ssl_certfile" in words) != ("ssl_keyfile" in words):
        raise ValueError("ssl_certfile and ssl_keyfile come together")
    return Tls(
        words.get("ssl_ca_certs"),
        words.get("ssl_certfile"),
        words.get("ssl_keyfile"),
        words.get("ssl_check_hostname", "true").lower() not in ("false", "no", "0"),
        words.get("ssl_server_hostname"),
    )


def _socket(text: str) -> RedisAddress:
    parts = urlsplit(text)
    words = _words(parts.query, {"db", "password"})
    if not parts.path:
        raise ValueError("unix:// needs the path of the socket")
    password = unquote(parts.password or "") or words.get("password")
    user = unquote(parts.username or "") or None
    database = _database(words.get("db", "0"))
    return RedisAddress((), database, user, password, socket=unquote(parts.path))


def _database(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 4):
        raise ValueError("the database is a number, as in redis://host/0")
    return int(text)


def _is_local(name: str) -> bool:
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name.lower() == "localhost"
