"""Requests written by hand on raw sockets: each has its end, and nobody else waits for it."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from sms_service.channels import front as front_module
from sms_service.channels import wire
from tests.support.wire import FAST, Wired, ended, hear, is_cut_off, wired

pytestmark = pytest.mark.fault("F26")

_PROMPT_MS = 1000
_SHORT = 0.4
_POST = b"POST /fast HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def site() -> Iterator[Wired]:
    """The front as it is served."""
    with wired() as listening:
        yield listening


@pytest.fixture
def impatient(site: Wired, monkeypatch: pytest.MonkeyPatch) -> Wired:
    """The same, which waits for less than half a second where it waits for 30."""
    monkeypatch.setattr(wire, "IDLE_SECONDS", _SHORT)
    monkeypatch.setattr(front_module, "_BODY_SECONDS", _SHORT)
    return site


_UNREADABLE = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00",
    "HTTP/2's preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    "NUL in the path": b"GET /a\x00b HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: x\r\nA: \x00\r\n\r\n",
    "a path that isn't ASCII": b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "an address without a path": b"GET http://evil.example HTTP/1.1\r\nHost: x\r\n\r\n",
    "a length that is no number": _POST + b"Content-Length: ten\r\n\r\n",
    "a length below nought": _POST + b"Content-Length: -1\r\n\r\n",
    "a length of 30 digits": _POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    "two lengths": _POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": _POST
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk of no size": _POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "an unknown coding": _POST + b"Transfer-Encoding: gzip\r\n\r\nabc",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "a bare line feed in a value": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\n c\r\n\r\n",
}


@pytest.mark.parametrize("raw", _UNREADABLE.values(), ids=_UNREADABLE)
def test_what_cannot_be_read_is_a_400_that_ends_the_connection(site: Wired, raw: bytes) -> None:
    with site.connect() as connection:
        connection.sendall(raw)
        heard = hear(connection)
        assert heard is not None
        assert heard.status == 400
        assert heard.is_problem()
        assert heard.headers["connection"] == "close"
        assert ended(connection, 5)
    assert site.prompt_ms() < _PROMPT_MS


_TOO_MUCH = {
    "10,000 headers": (FAST[:-2] + b"A: b\r\n" * 10_000 + b"\r\n", 431),
    "101 headers": (FAST[:-2] + b"A: b\r\n" * 100 + b"\r\n", 431),
    "a header of 70 kB": (FAST[:-2] + b"A: " + b"b" * 70_000 + b"\r\n\r\n", 431),
    "headers of 70 kB": (FAST[:-2] + b"A: %s\r\n" % (b"b" * 1000) * 70 + b"\r\n", 431),
    "an address of 33 kB": (b"GET /?" + b"q" * 33_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
}


@pytest.mark.parametrize(("raw", "status"), _TOO_MUCH.values(), ids=_TOO_MUCH)
def test_a_head_beyond_its_bounds_is_refused(site: Wired, raw: bytes, status: int) -> None:
    heard = site.ask(raw)
    assert heard is None or (heard.status == status and heard.is_problem())
    assert not site.asked[-1:] or site.asked[-1]["QUERY_STRING"][:1] != "q"
    assert site.prompt_ms() < _PROMPT_MS


def test_a_head_without_an_end_is_not_kept(site: Wired) -> None:
    with site.connect() as connection:
        connection.sendall(FAST[:-2] + b"A: ")
        assert is_cut_off(connection, b"b" * 65_536, 400)


def test_a_query_as_long_as_a_text_can_be_is_taken(site: Wired) -> None:
    text = b"%D8%A8" * 2_000 + b"&" + b"%F0%9F%92%A1" * 1_000
    heard = site.ask(b"GET /hook/right?message=" + text + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert heard is not None
    assert heard.status == 200


def test_an_absolute_address_leads_to_the_path_in_it(site: Wired) -> None:
    heard = site.ask(b"GET http://evil.example/fast HTTP/1.1\r\nHost: x\r\n\r\n")
    assert heard is not None
    assert heard.status == 200
    assert site.asked[-1]["PATH_INFO"] == "/fast"


def test_an_upgrade_is_an_ordinary_request(site: Wired) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    heard = site.ask(FAST[:-2] + upgrade)
    assert heard is not None
    assert heard.status == 200


def test_what_follows_a_body_is_no_header(site: Wired) -> None:
    chunked = _POST + b"Transfer-Encoding: chunked\r\nTrailer: X-Forwarded-For\r\n\r\n"
    heard = site.ask(chunked + b"1\r\na\r\n0\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n")
    assert heard is not None
    assert heard.status == 200
    assert "HTTP_X_FORWARDED_FOR" not in site.asked[-1]


def test_a_body_without_a_length_that_never_ends_is_cut_off(site: Wired) -> None:
    with site.connect() as connection:
        connection.sendall(_POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: ")
        assert is_cut_off(connection, b"b" * 65_536, 400)


def test_a_thousand_requests_at_once_on_one_connection_are_each_answered(site: Wired) -> None:
    with site.connect() as connection:
        connection.sendall(FAST * 999 + FAST[:-2] + b"Connection: close\r\n\r\n")
        assert site.prompt_ms() < _PROMPT_MS
        with connection.makefile("rb") as stream:
            assert stream.read().count(b"HTTP/1.1 200") == 1000


@pytest.mark.parametrize(
    "part",
    [b"", b"\r\n\r\n", FAST[:-2], FAST + b"\r\n", FAST + b"GET /", _POST],
    ids=["nothing", "line breaks", "a head", "a line break after", "half a second one", "a verb"],
)
def test_who_sends_no_whole_head_is_hung_up_on(impatient: Wired, part: bytes) -> None:
    with impatient.connect() as connection:
        connection.sendall(part)
        assert ended(connection, 10 * _SHORT)


def test_a_head_that_drips_is_hung_up_on(impatient: Wired) -> None:
    with impatient.connect() as connection:
        connection.sendall(FAST[:-2])
        assert is_cut_off(connection, b"A: b\r\n", 40, _SHORT / 5)


def test_a_body_that_drips_is_a_408(impatient: Wired) -> None:
    with impatient.connect() as connection:
        connection.sendall(_POST + b"Content-Length: 1000\r\n\r\n")
        for _ in range(3):
            connection.sendall(b"x")
            time.sleep(_SHORT / 4)
        heard = hear(connection)
    assert heard is not None
    assert heard.status == 408
    assert heard.is_problem()


def test_a_body_too_long_to_be_heard_out_holds_the_connection_for_no_longer(
    impatient: Wired,
) -> None:
    with impatient.connect() as connection:
        connection.sendall(_POST + b"Content-Length: 9999999999\r\n\r\n")
        connection.sendall(b"x" * (5 << 20))
        assert ended(connection, 10 * _SHORT)


def test_who_reads_nothing_of_the_answer_is_hung_up_on(impatient: Wired) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", impatient.port))
        connection.sendall(b"GET /?bytes=30000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(4 * _SHORT)
        assert ended(connection, 5)


@pytest.mark.parametrize("held", [b"", FAST[:-2], _POST + b"Content-Length: 9\r\n\r\nx", FAST])
def test_however_many_connections_are_held_there_is_room_for_one_that_asks(
    site: Wired, monkeypatch: pytest.MonkeyPatch, held: bytes
) -> None:
    monkeypatch.setattr(wire, "CONNECTIONS", 50)
    with ExitStack() as open_ones:
        for _ in range(120):
            open_ones.enter_context(site.connect()).sendall(held)
        assert site.prompt_ms() < _PROMPT_MS
        asked = site.ask(b"GET /hook/right HTTP/1.1\r\nHost: x\r\n\r\n")
        assert asked is not None
        assert asked.status == 200


def test_a_request_under_way_is_not_what_makes_room(
    site: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "CONNECTIONS", 5)
    with site.connect() as busy, ExitStack() as others:
        for _ in range(20):
            others.enter_context(site.connect())
        busy_again = others.enter_context(site.connect())
        busy_again.sendall(b"GET /?bytes=3000000 HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(20):
            others.enter_context(site.connect())
        heard = hear(busy_again)
        assert heard is not None
        assert len(heard.body) == 3_000_000
        assert ended(busy, 5)
