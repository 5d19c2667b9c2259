"""Answers as the front of the web process gives them, without Flask."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from sms_service.channels.headers import Headers, dressed
from sms_service.channels.problems import problem

Answer = tuple[int, Headers, bytes]
"""Status, headers, body."""
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def refusal(status: int, *, closes: bool = False) -> Answer:
    """A problem+json answer; ``closes``: the connection ends with it."""
    told = problem(status)
    answer = status, [(b"content-type", str(told.content_type).encode())], told.get_data()
    return closing(answer) if closes else answer


def closing(answer: Answer) -> Answer:
    """The same, and the connection ends: not all that was sent on it was read."""
    status, headers, body = answer
    return status, [*headers, (b"connection", b"close")], body


async def say(answer: Answer, send: Send) -> None:
    """Give an answer, dressed, to who asked."""
    status, headers, body = answer
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": dressed(_measured(headers, body)),
        }
    )
    await send({"type": "http.response.body", "body": body})


def on_the_wire(answer: Answer) -> bytes:
    """An answer as HTTP/1.1, for a request that couldn't even be read."""
    status, headers, body = answer
    told = dressed(_measured(headers, body))
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in told]
    return b"\r\n".join([*lines, b"", body])


def _measured(headers: Headers, body: bytes) -> Headers:
    if any(name.lower() == b"content-length" for name, _ in headers):
        return headers
    return [*headers, (b"content-length", str(len(body)).encode())]
