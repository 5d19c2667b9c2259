"""The whole service, two web processes and a worker: /metrics is what the ledger holds."""

import http.client
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from sms_service.metrics.catalogue import CATALOGUE, Known
from sms_service.service.resend_terms import Resent
from tests.support.mixed_requests import Mixed
from tests.support.plain_counts import Told, plain_counts
from tests.support.postgres import Postgres
from tests.support.scraping import counted_by_the_ledger, differences, told_by
from tests.support.service import Service
from tests.support.smsbox import Smsbox, smsbox

_FRESH_SECONDS = 3.2
_MOST_CONNECTIONS = 40


@contextmanager
def running(logs: Path, url: Callable[[Path], str]) -> Iterator[tuple[Service, Smsbox]]:
    folder = Path(tempfile.mkdtemp(prefix="metrics-", dir=logs))
    with ExitStack() as stack:
        box = stack.enter_context(smsbox())
        service = Service(
            folder,
            url(folder),
            WEB_CONCURRENCY="2",
            GATEWAYS="kavenegar,kannel",
            KANNEL_SENDSMS_URL=box.url,
            KANNEL_CALLBACK_URL="http://127.0.0.1:9",
            API_CALLS_PER_MINUTE="100000",
            MISSES_PER_HOUR="5",
        )
        yield stack.enter_context(service), box


@pytest.mark.slow
def test_metrics_equal_the_ledger_s_own_counts(process_logs: Path) -> None:
    with running(process_logs, lambda folder: f"sqlite:///{folder / 'service.db'}") as (own, box):
        _hold_against_the_ledger(own, box, 200)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_metrics_equal_the_ledger_s_own_counts_after_5000_requests(process_logs: Path) -> None:
    with Postgres(durable=True) as server:
        address = server.url(server.create_database())
        with running(process_logs, lambda _: address) as (own, box):
            _hold_against_the_ledger(own, box, 5000)


def _hold_against_the_ledger(service: Service, box: Smsbox, requests: int) -> None:
    mixed = Mixed(service, box)
    mixed.ask(requests)
    mixed.answer_receipts()
    service.wait_until(mixed.is_settled, 60)
    said = mixed.resend(max(3, requests // 100))
    assert [one for one in said if isinstance(one, Resent)], said
    service.wait_until(mixed.is_settled, 60)
    time.sleep(_FRESH_SECONDS)
    first, second = _scraped_from_each(service)
    assert counted_by_the_ledger(first) == counted_by_the_ledger(second)
    assert differences(counted_by_the_ledger(first), plain_counts(service.engine)) == {}
    _covers_everything(first, requests)


def _covers_everything(told: Told, requests: int) -> None:
    """Every way in, every gateway out, and what went wrong on the way."""
    received = {
        labels: value for (name, labels), value in told.items() if name == "sms_received_total"
    }
    assert {dict(labels)["gateway"] for labels in received} >= {
        "kavenegar",
        "kannel",
        "ussd_json",
        "api",
    }
    assert {dict(labels)["channel"] for labels in received} >= {"sms", "ussd", "counter"}
    assert sum(received.values()) >= requests * 0.95
    accepted = {dict(k[1])["gateway"] for k in told if k[0] == "sms_texts_accepted_total"}
    assert accepted == {"kavenegar", "kannel"}
    names = {name for (name, _), value in told.items() if value}
    assert {
        *("sms_repeats_total", "sms_retries_total", "sms_unknown_outcomes_total"),
        *("sms_bad_ends_total", "sms_resent_total", "sms_clock_seconds_count"),
        *("sms_http_requests_total", "sms_http_request_seconds_count", "sms_door_texts_total"),
        *("sms_gateway_texts_total", "sms_gateway_call_seconds_count", "sms_task_seconds_count"),
    } <= names
    ends = {dict(labels)["end"] for name, labels in told if name == "sms_requests_total"}
    assert {"answered", "bad_check_digit", "wrong_length", "no_bill_id", "unknown_bill"} <= ends
    assert told["sms_processes", (("role", "web"),)] == 2
    assert told["sms_processes", (("role", "worker"),)] == 2
    assert _out_of_hosts(told, "sms_gateway_texts_total", outcome="accepted") >= requests * 0.5


def _out_of_hosts(told: Told, name: str, **labels: str) -> float:
    assert CATALOGUE[name].known is Known.HOST
    wanted = set(labels.items())
    return sum(
        value for (one, given), value in told.items() if one == name and wanted <= set(given)
    )


def _scraped_from_each(service: Service) -> list[Told]:
    """What each of the two web processes tells."""
    web = psutil.Process(service.process("web").pid)
    children = {child.pid for child in web.children()}
    address = urlsplit(service.url)
    told: dict[int, Told] = {}
    for _ in range(_MOST_CONNECTIONS):
        with closing(http.client.HTTPConnection(str(address.hostname), address.port, 20)) as line:
            line.request("GET", "/metrics")
            mine = line.sock.getsockname()[1]
            answer = line.getresponse()
            assert answer.status == 200
            told[_who_answers(children, mine)] = told_by(answer.read().decode())
        if len(told) == len(children):
            return list(told.values())
    raise AssertionError("one of the web processes never answered")


def _who_answers(children: set[int], port: int) -> int:
    for pid in children:
        for one in psutil.Process(pid).net_connections("tcp"):
            if getattr(one.raddr, "port", None) == port:
                return pid
    raise AssertionError("nobody holds the connection")
