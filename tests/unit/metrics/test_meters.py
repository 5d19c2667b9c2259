"""What a process notes of its own work: by templates and machine words, and never in its way."""

import asyncio
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import Client

from sms_service.channels.hooks import Call, Said
from sms_service.channels.measured import measured_application, measured_hooks
from sms_service.gateways.measured import MeasuredGateway
from sms_service.metrics.meters import meters
from sms_service.queueing.doorbell import CeleryDoorbell
from sms_service.service.ports import Accepted, Blame, Busy, NotSent, OutgoingText, Unknown
from tests.support.plain_counts import Told
from tests.support.scraping import samples_of

_HOOK = "/webhooks/kavenegar/*/received"
_CALL = Call("a-secret-of-the-path", "POST", "", b"", b"")


@pytest.fixture
def noted() -> Callable[[], Told]:
    """What was noted since."""
    before = samples_of(meters.families())

    def since() -> Told:
        now = samples_of(meters.families())
        grown = {key: value - before.get(key, 0.0) for key, value in now.items()}
        return {key: value for key, value in grown.items() if value}

    return since


def requests_in(told: Told) -> dict[tuple[str, str, str], float]:
    """By route, method and status."""
    found = {}
    for (name, labels), value in told.items():
        if name == "sms_http_requests_total":
            given = dict(labels)
            found[given["route"], given["method"], given["status"]] = value
    return found


def test_requests_are_told_by_the_template_of_their_route(noted: Callable[[], Told]) -> None:
    app = Flask(__name__)

    @app.get("/bills/<bill>")
    def bill(bill: str) -> str:
        return bill

    @app.get("/broken")
    def broken() -> str:
        raise ValueError("a fault of ours")

    client = Client(measured_application(app))
    for path in ("/bills/1234567804423", "/bills/0006320504420", "/nowhere/09121234567", "/broken"):
        client.get(path)
    client.open("/bills/1", method="BREW")
    told = noted()
    assert requests_in(told) == {
        ("/bills/<bill>", "GET", "200"): 2,
        ("none", "GET", "404"): 1,
        ("/broken", "GET", "500"): 1,
        ("none", "other", "405"): 1,
    }
    assert told["sms_http_request_seconds_count", (("route", "/bills/<bill>"),)] == 2


def test_hooks_are_told_without_their_secret_and_what_they_leave_to_flask_isn_t(
    noted: Callable[[], Told],
) -> None:
    async def taken(call: Call) -> Said:
        return Said()

    async def left(call: Call) -> None:
        return None

    async def busy(call: Call) -> Said:
        raise Busy("no row")

    for hook in (taken, left, busy):
        try:
            asyncio.run(_once(measured_hooks({_HOOK: hook})[_HOOK]))
        except Busy:
            continue
    route = "/webhooks/kavenegar/<secret>/received"
    assert requests_in(noted()) == {(route, "POST", "200"): 1, (route, "POST", "503"): 1}


async def _once(hook: Callable[[Call], object]) -> None:
    await hook(_CALL)  # type: ignore[misc]  # a hook is awaited


class Gateway:
    """Says something of each kind."""

    name = "kavenegar"
    keeps_records = True
    reports_by_local_id = False
    round_size = 7
    outcomes = (
        *(Accepted("1", 1), Accepted("2", 1), Unknown("kavenegar_read_timeout")),
        *(NotSent(Blame.ROW, "kavenegar_411"), NotSent(Blame.STOP, "kavenegar_418")),
    )

    def send_many(self, batch: object) -> object:
        return self.outcomes

    def look_up(self, local_ids: object) -> None:
        return None

    statuses = look_up


def test_a_gateway_s_rounds_are_timed_and_their_texts_told_by_outcome(
    noted: Callable[[], Told],
) -> None:
    gateway = MeasuredGateway(Gateway())  # type: ignore[arg-type]  # as far as it is asked
    assert gateway.send_many([OutgoingText(1, "+989121234567", "x")]) == Gateway.outcomes
    assert gateway.look_up([1]) is None
    assert gateway.round_size == 7
    told = noted()
    texts = {dict(k[1])["outcome"]: v for k, v in told.items() if k[0] == "sms_gateway_texts_total"}
    assert texts == {"accepted": 2, "unknown": 1, "not_sent_row": 1, "not_sent_stop": 1}
    calls = {dict(k[1])["call"] for k in told if k[0] == "sms_gateway_call_seconds_count"}
    assert calls == {"send", "look_up"}


def test_a_ring_that_couldn_t_be_rung_is_counted(noted: Callable[[], Told]) -> None:
    def publish(lane: str) -> None:
        raise OSError("away")

    assert not CeleryDoorbell(publish, None).ring_now("lookup")
    assert noted() == {("sms_doorbell_failures_total", (("lane", "lookup"),)): 1}
