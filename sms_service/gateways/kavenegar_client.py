"""The official Kavenegar SDK, made fit for a service that must know what happened.

The SDK has one seam, ``_request``; it is overridden here and its method names stay.
What changes: connections are pooled, time-outs exist, the body is read at every HTTP
status, errors have types, and the API key stays out of logs, reprs and exceptions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import requests
import urllib3
from kavenegar import (
    APIException,
    HTTPException,
    KavenegarAPI,
)
from pydantic import SecretStr
from requests.adapters import HTTPAdapter

from sms_service.gateways.kavenegar_codes import ACCEPTED, REFUSALS, UNCERTAIN, Code
from sms_service.redaction import guard_loggers, hide

PUBLIC_URL = "https://api.kavenegar.com"
IDLE_SECONDS = 20.0
"""An idle connection older than this isn't used again: a NAT may have forgotten it."""

_KEY_PLACE = "API-KEY"
_MAX_BODY = 4 * 1024 * 1024
_CHATTY_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    "User-Agent": "sms-service",
}


class KavenegarError(Exception):
    """A call brought no entries. ``reason`` is a machine word without any content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Refused(KavenegarError, APIException):  # type: ignore[misc]
    """Kavenegar said no with a code of its table: nothing was done."""

    def __init__(self, number: int, code: Code) -> None:
        super().__init__(f"kavenegar_{number}")
        self.number = number
        self.code = code

    def __str__(self) -> str:
        return f"{self.reason}: {self.code.meaning}"


class NotReached(KavenegarError, HTTPException):  # type: ignore[misc]
    """No connection came about: Kavenegar surely saw nothing."""


class Uncertain(KavenegarError, HTTPException):  # type: ignore[misc]
    """The call may or may not have had its effect."""


READ_TIMEOUT = "kavenegar_read_timeout"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, and to wait for each piece of the answer."""

    connect: float = 3.05
    read: float = 10.0


DEFAULT_TIMEOUTS = Timeouts()


class _KeyedAdapter(HTTPAdapter):
    """Puts the key into the path on the wire only, so that no request object holds it."""

    def __init__(self, key: SecretStr, pool_size: int) -> None:
        self._key = key
        super().__init__(pool_connections=1, pool_maxsize=pool_size, max_retries=0, pool_block=True)

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        key = quote(self._key.get_secret_value(), safe="")
        return super().request_url(request, proxies).replace(_KEY_PLACE, key, 1)


class KavenegarClient(KavenegarAPI):  # type: ignore[misc]
    """The SDK's methods over a pooled session. Threads may share it, forked processes not.

    Every method returns the ``entries`` of the answer, ``sms_inboxpaged`` its ``metadata``
    too, or raises a ``KavenegarError``, and nothing else.
    """

    def __init__(
        self,
        api_key: SecretStr | str,
        base_url: str = PUBLIC_URL,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        pool_size: int = 8,
        trust_env: bool = False,
    ) -> None:
        """``base_url`` is without ``/v1``; ``trust_env`` lets proxies come from the environment.

        Raises ValueError for an address that isn't http(s)://host.
        """
        key = api_key if isinstance(api_key, SecretStr) else SecretStr(api_key)
        super().__init__(key)
        self._base_url = _checked(base_url)
        self._timeouts = timeouts
        self._session = _session(_KeyedAdapter(key, pool_size), trust_env)
        self._last_used = monotonic()
        hide(key.get_secret_value())
        guard_loggers(_CHATTY_LOGGERS)

    def __repr__(self) -> str:
        return f"KavenegarClient({self._base_url})"

    __str__ = __repr__

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        self._session.close()

    def _request(self, action: str, method: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._ask(action, method, params)[0]

    def sms_inboxpaged(self, params: Mapping[str, Any]) -> tuple[Any, Any]:
        """Entries and ``metadata`` of one page; the SDK doesn't know this method."""
        return self._ask("sms", "inboxpaged", params)

    def _ask(self, action: str, method: str, params: Mapping[str, Any] | None) -> tuple[Any, Any]:
        self._drop_stale_connections()
        answer = self._post(f"{action}/{method}", urlencode(params or {}))
        if isinstance(answer, KavenegarError):
            raise answer
        return _content(*answer)

    def _post(self, path: str, form: str) -> tuple[int, bytes] | KavenegarError:
        """Return, not raise, the failure: an exception raised here would carry the cause along."""
        try:
            with self._session.post(
                f"{self._base_url}/{self.version}/{_KEY_PLACE}/{path}.json",
                data=form,
                timeout=(self._timeouts.connect, self._timeouts.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, self._body(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return _failure(error)

    def _body(self, response: requests.Response) -> bytes:
        """Read the answer within twice the read time-out, however slowly it drips."""
        deadline = monotonic() + 2 * self._timeouts.read
        body = b""
        while piece := response.raw.read1(65536):
            body += piece
            if monotonic() > deadline:
                raise requests.ReadTimeout
            if len(body) > _MAX_BODY:
                break
        return body

    def _drop_stale_connections(self) -> None:
        now = monotonic()
        if now - self._last_used > IDLE_SECONDS:
            self._session.close()
        self._last_used = now


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("the gateway's address must be http(s)://host[:port]")
    return base_url.rstrip("/")


def _session(adapter: HTTPAdapter, trust_env: bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = trust_env
    session.headers.clear()
    session.headers.update(_HEADERS)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _failure(error: Exception) -> KavenegarError:
    """Which side of the line an error of the transport falls on: surely not sent, or uncertain."""
    if isinstance(error, requests.ConnectTimeout):
        return NotReached("kavenegar_connect_timeout")
    if _is_refused_connection(error):
        return NotReached("kavenegar_unreachable")
    if _is_bad_certificate(error):
        return NotReached("kavenegar_bad_certificate")
    if isinstance(error, (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError)):
        return Uncertain(READ_TIMEOUT)
    return Uncertain("kavenegar_connection_lost")


def _is_refused_connection(error: Exception) -> bool:
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, urllib3.exceptions.ProxyError):
        cause = cause.original_error
    return isinstance(cause, urllib3.exceptions.NewConnectionError)


def _is_bad_certificate(error: Exception) -> bool:
    return isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY" in str(error)


def _content(http_status: int, body: bytes) -> tuple[Any, Any]:
    """Entries and metadata of a whole, coded answer; its own code outranks the HTTP status."""
    answer = _parsed(body)
    if answer is None:
        raise Uncertain(f"kavenegar_http_{http_status}")
    code, content = answer
    if code == ACCEPTED:
        return content
    if code in REFUSALS and code != UNCERTAIN:
        raise Refused(code, REFUSALS[code])
    raise Uncertain(f"kavenegar_{code}")


def _parsed(body: bytes) -> tuple[int, tuple[Any, Any]] | None:
    try:
        answer = json.loads(body.decode("utf-8"))
        code = int(answer["return"]["status"])
        return code, (answer.get("entries"), answer.get("metadata"))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
