"""Hand-overs: nothing is lost, nothing goes twice, unknown stays unknown until asked."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import LaneState, OutboundState
from sms_service.ledger.lanes import LaneLedger
from sms_service.ledger.outbound import OutboundLedger
from sms_service.ledger.receipts import ReceiptLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import outbound
from sms_service.service.lane_health import Health
from sms_service.service.messages import Departing, Receipt, Taking, Verdict
from tests.support.ledger import (
    PHONE,
    VAULT,
    answer,
    arrival,
    event_names,
    inbound_ledger,
    outbound_states,
)

MEANINGS = {
    4: OutboundState.AT_OPERATOR,
    6: OutboundState.FAILED,
    10: OutboundState.DELIVERED,
    11: OutboundState.UNDELIVERED,
}


@pytest.fixture
def ledger(engine: Engine) -> OutboundLedger:
    return OutboundLedger(engine, VAULT, lease_seconds=30)


@pytest.fixture
def receipts(engine: Engine) -> ReceiptLedger:
    return ReceiptLedger(engine, {"kavenegar": MEANINGS})


def queue(engine: Engine, count: int = 1, *, hours: float = 24) -> None:
    Recorder(engine, VAULT).record([arrival(f"q{i}") for i in range(count)])
    inbound = inbound_ledger(engine)
    claim = inbound.claim(count)
    inbound.answer(
        claim.token, [answer(row, f"پاسخ {i}", hours=hours) for i, row in enumerate(claim.rows)]
    )


def accept(ledger: OutboundLedger, remote_id: str = "500") -> Departing:
    claim = ledger.claim_queued(Taking("kavenegar", 1))
    accepted = Verdict(claim.rows[0], OutboundState.ACCEPTED, remote_id=remote_id, cost_rial=116)
    assert ledger.settle(claim.token, [accepted]) == 1
    return claim.rows[0]


def ask_in_vain(ledger: OutboundLedger) -> int:
    """A hand-over ends unknown, and the gateway turns out not to have it; its local id."""
    claim = ledger.claim_queued(Taking("kavenegar", 1))
    ledger.settle(claim.token, [Verdict(claim.rows[0], OutboundState.UNKNOWN, "timeout")])
    forget(ledger)
    return claim.rows[0].local_id


def let_worker_die(engine: Engine, ledger: OutboundLedger) -> None:
    """Whoever held the row is gone, and the gateway turns out not to have it."""
    end_leases(engine)
    forget(ledger)


def forget(ledger: OutboundLedger) -> None:
    asked = ledger.claim_unknown("kavenegar", 1)
    ledger.settle(asked.token, [Verdict(asked.rows[0], OutboundState.QUEUED, "not_at_gateway")])


def end_leases(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(outbound).values(due_at=db_now(-1)))


def test_a_claimed_answer_says_sending_before_anyone_is_called(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    row = ledger.claim_queued(Taking("kavenegar", 5)).rows[0]
    assert (row.phone, row.text, row.attempts) == (PHONE, "پاسخ 0", 1)
    assert outbound_states(engine) == ["sending"]
    assert not ledger.claim_queued(Taking("kavenegar", 5)).rows


def test_local_ids_are_not_row_numbers_and_never_repeat(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine, 20)
    rows = ledger.claim_queued(Taking("kavenegar", 20)).rows
    assert len({row.local_id for row in rows} | {row.id for row in rows}) == 40
    assert all(2**40 < row.local_id < 2**63 for row in rows)


def test_a_worker_that_died_while_sending_leaves_an_unknown_outcome_not_a_second_sms(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    dead = ledger.claim_queued(Taking("kavenegar", 1))
    end_leases(engine)
    assert not ledger.claim_queued(Taking("kavenegar", 1)).rows
    assert ledger.has_doubtful(["kavenegar"])
    asked = ledger.claim_unknown("kavenegar", 1)
    assert asked.rows[0].local_id == dead.rows[0].local_id
    late = Verdict(dead.rows[0], OutboundState.ACCEPTED, remote_id="1")
    assert ledger.settle(dead.token, [late]) == 0
    assert outbound_states(engine) == ["unknown"]


def test_an_unknown_outcome_is_asked_of_the_gateway_that_was_called(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    claim = ledger.claim_queued(Taking("kavenegar", 1))
    ledger.settle(claim.token, [Verdict(claim.rows[0], OutboundState.UNKNOWN, "timeout")])
    assert not ledger.claim_unknown("kannel", 1).rows
    assert ledger.claim_unknown("kavenegar", 1).rows


def test_what_is_not_at_the_gateway_goes_again_under_the_same_local_id_by_the_same_gateway(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    local_id = ask_in_vain(ledger)
    assert not ledger.claim_queued(Taking("kannel", 1)).rows
    again = ledger.claim_queued(Taking("kavenegar", 1, takes_free=False)).rows[0]
    assert again.local_id == local_id


def test_what_surely_was_not_sent_may_go_by_another_gateway(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    claim = ledger.claim_queued(Taking("kavenegar", 1))
    ledger.settle(claim.token, [Verdict(claim.rows[0], OutboundState.QUEUED, "kavenegar_418")])
    assert not ledger.claim_queued(Taking("kannel", 1, takes_free=False)).rows
    again = ledger.claim_queued(Taking("kannel", 1)).rows[0]
    assert again.attempts == 1
    assert again.age_seconds < 1


def test_what_once_was_unknown_stays_with_its_gateway_however_often_that_refuses(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    ask_in_vain(ledger)
    claim = ledger.claim_queued(Taking("kavenegar", 1))
    ledger.settle(claim.token, [Verdict(claim.rows[0], OutboundState.QUEUED, "kavenegar_418")])
    assert not ledger.claim_queued(Taking("kannel", 1)).rows
    assert ledger.claim_queued(Taking("kavenegar", 1)).rows


def test_a_row_that_workers_die_of_goes_alone_and_is_given_up_in_the_end(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    for _ in range(3):
        assert ledger.claim_queued(Taking("kavenegar", 5)).rows
        let_worker_die(engine, ledger)
    assert not ledger.has_queued()
    assert ledger.has_doubtful(["kavenegar"])
    for _ in range(5):
        assert not ledger.claim_queued(Taking("kavenegar", 5)).rows
        assert ledger.claim_queued(Taking("kavenegar", 1, suspect=True)).rows
        let_worker_die(engine, ledger)
    assert not ledger.claim_queued(Taking("kavenegar", 1, suspect=True)).rows
    assert outbound_states(engine) == ["unresolved"]


def test_a_gateway_that_answers_nothing_for_hours_makes_no_row_a_suspect(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    for _ in range(10):
        ask_in_vain(ledger)
    assert ledger.has_queued()


def test_receipts_of_a_gateway_that_names_our_local_id_find_a_row_whose_outcome_is_unknown(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    claim = ledger.claim_queued(Taking("kannel", 1, names_by_local_id=True))
    ledger.settle(claim.token, [Verdict(claim.rows[0], OutboundState.UNKNOWN, "timeout", 60)])
    receipts = ReceiptLedger(engine, {"kannel": {1: OutboundState.DELIVERED}})
    receipts.park([Receipt("kannel", str(claim.rows[0].local_id), 1)])
    assert receipts.join(10) == 1
    assert outbound_states(engine) == ["delivered"]


def test_what_nobody_can_be_asked_about_ends_a_day_after_its_validity(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine)
    claim = ledger.claim_queued(Taking("gone", 1))
    ledger.settle(claim.token, [Verdict(claim.rows[0], OutboundState.UNKNOWN, "timeout")])
    assert ledger.expire() == 0
    with writing(engine) as connection:
        connection.execute(update(outbound).values(valid_until=db_now(-25 * 3600)))
    assert ledger.expire() == 1
    assert outbound_states(engine) == ["unresolved"]


def test_a_resting_lane_hands_nothing_over(engine: Engine, ledger: OutboundLedger) -> None:
    queue(engine)
    stopped = Health("kavenegar", LaneState.STOPPED, "kavenegar_418", 1, rest_seconds=60)
    LaneLedger(engine).change("kavenegar", lambda _: stopped)
    assert not ledger.claim_queued(Taking("kavenegar", 1)).rows
    assert ledger.claim_queued(Taking("kannel", 1)).rows


def test_parts_are_counted_once_they_may_have_been_sent(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine, 3)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    assert ledger.parts_since(long_ago) == 0
    ledger.claim_queued(Taking("kavenegar", 2))
    assert ledger.parts_since(long_ago) == 2
    assert ledger.parts_since(datetime.now(UTC) + timedelta(seconds=1)) == 0


def test_an_answer_whose_validity_is_over_is_not_sent(
    engine: Engine, ledger: OutboundLedger
) -> None:
    queue(engine, hours=-1)
    assert not ledger.claim_queued(Taking("kavenegar", 1)).rows
    assert ledger.expire() == 1
    assert outbound_states(engine) == ["expired"]


def test_a_receipt_that_came_before_our_own_record_is_joined_afterwards(
    engine: Engine, ledger: OutboundLedger, receipts: ReceiptLedger
) -> None:
    queue(engine)
    receipts.park([Receipt("kavenegar", "500", 10)])
    assert receipts.join(10) == 0
    row = accept(ledger, "500")
    assert receipts.has_joinable()
    assert receipts.join(10) == 1
    assert outbound_states(engine) == ["delivered"]
    assert event_names(engine, row.code)[-2:] == ["accepted", "delivered"]


@pytest.mark.parametrize(
    ("order", "end"),
    [
        ([4, 10], "delivered"),
        ([10, 4], "delivered"),
        ([10, 6], "delivered"),
        ([11, 10], "delivered"),
        ([6, 4], "failed"),
        ([4], "at_operator"),
        ([100], "accepted"),
        ([10, 10, 10], "delivered"),
    ],
)
def test_receipts_move_a_message_forward_only_in_whatever_order_they_come(
    engine: Engine,
    ledger: OutboundLedger,
    receipts: ReceiptLedger,
    order: list[int],
    end: str,
) -> None:
    queue(engine)
    accept(ledger, "500")
    for status in order:
        receipts.park([Receipt("kavenegar", "500", status)])
        receipts.join(10)
    assert outbound_states(engine) == [end]


def test_receipts_of_one_batch_move_forward_only_too(
    engine: Engine, ledger: OutboundLedger, receipts: ReceiptLedger
) -> None:
    queue(engine)
    accept(ledger, "500")
    receipts.park([Receipt("kavenegar", "500", status) for status in (10, 4, 6)])
    assert receipts.join(10) == 3
    assert outbound_states(engine) == ["delivered"]


def test_a_receipt_of_a_message_that_is_not_ours_stays_parked(
    engine: Engine, receipts: ReceiptLedger
) -> None:
    receipts.park([Receipt("kavenegar", "999", 10)])
    assert receipts.join(10) == 0
    assert not receipts.has_joinable()


def test_the_price_of_a_message_is_kept(engine: Engine, ledger: OutboundLedger) -> None:
    queue(engine)
    accept(ledger)
    with reading(engine) as connection:
        row = connection.execute(select(outbound.c.cost_rial, outbound.c.remote_id)).one()
    assert tuple(row) == (116, "500")
