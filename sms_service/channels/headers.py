"""The headers that every answer of the web process carries, whoever made it.

A page says for itself what it may load, what of it may be kept and what it tells other pages
of where a reader came from. What says nothing may load nothing and is kept nowhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

Headers = list[tuple[bytes, bytes]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy of what isn't meant for a browser."""
ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
UNLESS_SAID: Mapping[str, str] = {
    "Content-Security-Policy": NOTHING,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
BY_HTTPS = ("Strict-Transport-Security", "max-age=31536000")
"""A year, told to whoever asks Flask. Other names below the company's are left to themselves."""


def _encoded(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


_ALWAYS, _UNLESS_SAID = _encoded(ALWAYS), _encoded(UNLESS_SAID)
_BY_HTTPS = _encoded(dict([BY_HTTPS]))
_OURS = frozenset(name for name, _ in _ALWAYS) | {b"server", b"x-powered-by"}


def dressed(headers: Headers, *, by_https: bool = False) -> Headers:
    """An answer's headers with those that every answer has; dressing twice changes nothing.

    Nothing tells which software answers. A redirect leads to a path of this host, whatever
    host a request was made to believe in.
    """
    given = [(name.lower(), value) for name, value in headers]
    said = {name for name, _ in given}
    kept = [
        (name, _without_host(value) if name == b"location" else value)
        for name, value in given
        if name not in _OURS
    ]
    more = [header for header in _UNLESS_SAID if header[0] not in said]
    if by_https and _BY_HTTPS[0][0] not in said:
        more += _BY_HTTPS
    return [*kept, *more, *_ALWAYS]


class Dressed:
    """A WSGI application all of whose answers are dressed."""

    def __init__(self, application: Wsgi) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer one request. A redirect has no body: Werkzeug's repeats the host asked for."""
        by_https = environ.get("wsgi.url_scheme") == "https"
        leads_on = False

        def start(status: str, given: Sequence[tuple[str, str]], *more: Any) -> Any:
            nonlocal leads_on
            headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given]
            told = dressed(headers, by_https=by_https)
            leads_on = status.startswith("3") and any(name == b"location" for name, _ in told)
            if leads_on:
                told = [(n, b"0" if n == b"content-length" else value) for n, value in told]
            return start_response(
                status, [(_written(name), value.decode("latin-1")) for name, value in told], *more
            )

        parts = self._application(environ, start)
        if not leads_on:
            return parts
        if hasattr(parts, "close"):
            parts.close()
        return []


def _written(name: bytes) -> str:
    return name.decode("latin-1").title()


def _without_host(location: bytes) -> bytes:
    try:
        parts = urlsplit(location.decode("latin-1"))
    except ValueError:
        return b"/"
    # Browsers read a backslash as a slash, and two slashes as the beginning of a host.
    path = "/" + parts.path.lstrip("/\\") if parts.path[:1] in ("/", "\\") else parts.path
    return urlunsplit(("", "", path or "/", parts.query, parts.fragment)).encode("latin-1")
