"""A phone that dials and texts: the real service, over HTTP, with a worker beside."""

import http.client
import json
import time
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from sms_service.database import reading
from sms_service.domain.bill_id import short_name
from sms_service.language.wording import persian_digits
from sms_service.ledger.tables import inbound
from sms_service.service.desk import Question
from tests.support.canary import CANARY_WEBHOOK_SECRET
from tests.support.service import Service
from tests.support.small_billing import BILL_IDS
from tests.support.texting import new_text

_ids = count(1)


class Person:
    """One new phone, which dials and texts."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.number = new_text("", "").phone
        self.began = service.last_sms()
        self._session, self._step = "", 0

    def dial(self, code: str = "*1521#") -> str:
        """The first screen of a new dialogue."""
        self._session, self._step = f"e2e-{next(_ids)}", 0
        return self._told("new", code)["message"]

    def press(self, *keys: str) -> str:
        """The screen after the last of these inputs."""
        for key in keys:
            self._step += 1
            shown = self._told("input", key)["message"]
        return shown

    def text(self, message: str) -> str:
        """The answer that a text gets."""
        text = replace(new_text(message, ""), phone=self.number)
        before = len(self.heard())
        self.service.let_words_be_new()
        self.service.webhook.hand_over_until_taken([text], seconds=20)
        self.service.wait_until(lambda: len(self.heard()) > before)
        return self.heard()[-1]

    def heard(self) -> list[str]:
        """Every SMS that this phone got."""
        sent = self.service.sms_since(self.began)
        return [sms.message for sms in sent if sms.receptor.endswith(self.number[1:])]

    def requests(self) -> list[tuple[str, str]]:
        """Channel and state of what it asked."""
        hashed = self.service.parts.hash_phone(f"+98{self.number[1:]}")
        wanted = select(inbound.c.channel, inbound.c.state).where(inbound.c.phone_hash == hashed)
        with reading(self.service.engine) as connection:
            found = connection.execute(wanted.order_by(inbound.c.id)).all()
        return [(row.channel, row.state) for row in found]

    def _told(self, event: str, typed: str) -> dict[str, str]:
        told = {"session_id": self._session, "phone": self.number, "event": event}
        step = json.dumps(told | {"input": typed, "sequence": self._step})
        status, body = call(self.service, step)
        assert status == 200
        shown: dict[str, str] = json.loads(body)
        return shown


def call(service: Service, body: str, method: str = "POST", query: str = "") -> tuple[int, bytes]:
    """The status and body of one call of the gateway."""
    address = urlsplit(service.url).netloc
    with closing(http.client.HTTPConnection(address, timeout=10)) as connection:
        path = f"/ussd/json/{CANARY_WEBHOOK_SECRET}{query}"
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def person(service: Service) -> Person:
    return Person(service)


def test_a_text_goes_on_about_the_bill_that_was_dialled(person: Person) -> None:
    person.dial()
    assert person.press(BILL_IDS[1], "2", "1").startswith("دوماهه")
    assert person.heard() == []
    assert f"همان قبض {short(BILL_IDS[1])}" in person.text("۱۴۰۴")


def test_a_name_that_was_texted_is_offered_on_the_screen(person: Person) -> None:
    person.text(f"ذخیره خانه {BILL_IDS[2]}")
    assert f"1 قبض {short(BILL_IDS[2])} خانه" in person.dial()
    assert person.press("1").startswith(f"قبض {short(BILL_IDS[2])}")


def test_letters_that_were_chosen_by_keys_are_those_of_texts(person: Person) -> None:
    person.dial()
    person.press("0", "3")
    assert person.text(f"بدهی {BILL_IDS[3]}").isascii()


def test_letters_that_were_chosen_by_text_are_those_of_screens(person: Person) -> None:
    person.text("لاتین")
    assert person.dial().startswith("Shenase ghabz bargh")


def test_all_by_sms_brings_one_sms(person: Person) -> None:
    person.dial()
    assert person.press(BILL_IDS[4], "4").startswith("پاسخ به همین تلفن پیامک میشود")
    person.service.wait_until(lambda: person.requests() == [("ussd", "answered")])
    person.service.wait_until(lambda: person.heard() != [])
    assert person.heard() == [answer(person, f"سوابق {BILL_IDS[4]}")]


def test_what_is_too_slow_for_the_screen_comes_in_one_sms(person: Person, tmp_path: Path) -> None:
    let_go = tmp_path / "let go"
    with person.service.broken("web", f"wait:lookup.before:{let_go}"):
        person.service.wait_for_web()
        began = time.monotonic()
        shown = person.dial(f"*1521*{BILL_IDS[5]}*1404#")
        assert time.monotonic() - began < 2.5
        assert shown.startswith("نتیجه پیامک میشود\nکد ")
        person.service.wait_until(lambda: person.heard() != [])
        let_go.touch()
        person.service.wait_until(lambda: person.requests() == [("ussd", "answered")])
        assert person.dial() != shown
    assert person.heard() == [answer(person, f"سوابق {BILL_IDS[5]} 1404")]


def test_what_a_dying_web_process_was_asked_comes_in_one_sms(person: Person) -> None:
    with person.service.broken("web", "kill:inbound.after_commit:1"):
        person.service.wait_for_web()
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            person.dial(f"*1521*{BILL_IDS[6]}*1404#")
        assert person.requests() == [("ussd", "answering")]
    person.service.wait_until(lambda: person.heard() != [], seconds=40)
    assert person.heard() == [answer(person, f"سوابق {BILL_IDS[6]} 1404")]
    assert person.requests() == [("ussd", "answered")]


def test_a_dialogue_survives_a_web_process_that_is_killed(person: Person) -> None:
    person.dial()
    person.press(BILL_IDS[1])
    person.service.kill("web")
    person.service.launch("web")
    person.service.wait_for_web()
    assert "تومان" in person.press("1")


def test_a_dialogue_without_redis_ends_with_the_line_to_text_to(person: Person) -> None:
    person.service.valkey.freeze()
    try:
        assert person.dial().startswith("اکنون ممکن نیست\nشناسه قبض را به ۳۰۰۰۱۵۲۱ پیامک کنید")
    finally:
        person.service.valkey.thaw()
    person.service.wait_until(lambda: person.dial().startswith("شناسه قبض برق"))


def test_neither_phone_nor_bill_is_in_the_log_of_the_web_process(person: Person) -> None:
    person.dial(f"*1521*{BILL_IDS[1]}*1404#")
    person.press("9")
    assert call(person.service, "{}")[0] == 400
    assert call(person.service, "", "GET", f"?{person.number}")[0] == 405
    logged = person.service.log("web").read_text("utf-8")
    assert person.number[1:] not in logged
    assert BILL_IDS[1] not in logged
    assert CANARY_WEBHOOK_SECRET not in logged


def answer(person: Person, text: str) -> str:
    found = person.service.parts.desk.answer([Question(text)])[0].reply
    assert found is not None
    return found.text


def short(bill_id: str) -> str:
    return persian_digits(short_name(bill_id))
