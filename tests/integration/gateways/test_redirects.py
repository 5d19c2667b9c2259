"""A gateway or billing interface that leads elsewhere is not followed: not a byte goes there."""

import socket
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from sms_service.billing.saapa_answers import Away
from sms_service.billing.saapa_client import Subject
from sms_service.service.ports import Accepted
from tests.support.kannel import kannel_gateway
from tests.support.kavenegar import gateway_at, one_text, server_saying
from tests.support.saapa import client_of
from tests.support.small_billing import BILL_IDS


def _by_kavenegar(address: str) -> None:
    with gateway_at(address) as gateway:
        assert not isinstance(gateway.send(one_text()), Accepted)


def _by_kannel(address: str) -> None:
    with kannel_gateway(address) as gateway:
        assert not isinstance(gateway.send(one_text()), Accepted)


def _by_the_billing_interface(address: str) -> None:
    with pytest.raises(Away):
        client_of(address).ask(Subject.SALES, BILL_IDS[0], 1395, time.monotonic() + 2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("ask", [_by_kavenegar, _by_kannel, _by_the_billing_interface])
def test_nobody_is_led_elsewhere(ask: Callable[[str], None], status: int) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as elsewhere:
        elsewhere.settimeout(0)
        answer = f"HTTP/1.1 {status} x\r\nLocation: http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        with server_saying(f"{answer}\r\nContent-Length: 0\r\n\r\n".encode()) as address:
            ask(address)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
