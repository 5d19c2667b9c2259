"""A way to the gateway that fails: texts are taken and answered, and each SMS goes once."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sms_service.simulator.household import ROLES
from tests.support.proxy import Mode
from tests.support.service import Service
from tests.support.shaky import Shaky
from tests.support.texting import Taken

pytestmark = pytest.mark.fault("F17")

_OWED_MS = 1000.0


def _modes(quick: Mode, *slow: Mode) -> pytest.MarkDecorator:
    """One mode for every run, the others for a run that takes its time."""
    return pytest.mark.parametrize(
        "mode", [quick, *(pytest.param(mode, marks=pytest.mark.long) for mode in slow)]
    )


@_modes(Mode.SWALLOW, Mode.FREEZE, Mode.CUT, Mode.RESET)
def test_texts_are_taken_and_answered_while_the_gateway_is_away_and_sent_once_afterwards(
    shaky: Shaky, mode: Mode
) -> None:
    since = shaky.last_sms()
    shaky.to_gateway.behave(mode)
    said = shaky.webhook.hand_over(shaky.new_texts(40))
    shaky.wait_until(lambda: _answered(shaky, said) == len(said))
    shaky.to_gateway.behave()

    assert {one.status for one in said} == {200}
    assert max(one.ms for one in said) < _OWED_MS
    assert shaky.audit(said, since) == {}


@pytest.mark.long
@pytest.mark.fault("F18")
@pytest.mark.parametrize("mode", [Mode.RESET, Mode.CUT, Mode.SWALLOW])
def test_sms_whose_acceptance_was_never_heard_are_not_sent_again(shaky: Shaky, mode: Mode) -> None:
    since = shaky.last_sms()
    shaky.to_gateway.trap(b'"messageid"', mode, times=3)
    said = shaky.webhook.hand_over(shaky.new_texts(20))
    broken = shaky.audit(said, since)

    assert shaky.to_gateway.trapped == 3
    assert broken == {}


@pytest.mark.long
def test_a_slow_gateway_holds_up_neither_webhooks_nor_answers(shaky: Shaky) -> None:
    since = shaky.last_sms()
    shaky.to_gateway.behave(delay=0.25)
    said = shaky.webhook.hand_over(shaky.new_texts(300))
    shaky.wait_until(lambda: _answered(shaky, said) == len(said))
    gone = len(shaky.sms_since(since))
    shaky.to_gateway.behave()

    assert {one.status for one in said} == {200}
    assert max(one.ms for one in said) < _OWED_MS
    assert gone < len(said)
    assert shaky.audit(said, since) == {}


@pytest.mark.long
def test_nothing_is_told_to_a_gateway_whose_certificate_is_wrong(
    shaky: Shaky, tmp_path: Path
) -> None:
    since = shaky.last_sms()
    with _impostor(tmp_path) as (address, heard):
        with shaky.broken("worker", f"env:KAVENEGAR_BASE_URL={address}"):
            said = shaky.webhook.hand_over(shaky.new_texts(10))
            shaky.wait_until(lambda: _answered(shaky, said) == len(said))
            shaky.wait_until(lambda: "refused" in heard)
        assert set(heard) == {"refused"}

    assert shaky.sms_since(since) == []
    shaky.end_rest()
    assert shaky.audit(said, since) == {}
    assert set(shaky.running()) == set(ROLES)


def _answered(service: Service, said: list[Taken]) -> int:
    return len(service.kept([one.text for one in said]).went)


@contextmanager
def _impostor(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A server with a certificate that nobody signed; what became of who came to it."""
    heard: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_self_signed(folder))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(connection, server_side=True) as line:
                    heard.append("a request" if line.recv(1) else "refused")
            except OSError:
                heard.append("refused")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        # Closing alone doesn't wake who waits in accept.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _self_signed(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    asked += ["-subj", "/CN=127.0.0.1", "-out", str(certificate), "-keyout", str(key)]
    try:
        subprocess.run(asked, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no openssl to make a certificate with")
    return certificate, key
