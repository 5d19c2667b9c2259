"""Whose receipt is asked for, until when, and what is swept away."""

import pytest
from sqlalchemy import Engine, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import OutboundState
from sms_service.ledger.asking import AskingLedger
from sms_service.ledger.receipts import ReceiptLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.sweeping import SweepingLedger
from sms_service.ledger.tables import outbound, receipts, recent_texts
from sms_service.service.asking import next_question
from sms_service.service.messages import Receipt
from tests.support.ledger import VAULT, answer, arrival, event_names, inbound_ledger

GATEWAY = "kavenegar"
MINUTE, HOUR = 60, 3600


@pytest.fixture
def ledger(engine: Engine) -> AskingLedger:
    return AskingLedger(engine, next_question)


def accepted(
    engine: Engine, number: int, *, age: float, state: OutboundState = OutboundState.ACCEPTED
) -> str:
    """An answer accepted so many seconds ago with a question due; its tracking code."""
    one = arrival(str(number), phone=f"+98912{number:07}")
    code = Recorder(engine, VAULT).record([one])[0].code
    inbox = inbound_ledger(engine)
    claim = inbox.claim(10)
    inbox.answer(claim.token, [answer(row) for row in claim.rows])
    with writing(engine) as connection:
        connection.execute(
            update(outbound)
            .where(outbound.c.code == code)
            .values(
                state=state,
                gateway=GATEWAY,
                remote_id=str(number),
                accepted_at=db_now(-age),
                ask_at=db_now(-1),
            )
        )
    return code


def asked_in(engine: Engine, code: str) -> float | None:
    """Hours until the next question; None when there is none."""
    left = select(outbound.c.ask_at, db_now().label("now")).where(outbound.c.code == code)
    with reading(engine) as connection:
        row = connection.execute(left).one()
    return (row.ask_at - row.now).total_seconds() / HOUR if row.ask_at else None


@pytest.mark.parametrize(("age", "left"), [(10 * MINUTE, 5 / 6), (6 * HOUR, 18), (47 * HOUR, 1)])
def test_a_question_that_is_due_is_taken_once_and_the_next_one_set(
    engine: Engine, ledger: AskingLedger, age: float, left: float
) -> None:
    code = accepted(engine, 1, age=age)
    assert ledger.has_due(GATEWAY)
    assert ledger.take_due(GATEWAY, 500) == (1, ["1"])
    assert ledger.take_due(GATEWAY, 500) == (0, [])
    assert not ledger.has_due(GATEWAY)
    assert asked_in(engine, code) == pytest.approx(left, abs=0.01)


def test_after_two_days_it_is_given_up_and_keeps_its_state(
    engine: Engine, ledger: AskingLedger
) -> None:
    code = accepted(engine, 1, age=48 * HOUR, state=OutboundState.AT_OPERATOR)
    assert ledger.take_due(GATEWAY, 500) == (1, [])
    assert asked_in(engine, code) is None
    assert event_names(engine, code)[-1] == "no_receipt"
    with reading(engine) as connection:
        assert connection.scalar(select(outbound.c.state)) == OutboundState.AT_OPERATOR


def test_a_message_with_its_final_receipt_is_asked_about_no_more(
    engine: Engine, ledger: AskingLedger
) -> None:
    code = accepted(engine, 1, age=HOUR, state=OutboundState.DELIVERED)
    assert ledger.take_due(GATEWAY, 500) == (1, [])
    assert asked_in(engine, code) is None
    assert "no_receipt" not in event_names(engine, code)


def test_a_question_without_an_answer_comes_again_soon_but_never_later_than_set(
    engine: Engine, ledger: AskingLedger
) -> None:
    codes = [accepted(engine, n, age=age) for n, age in ((1, 24 * HOUR), (2, 59 * MINUTE))]
    ledger.take_due(GATEWAY, 500)
    ledger.ask_sooner(GATEWAY, ["1", "2"], 600)
    assert asked_in(engine, codes[0]) == pytest.approx(1 / 6, abs=0.01)
    assert asked_in(engine, codes[1]) == pytest.approx(1 / 60, abs=0.01)


def test_another_gateway_is_not_asked_about_it(engine: Engine, ledger: AskingLedger) -> None:
    accepted(engine, 1, age=HOUR)
    assert not ledger.has_due("kannel")
    assert ledger.take_due("kannel", 500) == (0, [])


def test_receipts_of_no_message_are_dropped_after_two_days_and_not_before(engine: Engine) -> None:
    ledger = ReceiptLedger(engine, {})
    ledger.park([Receipt(GATEWAY, "old", 10), Receipt(GATEWAY, "young", 10)])
    with writing(engine) as connection:
        aged = update(receipts).where(receipts.c.remote_id == "old")
        connection.execute(aged.values(received_at=db_now(-48 * HOUR - 1)))
    assert not SweepingLedger(engine).sweep()
    with reading(engine) as connection:
        rows = {row.remote_id: row for row in connection.execute(select(receipts))}
    assert (rows["old"].state, rows["old"].reason) == ("dropped", "unknown_message")
    assert rows["old"].ended_at is not None
    assert (rows["young"].state, rows["young"].ended_at) == ("parked", None)


def test_texts_of_a_moment_ago_are_forgotten_after_a_minute(engine: Engine) -> None:
    with writing(engine) as connection:
        for name, age in ((b"o" * 32, 61), (b"y" * 32, 5)):
            values = {"fingerprint": name, "inbound_id": 1, "at": db_now(-age)}
            connection.execute(insert(recent_texts).values(**values))
    SweepingLedger(engine).sweep()
    with reading(engine) as connection:
        assert connection.scalars(select(recent_texts.c.fingerprint)).all() == [b"y" * 32]
