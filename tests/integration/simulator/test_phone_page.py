"""The phone page's views with a real simulated gateway, and a stand-in for the USSD route."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from sms_service.settings import Settings
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from sms_service.simulator.phone.backstage import Heading, LedgerAway, Seen
from sms_service.simulator.phone.page import phone_page
from sms_service.vendored import vendored_files
from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.kavenegar import closed_port

PHONE = "09121234567"
_OURS = {"HX-Request": "true", "Sec-Fetch-Site": "same-origin"}
_POSTS = ("texts", "count", "dial", "ussd/typed", "ussd/end", "ussd/expire", "faults")


class UssdRoute(ThreadingHTTPServer):
    """Answers the page's steps as the service would: with ``answer`` and ``status``."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Step)
        self.calls: list[tuple[str, dict[str, object]]] = []
        self.status = 200
        self.answer = b""

    def say(self, message: str, *, goes_on: bool = True) -> None:
        self.answer = json.dumps({"message": message, "continue": goes_on}).encode()


class _Step(BaseHTTPRequestHandler):
    server: UssdRoute

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None: ...


class Ledger:
    """A ledger that knows of nothing, or is away."""

    is_away = False

    def headings(self, phone: str, most: int) -> Sequence[Heading]:
        if self.is_away:
            raise LedgerAway
        return []

    def seen(self, code: str) -> Seen | None:
        return None


@pytest.fixture
def ussd() -> Iterator[UssdRoute]:
    with UssdRoute() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        server.say("شناسه قبض برق را وارد کنید")
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def open_page(
    settings: Callable[..., Settings], ussd: UssdRoute, ledger: Ledger
) -> Callable[[str], FlaskClient]:
    """A browser on a page whose simulated gateway listens at an address."""

    def opened(gateway_url: str) -> FlaskClient:
        app = Flask("page")
        told = settings(
            SIMULATOR="true",
            SIMULATOR_URL=gateway_url,
            USSD_CODE="*1521#",
            PORT=str(ussd.server_address[1]),
        )
        app.register_blueprint(vendored_files())
        app.register_blueprint(phone_page(told, ledger))
        return app.test_client()

    return opened


@pytest.fixture
def client(open_page: Callable[[str], FlaskClient], simulator: SimulatedKavenegar) -> FlaskClient:
    """A browser that has opened the page."""
    client = open_page(simulator.base_url)
    assert client.get("/simulator/").status_code == 200
    return client


def post(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    return client.post(f"/simulator/{path}", data={"phone": PHONE, **fields}, headers=_OURS)


def carried(ussd: UssdRoute, **changes: str) -> dict[str, str]:
    """What the browser sends back with a step."""
    first = ussd.calls[0][1]
    told = {"session": str(first["session_id"]), "spoken": "json", "dialled": "*1521#", "step": "0"}
    return {**told, **changes}


def test_every_answer_forbids_scripts_styles_and_frames_of_others(client: FlaskClient) -> None:
    for path in ("", "home", "compose", "static/phone.js"):
        with client.get(f"/simulator/{path}") as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("path", _POSTS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HX-Request": "true", "Sec-Fetch-Site": "cross-site"},
        {"HX-Request": "true", "Sec-Fetch-Site": "same-site"},
        {"HX-Request": "true", "Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
    ids=["plain", "cross-site", "same-site", "origin", "no-htmx"],
)
def test_a_post_from_elsewhere_does_nothing(
    client: FlaskClient,
    simulator: SimulatedKavenegar,
    ussd: UssdRoute,
    path: str,
    headers: dict[str, str],
) -> None:
    fields = {"phone": PHONE, "text": "x", "number": "*1521#"}
    refused = client.post(f"/simulator/{path}", data=fields, headers=headers)
    assert refused.status_code == 403
    assert simulator.arrived(PHONE) == []
    assert ussd.calls == []


def test_a_post_without_the_visits_cookie_does_nothing(
    open_page: Callable[[str], FlaskClient], simulator: SimulatedKavenegar
) -> None:
    client = open_page(simulator.base_url)
    assert post(client, "texts", text="x").status_code == 403
    assert simulator.arrived(PHONE) == []


def test_the_cookie_of_a_visit_is_kept_from_scripts_and_other_sites(
    open_page: Callable[[str], FlaskClient], simulator: SimulatedKavenegar
) -> None:
    told = open_page(simulator.base_url).get("/simulator/").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/simulator/"} <= set(told.split("; "))


def test_a_text_goes_through_the_gateway(
    client: FlaskClient, simulator: SimulatedKavenegar
) -> None:
    shown = post(client, "texts", text="بدهی\r\n1")
    assert 'data-screen="waiting"' in shown.text
    assert [one.message for one in simulator.arrived(PHONE)] == ["بدهی\n1"]


def test_what_was_typed_is_never_markup(client: FlaskClient) -> None:
    text = "</textarea><script>alert(1)</script>\"'&"
    shown = client.get("/simulator/compose", query_string={"text": text}).text
    assert "<script" not in shown
    assert "&lt;/textarea&gt;" in shown


def test_what_the_service_says_is_never_markup(client: FlaskClient, ussd: UssdRoute) -> None:
    ussd.say("<script>alert(1)</script>")
    shown = post(client, "dial", number="*1521#").text
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("texts", {"text": "س" * 2001}),
        ("count", {"text": "س" * 2001}),
        ("dial", {"number": "1" * 161}),
        ("texts", {"text": "x", "phone": "021-1234"}),
        ("texts", {"text": "x", "phone": "0" * 5000}),
        ("dial", {"number": "*1521#", "dialect": "../json"}),
    ],
)
def test_what_is_too_long_or_wrong_is_refused_in_words(
    client: FlaskClient,
    simulator: SimulatedKavenegar,
    ussd: UssdRoute,
    path: str,
    fields: dict[str, str],
) -> None:
    refused = post(client, path, **fields)
    assert refused.status_code == 400
    assert 'data-screen="notice"' in refused.text
    assert simulator.arrived(PHONE) == []
    assert ussd.calls == []


def test_a_step_goes_to_the_services_own_route_with_its_secret(
    client: FlaskClient, ussd: UssdRoute
) -> None:
    shown = post(client, "dial", number="*1521#").text
    path, told = ussd.calls[0]
    assert path == f"/ussd/json/{CANARY_WEBHOOK_SECRET}"
    assert (told["event"], told["phone"], told["sequence"]) == ("new", "+989121234567", 0)
    assert 'data-screen="ussd"' in shown
    assert CANARY_WEBHOOK_SECRET not in shown
    ussd.say("پایان", goes_on=False)
    last = post(client, "ussd/typed", typed="1", **carried(ussd)).text
    assert 'data-screen="over"' in last
    assert [call[1]["input"] for call in ussd.calls] == ["*1521#", "1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"session": "sim-1"},
        {"session": ""},
        {"spoken": "gopher"},
        {"dialled": "*1521*<b>#"},
        {"step": "many"},
        {"step": "-5"},
        {"before": "1" * 200},
    ],
)
def test_a_dialogue_that_we_did_not_begin_is_not_taken_up(
    client: FlaskClient, ussd: UssdRoute, changes: dict[str, str]
) -> None:
    post(client, "dial", number="*1521#")
    refused = post(client, "ussd/typed", typed="1", **carried(ussd, **changes))
    assert refused.status_code == 400
    assert len(ussd.calls) == 1


@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, b""), (404, b"{}"), (200, b"<html>"), (200, b"\xff\xfe"), (200, b"")],
)
def test_a_service_that_shows_no_screen_is_a_failed_code(
    client: FlaskClient, ussd: UssdRoute, status: int, answer: bytes
) -> None:
    ussd.status, ussd.answer = status, answer
    shown = post(client, "dial", number="*1521#")
    assert shown.status_code == 200
    assert 'data-said="mmi"' in shown.text


def test_hanging_up_is_told_and_a_dropped_dialogue_is_not(
    client: FlaskClient, ussd: UssdRoute
) -> None:
    post(client, "dial", number="*1521#")
    assert 'data-said="expired"' in post(client, "ussd/expire").text
    assert len(ussd.calls) == 1
    assert 'data-screen="home"' in post(client, "ussd/end", **carried(ussd)).text
    assert ussd.calls[-1][1]["event"] == "close"


def test_the_network_drops_steps_while_its_fault_is_on(
    client: FlaskClient, ussd: UssdRoute
) -> None:
    post(client, "dial", number="*1521#")
    assert "checked" in post(client, "faults/session_expiry", on="1").text
    assert 'data-said="expired"' in post(client, "ussd/typed", typed="1", **carried(ussd)).text
    assert len(ussd.calls) == 1
    assert "checked" not in post(client, "faults").text
    assert 'data-screen="ussd"' in post(client, "ussd/typed", typed="1", **carried(ussd)).text


def test_faults_of_the_gateway_are_ordered_once_and_taken_back(
    client: FlaskClient, simulator: SimulatedKavenegar
) -> None:
    for _ in range(2):
        post(client, "faults/gateway_down", on="1")
        post(client, "faults/gateway_timeout", on="1")
    assert sorted(fault.kind for fault in simulator.faults()) == ["hang", "hang", "html"]
    post(client, "faults/gateway_down")
    assert [fault.kind for fault in simulator.faults()] == ["hang", "hang"]
    post(client, "faults/duplicate_webhook", on="1")
    assert simulator.callbacks_are_doubled()
    post(client, "faults")
    assert simulator.faults() == []
    assert not simulator.callbacks_are_doubled()


def test_there_is_no_fault_of_a_billing_interface_that_is_not_simulated(
    client: FlaskClient,
) -> None:
    assert "fault-slow_billing" not in client.get("/simulator/").text
    assert post(client, "faults/slow_billing", on="1").status_code == 404


def test_without_the_simulated_gateway_the_page_says_so(
    open_page: Callable[[str], FlaskClient],
) -> None:
    client = open_page(f"http://127.0.0.1:{closed_port()}")
    assert client.get("/simulator/").status_code == 200
    refused = post(client, "texts", text="x")
    assert refused.status_code == 503
    assert 'data-said="no_gateway"' in refused.text


def test_without_the_ledger_the_page_says_so(client: FlaskClient, ledger: Ledger) -> None:
    ledger.is_away = True
    shown = client.get("/simulator/backstage", query_string={"phone": PHONE})
    assert shown.status_code == 200
    assert "alert-warning" in shown.text


def test_what_is_shown_already_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/simulator/backstage", query_string={"phone": PHONE}).text
    known = first.partition("known=")[2].partition('"')[0]
    again = client.get("/simulator/backstage", query_string={"phone": PHONE, "known": known})
    assert (again.status_code, again.text) == (204, "")


_NAMES = (
    "phone",
    "text",
    "number",
    "typed",
    "session",
    "step",
    "before",
    "code",
    "seconds",
    "late",
)
_PATHS = (*_POSTS, "arrivals", "mail", "menu", "compose", "backstage", "box/inbox", "box/sent/1")


@given(
    st.sampled_from(_PATHS),
    st.dictionaries(st.sampled_from(_NAMES), st.text(max_size=40) | st.just(PHONE), max_size=5),
    st.booleans(),
)
@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_input_is_ever_an_error_of_the_page(
    client: FlaskClient, path: str, fields: dict[str, str], posts: bool
) -> None:
    given_ = {name: value.encode("utf-8", "replace") for name, value in fields.items()}
    sent = {"data": given_} if posts else {"query_string": fields}
    called = client.post if posts else client.get
    answer = called(f"/simulator/{path}", headers=_OURS, **sent)
    assert answer.status_code < 500
