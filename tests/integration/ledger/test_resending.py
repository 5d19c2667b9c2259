"""An answer that is sent again: a new attempt behind the old one, on real databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, select, update

from sms_service.database import reading, writing
from sms_service.domain.money import Rial
from sms_service.domain.states import InboundState, OutboundState, ReplyKind
from sms_service.ledger.audit import AuditLedger
from sms_service.ledger.desk_tables import resends
from sms_service.ledger.tables import inbound, inbound_texts, outbound
from sms_service.ledger.vault import Sealed
from sms_service.service.ports import Accepted, Blame, NotSent, Unknown
from sms_service.service.resending import Composed, Receiver, Refusal, Refused
from tests.support.desk import HISTORY, FakeSource
from tests.support.ledger import BILL, PHONE, VAULT, context_ledger, event_names
from tests.support.resending import AUDITOR, OTHER_PHONE, SUPERVISOR, Office, refusal, sent

REFUSED = NotSent(Blame.ROW, "kavenegar_411")


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def phone_and_text(office: Office, code: str) -> tuple[str, str]:
    """To whom the newest attempt goes, and what it says."""
    standing = office.resending().standing(code)
    assert standing is not None
    row = office.rows(code)[-1]
    phone = VAULT.open(Sealed(row.key_version, row.phone_cipher)).decode()
    return phone, standing.attempts[-1].reply.text


def test_a_refused_answer_is_sent_again_as_a_second_row_that_leaves_the_first_as_it_was(
    office: Office,
) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    (before,) = office.rows(code)
    done = sent(office.resend(code, reason="تماس گرفت"))
    first, second = office.rows(code)
    assert first == before
    assert (second.parent_id, second.state, second.id) == (first.id, "queued", done.outbound_id)
    assert (second.lane, second.priority, second.kind) == ("reply", 10, ReplyKind.ANSWER)
    assert second.local_id != first.local_id
    assert event_names(office.engine, code)[-2:] == ["resent", "queued"]
    assert office.doorbell.rung[-1] == "deliver"


def test_it_is_delivered_once_like_any_answer(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    sent(office.resend(code))
    gateway = office.deliver(Accepted("r2", 1, 116))
    assert len(gateway.calls) == 1
    office.arrive()
    assert [row.state for row in office.rows(code)] == ["refused", "delivered"]


def test_who_and_why_are_kept_in_the_ledger_and_in_the_audit_log(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    done = sent(office.resend(code, reason="گفت با 09121234567 تماس بگیرید"))
    with reading(office.engine) as connection:
        row = connection.execute(select(resends)).one()
    assert (row.outbound_id, row.actor, row.composed) == (done.outbound_id, "sara", "fresh")
    assert "09121234567" not in row.reason
    (entry,) = AuditLedger(office.engine).entries()
    assert (entry.actor, entry.action, entry.subject) == ("sara", "resend", code)
    assert "09121234567" not in (entry.reason or "")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (OutboundState.QUEUED, Refusal.IN_FLIGHT),
        (OutboundState.SENDING, Refusal.IN_FLIGHT),
        (OutboundState.UNKNOWN, Refusal.UNKNOWN),
    ],
)
def test_nothing_is_sent_beside_an_attempt_that_is_under_way(
    office: Office, state: OutboundState, why: Refusal
) -> None:
    code = office.asked()
    office.put(code, state)
    assert refusal(office.resend(code, SUPERVISOR, reason="شتاب دارد")) is why
    assert len(office.rows(code)) == 1


def test_what_may_have_been_sent_is_asked_about_and_then_sent_again(office: Office) -> None:
    code = office.asked()
    office.deliver(Unknown("kavenegar_read_timeout"))
    assert refusal(office.resend(code)) is Refusal.UNKNOWN
    office.put(code, OutboundState.UNRESOLVED)
    assert refusal(office.resend(code)) is Refusal.ASK_FIRST
    sent(office.resend(code, asked_first=True))


def test_an_accepted_answer_is_given_two_minutes_for_its_receipt(office: Office) -> None:
    code = office.asked()
    office.deliver(Accepted("r1", 1, 116))
    early = office.resend(code)
    assert isinstance(early, Refused)
    assert early.why is Refusal.JUST_SENT
    assert 0 < early.wait_seconds <= 120
    office.let_pass(timedelta(minutes=3))
    sent(office.resend(code))


def test_an_answer_that_has_just_arrived_is_sent_again_for_a_reason_only(office: Office) -> None:
    code = office.asked()
    office.deliver(Accepted("r1", 1, 116))
    office.arrive()
    assert refusal(office.resend(code)) is Refusal.DELIVERED_LATELY
    assert refusal(office.resend(code, reason="  ")) is Refusal.DELIVERED_LATELY
    sent(office.resend(code, reason="پاک کرده است"))


def test_a_run_of_many_never_repeats_what_has_arrived(office: Office) -> None:
    code = office.asked()
    office.deliver(Accepted("r1", 1, 116))
    office.arrive()
    office.let_pass(timedelta(days=2))
    outcome = office.resend(code, SUPERVISOR, reason="قطعی", bulk_id=7)
    assert refusal(outcome) is Refusal.DELIVERED


def test_a_run_of_many_leaves_behind_all_else_and_is_named_by_its_rows(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    sent(office.resend(code, SUPERVISOR, reason="قطعی", bulk_id=7))
    assert (office.rows(code)[-1].lane, office.rows(code)[-1].priority) == ("bulk", 20)
    with reading(office.engine) as connection:
        assert connection.scalar(select(resends.c.bulk_id)) == 7
    assert not list(AuditLedger(office.engine).entries())


def test_three_an_hour_are_enough_unless_a_supervisor_says_otherwise(office: Office) -> None:
    code = office.asked()
    for _ in range(4):
        office.deliver(REFUSED)
        last = office.resend(code)
    assert refusal(last) is Refusal.TOO_OFTEN
    sent(office.resend(code, SUPERVISOR))
    assert len(office.rows(code)) == 5


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": InboundState.RECEIVED}, Refusal.WAITING),
        ({"state": InboundState.ANSWERING}, Refusal.WAITING),
        ({"state": InboundState.IGNORED, "reason": "own_line"}, Refusal.IGNORED),
    ],
)
def test_a_request_that_is_not_for_answering_is_not_answered_again(
    office: Office, values: dict[str, object], why: Refusal
) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    office.change_request(code, **values)
    assert refusal(office.resend(code, SUPERVISOR, reason="خواست")) is why


def test_an_erased_request_is_not_sent_again(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    office.erase(code)
    to_another = {"to": OTHER_PHONE, "reason": "خواست"}
    assert refusal(office.resend(code)) is Refusal.ERASED
    assert refusal(office.resend(code, SUPERVISOR, **to_another)) is Refusal.ERASED


def test_a_request_of_the_counter_without_a_phone_goes_to_one_that_a_supervisor_names(
    office: Office,
) -> None:
    code = office.asked()
    with writing(office.engine) as connection:
        connection.execute(delete(outbound))
    office.change_request(code, phone_cipher=None, channel="counter")
    assert refusal(office.resend(code)) is Refusal.NO_PHONE
    done = sent(office.resend(code, SUPERVISOR, to=OTHER_PHONE, reason="خواست"))
    assert done.receiver is Receiver.OTHER
    assert phone_and_text(office, code)[0] == OTHER_PHONE


def test_a_repeat_points_to_the_request_that_answers_it(office: Office) -> None:
    first, second = office.asked(), office.asked(remote_id="2")
    outcome = office.resend(second)
    assert isinstance(outcome, Refused)
    assert (outcome.why, outcome.first_code) == (Refusal.FOLDED, first)


def test_a_request_that_nobody_made_is_refused(office: Office) -> None:
    assert refusal(office.resend("10000000")) is Refusal.NO_SUCH_REQUEST


def test_another_phone_is_a_supervisors_to_name_and_needs_a_reason(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    assert refusal(office.resend(code, to=OTHER_PHONE, reason="x")) is Refusal.NOT_ALLOWED
    assert refusal(office.resend(code, SUPERVISOR, to=OTHER_PHONE)) is Refusal.NEEDS_REASON
    wrong = office.resend(code, SUPERVISOR, to="02537700000", reason="x")
    assert refusal(wrong) is Refusal.BAD_PHONE
    done = sent(office.resend(code, SUPERVISOR, to="0935 111 2233", reason="گوشی گم شده"))
    assert done.receiver is Receiver.OTHER
    assert phone_and_text(office, code)[0] == OTHER_PHONE
    assert office.rows(code)[-1].phone_hash == VAULT.fingerprint(OTHER_PHONE)
    (entry,) = AuditLedger(office.engine).entries()
    assert "0935…33" in entry.details
    assert OTHER_PHONE not in entry.details


def test_the_old_words_never_go_to_another_phone(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    order = {"to": OTHER_PHONE, "same_text": True, "reason": "x"}
    assert refusal(office.resend(code, SUPERVISOR, **order)) is Refusal.SAME_TO_OTHER


def test_an_auditor_sends_nothing(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    assert refusal(office.resend(code, AUDITOR)) is Refusal.NOT_ALLOWED


def test_today_s_data_are_told_by_default(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    before = phone_and_text(office, code)[1]
    assert HISTORY.branch is not None
    paid = replace(HISTORY, branch=replace(HISTORY.branch, debt_rial=Rial(0)))
    office.source = FakeSource(paid)
    assert sent(office.resend(code)).composed is Composed.FRESH
    assert phone_and_text(office, code)[1] != before


def test_an_operator_sends_the_old_words_while_they_still_hold(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    before = phone_and_text(office, code)[1]
    assert sent(office.resend(code, same_text=True)).composed is Composed.SAME
    assert phone_and_text(office, code) == (PHONE, before)


def test_old_words_that_hold_no_longer_are_a_supervisors_with_a_reason(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    assert HISTORY.branch is not None
    paid = replace(HISTORY, branch=replace(HISTORY.branch, debt_rial=Rial(0)))
    office.source = FakeSource(paid)
    assert refusal(office.resend(code, same_text=True, reason="x")) is Refusal.DATA_CHANGED
    assert refusal(office.resend(code, SUPERVISOR, same_text=True)) is Refusal.DATA_CHANGED
    sent(office.resend(code, SUPERVISOR, same_text=True, reason="شکایت ثبت شد"))


def test_nothing_is_sent_while_the_bills_cannot_be_read(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    office.source = FakeSource(down=True)
    assert refusal(office.resend(code)) is Refusal.SOURCE_DOWN
    assert refusal(office.resend(code, same_text=True)) is Refusal.SOURCE_DOWN
    assert len(office.rows(code)) == 1


def test_a_request_that_was_given_up_is_answered_by_being_sent_again(office: Office) -> None:
    code = office.asked()
    with writing(office.engine) as connection:
        connection.execute(delete(outbound))
        given_up = update(inbound).values(
            state=InboundState.FAILED, reason="too_many_attempts", intent=None, bill_id=None
        )
        connection.execute(given_up)
    sent(office.resend(code))
    with reading(office.engine) as connection:
        row = connection.execute(select(inbound)).one()
    assert (row.state, row.reason, row.bill_id) == ("answered", None, BILL)
    assert event_names(office.engine, code)[-3:] == ["answered", "resent", "queued"]
    assert office.rows(code)[0].parent_id is None


def test_an_erased_text_is_answered_from_the_record_of_its_reading(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    before = phone_and_text(office, code)[1]
    with writing(office.engine) as connection:
        connection.execute(delete(inbound_texts))
    sent(office.resend(code))
    assert phone_and_text(office, code) == (PHONE, before)


def test_the_rest_goes_on_where_the_new_answer_ends(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    other = "7777777704423"
    office.asked(other, remote_id="9")
    sent(office.resend(code))
    known = context_ledger(office.engine).recall([VAULT.fingerprint(PHONE)])
    assert known[VAULT.fingerprint(PHONE)].last_bill_id == BILL


def test_a_resend_counts_against_no_limit_of_the_phone(office: Office) -> None:
    code = office.asked()
    office.deliver(REFUSED)
    phone = VAULT.fingerprint(PHONE)
    before = context_ledger(office.engine).recall([phone])[phone].usage
    sent(office.resend(code))
    assert context_ledger(office.engine).recall([phone])[phone].usage == before


def test_a_fresh_answer_that_tells_all_completes_the_request(office: Office) -> None:
    code = office.asked(f"سوابق {BILL} 1405")
    office.deliver(REFUSED)
    office.change_request(code, fulfilment="shortened")
    sent(office.resend(code))
    with reading(office.engine) as connection:
        assert connection.scalar(select(inbound.c.fulfilment)) == "complete"
    assert "complete" in event_names(office.engine, code)
