"""A subscriber's text through a real Kannel, and the answer back through it, on PostgreSQL."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Row, select
from werkzeug.serving import WSGIRequestHandler, make_server

from sms_service.database import reading
from sms_service.domain.states import LaneState, OutboundState
from sms_service.language.normalise import clean
from sms_service.language.parts import count
from sms_service.ledger.tables import inbound, inbound_keys, outbound
from sms_service.ledger.upkeep_tables import lane_changes
from sms_service.service.desk import Question
from sms_service.settings import Settings
from sms_service.web import build_from
from sms_service.wiring import Parts
from tests.support.kannel import LINE, Kannel, needs_kannel
from tests.support.kavenegar import closed_port
from tests.support.service import Service
from tests.support.small_billing import BILL_IDS, fill
from tests.support.smpp import wait_until

PHONE = "989901234567"
QUESTION = f"{BILL_IDS[0]} ۱۴۰۴"
LONG_QUESTION = f"سلام وقت بخیر لطفا سوابق قبض برق خانه پدرم را بفرستید {QUESTION} با تشکر فراوان"


class Silent(WSGIRequestHandler):
    """Logs no requests, as the real server: their paths hold the secret."""

    def log_request(self, *_: object, **__: object) -> None:
        """Stay silent."""


class Hotline:
    """The web process and the workers' parts in this process, Kannel and the SMSC around them."""

    def __init__(self, parts: Parts, kannel: Kannel) -> None:
        self.parts = parts
        self.kannel = kannel
        self.smsc = kannel.smsc

    def arrived(self) -> Sequence[Row[Any, Any, Any]]:
        """Gateway, its id and state of every text that was stored."""
        told = select(inbound.c.gateway, inbound_keys.c.remote_id, inbound.c.state).join(
            inbound_keys, inbound_keys.c.inbound_id == inbound.c.id
        )
        with reading(self.parts.engine) as connection:
            return connection.execute(told).all()

    def wait_for_texts(self, number: int) -> None:
        """Return once so many texts are stored."""
        wait_until(
            lambda: len(self.arrived()) >= number,
            lambda: f"{len(self.arrived())} of {number} texts were stored",
        )

    def sent(self) -> Sequence[Row[Any, Any, Any]]:
        """State, units and parts of every answer."""
        told = select(outbound.c.state, outbound.c.units, outbound.c.parts)
        with reading(self.parts.engine) as connection:
            return connection.execute(told).all()

    def expected(self, question: str) -> str:
        """The answer that the question must get."""
        reply = self.parts.desk.answer([Question(clean(question))])[0].reply
        assert reply
        return reply.text

    def wait_for_state(self, state: OutboundState) -> None:
        """Join receipts until the only answer has this state."""

        def has_it() -> bool:
            self.parts.receipts.join(100)
            return [row.state for row in self.sent()] == [state]

        wait_until(has_it, lambda: f"the answer's state is {[row.state for row in self.sent()]}")


@pytest.fixture
def hotline(
    settings: Callable[..., Settings],
    postgresql_url: str,
    redis_url: str,
    tmp_path: Path,
) -> Iterator[Hotline]:
    needs_kannel()
    port = closed_port()
    with Kannel(f"http://127.0.0.1:{port}") as kannel:
        given = {"DATABASE_URL": postgresql_url, "REDIS_URL": redis_url, "GATEWAYS": "kannel"}
        parts = Parts(settings(**given, **kannel.settings(), TODAY="1405-09-02"))
        fill(parts.engine, parts, tmp_path / "exports")
        server = make_server(
            "127.0.0.1", port, build_from(parts), threaded=True, request_handler=Silent
        )
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            with closing(parts), closing(parts.kannel):
                yield Hotline(parts, kannel)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@pytest.mark.parametrize("question", [QUESTION, LONG_QUESTION], ids=["one part", "two parts"])
def test_a_question_is_answered_to_the_letter_and_its_receipt_ends_it(
    hotline: Hotline, question: str
) -> None:
    hotline.smsc.text_from(PHONE, LINE, question)
    hotline.wait_for_texts(1)
    assert hotline.parts.answering.run() == 1
    assert hotline.parts.delivering.run() == 1

    answer = hotline.expected(question)
    assert hotline.smsc.wait_for_texts(1, PHONE) == [answer]
    ((_, units, parts),) = hotline.sent()
    sent = hotline.smsc.parts
    assert (units, parts) == (count(answer).units, count(answer).parts)
    assert (sum(part.units for part in sent), len(sent)) == (units, parts)

    hotline.wait_for_state(OutboundState.AT_OPERATOR)
    hotline.smsc.report(sent[0], "DELIVRD")
    hotline.wait_for_state(OutboundState.DELIVERED)


def test_a_text_that_kannel_brings_twice_is_stored_and_answered_once(hotline: Hotline) -> None:
    hotline.smsc.text_from(PHONE, LINE, QUESTION)
    hotline.wait_for_texts(1)
    ((gateway, remote_id, _),) = hotline.arrived()
    app = build_from(hotline.parts)
    secret = hotline.parts.settings.webhook_secrets[0].get_secret_value()
    again = {"id": remote_id, "from": f"+{PHONE}", "to": LINE, "coding": "0", "text": QUESTION}
    repeated = app.test_client().get(f"/webhooks/kannel/{secret}/received", query_string=again)
    assert gateway == "kannel"
    assert repeated.status_code == 200
    assert len(hotline.arrived()) == 1


def test_what_the_operator_refuses_ends_as_failed(hotline: Hotline) -> None:
    hotline.smsc.refuse_with = 0x0B
    hotline.smsc.text_from(PHONE, LINE, QUESTION)
    hotline.wait_for_texts(1)
    hotline.parts.answering.run()
    assert hotline.parts.delivering.run() == 1
    hotline.wait_for_state(OutboundState.FAILED)
    assert hotline.smsc.texts() == []


def test_a_service_with_kannel_as_its_only_gateway_answers_by_itself(tmp_path: Path) -> None:
    needs_kannel()
    database = f"sqlite:///{tmp_path / 'service.db'}"
    port = closed_port()
    with (
        Kannel(f"http://127.0.0.1:{port}") as kannel,
        Service(
            tmp_path, database, PORT=str(port), GATEWAYS="kannel", **kannel.settings()
        ) as service,
    ):
        texts = service.new_texts(12)
        for text in texts:
            kannel.smsc.text_from(f"98{text.phone[1:]}", LINE, text.message)
        kannel.smsc.wait_for_texts(len(texts))
        for text in texts:
            assert kannel.smsc.texts(f"98{text.phone[1:]}") == [text.answer]
        for part in list(kannel.smsc.parts):
            kannel.smsc.report(part)
        told = select(outbound.c.state)

        def all_are_delivered() -> bool:
            with reading(service.engine) as connection:
                states = connection.execute(told).scalars().all()
            return states == [OutboundState.DELIVERED] * len(texts)

        service.wait_until(all_are_delivered)
        assert service.gateway.outbox() == []


def test_without_credit_answers_leave_by_kannel_and_afterwards_drift_back(tmp_path: Path) -> None:
    needs_kannel()
    database = f"sqlite:///{tmp_path / 'service.db'}"
    port = closed_port()
    lanes = {"GATEWAYS": "kavenegar,kannel", "POLL_SECONDS": "3600"}
    with (
        Kannel(f"http://127.0.0.1:{port}") as kannel,
        Service(tmp_path, database, PORT=str(port), **lanes, **kannel.settings()) as service,
    ):
        service.gateway.set_credit(0)
        texts = service.new_texts(20)
        service.webhook.hand_over(texts)
        kannel.smsc.wait_for_texts(len(texts))
        for text in texts:
            assert kannel.smsc.texts(f"98{text.phone[1:]}") == [text.answer]
        assert service.gateway.outbox() == []

        service.gateway.set_credit(10**9)
        service.let_rests_pass()
        later = service.new_texts(10)
        for text in later:
            service.webhook.hand_over([text])
            service.wait_until(lambda text=text: service.is_settled([text]))  # type: ignore[misc]

        def heard() -> list[str]:
            return [sms.message for sms in service.gateway.outbox()] + kannel.smsc.texts()

        # Kannel may still be on its way to the SMSC with what it has accepted.
        service.wait_until(lambda: len(heard()) >= len(texts) + len(later))
        assert sorted(heard()) == sorted(text.answer for text in [*texts, *later])
        assert len(service.gateway.outbox()) == len(later)
        with reading(service.engine) as connection:
            told = [(c.state, c.reason) for c in connection.execute(select(lane_changes))]
        stopped = (LaneState.STOPPED, "kavenegar_418")
        recovering = (LaneState.RECOVERING, "kavenegar_418")
        assert told[:3] == [stopped, recovering, (LaneState.WORKING, None)]
