"""Load from one process: keep-alive connections, closed loop or a fixed rate.

Raw sockets and requests made beforehand, since the driver shares the machine with what it
measures.
"""

import asyncio
import json
import re
import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import urlencode, urlsplit

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *([0-9]+)")


@dataclass(slots=True)
class Run:
    """What a load run saw: seconds each answer took, and answers that weren't 200."""

    seconds: list[float] = field(default_factory=list)
    bad: int = 0
    started: float = 0
    ended: float = 0

    @property
    def rate(self) -> float:
        """Answers a second over the whole run."""
        return len(self.seconds) / (self.ended - self.started)

    def percentile(self, percent: int) -> float:
        """A latency in milliseconds."""
        return percentile(self.seconds, percent)


def percentile(seconds: Sequence[float], percent: int) -> float:
    """A percentile of durations, in milliseconds."""
    return quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000


def post(path: str, fields: dict[str, str]) -> bytes:
    """One form-encoded request, ready to be written."""
    body = urlencode(fields)
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def get(path: str) -> bytes:
    """One GET request, ready to be written."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()


def post_json(path: str, value: object) -> bytes:
    """One request with a JSON body, ready to be written."""
    body = json.dumps(value).encode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def closed_loop(url: str, requests: Iterable[bytes], connections: int) -> Run:
    """Each connection sends its next request when the last was answered."""
    return in_turn(url, [[request] for request in requests], connections)


def in_turn(url: str, scripts: Sequence[Sequence[bytes]], connections: int) -> Run:
    """The same, where the requests of one script go over one connection, in order."""
    run, todo = Run(), iter(scripts)
    count = sum(map(len, scripts))
    with ExitStack() as stack:
        poll = stack.enter_context(selectors.DefaultSelector())
        lines = [_Line(stack.enter_context(closing(_open(url)))) for _ in range(connections)]
        run.started = time.time()
        for line in lines:
            poll.register(line.socket, selectors.EVENT_READ, line)
            line.go_on(todo)
        while len(run.seconds) < count:
            for key, _ in poll.select():
                if key.data.heard(run):
                    key.data.go_on(todo)
        run.ended = time.time()
    return run


class _Line:
    """One connection with one request under way."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self._answer = b""
        self._asked = 0.0
        self._script: Iterator[bytes] = iter(())

    def go_on(self, todo: Iterator[Sequence[bytes]]) -> None:
        """Send the next request of the script, or of the next one; nothing is left: nothing."""
        request = next(self._script, None)
        while request is None:
            script = next(todo, None)
            if script is None:
                return
            self._script = iter(script)
            request = next(self._script, None)
        self.ask(request)

    def ask(self, request: bytes) -> None:
        self._answer = b""
        self._asked = time.perf_counter()
        self.socket.sendall(request)

    def heard(self, run: Run) -> bool:
        """Take what came; True when the answer is whole, and then in ``run``."""
        came = self.socket.recv(65536)
        if not came:
            raise ConnectionError("the server hung up")
        self._answer += came
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return False
        run.seconds.append(time.perf_counter() - self._asked)
        run.bad += not head.startswith(b"HTTP/1.1 200")
        return True


def _open(url: str) -> socket.socket:
    parts = urlsplit(url)
    connected = socket.create_connection((parts.hostname, parts.port or 80))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected


def _length(head: bytes) -> int:
    found = _LENGTH.search(head)
    return int(found[1]) if found else 0


def fixed_rate(url: str, requests: Sequence[bytes], per_second: float) -> Run:
    """Requests leave on a schedule, whatever the answers do."""
    return asyncio.run(_fixed_rate(url, requests, per_second))


async def _fixed_rate(url: str, requests: Sequence[bytes], per_second: float) -> Run:
    run = Run()
    idle = [await _connect(url) for _ in range(16)]

    async def one(request: bytes) -> None:
        link = idle.pop() if idle else await _connect(url)
        await _exchange(link, request, run)
        idle.append(link)

    run.started = time.time()
    start, tasks = time.perf_counter(), []
    for number, request in enumerate(requests):
        await asyncio.sleep(max(0.0, start + number / per_second - time.perf_counter()))
        tasks.append(asyncio.create_task(one(request)))
    await asyncio.gather(*tasks)
    run.ended = time.time()
    for link in idle:
        link[1].close()
    return run


_Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connect(url: str) -> _Link:
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def _exchange(link: _Link, request: bytes, run: Run) -> None:
    reader, writer = link
    started = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = _length(head)
    if length:
        await reader.readexactly(length)
    run.seconds.append(time.perf_counter() - started)
    run.bad += not head.startswith(b"HTTP/1.1 200")
