"""User, password, webhook secret, phone and text travel to Kannel, and are shown nowhere."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr

from sms_service.gateways.kannel import Account, KannelGateway, Receipts
from tests.support.canary import CANARY_KANNEL_PASSWORD, CANARY_WEBHOOK_SECRET
from tests.support.kannel import LINE, USER, kannel_gateway
from tests.support.kavenegar import closed_port, one_text, server_saying

RECEIPTS = Receipts("https://sms.example.ir/", SecretStr(CANARY_WEBHOOK_SECRET))
SECRETS = (CANARY_KANNEL_PASSWORD, CANARY_WEBHOOK_SECRET)


@contextmanager
def echo() -> Iterator[tuple[str, list[tuple[str, dict[str, str], str]]]]:
    """Address of a server, and path, headers and body of what reached it."""
    seen: list[tuple[str, dict[str, str], str]] = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            seen.append((self.path, dict(self.headers), body))
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = HTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/cgi-bin/sendsms", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_address_holds_nothing_that_a_proxys_log_may_not_hold() -> None:
    text = one_text()
    with echo() as (url, seen), kannel_gateway(url, receipts=RECEIPTS) as gateway:
        gateway.send(text)
    ((path, headers, body),) = seen
    assert path == "/cgi-bin/sendsms"
    assert body == text.text
    assert headers["X-Kannel-To"] == text.receptor
    assert headers["X-Kannel-Password"] == CANARY_KANNEL_PASSWORD
    assert headers["X-Kannel-From"] == LINE
    assert headers["X-Kannel-DLR-Mask"] == "27"
    assert headers["X-Kannel-DLR-Url"] == (
        f"https://sms.example.ir/webhooks/kannel/{CANARY_WEBHOOK_SECRET}/status"
        f"?id={text.local_id}&type=%d"
    )


def test_without_a_callback_no_receipt_is_asked_for() -> None:
    with echo() as (url, seen), kannel_gateway(url) as gateway:
        gateway.send(one_text())
    assert not [name for name in seen[0][1] if name.startswith("X-Kannel-DLR")]


def test_a_secret_with_a_percent_sign_survives_kannels_own_reading_of_it() -> None:
    url = Receipts("http://127.0.0.1:8000", SecretStr("a/b%c")).url(5)
    assert url == "http://127.0.0.1:8000/webhooks/kannel/a%%2Fb%%25c/status?id=5&type=%d"


def test_no_log_line_of_any_library_holds_secret_phone_or_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    text = one_text()
    mirrored = f"no: {CANARY_KANNEL_PASSWORD} {CANARY_WEBHOOK_SECRET} {text.receptor}".encode()
    answer = b"HTTP/1.1 500 x\r\nContent-Length: %d\r\n\r\n%b" % (len(mirrored), mirrored)
    with server_saying(answer) as address:
        for place in (address, f"http://127.0.0.1:{closed_port()}"):
            with kannel_gateway(place, receipts=RECEIPTS) as gateway:
                gateway.send(text)
    assert "kannel_http_500" in caplog.text
    assert "kannel_unreachable" in caplog.text
    shown = [one for one in (*SECRETS, text.receptor[-7:], text.text) if one in caplog.text]
    assert shown == []


def test_neither_repr_nor_attributes_show_a_secret() -> None:
    with kannel_gateway("http://127.0.0.1:9", receipts=RECEIPTS) as gateway:
        shown = f"{gateway!r} {gateway} {vars(gateway)}"
    assert "127.0.0.1:9" in shown
    assert [one for one in SECRETS if one in shown] == []


@pytest.mark.parametrize("said", ["", "two\nlines", " space", "پارسی"])
def test_what_cant_stand_in_a_header_is_refused_without_showing_it(said: str) -> None:
    for username, password in ((said, "x" * 8), (USER, said)):
        with pytest.raises(ValueError, match="printable ASCII") as caught:
            Account(username, SecretStr(password))
        assert not said or said not in str(caught.value)


@pytest.mark.parametrize("url", ["", "kannel:13013", "ftp://host", "http://host/?password=x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    account = Account(USER, SecretStr(CANARY_KANNEL_PASSWORD))
    with pytest.raises(ValueError, match="http"):
        KannelGateway(url, account)
    with pytest.raises(ValueError, match="http"):
        KannelGateway("http://127.0.0.1:9", account, Receipts(url, SecretStr("x" * 8)))
