"""Each web request: its id on the answer and on every line logged meanwhile, one line at its end.

Paths are never logged: webhook secrets, tracking codes and what strangers try stand in them.
The template of the route is, and for what no route takes, none.
"""

import logging
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Any

from flask import Flask, request
from structlog.contextvars import bound_contextvars

from sms_service.domain.private_numbers import without_numbers

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
UNROUTED = "(none)"
_ROUTE = "sms_service.route"
_GIVEN = re.compile(r"[A-Za-z0-9-]{4,64}")
_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")
_QUIET = ("/webhooks/", "/ussd/", "/livez", "/readyz", "/metrics", "/vendor/", "/static/")
"""Begins of routes that machines call all the time: their lines are for DEBUG, unless refused."""
_REFUSED = 400

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType]


@dataclass(slots=True)
class Exchange:
    """One request and what it was answered with, as its line tells."""

    id: str
    method: str
    route: str = UNROUTED
    status: int = 500
    size: int = 0
    """Bytes of the body of the answer."""
    began: float = field(default_factory=perf_counter)


def request_id(given: str | None) -> str:
    """The caller's own id where it is well-formed and holds nobody's number, else a new one.

    It goes on lines and on the answer, and is trusted with nothing else.
    """
    if given and _GIVEN.fullmatch(given) and without_numbers(given) == given:
        return given
    # Letters alone: never taken for a number that logs hide.
    return secrets.token_hex(8).translate(_LETTERS)


@contextmanager
def exchange(method: str, given: str | None) -> Iterator[Exchange]:
    """Names all lines logged meanwhile; tells the end in a line."""
    current = Exchange(request_id(given), method)
    with bound_contextvars(web_request=current.id):
        yield current
        _tell(current)


def _tell(ended: Exchange) -> None:
    is_quiet = ended.route.startswith(_QUIET) and ended.status < _REFUSED
    level = logging.DEBUG if is_quiet else logging.INFO
    if log.isEnabledFor(level):
        told = {
            "method": ended.method if ended.method.isalpha() else "?",
            "route": ended.route,
            "status": ended.status,
            "bytes": ended.size,
            "ms": round((perf_counter() - ended.began) * 1000),
        }
        log.log(level, "web_request", extra=told)


def log_exchanges(app: Flask) -> None:
    """Give each request of the application its id and its line."""

    @app.before_request
    def _note_route() -> None:
        rule = request.url_rule
        request.environ[_ROUTE] = UNROUTED if rule is None else rule.rule

    def log_exception(error: Any) -> None:
        """As Flask's own, without the path."""
        log.error("a web request failed", exc_info=error)

    app.log_exception = log_exception  # type: ignore[method-assign]
    app.wsgi_app = _Noted(app.wsgi_app)  # type: ignore[method-assign]


class _Noted:
    """The application, whose answers are whole when it returns: pages here are never streamed."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        with exchange(environ["REQUEST_METHOD"], environ.get("HTTP_X_REQUEST_ID")) as current:

            def started(
                line: str, headers: list[tuple[str, str]], info: _ExcInfo | None = None
            ) -> Any:
                current.status = int(line.split(" ", 1)[0])
                current.size = _size(headers)
                headers = [*headers, (HEADER, current.id)]
                return start_response(line, headers, info)

            said = self._app(environ, started)
            current.route = environ.get(_ROUTE, UNROUTED)
            return said


def _size(headers: Iterable[tuple[str, str]]) -> int:
    told = next((value for name, value in headers if name.lower() == "content-length"), "")
    return int(told) if told.isdigit() else 0
