"""Requests counted and timed by the template of their route: never by their path."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask, request

from sms_service.channels.hooks import Call, Hook, Said
from sms_service.metrics.meters import meters
from sms_service.service.ports import Busy

_ROUTE = "sms_service.route"
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_NO_ROUTE, _OTHER = "none", "other"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def measured_hooks(hooks: Mapping[str, Hook]) -> Mapping[str, Hook]:
    """The same hooks; what they leave to Flask is counted there."""
    return {path: _measured(path.replace("*", "<secret>"), hook) for path, hook in hooks.items()}


def measured_application(app: Flask) -> Wsgi:
    """The application, its requests counted as they are answered."""

    @app.before_request
    def _note_route() -> None:
        request.environ[_ROUTE] = request.url_rule.rule if request.url_rule else _NO_ROUTE

    def measured(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began, status = time.perf_counter(), "500"

        def start(line: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, headers, *more)

        try:
            return app.wsgi_app(environ, start)
        finally:
            route = environ.get(_ROUTE, _NO_ROUTE)
            _note(route, environ["REQUEST_METHOD"], status, time.perf_counter() - began)

    return measured


def _measured(route: str, hook: Hook) -> Hook:
    async def measured(call: Call) -> Said | None:
        began, status = time.perf_counter(), "500"
        try:
            said = await hook(call)
            status = "200" if said is not None else ""
        except Busy:
            status = "503"
            raise
        finally:
            if status:
                _note(route, call.method, status, time.perf_counter() - began)
        return said

    return measured


def _note(route: str, method: str, status: str, seconds: float) -> None:
    known = method if method in _METHODS else _OTHER
    meters.count("sms_http_requests_total", route, known, status)
    meters.took("sms_http_request_seconds", seconds, route)
