"""An operator sends an answer again from the page, in the whole service: it arrives once."""

import threading
from collections.abc import Callable, Iterator

import pytest
import requests
from sqlalchemy import delete, select

from sms_service.database import reading, writing
from sms_service.domain.roles import Role
from sms_service.domain.states import OutboundState
from sms_service.ledger.desk_tables import users
from sms_service.ledger.tables import inbound_keys, outbound
from sms_service.wiring.console import ConsoleParts
from tests.support.service import Service
from tests.support.signing_in import PASSWORD, make_user
from tests.support.texting import Text

_DELIVERED = 10


class Operator:
    """Somebody at a browser."""

    def __init__(self, service: Service, name: str) -> None:
        self._url = service.url
        self._session = requests.Session()
        self._post("/console/sign-in", {"username": name, "password": PASSWORD})

    def page(self, path: str) -> str:
        return self._session.get(self._url + path, timeout=20).text

    def resend(self, code: str, ready: Callable[[], object] = lambda: None) -> int:
        """Open the form, wait for a moment, press; the status of the answer."""
        path = f"/console/requests/{code}/resend"
        form = {"after": _field(self.page(path), "after"), "words": "fresh", "reason": "تماس گرفت"}
        return self._post(path, form, ready)

    def press(self, code: str, after: int) -> int:
        """Press in a form that was open already."""
        other = f"/console/requests/{code}"
        token = _field(self.page(other), "csrf_token")
        form = {"after": str(after), "words": "fresh", "csrf_token": token}
        answer = self._session.post(
            f"{self._url}{other}/resend", form, allow_redirects=False, timeout=20
        )
        return answer.status_code

    def _post(
        self, path: str, form: dict[str, str], ready: Callable[[], object] = lambda: None
    ) -> int:
        token = _field(self.page(path), "csrf_token")
        ready()
        answer = self._session.post(
            self._url + path, {**form, "csrf_token": token}, allow_redirects=False, timeout=20
        )
        return answer.status_code


def _field(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


@pytest.fixture
def people(service: Service) -> Iterator[Service]:
    """Two operators who may sign in."""
    parts = ConsoleParts(service.parts)
    for name in ("sara", "omid"):
        make_user(parts, name, Role.OPERATOR)
    yield service
    service.gateway.clear_faults()
    with writing(service.engine) as connection:
        connection.execute(delete(users).where(users.c.username.in_(["sara", "omid"])))


def code_of(service: Service, text: Text) -> str:
    wanted = select(inbound_keys.c.code).where(inbound_keys.c.remote_id == text.messageid)
    with reading(service.engine) as connection:
        return str(connection.scalar(wanted))


def attempts(service: Service, code: str) -> list[tuple[int, str]]:
    wanted = select(outbound.c.id, outbound.c.state).where(outbound.c.code == code)
    with reading(service.engine) as connection:
        return [(row.id, row.state) for row in connection.execute(wanted.order_by(outbound.c.id))]


def test_two_operators_press_at_the_same_moment_and_the_phone_gets_one_sms(
    people: Service,
) -> None:
    people.gateway.plan_receipts(steps=[[0.2, _DELIVERED]])
    people.gateway.fault("refuse", "sms/send", code=411, count=1)
    since = people.last_sms()
    (text,) = people.new_texts(1)
    people.webhook.hand_over([text])
    code = code_of(people, text)
    people.wait_until(lambda: [s for _, s in attempts(people, code)] == [OutboundState.REFUSED])
    operators = [Operator(people, "sara"), Operator(people, "omid")]
    start = threading.Barrier(2)
    statuses: list[int] = []

    def press(operator: Operator) -> None:
        statuses.append(operator.resend(code, start.wait))

    threads = [threading.Thread(target=press, args=(one,)) for one in operators]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [303, 409]
    people.wait_until(
        lambda: (
            [s for _, s in attempts(people, code)]
            == [OutboundState.REFUSED, OutboundState.DELIVERED]
        )
    )
    sent = [sms for sms in people.sms_since(since) if sms.receptor.endswith(text.phone[1:])]
    assert [sms.message for sms in sent] == [text.answer]
    assert "پاسخ به گوشی رسیده است" in operators[0].page(f"/console/requests/{code}")


def test_what_may_have_gone_is_not_sent_beside_it(people: Service) -> None:
    people.gateway.fault("reset", "sms/send", after=True, count=1)
    since = people.last_sms()
    (text,) = people.new_texts(1)
    people.webhook.hand_over([text])
    code = code_of(people, text)
    operator = Operator(people, "sara")
    people.wait_until(lambda: [s for _, s in attempts(people, code)] == [OutboundState.UNKNOWN])
    ((attempt, _),) = attempts(people, code)
    assert operator.press(code, attempt) == 409
    people.wait_until(
        lambda: attempts(people, code)[0][1] in (OutboundState.ACCEPTED, OutboundState.DELIVERED)
    )
    assert len(attempts(people, code)) == 1
    assert len([s for s in people.sms_since(since) if s.receptor.endswith(text.phone[1:])]) == 1
