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
from sms_service.logs.values import is_drawn

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


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that is being answered."""

    id: str
    method: str
    route: str = UNROUTED
    began: float = field(default_factory=perf_counter)

    def end(self, status: int, size: int) -> None:
        """Write its line; ``size``: bytes of the body of the answer."""
        is_quiet = self.route.startswith(_QUIET) and status < _REFUSED
        level = logging.DEBUG if is_quiet else logging.INFO
        if log.isEnabledFor(level):
            told = {
                "method": self.method if self.method.isalpha() else "?",
                "route": self.route,
                "status": status,
                "bytes": size,
                "ms": round((perf_counter() - self.began) * 1000),
            }
            log.log(level, "web_request", extra=told)


def request_id(given: str | None) -> str:
    """The caller's own id where it is well-formed and holds nobody's number, else a new one.

    It goes on lines and on the answer, and is trusted with nothing else.
    """
    if given and _GIVEN.fullmatch(given) and (is_drawn(given) or without_numbers(given) == given):
        return given
    # Letters alone: never taken for a number that logs hide.
    return secrets.token_hex(8).translate(_LETTERS)


@contextmanager
def named(current: Exchange) -> Iterator[Exchange]:
    """Put the id on every line that is logged meanwhile."""
    with bound_contextvars(web_request=current.id):
        yield current


def log_exchanges(app: Flask) -> None:
    """Give each request of the application its id and its line."""

    @app.before_request
    def _note_route() -> None:
        rule = request.url_rule
        request.environ[_ROUTE] = UNROUTED if rule is None else rule.rule

    def log_exception(error: Any) -> None:
        """As Flask's own, without the path."""
        log.error("a web request failed", exc_info=error)

    app.log_exception = log_exception  # type: ignore[assignment,method-assign]
    app.wsgi_app = _Noted(app.wsgi_app)  # type: ignore[method-assign]


class _Noted:
    """The application, whose answers are whole when it returns: pages here are never streamed."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        given = request_id(environ.get("HTTP_X_REQUEST_ID"))
        told = _Told()

        def started(line: str, headers: list[tuple[str, str]], info: _ExcInfo | None = None) -> Any:
            told.status, told.size = int(line.split(" ", 1)[0]), _size(headers)
            return start_response(line, [*headers, (HEADER, given)], info)

        began = perf_counter()
        with bound_contextvars(web_request=given):
            said = self._app(environ, started)
            route = environ.get(_ROUTE, UNROUTED)
            Exchange(given, environ["REQUEST_METHOD"], route, began).end(told.status, told.size)
        return said


@dataclass(slots=True)
class _Told:
    status: int = 500
    size: int = 0


def _size(headers: Iterable[tuple[str, str]]) -> int:
    told = next((value for name, value in headers if name.lower() == "content-length"), "")
    return int(told) if told.isdigit() else 0
