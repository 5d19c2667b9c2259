"""Claims, fencing tokens and ends of the texts that wait."""

import threading

import pytest
from sqlalchemy import Engine, select, update

from sms_service.database import db_now, reading, writing
from sms_service.ledger.inbound import InboundLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import inbound
from sms_service.service.messages import Claim, Delay, Waiting
from tests.support.ledger import (
    BILL,
    PHONE,
    VAULT,
    answer,
    arrival,
    context_ledger,
    event_names,
    inbound_ledger,
    outbound_states,
    silence,
)


@pytest.fixture
def ledger(engine: Engine) -> InboundLedger:
    return inbound_ledger(engine)


def store(engine: Engine, count: int) -> None:
    texts = [arrival(str(i), f"text {i}", f"+98912{i:07}") for i in range(count)]
    Recorder(engine, VAULT).record(texts)


def end_leases(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(inbound).values(due_at=db_now(-1)))


def either(ledger: InboundLedger) -> Claim[Waiting]:
    """What is due: a text, else a suspect."""
    claim = ledger.claim(1)
    return claim if claim.rows else ledger.claim_suspect()


def state_of_all(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.execute(select(inbound.c.state).order_by(inbound.c.id)).scalars())


def test_a_claimed_text_comes_back_as_it_was_written(engine: Engine, ledger: InboundLedger) -> None:
    Recorder(engine, VAULT).record([arrival("1", "قبض ۱۲۳\n۱۴۰۳")])
    row = ledger.claim(10).rows[0]
    assert (row.text, row.phone, row.attempts) == ("قبض ۱۲۳\n۱۴۰۳", PHONE, 1)


def test_nobody_gets_a_text_that_is_held(engine: Engine, ledger: InboundLedger) -> None:
    store(engine, 3)
    assert len(ledger.claim(2).rows) == 2
    assert len(ledger.claim(10).rows) == 1
    assert not ledger.claim(10).rows
    assert not ledger.has_due()


def test_many_claimers_at_once_share_the_rows_without_overlap(
    engine: Engine, ledger: InboundLedger
) -> None:
    store(engine, 60)
    start = threading.Barrier(6)
    taken: list[int] = []

    def work() -> None:
        start.wait()
        while rows := ledger.claim(5).rows:
            taken.extend(row.id for row in rows)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 60


def test_a_lost_lease_goes_to_another_and_the_first_holder_cannot_finish(
    engine: Engine, ledger: InboundLedger
) -> None:
    store(engine, 1)
    slow = ledger.claim(1)
    end_leases(engine)
    quick = ledger.claim(1)
    assert ledger.answer(slow.token, [answer(slow.rows[0], "slow")]) == 0
    assert ledger.answer(quick.token, [answer(quick.rows[0], "quick")]) == 1
    assert ledger.answer(quick.token, [answer(quick.rows[0], "again")]) == 0
    assert outbound_states(engine) == ["queued"]


def test_an_answer_is_queued_in_the_transaction_that_ends_the_text(
    engine: Engine, ledger: InboundLedger
) -> None:
    store(engine, 1)
    claim = ledger.claim(1)
    ledger.answer(claim.token, [answer(claim.rows[0])])
    assert state_of_all(engine) == ["answered"]
    code = claim.rows[0].code
    assert event_names(engine, code) == ["received", "answering", "answered", "queued"]


def test_an_id_that_another_process_drew_too_is_drawn_again(
    engine: Engine, ledger: InboundLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(engine, 2)
    drawn = iter([1, 2, 1, 3, 4, 5])
    monkeypatch.setattr("sms_service.ledger.replies.new_id", lambda: next(drawn))
    for _ in range(2):
        claim = ledger.claim(1)
        assert ledger.answer(claim.token, [answer(claim.rows[0])]) == 1
    assert outbound_states(engine) == ["queued", "queued"]


def test_a_text_may_end_in_silence(engine: Engine, ledger: InboundLedger) -> None:
    store(engine, 1)
    claim = ledger.claim(1)
    assert ledger.answer(claim.token, [silence(claim.rows[0])]) == 1
    assert outbound_states(engine) == []


def test_a_text_that_is_put_back_waits_with_its_reason(
    engine: Engine, ledger: InboundLedger
) -> None:
    store(engine, 1)
    claim = ledger.claim(1)
    ledger.put_back(claim.token, claim.rows, Delay("source_down", 60, is_its_own=False))
    assert not ledger.claim(1).rows
    with reading(engine) as connection:
        row = connection.execute(select(inbound.c.state, inbound.c.reason)).one()
    assert tuple(row) == ("received", "source_down")


def test_a_text_that_waits_for_others_is_never_given_up(
    engine: Engine, ledger: InboundLedger
) -> None:
    store(engine, 1)
    for _ in range(30):
        claim = ledger.claim(1)
        ledger.put_back(claim.token, claim.rows, Delay("source_down", -1, is_its_own=False))
    assert state_of_all(engine) == ["received"]


def test_a_text_that_cannot_be_answered_is_given_up_in_the_end(
    engine: Engine, ledger: InboundLedger
) -> None:
    store(engine, 1)
    while rows := (claim := either(ledger)).rows:
        ledger.put_back(claim.token, rows, Delay("error", -1, is_its_own=True))
    assert state_of_all(engine) == ["failed"]


def test_a_text_that_was_never_finished_comes_alone_then_is_given_up(
    engine: Engine, ledger: InboundLedger
) -> None:
    store(engine, 3)
    for _ in range(2):
        assert len(ledger.claim(10).rows) == 3
        end_leases(engine)
    assert not ledger.claim(10).rows
    while ledger.claim_suspect().rows:
        end_leases(engine)
    assert state_of_all(engine) == ["failed"] * 3


def test_a_suspect_comes_alone_and_keeps_nobody_waiting(
    engine: Engine, ledger: InboundLedger
) -> None:
    store(engine, 3)
    for _ in range(2):
        ledger.claim(10)
        end_leases(engine)
    Recorder(engine, VAULT).record([arrival("another")])
    assert len(ledger.claim(10).rows) == 1
    suspects = [ledger.claim_suspect() for _ in range(4)]
    assert [len(claim.rows) for claim in suspects] == [1, 1, 1, 0]
    for claim in suspects[:3]:
        assert ledger.answer(claim.token, [answer(claim.rows[0])]) == 1


def test_a_text_on_its_first_tries_is_no_suspect(engine: Engine, ledger: InboundLedger) -> None:
    store(engine, 1)
    ledger.claim(1)
    end_leases(engine)
    assert not ledger.claim_suspect().rows


def test_the_bill_of_the_last_answer_is_remembered_for_its_phone(
    engine: Engine, ledger: InboundLedger
) -> None:
    Recorder(engine, VAULT).record([arrival()])
    claim = ledger.claim(1)
    ledger.answer(claim.token, [answer(claim.rows[0])])
    known = context_ledger(engine).recall([VAULT.fingerprint(PHONE), b"x" * 32])
    assert [context.last_bill_id for context in known.values()] == [BILL]
