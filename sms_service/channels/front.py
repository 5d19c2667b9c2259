"""The front of the web process, an ASGI application: hooks on the event loop, Flask behind.

A request is read whole before anything is done for it. One that is half-sent holds a buffer
here and no thread, so any number of them keep nobody else waiting. Bodies beyond 64 KiB are
taken by ``LargeBodies`` alone, and kept on disk.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import BytesIO
from typing import IO, Any

from sms_service.channels.exchange import HEADER, UNROUTED, Exchange, named, request_id
from sms_service.channels.fields import MAX_BODY_BYTES
from sms_service.channels.hooks import Call, Hook, Said
from sms_service.channels.problems import problem
from sms_service.channels.spooling import BUSY, Gone, LargeBodies, TooManyUploads
from sms_service.service.ports import Busy

log = logging.getLogger(__name__)

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_Headers = list[tuple[bytes, bytes]]
_Answer = tuple[int, _Headers, bytes]

_BODY_SECONDS = 30
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
        if await self._took_large(scope, headers, receive, send):
            return
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _whole_body(headers, receive)
        except TimeoutError:
            await _say(_refused(scope, headers, 408), send)
            return
        if body is None:
            return
        answer = await self._hooked(scope, headers, body)
        await _say(answer or await self._from_flask(scope, BytesIO(body)), send)

    async def _took_large(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> bool:
        """Whether this was a large body that may come; then it is answered."""
        length, large = _length(headers) or 0, self._large
        if large is None or length <= MAX_BODY_BYTES:
            return False
        if length > large.limit(scope["method"], scope["path"]) or not await large.admits(headers):
            return False
        try:
            body = await large.receive(length, receive)
        except Gone:
            pass
        except TooManyUploads:
            await self._turn_away(scope, receive, send)
        except (TimeoutError, OSError) as error:
            status = 408 if isinstance(error, TimeoutError) else 507
            log.warning("a large body isn't taken: %s", type(error).__name__)
            await _say(_refused(scope, headers, status), send)
        else:
            with body:
                await _say(await self._from_flask(scope, body), send)
        return True

    async def _turn_away(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say that it is too much now, once some of the body is read: else nobody would hear."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_BODY_SECONDS):
                await _whole_body({b"transfer-encoding": b""}, receive)
        await _say(_closing(await self._from_flask(scope, BytesIO(), {BUSY: True})), send)

    async def _hooked(
        self, scope: Scope, headers: Mapping[bytes, bytes], body: bytes
    ) -> _Answer | None:
        route, secret = self._route_of(scope["path"])
        is_whole = scope["method"] == "GET" or _length(headers) == len(body)
        if route is None or not is_whole:
            return None
        content_type = headers.get(b"content-type", b"").decode("latin-1").lower()
        call = Call(secret, scope["method"], content_type, scope["query_string"], body)
        with named(_exchange(scope, headers, route)) as current:
            answer = await self._from_hook(route, call)
            return None if answer is None else _ended(current, answer)

    async def _from_hook(self, route: str, call: Call) -> _Answer | None:
        try:
            return _answer(await self._hooks[route](call))
        except Busy:
            return _refusal(503)
        except Exception as error:
            # Its message could hold the text or the phone; what kind it was can't.
            log.error("a webhook call failed: %s", type(error).__name__)  # noqa: TRY400
            return _refusal(500)

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
    ) -> _Answer:
        loop = asyncio.get_running_loop()
        environ = {**_environ(scope, body), **(more or {})}
        call = partial(_call, self._flask, environ)
        return await loop.run_in_executor(self._kept_free.get(scope["path"], self._threads), call)


def _answer(said: Said | None) -> _Answer | None:
    if said is None:
        return None
    headers = [(b"content-type", said.content_type.encode())]
    if said.no_store:
        headers.append((b"cache-control", b"no-store"))
    return 200, headers, said.body


async def _whole_body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes | None:
    """The body; empty where Flask will refuse it by its length; None when the caller is gone."""
    length = _length(headers)
    is_wanted = length is not None and length <= MAX_BODY_BYTES
    body, seen = b"", 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        seen += len(piece)
        if is_wanted:
            body += piece
        if not message.get("more_body") or seen > _MOST_READ:
            return body


def _length(headers: Mapping[bytes, bytes]) -> int | None:
    if b"transfer-encoding" in headers:
        return None
    given = headers.get(b"content-length", b"")
    return int(given) if given.isdigit() else None


async def _say(answer: _Answer, send: Send) -> None:
    status, headers, body = answer
    if all(name.lower() != b"content-length" for name, _ in headers):
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _refusal(status: int, *, closes: bool = False) -> _Answer:
    told = problem(status)
    headers = [(b"content-type", str(told.content_type).encode())]
    if closes:
        headers.append((b"connection", b"close"))
    return status, headers, told.get_data()


def _refused(scope: Scope, headers: Mapping[bytes, bytes], status: int) -> _Answer:
    """Turned away before Flask heard of it; the connection ends."""
    with named(_exchange(scope, headers)) as current:
        return _ended(current, _refusal(status, closes=True))


def _exchange(scope: Scope, headers: Mapping[bytes, bytes], route: str = UNROUTED) -> Exchange:
    given = headers.get(HEADER.lower().encode(), b"").decode("latin-1")
    return Exchange(request_id(given), scope["method"], route)


def _ended(current: Exchange, answer: _Answer) -> _Answer:
    status, headers, body = answer
    current.end(status, len(body))
    return status, [*headers, (HEADER.encode(), current.id.encode())], body


def _closing(answer: _Answer) -> _Answer:
    """The same, and the connection ends: the body wasn't read."""
    status, headers, body = answer
    return status, [*headers, (b"connection", b"close")], body


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


def _call(flask: Wsgi, environ: dict[str, Any]) -> _Answer:
    status = 500
    headers: _Headers = []

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
