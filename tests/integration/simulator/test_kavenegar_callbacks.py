"""The simulated gateway calls our webhooks back, as badly as it is told to."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from sms_service.gateways.kavenegar import KavenegarGateway
from sms_service.service.ports import Accepted, OutgoingText
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from tests.support.canary import CANARY_API_KEY
from tests.support.kavenegar import LINE, closed_port, gateway_at, some_texts


class Webhook(ThreadingHTTPServer):
    """Keeps what it was called with; answers ``status``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Keeper)
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhooks/kavenegar/secret"

    def receipts(self) -> list[tuple[str, int]]:
        """(Remote id, status) in the order in which they came, comma lists taken apart."""
        return [
            (messageid, int(status))
            for path, form in list(self.calls)
            if path.endswith("/status")
            for messageid, status in zip(
                form["messageid"].split(","), form["status"].split(","), strict=True
            )
        ]


class _Keeper(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}
        self.server.calls.append((self.path, form))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Say nothing."""


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def calling(webhook: Webhook) -> Iterator[SimulatedKavenegar]:
    """A simulator that calls that webhook."""
    with SimulatedKavenegar(CANARY_API_KEY, callback_base=webhook.address) as simulator:
        yield simulator


def send(simulator: SimulatedKavenegar, number: int = 1) -> list[str]:
    with gateway_at(simulator.base_url) as gateway:
        return [_id(gateway, text) for text in some_texts(number)]


def _id(gateway: KavenegarGateway, text: OutgoingText) -> str:
    outcome = gateway.send(text)
    assert isinstance(outcome, Accepted)
    return outcome.remote_id


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def test_receipts_follow_the_plan(calling: SimulatedKavenegar, webhook: Webhook) -> None:
    calling.plan_receipts(steps=[[0.02, 4], [0.1, 10]])
    (one,) = send(calling)
    assert eventually(lambda: webhook.receipts() == [(one, 4), (one, 10)])
    assert calling.outbox()[0].status == 10


def test_a_receipt_may_come_before_the_answer_to_send(
    calling: SimulatedKavenegar, webhook: Webhook
) -> None:
    calling.plan_receipts(early=True, steps=[[1, 10]])
    (one,) = send(calling)
    assert webhook.receipts() == [(one, 10)]


def test_receipts_still_due_at_a_crash_come_after_the_restart(
    webhook: Webhook, tmp_path: Path
) -> None:
    store = str(tmp_path / "gateway.db")
    with SimulatedKavenegar(CANARY_API_KEY, webhook.address, store) as first:
        (one,) = send(first)
        first.kill()
    with SimulatedKavenegar(CANARY_API_KEY, webhook.address, store):
        assert eventually(lambda: webhook.receipts() == [(one, 10)])


def test_lost_receipts_are_not_told_but_the_record_goes_on(
    calling: SimulatedKavenegar, webhook: Webhook
) -> None:
    calling.plan_receipts(loss=1, steps=[[0.01, 10]])
    send(calling)
    assert eventually(lambda: calling.outbox()[0].status == 10)
    assert webhook.calls == []
    assert calling.counters()["receipts_lost"] == 1


def test_receipts_can_come_twice(calling: SimulatedKavenegar, webhook: Webhook) -> None:
    calling.plan_receipts(duplicate=1, steps=[[0.01, 10]])
    (one,) = send(calling)
    assert eventually(lambda: webhook.receipts() == [(one, 10)] * 2)


def test_a_text_can_be_told_twice_under_one_id(
    calling: SimulatedKavenegar, webhook: Webhook
) -> None:
    calling.double_callbacks()
    assert calling.callbacks_are_doubled()
    text = calling.text("09121234567", LINE, "سلام")
    calling.double_callbacks(False)
    calling.text("09121234567", LINE, "بدهی")
    told = [(form["messageid"], form["message"]) for _, form in webhook.calls]
    assert told[:2] == [(str(text.messageid), "سلام")] * 2
    assert [message for _, message in told] == ["سلام", "سلام", "بدهی"]
    assert [one.message for one in calling.arrived("09121234567")] == ["سلام", "بدهی"]
    assert calling.arrived("09120000000") == []


def test_receipts_can_come_in_the_wrong_order(
    calling: SimulatedKavenegar, webhook: Webhook
) -> None:
    calling.plan_receipts(shuffle=True, steps=[[0.01, 1], [0.05, 4], [0.09, 10]])
    ids = send(calling, 5)
    assert eventually(lambda: len(webhook.receipts()) == 15)
    orders = {tuple(s for one, s in webhook.receipts() if one == wanted) for wanted in ids}
    assert orders - {(1, 4, 10)}


def test_receipts_can_come_as_comma_lists(calling: SimulatedKavenegar, webhook: Webhook) -> None:
    calling.plan_receipts(batch=50, steps=[[0.3, 10]])
    with gateway_at(calling.base_url) as gateway:
        gateway.send_many(some_texts(40))
    assert eventually(lambda: len(webhook.receipts()) == 40)
    assert len(webhook.calls) < 40


def test_a_text_reaches_the_webhook_with_the_fields_of_the_callback(
    calling: SimulatedKavenegar, webhook: Webhook
) -> None:
    delivery = calling.text("09121234567", LINE, "۱۴۰۳ & +", messageid=797866275)
    assert (delivery.http_status, delivery.messageid) == (200, 797866275)
    assert webhook.calls == [
        (
            "/webhooks/kavenegar/secret/received",
            {
                "messageid": "797866275",
                "from": "09121234567",
                "to": LINE,
                "message": "۱۴۰۳ & +",
            },
        )
    ]


def unread(simulator: SimulatedKavenegar) -> list[str]:
    with gateway_at(simulator.base_url) as gateway:
        entries = gateway.client.sms_receive({"linenumber": LINE, "isread": 0})
    return [entry["message"] for entry in entries]


def test_a_text_that_the_webhook_took_is_read_and_one_that_it_refused_stays_unread(
    calling: SimulatedKavenegar, webhook: Webhook
) -> None:
    calling.text("09121234567", LINE, "taken")
    webhook.status = 503
    assert calling.text("09121234567", LINE, "refused").http_status == 503
    assert unread(calling) == ["refused"]
    assert unread(calling) == []


def test_a_text_to_a_webhook_that_is_gone_stays_unread() -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    with SimulatedKavenegar(CANARY_API_KEY, callback_base=nowhere) as simulator:
        assert simulator.text("09121234567", LINE, "x").http_status is None
        assert unread(simulator) == ["x"]
