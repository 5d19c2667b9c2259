"""The logs of the whole service: one code leads through all of them, and nobody is in them."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

import pytest
import requests
from sqlalchemy import select

from sms_service.database import reading
from sms_service.domain.bill_id import printed
from sms_service.domain.roles import Role, Scope
from sms_service.domain.states import OutboundState
from sms_service.language.wording import persian_digits
from sms_service.ledger.tables import inbound_keys
from sms_service.logs.redaction import guard_loggers, hide
from sms_service.service.auditing import Actor
from sms_service.wiring.console import ConsoleParts
from tests.support.canary import CANARY_WEBHOOK_SECRET, secrets_in
from tests.support.four_ledgers import books
from tests.support.log_reading import Written, written_by
from tests.support.service import Service
from tests.support.signing_in import PASSWORD, make_user
from tests.support.small_billing import BILL_IDS
from tests.support.texting import Text, new_text

BILL = BILL_IDS[7]
WORDS = "قناری خانه پدری"
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_HOOKS = {one: f"/webhooks/{one}/{CANARY_WEBHOOK_SECRET}" for one in ("kavenegar", "kannel")}
_TIMEOUT = 20


@pytest.fixture(autouse=True)
def _our_own_calls_show_no_secret() -> None:
    hide(CANARY_WEBHOOK_SECRET)
    guard_loggers(["urllib3.connectionpool"])


def test_one_text_is_found_in_the_logs_of_all_processes_hop_by_hop(service: Service) -> None:
    text = service.new_texts(1)[0]
    with written_by(service) as logs:
        answer = requests.post(
            f"{service.url}{service.received_path}",
            text.fields,
            headers={"X-Request-ID": "test-of-one-text"},
            timeout=_TIMEOUT,
        )
        service.wait_until(lambda: _is_delivered(service, text))
        code = _code_of(service, text)
        service.wait_until(lambda: "receipt" in _events(logs, code))
        lines = logs.of_request(code)
    hops = {one["event"]: one for one in lines if one["logger"].endswith("hops")}
    assert list(hops) == ["received", "answered", "handed_over", "receipt"]
    assert [hops[name]["process"] for name in hops] == ["web", "worker", "worker", "worker"]
    assert answer.headers["X-Request-ID"] == "test-of-one-text"
    assert hops["received"]["web_request"] == "test-of-one-text"
    assert (hops["received"]["gateway"], hops["received"]["repeated"]) == ("kavenegar", False)
    assert hops["answered"]["intent"] == "history"
    assert hops["answered"]["parts"] == hops["handed_over"]["parts"] >= 1
    assert hops["handed_over"]["outcome"] == "accepted"
    assert hops["receipt"]["state"] == "delivered"
    assert 0 <= hops["answered"]["ms"] < 60_000
    pages = [one for one in logs.lines() if one["event"] == "web_request"]
    assert "/webhooks/kavenegar/*/received" in {one["route"] for one in pages}


def test_nobody_and_no_secret_is_in_any_log(on_sqlite: Service) -> None:
    people = Subscribers(on_sqlite)
    with written_by(on_sqlite) as logs:
        on_sqlite.gateway.fault("error", count=2)
        people.text_by_kavenegar()
        people.text_by_kannel()
        people.dial()
        people.make_mistakes()
        people.come_to_the_desk()
        people.call_the_api()
        on_sqlite.gateway.clear_faults()
        on_sqlite.end_rest()
        on_sqlite.wait_until(lambda: _is_delivered(on_sqlite, people.text), 60)
        lines = logs.lines()
        raw = logs.text()
    assert {one["process"] for one in lines} >= {"web", "worker"}
    assert len(lines) > 100
    assert "DEBUG" in {one["level"].upper() for one in lines}
    shown = raw + json.dumps(lines, ensure_ascii=False)
    assert secrets_in(shown) == []
    assert [one for one in people.spellings() if one in shown] == []


class Subscribers:
    """Somebody whose phone, bill and words must not be found afterwards."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.text = new_text(f"{WORDS} {BILL} 1404", "")
        self.token = ""

    def spellings(self) -> list[str]:
        """How what is private could stand in a log."""
        subscriber, bill = self.text.phone[1:], BILL.lstrip("0")
        plain = [subscriber, bill, printed(BILL), WORDS, WORDS.split(maxsplit=1)[0], PASSWORD]
        spelled = [persian_digits(one) for one in (subscriber, bill)]
        every = [*plain, *spelled, self.token]
        escaped = [json.dumps(one)[1:-1] for one in every]
        return [*every, *escaped, *map(quote, every)]

    def text_by_kavenegar(self) -> None:
        """By a form, by a query string, and once more."""
        path = f"{_HOOKS['kavenegar']}/received"
        self._post(path, self.text.fields)
        self._get(f"{path}?{urlencode(self.text.fields)}")
        self._post(f"{_HOOKS['kavenegar']}/status", {"messageid": "1", "status": "10"})

    def text_by_kannel(self) -> None:
        fields = {"from": f"+98{self.text.phone[1:]}", "to": "30001521", "coding": "2"}
        words = self.text.message.encode("utf-16-be")
        query = urlencode({**fields, "id": f"k{self.text.messageid}", "text": words})
        self._get(f"{_HOOKS['kannel']}/received?{query}")

    def dial(self) -> None:
        step = {"session_id": f"s{self.text.messageid}", "phone": self.text.phone, "event": "new"}
        told = {**step, "input": f"*1521*{BILL}*1404#", "sequence": 0}
        self._post(f"/ussd/json/{CANARY_WEBHOOK_SECRET}", json.dumps(told), json_body=True)
        self._post(f"/ussd/json/{CANARY_WEBHOOK_SECRET}?{self.text.phone}", "{", json_body=True)

    def make_mistakes(self) -> None:
        """Each refused, with what is private in places where it doesn't belong."""
        private = f"{self.text.phone}/{BILL}/{quote(WORDS)}"
        for path in (
            f"/webhooks/kavenegar/{private}/received",
            f"/{private}",
            f"/api/v1/{private}",
        ):
            self._get(path)
        self._post(f"{_HOOKS['kavenegar']}/received", {"from": self.text.phone, "message": WORDS})
        self._get("/livez", **{"X-Request-ID": self.text.phone, "User-Agent": BILL})

    def come_to_the_desk(self) -> None:
        """Sign in, with a wrong password first, search for the phone and ask for it."""
        desk = ConsoleParts(self.service.parts)
        make_user(desk, f"op-{self.text.messageid}", Role.OPERATOR)
        with requests.Session() as browser:
            for password in (f"{PASSWORD} {BILL}", PASSWORD):
                form = {"username": f"op-{self.text.messageid}", "password": password}
                self._submit(browser, "/console/sign-in", form)
            assert "sign-in" not in browser.get(f"{self.service.url}/console/", timeout=20).url
            for sought in (self.text.phone, BILL):
                found = self._submit(browser, "/console/", {"q": sought}, "/console/find")
                assert found.ok, found.status_code
            form_key = f"key-{self.text.messageid}"
            asked = {"bill_id": BILL, "wish": "history", "from_year": "1404", "goes": "phone"}
            asked |= {"phone": self.text.phone, "form_key": form_key}
            answer = self._submit(browser, "/console/counter", asked)
            assert answer.ok, answer.status_code

    def call_the_api(self) -> None:
        tokens = ConsoleParts(self.service.parts).tokens
        self.token = tokens.create(f"t{self.text.messageid}", list(Scope), None, Actor("admin"))[1]
        body = {"bill_id": BILL, "deliver": "sms", "intent": "debt", "phone": self.text.phone}
        answer = requests.post(
            f"{self.service.url}/api/v1/requests",
            json=body,
            headers={"Authorization": f"Bearer {self.token}", "Idempotency-Key": self.text.phone},
            timeout=_TIMEOUT,
        )
        assert answer.ok, answer.text

    def _submit(
        self, browser: requests.Session, page: str, form: dict[str, str], to: str = ""
    ) -> requests.Response:
        url = self.service.url
        found = _TOKEN.search(browser.get(f"{url}{page}", timeout=_TIMEOUT).text)
        token = {"csrf_token": found[1]} if found else {}
        return browser.post(f"{url}{to or page}", {**form, **token}, timeout=_TIMEOUT)

    def _post(self, path: str, body: object, *, json_body: bool = False) -> None:
        headers = {"Content-Type": "application/json"} if json_body else {}
        requests.post(f"{self.service.url}{path}", body, headers=headers, timeout=_TIMEOUT)  # type: ignore[arg-type]  # a form or a text

    def _get(self, path: str, **headers: str) -> None:
        requests.get(f"{self.service.url}{path}", headers=headers, timeout=_TIMEOUT)


def _code_of(service: Service, text: Text) -> str:
    wanted = select(inbound_keys.c.code).where(inbound_keys.c.remote_id == text.messageid)
    with reading(service.engine) as connection:
        return str(connection.scalar(wanted))


def _events(logs: Written, code: str) -> Iterable[str]:
    return [one["event"] for one in logs.of_request(code)]


def _is_delivered(service: Service, text: Text) -> bool:
    went = books(service.engine, [text]).went.get(text.messageid, ())
    return [row.state for row in went] == [OutboundState.DELIVERED]
