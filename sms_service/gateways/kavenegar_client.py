"""The official Kavenegar SDK, made fit for a service that must know what happened.

The SDK has one seam, ``_request``; it is overridden here and its method names stay.
What changes: connections are pooled, time-outs exist, the body is read at every HTTP
status, errors have types, and the API key stays out of logs, reprs and exceptions.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import requests
from kavenegar import (
    APIException,
    HTTPException,
    KavenegarAPI,
)
from pydantic import SecretStr

from sms_service.gateways.kavenegar_codes import ACCEPTED, LARGEST_CODE, REFUSALS, UNCERTAIN, Code
from sms_service.logs.redaction import hide
from sms_service.transport import (
    DEFAULT_TIMEOUTS,
    Failure,
    PooledAdapter,
    Timeouts,
    Transport,
    checked_url,
)

PUBLIC_URL = "https://api.kavenegar.com"
_KEY_PLACE = "API-KEY"
_MAX_BODY = 4 * 1024 * 1024
_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
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


class _KeyedAdapter(PooledAdapter):
    """Puts the key into the path on the wire only, so that no request object holds it."""

    def __init__(self, key: SecretStr, pool_size: int) -> None:
        self._key = key
        super().__init__(pool_size)

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
        self._base_url = checked_url(base_url)
        self._transport = Transport(_KeyedAdapter(key, pool_size), timeouts, _MAX_BODY, trust_env)
        hide(key.get_secret_value())

    def __repr__(self) -> str:
        return f"KavenegarClient({self._base_url})"

    __str__ = __repr__

    def close(self) -> None:
        """Close the idle connections; a later call opens new ones."""
        self._transport.close()

    def _request(self, action: str, method: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._ask(action, method, params)[0]

    def sms_inboxpaged(self, params: Mapping[str, Any]) -> tuple[Any, Any]:
        """Entries and ``metadata`` of one page; the SDK doesn't know this method."""
        return self._ask("sms", "inboxpaged", params)

    def _ask(self, action: str, method: str, params: Mapping[str, Any] | None) -> tuple[Any, Any]:
        url = f"{self._base_url}/{self.version}/{_KEY_PLACE}/{action}/{method}.json"
        answer = self._transport.post(url, urlencode(params or {}), _HEADERS)
        if isinstance(answer, Failure):
            raise (Uncertain if answer.was_sent else NotReached)(f"kavenegar_{answer.word}")
        return _content(*answer)


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
        content = answer.get("entries"), answer.get("metadata")
    except (ValueError, OverflowError, TypeError, KeyError, RecursionError):
        return None
    return (code, content) if 0 <= code <= LARGEST_CODE else None
