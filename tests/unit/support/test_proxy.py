"""The proxy fails in each of the ways that tests rely on."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.proxy import Mode, Proxy

_SHORT, _LONG = 0.2, 5.0


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):  # the proxy may break the line
            while said := self.request.recv(1024):
                self.request.sendall(said)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before a server that says what it is told."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        port = server.server_address[1]
        try:
            with Proxy(lambda: port) as built:
                yield built
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def line(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=_LONG) as connection:
        assert _said(connection, b"hello") == b"hello"
        yield connection


def _said(connection: socket.socket, word: bytes) -> bytes:
    connection.sendall(word)
    return connection.recv(1024)


def test_a_cut_line_ends(proxy: Proxy, line: socket.socket) -> None:
    proxy.behave(Mode.CUT)
    assert line.recv(1) == b""


def test_a_reset_line_breaks(proxy: Proxy, line: socket.socket) -> None:
    proxy.behave(Mode.RESET)
    with pytest.raises(ConnectionResetError):
        line.recv(1)


def test_what_was_frozen_arrives_in_the_end(proxy: Proxy, line: socket.socket) -> None:
    proxy.behave(Mode.FREEZE)
    line.settimeout(_SHORT)
    with pytest.raises(TimeoutError):
        _said(line, b"late")
    proxy.behave()
    line.settimeout(_LONG)
    assert line.recv(1024) == b"late"


def test_what_was_swallowed_never_arrives_and_its_line_stays_dead(
    proxy: Proxy, line: socket.socket
) -> None:
    proxy.behave(Mode.SWALLOW)
    line.settimeout(_SHORT)
    with pytest.raises(TimeoutError):
        _said(line, b"lost")
    proxy.behave()
    with pytest.raises(TimeoutError):
        _said(line, b"again")


def test_a_trap_springs_at_its_pattern_so_often_and_no_more(
    proxy: Proxy, line: socket.socket
) -> None:
    proxy.trap(b"secret")
    assert _said(line, b"harmless") == b"harmless"
    assert _said(line, b"a secret") == b""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=_LONG) as another:
        assert _said(another, b"a secret") == b"a secret"
    assert proxy.trapped == 1
