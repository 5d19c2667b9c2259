"""The web process's front: heads and bodies as a server hands them on, in any pieces."""

import asyncio
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from sms_service.channels.fields import MAX_BODY_BYTES
from sms_service.channels.front import Front
from sms_service.channels.hooks import Call, Said
from tests.fuzz.guided.given import Given
from tests.fuzz.guided.heard import errors_of
from tests.fuzz.guided.targets import Target

_METHODS = ("POST", "GET", "PUT", "HEAD", "OPTIONS")
_NAMES = (
    *(b"content-length", b"content-type", b"transfer-encoding", b"x-forwarded-for"),
    *(b"x_forwarded_for", b"cookie", b"host", b"authorization", b"x-request-id"),
)
_VALUES = (
    *(b"0", b"5", b"65536", b"65537", b"-1", b"+5", b"5,5", b" 5", b"\xb2", b"9" * 5000),
    *(b"chunked", b"application/x-www-form-urlencoded", b"a=b; a=c"),
)
_PATHS = ("/hook/secret", "/hook/", "hook", "", "/", "/console/imports", "/a\ufffdb", "//x//y")
_loop = asyncio.new_event_loop()
_errors = errors_of("sms_service.channels.front")


class _Flask:
    """Stands behind the front; keeps what it is given."""

    def __init__(self) -> None:
        self.environ: Mapping[str, Any] = {}
        self.body = b""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ, self.body = environ, environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"flask"]


_flask = _Flask()
_calls: list[Call] = []


async def _hook(call: Call) -> Said | None:
    _calls.append(call)
    return Said() if call.secret == "secret" else None


_front = Front({"/hook/*": _hook}, _flask, threads=1)


def try_one(data: bytes) -> None:
    """Method, path, headers, then the pieces of the body; the last byte may hang up."""
    given = Given(data)
    scope = {
        "type": "http",
        "method": given.one_of(_METHODS),
        "path": given.one_of(_PATHS),
        "query_string": given.piece(40),
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": None if given.byte() % 2 else ("127.0.0.1", 1),
        "headers": [_header(given) for _ in range(given.whole(5))],
    }
    pieces = _pieces(given)
    _calls.clear()
    _flask.environ, _flask.body = {}, b""
    told = _loop.run_until_complete(_answered(scope, pieces))
    assert not _errors, "a call failed"
    _is_right(scope, pieces, told)


def _header(given: Given) -> tuple[bytes, bytes]:
    value = given.one_of(_VALUES) if given.byte() % 2 else given.piece(20)
    return given.one_of(_NAMES), value


def _pieces(given: Given) -> list[Mapping[str, Any]]:
    """What a server tells: pieces of a body, the last of which says so, or that it was left."""
    pieces: list[Mapping[str, Any]] = []
    while not given.is_over and len(pieces) < 8:
        times = given.one_of((1, 1, 1, 100, 3000))
        pieces.append({"type": "http.request", "body": given.piece(30) * times, "more_body": True})
    is_left = bool(pieces) and pieces[-1]["body"][:1] == b"\xff"
    last = {"type": "http.disconnect"} if is_left else {"type": "http.request", "body": b""}
    return [*pieces, last]


async def _answered(
    scope: Mapping[str, Any], pieces: list[Mapping[str, Any]]
) -> list[MutableMapping[str, Any]]:
    waiting, told = iter(pieces), []

    async def receive() -> Mapping[str, Any]:
        return next(waiting)

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    await _front(scope, receive, send)
    return told


def _is_right(
    scope: Mapping[str, Any],
    pieces: list[Mapping[str, Any]],
    told: list[MutableMapping[str, Any]],
) -> None:
    if not told:
        assert pieces[-1]["type"] == "http.disconnect", "a caller who waits hears nothing"
        return
    start, body = told
    lengths = [value for name, value in start["headers"] if name == b"content-length"]
    assert lengths == [str(len(body["body"])).encode()]
    assert 200 <= start["status"] < 500, "a fault of the caller is taken for ours"
    sent = b"".join(piece.get("body", b"") for piece in pieces)
    assert len(_flask.body) <= MAX_BODY_BYTES
    assert sent.startswith(_flask.body)
    assert "HTTP_X_FORWARDED_FOR" not in _flask.environ or any(
        name == b"x-forwarded-for" for name, _ in scope["headers"]
    ), "a header passes for another"
    for call in _calls:
        assert sent.startswith(call.body)
        assert scope["method"] == "GET" or call.body == sent[: len(call.body)]


def _seed(method: int, path: int, headers: bytes, body: bytes) -> bytes:
    return bytes([method, path, 0, 0]) + headers + body


_FIVE = b"\x01\x01\x01\x00"
TARGET = Target(
    try_one,
    seeds=[
        _seed(0, 0, b"\x01" + _FIVE, b"\x00\x05hello"),
        _seed(0, 0, b"\x02" + _FIVE + b"\x01\x0a\x02", b"\x00\x05hello"),
        _seed(1, 0, b"\x00", b""),
        _seed(0, 5, b"\x01\x01\x09\x00", b"\x03\x1eaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        _seed(0, 0, b"\x01\x01\x03\x00", b"\x04\x1ebbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
        _seed(2, 6, b"\x01\x00\x03abc\x04", b"\x00\x02\xff\xff"),
    ],
    longest=400,
)
