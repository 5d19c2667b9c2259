"""Others who do something at the same moment: each answer goes once all the same."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, delete, select

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import InboundState, OutboundState, ReplyKind
from sms_service.ledger.dead_letters import DeadLetters
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.tables import inbound, outbound
from sms_service.service.messages import Taking, Verdict
from sms_service.service.ports import Accepted, Blame, NotSent
from sms_service.service.resending import Refusal, Refused, Resent
from tests.support.desk import FakeSource
from tests.support.ledger import BILL
from tests.support.resending import (
    OPERATOR,
    SUPERVISOR,
    Office,
    at_once,
    refusal,
    sent,
)
from tests.support.ussd import Exchange

REFUSED = NotSent(Blame.ROW, "kavenegar_411")


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def test_two_operators_at_the_same_moment_send_once(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    order = office.order(code)
    outcomes: list[Resent | Refused] = []

    def press(name: str) -> None:
        mine = replace(order, actor=replace(OPERATOR, name=name))
        outcomes.append(office.resending().resend(mine))

    at_once(*(partial(press, f"operator {number}") for number in range(4)))
    (done,) = [one for one in outcomes if isinstance(one, Resent)]
    late = [one for one in outcomes if isinstance(one, Refused)]
    assert {one.why for one in late} == {Refusal.OVERTAKEN}
    with reading(office.engine) as connection:
        by = connection.scalar(select(resends.c.actor))
    assert {one.by for one in late} == {by}
    assert [row.id for row in office.rows(code)][1:] == [done.outbound_id]
    assert len(office.deliver().calls) == 1


def test_two_operators_at_the_same_moment_send_the_first_answer_once(office: Office) -> None:
    code = office.asked()
    with writing(office.engine) as connection:
        connection.execute(delete(outbound))
    order = office.order(code)
    outcomes: list[Resent | Refused] = []

    def press() -> None:
        outcomes.append(office.resending().resend(order))

    at_once(press, press)
    assert sorted(isinstance(one, Resent) for one in outcomes) == [False, True]
    assert len(office.rows(code)) == 1


def test_a_second_click_says_who_was_first_and_when(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    order = office.order(code)
    sent(office.resending().resend(order))
    again = office.resending().resend(order)
    assert isinstance(again, Refused)
    assert (again.why, again.by) == (Refusal.OVERTAKEN, "sara")
    assert again.at is not None


def test_an_attempt_that_turns_out_unknown_meanwhile_stops_the_order(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    order = office.order(code)
    resending = office.resending()
    letter = resending.written(order)
    assert not isinstance(letter, Refused)
    office.put(code, OutboundState.UNKNOWN)
    assert refusal(resending.resend(order)) is Refusal.UNKNOWN


def test_the_guards_are_asked_again_where_the_row_is_locked(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    resending = office.resending()
    order = office.order(code)
    letter = resending.written(order)
    assert not isinstance(letter, Refused)
    asked: list[object] = []

    def judge(standing: object) -> Refused:
        asked.append(standing)
        return Refused(Refusal.IN_FLIGHT)

    assert refusal(resending.book.put(order, letter, judge)) is Refusal.IN_FLIGHT
    assert len(asked) == 1
    assert len(office.rows(code)) == 1


def test_a_late_receipt_of_the_first_attempt_moves_the_first_alone(office: Office) -> None:
    code = office.asked()
    office.deliver(Accepted("r1", 1, 116))
    office.let_pass(timedelta(minutes=5))
    sent(office.resend(code))
    office.arrive()
    assert [row.state for row in office.rows(code)] == ["delivered", "queued"]


def test_an_expired_attempt_leaves_the_new_one_its_own_time(office: Office) -> None:
    code = office.asked()
    office.put(code, OutboundState.EXPIRED)
    sent(office.resend(code))
    office.outbound.expire()
    assert [row.state for row in office.rows(code)] == ["expired", "queued"]


def test_a_promise_that_has_not_left_is_ended_by_the_answer_that_an_operator_sends(
    office: Office,
) -> None:
    office.source = FakeSource(down=True)
    code = office.asked()
    office.change_request(code, received_at=db_now(-8), due_at=db_now(-1))
    office.answer()
    assert [row.kind for row in office.rows(code)] == [ReplyKind.PROMISE]
    office.change_request(code, state=InboundState.FAILED, reason="too_many_attempts")
    office.source = FakeSource()
    sent(office.resend(code))
    promise, answer = office.rows(code)
    assert (promise.state, answer.state, answer.parent_id) == ("superseded", "queued", None)
    assert len(office.deliver().calls) == 1


def test_a_promise_that_went_stands_beside_and_its_answer_is_followed_alone(
    office: Office,
) -> None:
    office.source = FakeSource(down=True)
    code = office.asked()
    office.change_request(code, received_at=db_now(-8), due_at=db_now(-1))
    office.answer()
    office.deliver(Accepted("p", 1, 116))
    office.source = FakeSource()
    office.change_request(code, due_at=db_now(-1))
    assert refusal(office.resend(code)) is Refusal.WAITING
    office.answer()
    office.deliver(REFUSED)
    done = sent(office.resend(code))
    promise, answer, again = office.rows(code)
    assert (promise.kind, promise.state) == (ReplyKind.PROMISE, "accepted")
    assert (again.id, again.parent_id) == (done.outbound_id, answer.id)


@pytest.mark.parametrize("number", range(6))
def test_a_worker_that_settles_the_first_attempt_meanwhile_is_never_doubled(
    office: Office, number: int
) -> None:
    code = office.asked()
    claim = office.outbound.claim_queued(Taking("kavenegar", 10))
    verdicts = [Verdict(row, OutboundState.REFUSED, "kavenegar_411") for row in claim.rows]
    order = office.order(code)
    outcomes: list[Resent | Refused] = []

    def press() -> None:
        outcomes.append(office.resending().resend(order))

    at_once(partial(office.outbound.settle, claim.token, verdicts), press)
    (outcome,) = outcomes
    states = [row.state for row in office.rows(code)]
    if isinstance(outcome, Resent):
        assert states == ["refused", "queued"]
    else:
        assert (outcome.why, states) == (Refusal.IN_FLIGHT, ["refused"])


def test_dead_letters_that_are_taken_up_again_are_left_to_the_workers(office: Office) -> None:
    code = office.given_up()
    order = office.order(code)
    assert DeadLetters(office.engine).redrive(code, SUPERVISOR)
    assert refusal(office.resending().resend(order)) is Refusal.WAITING
    office.answer()
    assert [row.state for row in office.rows(code)] == ["queued"]


def test_what_was_sent_again_is_no_dead_letter_any_longer(office: Office) -> None:
    code = office.given_up()
    sent(office.resend(code))
    assert not DeadLetters(office.engine).redrive(code, SUPERVISOR)
    assert len(office.rows(code)) == 1


def test_a_worker_that_tells_the_rest_of_it_meanwhile_is_in_nobodys_way(office: Office) -> None:
    code = office.asked(f"سوابق {BILL} 1405")
    office.deliver(REFUSED)
    office.change_request(code, fulfilment="shortened")
    order = office.order(code)
    outcomes: list[Resent | Refused] = []

    def press() -> None:
        outcomes.append(office.resending().resend(order))

    at_once(press, partial(office.asked, "بعدی", remote_id="next"))
    assert isinstance(outcomes[0], Resent)
    office.answer()
    with reading(office.engine) as connection:
        states = connection.execute(select(inbound.c.state)).scalars().all()
    assert set(states) == {InboundState.ANSWERED}


def test_what_was_shown_on_a_screen_is_sent_as_an_sms(engine: Engine) -> None:
    exchange = Exchange(engine)
    exchange.phone().dial(f"*1521*{BILL}*1405#")
    with reading(engine) as connection:
        code = str(connection.scalar(select(inbound.c.code)))
    office = Office(engine, vault=exchange.parts.vault)
    sent(office.resend(code))
    (row,) = office.rows(code)
    assert (row.state, row.parent_id) == ("queued", None)
    standing = office.resending().standing(code)
    assert standing is not None
    assert standing.bill_id == BILL
    assert "۲۹۲" in standing.attempts[0].reply.text
