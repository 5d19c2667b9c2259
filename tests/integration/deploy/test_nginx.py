"""deploy/nginx.conf in a real nginx: what it lets through, what it holds back, what it writes."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.kavenegar import closed_port
from tests.support.nginx import NAME, Nginx, Upstream, needs_nginx
from tests.support.processes import wait_until

pytestmark = needs_nginx

HOOK = f"/webhooks/kavenegar/{CANARY_WEBHOOK_SECRET}/received"
USSD = f"/ussd/json/{CANARY_WEBHOOK_SECRET}"
WRONG_HOOK = "/webhooks/kavenegar/a-secret/received"
LIMIT = 64 * 1024


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


@pytest.fixture
def nginx(process_logs: Path, tmp_path: Path, upstream: Upstream) -> Iterator[Nginx]:
    with Nginx(process_logs / f"nginx-{tmp_path.name}", upstream.port) as running:
        yield running


def test_nginx_finds_nothing_wrong_with_the_site(tmp_path: Path) -> None:
    said = Nginx(tmp_path / "nginx", 9).check()
    assert [line for line in said.splitlines() if "[warn]" in line or "[emerg]" in line] == []


def test_who_called_is_told_by_nginx_and_not_by_the_caller(
    nginx: Nginx, upstream: Upstream
) -> None:
    forged = {
        "X-Forwarded-For": "198.51.100.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=198.51.100.7",
        "X-Request-ID": "of-the-caller",
    }
    nginx.ask("POST", HOOK, b"message=1", forged)
    (seen,) = upstream.seen
    assert seen.values("X-Forwarded-For") == ["127.0.0.1"]
    assert seen.values("X-Forwarded-Proto") == ["https"]
    assert [seen.values(name) for name in ("X-Forwarded-Host", "Forwarded")] == [[], []]
    (request_id,) = seen.values("X-Request-ID")
    wait_until(lambda: request_id in nginx.logs)  # written after the answer has gone


def test_a_webhook_brings_64_kib_and_not_a_byte_more(nginx: Nginx, upstream: Upstream) -> None:
    assert nginx.ask("POST", HOOK, b"x" * LIMIT).status == 200
    refused = nginx.ask("POST", HOOK, b"x" * (LIMIT + 1))
    assert refused.status == 413
    assert refused.values("Content-Type") == ["application/problem+json"]
    assert refused.json()["status"] == 413
    assert [seen.length for seen in upstream.seen] == [LIMIT]


def test_an_export_goes_through_while_it_still_comes(nginx: Nginx, upstream: Upstream) -> None:
    size = 1_000_000
    head = f"POST /console/imports HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
    with connected(nginx) as line:
        line.sendall(head.encode() + b"x" * (size // 2))
        assert upstream.begun.wait(5), "nothing came before the whole was there"
        line.sendall(b"x" * (size - size // 2))
        assert b" 200 " in line.recv(200)
    assert [seen.length for seen in upstream.seen] == [size]


def test_half_sent_bodies_reach_nobody_and_keep_nobody_waiting(
    nginx: Nginx, upstream: Upstream
) -> None:
    head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nmessage"
    lines = [connected(nginx) for _ in range(40)]
    for line in lines:
        line.sendall(head.encode())
    assert nginx.ask("POST", HOOK, b"message=1").status == 200
    assert len(upstream.seen) == 1
    for line in lines:
        line.close()


def test_passwords_are_tried_slowly_and_pages_opened_as_they_please(nginx: Nginx) -> None:
    tried = [nginx.ask("POST", "/console/sign-in").status for _ in range(40)]
    assert tried[:30] == [200] * 30
    assert tried[-1] == 429
    opened = {nginx.ask("GET", "/console/sign-in").status for _ in range(40)}
    assert opened == {200}


@pytest.mark.parametrize("page", ["/metrics", "/readyz", "/version"])
def test_how_the_service_does_is_told_inside_alone(
    process_logs: Path, tmp_path: Path, upstream: Upstream, page: str
) -> None:
    folder = process_logs / f"nginx-{tmp_path.name}"
    with Nginx(folder, upstream.port, mine={"inside": ""}) as nginx:
        assert nginx.ask("GET", page).status == 403
    with Nginx(folder, upstream.port) as nginx:
        assert nginx.ask("GET", page).status == 200
    assert [seen.path for seen in upstream.seen] == [page]


def test_in_the_clear_no_webhook_is_taken_and_no_secret_led_on(
    nginx: Nginx, upstream: Upstream
) -> None:
    clear = f"http://127.0.0.1:{nginx.http}"
    asked = requests.post(clear + WRONG_HOOK, data="message=1", allow_redirects=False, timeout=5)
    desk = requests.get(f"{clear}/console/bills/abc", allow_redirects=False, timeout=5)
    assert asked.status_code == 404
    assert (desk.status_code, desk.headers["Location"]) == (301, "https://127.0.0.1/console/")
    assert upstream.seen == []


def test_nginxs_own_answers_are_locked_down_too(nginx: Nginx) -> None:
    for answer in (
        nginx.ask("GET", "/nowhere"),
        nginx.ask("POST", HOOK, b"x" * (LIMIT + 1)),
    ):
        assert answer.values("Content-Security-Policy") == [
            "default-src 'none'; frame-ancestors 'none'"
        ]
        assert answer.values("X-Content-Type-Options") == ["nosniff"]
        assert answer.values("Strict-Transport-Security") == ["max-age=31536000"]
        assert answer.values("Server") == ["nginx"]


def test_pages_of_the_desk_are_logged_without_whose_they_are(nginx: Nginx) -> None:
    for path in ("/console/bills/4cK7h", "/console/requests/12345678?next=4cK7h", "/nowhere/4cK7h"):
        nginx.ask("GET", path, headers={"Referer": "https://sms.example.ir/console/bills/4cK7h"})
    wait_until(lambda: " /console/bills 200 " in nginx.logs)
    wait_until(lambda: " /console/requests 200 " in nginx.logs)
    wait_until(lambda: " GET 404 " in nginx.logs)
    assert "4cK7h" not in nginx.logs
    assert "12345678" not in nginx.logs


@pytest.mark.parametrize("path", [HOOK, USSD])
def test_no_log_shows_a_secret_whatever_goes_wrong(
    process_logs: Path, tmp_path: Path, path: str
) -> None:
    with Nginx(process_logs / f"nginx-{tmp_path.name}", closed_port()) as nginx:
        away = nginx.ask("POST", path, b"message=1")
        assert (away.status, away.json()["title"]) == (503, "Service Unavailable")
        assert nginx.ask("POST", path, b"x" * 10**6).status == 413
        assert nginx.ask("GET", f"{path}?x={'x' * 9000}").status == 414
        # The largest body stays in memory: there is no folder to put it aside.
        (nginx.folder / "client_body").rmdir()
        assert chunked(nginx, path) == b"503"
        for words in malformed(path):
            with connected(nginx) as line:
                line.sendall(words)
                line.recv(100)
    # Each request has left its line.
    wait_until(lambda: all(f" {status} " in nginx.logs for status in (400, 405, 413, 414, 503)))
    assert CANARY_WEBHOOK_SECRET not in nginx.logs


def malformed(path: str) -> list[bytes]:
    """Requests that are none."""
    return [
        f"GET {path} HTTP/9.9\r\n\r\n".encode(),
        f"GET {path}\x01 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        f"POST {path} HTTP/1.1\r\nHost: x\r\nno header\r\nContent-Length: -1\r\n\r\n".encode(),
        f"POST {path} HTTP/1.1\r\n\r\n".encode(),
        f"TRACE {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        f"GET {path} HTTP/1.1\r\nHost: x\r\nX: {'x' * 9000}\r\n\r\n".encode(),
    ]


def chunked(nginx: Nginx, path: str) -> bytes:
    """The status for a body whose length only its end tells."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"7000\r\n" + b"x" * 0x7000 + b"\r\n"
    with connected(nginx) as line:
        line.sendall(head.encode() + chunk * 2 + b"1f00\r\n" + b"x" * 0x1F00 + b"\r\n0\r\n\r\n")
        return line.recv(100).split()[1]


def connected(nginx: Nginx) -> socket.socket:
    """A TLS connection that speaks HTTP/1.1."""
    line = socket.create_connection(("127.0.0.1", nginx.https), timeout=10)
    return nginx.tls.wrap_socket(line, server_hostname=NAME)
