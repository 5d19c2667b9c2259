"""The front of the web process, an ASGI application: hooks on the event loop, Flask behind.

A request is read whole before anything is done for it. One that is half-sent holds a buffer
here and no thread, so any number of them keep nobody else waiting. Bodies beyond 64 KiB are
taken by ``LargeBodies`` alone, and kept on disk.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import IO, Any

from sms_service.channels.answers import Answer, Send, closing, refusal, say
from sms_service.channels.exchange import HEADER, UNROUTED, Exchange, named, request_id
from sms_service.channels.fields import MAX_BODY_BYTES
from sms_service.channels.headers import Headers, Wsgi
from sms_service.channels.hooks import Call, Hook, Said
from sms_service.channels.spooling import BUSY, Gone, LargeBodies, TooManyUploads
from sms_service.service.ports import Busy

log = logging.getLogger(__name__)

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]

_BODY_SECONDS = 30
_MOST_DIGITS = 18
"""Of a length that means anything; ``int`` refuses to read some thousands."""
_MOST_READ = 4 * 1024 * 1024
"""Bytes of a body that nobody wants which are read so that its sender hears the answer."""


class Front:
    """Answers what the hooks take, and hands everything else to Flask on threads."""

    def __init__(
        self,
        hooks: Mapping[str, Hook],
        flask: Wsgi,
        threads: int,
        large: LargeBodies | None = None,
        kept_free: Collection[str] = (),
    ) -> None:
        """``kept_free`` names paths with a thread of their own: they answer when all are busy."""
        self._hooks = hooks
        self._large = large
        self._flask = flask
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="flask")
        self._kept_free = {path: ThreadPoolExecutor(1, f"of{path}") for path in kept_free}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one whose body doesn't come in time gets 408."""
        headers = dict(scope["headers"])
        answer = await self._answer(scope, headers, receive)
        if answer is not None:
            await say(answer, send)

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive
    ) -> Answer | None:
        """None when the caller is gone."""
        if self._large is not None and await self._admits_large(self._large, scope, headers):
            return await self._answer_large(self._large, scope, headers, receive)
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _whole_body(headers, receive)
        except TimeoutError:
            return _refused(scope, headers, refusal(408, closes=True))
        if body is None:
            return None
        hooked = await self._hooked(scope, headers, body)
        return hooked or await self._from_flask(scope, BytesIO(body))

    async def _admits_large(
        self, large: LargeBodies, scope: Scope, headers: Mapping[bytes, bytes]
    ) -> bool:
        length = _length(headers) or 0
        if not MAX_BODY_BYTES < length <= large.limit(scope["method"], scope["path"]):
            return False
        return await large.admits(headers)

    async def _answer_large(
        self,
        large: LargeBodies,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        receive: Receive,
    ) -> Answer | None:
        try:
            body = await large.receive(_length(headers) or 0, receive)
        except Gone:
            return None
        except TooManyUploads:
            return await self._turned_away(scope, receive)
        except (TimeoutError, OSError) as error:
            status = 408 if isinstance(error, TimeoutError) else 507
            log.warning("a large body isn't taken: %s", type(error).__name__)
            return _refused(scope, headers, refusal(status, closes=True))
        with body:
            return await self._from_flask(scope, body)

    async def _turned_away(self, scope: Scope, receive: Receive) -> Answer:
        """Say that it is too much now, once some of the body is read: else nobody would hear."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_BODY_SECONDS):
                await _whole_body({b"transfer-encoding": b""}, receive)
        return closing(await self._from_flask(scope, BytesIO(), {BUSY: True}))

    async def _hooked(
        self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes
    ) -> Answer | None:
        route, secret = self._route_of(scope["path"])
        is_whole = scope["method"] == "GET" or _length(headers) == len(body)
        if route is None or not is_whole:
            return None
        content_type = headers.get(b"content-type", b"").decode("latin-1").lower()
        call = Call(secret, scope["method"], content_type, scope["query_string"], body)
        with named(_exchange(scope, headers, route)) as current:
            answer = await self._from_hook(route, call)
        return None if answer is None else _ended(current, answer)

    async def _from_hook(self, route: str, call: Call) -> Answer | None:
        try:
            return _answer(await self._hooks[route](call))
        except Busy:
            return refusal(503)
        except Exception as error:
            # Its message could hold the text or the phone; what kind it was can't.
            log.error("a webhook call failed: %s", type(error).__name__)  # noqa: TRY400
            return refusal(500)

    def _route_of(self, path: str) -> tuple[str | None, str]:
        """The route of a hook and the secret in it, the path's last piece or the one before."""
        head, _, last = path.rpartition("/")
        if (route := f"{head}/*") in self._hooks:
            return route, last
        channel, _, secret = head.rpartition("/")
        route = f"{channel}/*/{last}"
        return route if route in self._hooks else None, secret

    async def _from_flask(
        self, scope: Scope, body: IO[bytes], more: Mapping[str, Any] | None = None
    ) -> Answer:
        loop = asyncio.get_running_loop()
        environ = {**_environ(scope, body), **(more or {})}
        call = partial(_call, self._flask, environ)
        threads = self._kept_free.get(scope["path"], self._threads)
        try:
            return await loop.run_in_executor(threads, call)
        except Exception as error:
            log.error("a request failed: %s", type(error).__name__)  # noqa: TRY400 - as above
            return _refused(scope, dict(scope["headers"]), refusal(500))


def _answer(said: Said | None) -> Answer | None:
    if said is None:
        return None
    headers = [(b"content-type", said.content_type.encode())]
    if said.no_store:
        headers.append((b"cache-control", b"no-store"))
    return 200, headers, said.body


async def _whole_body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes | None:
    """The body; empty where Flask will refuse it by its length; None when the caller is gone."""
    length = _length(headers) or 0
    wanted = length if length <= MAX_BODY_BYTES else 0
    body, seen = b"", 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        seen += len(piece)
        if seen <= wanted:
            body += piece
        if not message.get("more_body") or seen > _MOST_READ:
            return body


def _length(headers: Mapping[bytes, bytes]) -> int | None:
    if b"transfer-encoding" in headers:
        return None
    given = headers.get(b"content-length", b"")
    return int(given) if given.isdigit() and len(given) <= _MOST_DIGITS else None


def _refused(scope: Scope, headers: Mapping[bytes, bytes], answer: Answer) -> Answer:
    """What Flask didn't answer, told as what no route took."""
    return _ended(_exchange(scope, headers), answer)


def _exchange(scope: Scope, headers: Mapping[bytes, bytes], route: str = UNROUTED) -> Exchange:
    given = headers.get(HEADER.lower().encode(), b"").decode("latin-1")
    return Exchange(request_id(given), scope["method"], route)


def _ended(current: Exchange, answer: Answer) -> Answer:
    status, headers, body = answer
    with named(current):
        current.end(status, len(body))
    return status, [*headers, (HEADER.lower().encode(), current.id.encode())], body


def _environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    server, client = scope["server"] or ("", 0), scope["client"] or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": _Silent(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" not in name:  # X_Forwarded_For would pass for X-Forwarded-For
            _add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    if "HTTP_TRANSFER_ENCODING" in environ:
        environ.pop("CONTENT_LENGTH", None)
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        key = f"HTTP_{key}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value


def _call(flask: Wsgi, environ: dict[str, Any]) -> Answer:
    status = 500
    headers: Headers = []

    def start_response(line: str, given: list[tuple[str, str]], *_: object) -> None:
        nonlocal status, headers
        status = int(line.split(" ", 1)[0])
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given]

    parts = flask(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return status, headers, body


class _Silent:
    """Takes what Flask would print about errors: the logs say it already."""

    def write(self, _text: str) -> None: ...

    def flush(self) -> None: ...
