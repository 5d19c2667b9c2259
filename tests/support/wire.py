"""The front on a real socket, with nothing but a word behind, and requests written by hand."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from sms_service.channels.front import Front
from sms_service.channels.hooks import Call, Said
from sms_service.commands.serve import how_to_serve, listening

FAST = b"GET /fast HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(slots=True)
class Heard:
    """One answer, read from a socket."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def is_problem(self) -> bool:
        """Whether it is a problem+json answer that says nothing of the inside."""
        told = json.loads(self.body)
        kind = self.headers["content-type"] == "application/problem+json"
        return kind and set(told) == {"title", "status"} and told["status"] == self.status


@dataclass(slots=True)
class Wired:
    """A front that listens; Flask's stand-in says what it was asked, ``/hook/*`` says ok."""

    port: int
    asked: list[dict[str, Any]] = field(default_factory=list)

    def connect(self) -> socket.socket:
        """A connection with ten seconds' patience."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, raw: bytes) -> Heard | None:
        """What comes back for these bytes; None where it hangs up without a word."""
        with self.connect() as connection:
            connection.sendall(raw)
            return hear(connection)

    def prompt_ms(self) -> float:
        """How long a request takes that is like any other."""
        begun = time.monotonic()
        heard = self.ask(FAST)
        assert heard is not None
        assert heard.status == 200
        return (time.monotonic() - begun) * 1000

    def flask(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """What stands where the application does."""
        self.asked.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        size = int(environ["QUERY_STRING"].removeprefix("bytes=") or 2)
        return [b"x" * size]


async def _hook(call: Call) -> Said | None:
    return Said() if call.secret == "right" else None


@contextmanager
def wired() -> Iterator[Wired]:
    """The front on a port of its own, served as the web process serves it."""
    with listening("127.0.0.1", 0) as listener:
        site = Wired(listener.getsockname()[1])
        front = Front({"/hook/*": _hook}, site.flask, threads=4)
        server = uvicorn.Server(how_to_serve(front))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            site.prompt_ms()
            site.asked.clear()
            yield site
        finally:
            server.should_exit = True
            thread.join(15)


def hear(connection: socket.socket) -> Heard | None:
    """One answer off a connection; None where it ended instead."""
    try:
        with connection.makefile("rb") as stream:
            line = stream.readline()
            if not line:
                return None
            headers = dict(_headers(stream))
            body = stream.read(int(headers.get("content-length", 0)))
    except ConnectionError:
        return None
    return Heard(int(line.split()[1]), headers, body)


def _headers(stream: Any) -> Iterator[tuple[str, str]]:
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        yield name.lower(), value.strip()


def ended(connection: socket.socket, seconds: float) -> bool:
    """Whether the other side hangs up within so long."""
    connection.settimeout(seconds)
    try:
        while connection.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


def is_cut_off(connection: socket.socket, piece: bytes, times: int, pause: float = 0) -> bool:
    """Whether the other side hangs up while this is sent so often."""
    try:
        for _ in range(times):
            connection.sendall(piece)
            time.sleep(pause)
    except ConnectionError:
        return True
    return False
