"""Who may look inside: what tells of the service's own state isn't for the public.

METRICS_TOKEN as a bearer token opens it. Where that setting is empty, programs on this very
host may look, and nobody whose request came by way of a proxy: a proxy on this host speaks
from loopback for the whole world.
"""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request
from pydantic import SecretStr
from werkzeug.exceptions import HTTPException

from sms_service.channels.problems import problem
from sms_service.channels.secrets import Secrets

_FORWARDED = (
    *("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_FOR"),
    *("HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_PORT"),
    *("HTTP_X_FORWARDED_SERVER", "HTTP_X_FORWARDED_PREFIX"),
)
_LOCAL_NAMES = ("localhost", "ip6-localhost")


class NotInside(HTTPException):
    """A request that may not look inside, with the whole answer to it."""


class Inside:
    """Tells requests from inside from all others; compares the token in constant time."""

    def __init__(self, token: SecretStr | None) -> None:
        given = token.get_secret_value() if token else ""
        self._token = Secrets([given]) if given else None

    def admits(self, environ: Mapping[str, Any]) -> bool:
        """Whether the request of this WSGI environment may look inside."""
        if self._token is not None:
            kind, _, offered = environ.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
            return kind.lower() == "bearer" and self._token.admit(offered.strip())
        return comes_from_this_host(environ)

    def check(self) -> None:
        """For a view of Flask: raise NotInside, 401 problem+json, unless the request may look."""
        if not self.admits(request.environ):
            raise NotInside(response=_refusal())


def comes_from_this_host(environ: Mapping[str, Any]) -> bool:
    """Whether a program on this host asks for itself.

    What ProxyFix made of the addresses counts for nothing here: the peer is who connected. A
    proxy gives itself away by its headers, or by passing on the public name that was asked for.
    """
    before_proxies = environ.get("werkzeug.proxy_fix.orig") or environ
    if any(name in environ for name in _FORWARDED):
        return False
    peer = before_proxies.get("REMOTE_ADDR", environ.get("REMOTE_ADDR", ""))
    return _is_loopback(peer) and _is_local_name(environ.get("HTTP_HOST", ""))


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return (mapped or parsed).is_loopback


def _is_local_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name is not None and (name in _LOCAL_NAMES or _is_loopback(name))


def _refusal() -> Response:
    response = problem(401)
    response.headers["WWW-Authenticate"] = 'Bearer realm="sms-service"'
    response.headers["Cache-Control"] = "no-store"
    return response
