"""Gateways for tests: a simulated Kavenegar, the adapter on it, and servers that misbehave."""

import http.client
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from sms_service.gateways.kavenegar import KavenegarGateway
from sms_service.service.ports import OutgoingText
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from sms_service.transport import Timeouts
from tests.support.canary import CANARY_API_KEY

LINE = "30001521"
QUICK = Timeouts(connect=1.0, read=0.5)

_local_ids = count(2**62)


@pytest.fixture(scope="module")
def running_simulator() -> Iterator[SimulatedKavenegar]:
    with SimulatedKavenegar(api_key=CANARY_API_KEY, lines=[LINE]) as simulator:
        yield simulator


@pytest.fixture
def simulator(running_simulator: SimulatedKavenegar) -> SimulatedKavenegar:
    """A simulated Kavenegar that knows nothing yet; it calls no webhook."""
    running_simulator.reset()
    return running_simulator


@pytest.fixture
def gateway(simulator: SimulatedKavenegar) -> Iterator[KavenegarGateway]:
    """The adapter on that simulator, impatient."""
    with gateway_at(simulator.base_url) as built:
        yield built


@contextmanager
def gateway_at(base_url: str, timeouts: Timeouts = QUICK) -> Iterator[KavenegarGateway]:
    """An adapter on any address, closed in the end."""
    built = KavenegarGateway(CANARY_API_KEY, base_url, LINE, timeouts, pool_size=4)
    try:
        yield built
    finally:
        built.close()


def some_texts(number: int) -> list[OutgoingText]:
    """Texts that differ in id, receptor and words."""
    ids = [next(_local_ids) for _ in range(number)]
    return [OutgoingText(one, f"+98912{one % 10**7:07d}", f"بدهی ندارد {one}") for one in ids]


def one_text() -> OutgoingText:
    """One such text."""
    return some_texts(1)[0]


@contextmanager
def server_saying(answer: bytes, *, then_silent: bool = False) -> Iterator[str]:
    """Address of a server that reads a request, says this, and closes or falls silent."""
    over = threading.Event()

    class Speaker(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            # A close with something left unread would reset the connection.
            self.rfile.readline()
            head = http.client.parse_headers(self.rfile)
            self.rfile.read(int(head.get("Content-Length") or 0))
            self.request.sendall(answer)
            if then_silent:
                over.wait()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Speaker) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            over.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
