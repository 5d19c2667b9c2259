"""The API key is a part of the path, and yet nothing that is shown anywhere holds it."""

import datetime as dt
import logging
import ssl
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sms_service.gateways.kavenegar_client import KavenegarClient, KavenegarError
from sms_service.service.ports import Accepted, Blame, NotSent
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from sms_service.transport import Timeouts
from tests.support.canary import CANARY_API_KEY
from tests.support.kavenegar import closed_port, gateway_at, one_text, server_saying


def everything_about(error: BaseException) -> str:
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "\n".join([repr(error), str(error), repr(vars(error)), *shown.format()])


def failing_call(client: KavenegarClient) -> KavenegarError:
    with pytest.raises(KavenegarError) as caught:
        client.sms_send({"receptor": "09121234567", "message": "x"})
    client.close()
    return caught.value


def test_no_log_line_of_any_library_holds_the_key(
    simulator: SimulatedKavenegar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with gateway_at(simulator.base_url) as gateway:
        gateway.send(one_text())
        simulator.fault("reset")
        gateway.send(one_text())
    with gateway_at(f"http://127.0.0.1:{closed_port()}") as gateway:
        gateway.send(one_text())
    assert "/v1/***/sms/send.json" in caplog.text
    assert CANARY_API_KEY not in caplog.text


def test_no_log_line_holds_a_number_or_a_text(
    simulator: SimulatedKavenegar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    text = one_text()
    with gateway_at(simulator.base_url) as gateway:
        gateway.send_many([text])
        simulator.fault("refuse", code=411)
        gateway.send_many([text])
    assert "kavenegar_411" in caplog.text
    assert text.receptor[-7:] not in caplog.text
    assert text.text not in caplog.text


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n"])
def test_no_exception_holds_the_key_even_with_its_locals(answer: bytes) -> None:
    with server_saying(answer) as address:
        error = failing_call(KavenegarClient(CANARY_API_KEY, address))
    assert CANARY_API_KEY not in everything_about(error)
    assert error.__context__ is None


def test_no_exception_of_a_refused_connection_holds_the_key() -> None:
    address = f"http://127.0.0.1:{closed_port()}"
    error = failing_call(KavenegarClient(CANARY_API_KEY, address))
    assert CANARY_API_KEY not in everything_about(error)
    assert error.__context__ is None


def test_no_request_object_holds_the_key_for_a_debugger_or_reporter_to_show(
    simulator: SimulatedKavenegar, monkeypatch: pytest.MonkeyPatch
) -> None:
    requested: list[str] = []
    send = requests.Session.send

    def watched(
        session: requests.Session, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        response = send(session, request, **options)
        requested.extend((str(request.url), response.url, str(response.request.url)))
        return response

    monkeypatch.setattr(requests.Session, "send", watched)
    with gateway_at(simulator.base_url) as gateway:
        assert isinstance(gateway.send(one_text()), Accepted)
    assert len(requested) == 3
    assert CANARY_API_KEY not in " ".join(requested)


def test_an_answer_that_mirrors_the_path_doesnt_bring_the_key_back() -> None:
    body = f"no such page: /v1/{CANARY_API_KEY}/sms/send.json".encode()
    answer = b"HTTP/1.1 404 x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    with server_saying(answer) as address:
        error = failing_call(KavenegarClient(CANARY_API_KEY, address))
    assert CANARY_API_KEY not in f"{error!r} {error} {vars(error)}"


def test_neither_repr_nor_attributes_show_the_key() -> None:
    with gateway_at("http://127.0.0.1:9") as gateway:
        client = gateway.client
        shown = f"{gateway!r} {gateway} {client!r} {client} {vars(gateway)} {vars(client)}"
        assert CANARY_API_KEY not in shown
        assert "127.0.0.1:9" in shown


def test_an_address_that_is_none_is_refused_without_showing_it() -> None:
    for address in ("", "api.kavenegar.com", "ftp://host", "http://", f"file:///{CANARY_API_KEY}"):
        with pytest.raises(ValueError, match="http") as caught:
            KavenegarClient(CANARY_API_KEY, address)
        assert CANARY_API_KEY not in str(caught.value)


@pytest.fixture
def https_with_unknown_certificate(tmp_path: Path) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_of_a_stranger_gets_neither_key_nor_text(
    https_with_unknown_certificate: str,
) -> None:
    with gateway_at(https_with_unknown_certificate, Timeouts(2, 2)) as gateway:
        outcome = gateway.send(one_text())
    assert outcome == NotSent(Blame.LATER, "kavenegar_bad_certificate")


def self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "server.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file
