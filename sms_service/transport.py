"""HTTP to others: pooled, bounded in time and size, and clear about what surely wasn't sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from sms_service.logs.redaction import guard_loggers

IDLE_SECONDS = 20.0
"""An idle connection older than this isn't used again: a NAT may have forgotten it."""

_CHATTY_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "sms-service"}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, and to wait for each piece of the answer."""

    connect: float = 3.05
    read: float = 10.0
    whole: float | None = None
    """Seconds for all pieces of the answer, however slowly it drips; else twice ``read``."""


DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer, or as much of it as may be read."""

    status: int
    body: bytes
    retry_after: str | None = None
    """What the header of this name said."""


@dataclass(frozen=True, slots=True)
class Failure:
    """No whole answer came. ``word`` says why, without any content."""

    word: str
    was_sent: bool
    """Whether the request may have reached the other side."""


READ_TIMEOUT = "read_timeout"


class PooledAdapter(HTTPAdapter):
    """Connections to one host; a thread waits for a free one rather than open more."""

    def __init__(self, pool_size: int) -> None:
        super().__init__(pool_connections=1, pool_maxsize=pool_size, max_retries=0, pool_block=True)


class Transport:
    """Posts to one host. Threads may share it, forked processes not."""

    def __init__(
        self, adapter: HTTPAdapter, timeouts: Timeouts, largest: int, trust_env: bool = False
    ) -> None:
        """``largest``: bytes of an answer that are read; ``trust_env`` allows its proxies."""
        self._timeouts = timeouts
        self._largest = largest
        self._session = _session(adapter, trust_env)
        self._last_used = monotonic()
        guard_loggers(_CHATTY_LOGGERS)

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        self._session.close()

    def post(
        self, url: str, body: bytes | str, headers: Mapping[str, str]
    ) -> tuple[int, bytes] | Failure:
        """Status and body of the answer; redirects are not followed."""
        answer = self.ask(url, body, headers, self._timeouts)
        return answer if isinstance(answer, Failure) else (answer.status, answer.body)

    def ask(
        self, url: str, body: bytes | str, headers: Mapping[str, str], timeouts: Timeouts
    ) -> Answered | Failure:
        """The same with time-outs for this call alone, and more of the answer.

        A failure is returned, not raised: an exception raised here would carry its cause,
        and with it the request, along.
        """
        self._drop_stale_connections()
        try:
            with self._session.post(
                url,
                data=body,
                headers=dict(headers),
                timeout=(timeouts.connect, timeouts.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                retry_after = response.headers.get("Retry-After")
                return Answered(response.status_code, self._body(response, timeouts), retry_after)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            return _failure(error)

    def _body(self, response: requests.Response, timeouts: Timeouts) -> bytes:
        deadline = monotonic() + (timeouts.whole or 2 * timeouts.read)
        body = b""
        while piece := response.raw.read1(65536):
            body += piece
            if monotonic() > deadline:
                raise requests.ReadTimeout
            if len(body) > self._largest:
                break
        return body

    def _drop_stale_connections(self) -> None:
        now = monotonic()
        if now - self._last_used > IDLE_SECONDS:
            self._session.close()
        self._last_used = now


def checked_url(url: str) -> str:
    """The address without a slash at its end. Raises ValueError for one that isn't http(s)."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("the address must be http(s)://host[:port]")
    return url.rstrip("/")


def _session(adapter: HTTPAdapter, trust_env: bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = trust_env
    session.headers.clear()
    session.headers.update(_HEADERS)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _failure(error: Exception) -> Failure:
    """Which side of the line an error falls on: surely not sent, or uncertain."""
    if isinstance(error, requests.ConnectTimeout):
        return Failure("connect_timeout", was_sent=False)
    if _is_refused_connection(error):
        return Failure("unreachable", was_sent=False)
    if _is_bad_certificate(error):
        return Failure("bad_certificate", was_sent=False)
    if isinstance(error, (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError)):
        return Failure(READ_TIMEOUT, was_sent=True)
    return Failure("connection_lost", was_sent=True)


def _is_refused_connection(error: Exception) -> bool:
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, urllib3.exceptions.ProxyError):
        cause = cause.original_error
    return isinstance(cause, urllib3.exceptions.NewConnectionError)


def _is_bad_certificate(error: Exception) -> bool:
    return isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY" in str(error)
