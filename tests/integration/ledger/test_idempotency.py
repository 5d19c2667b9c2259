"""What calls were answered with: the same again, and nothing kept for ever."""

import pytest
from sqlalchemy import Engine, update

from sms_service.database import db_now, writing
from sms_service.ledger.desk_tables import idempotency_keys
from sms_service.ledger.idempotency import Answered, Clash, IdempotencyLedger
from tests.support.ledger import VAULT


@pytest.fixture
def ledger(engine: Engine) -> IdempotencyLedger:
    return IdempotencyLedger(engine, VAULT)


def age(engine: Engine, hours: float) -> None:
    with writing(engine) as connection:
        connection.execute(update(idempotency_keys).values(at=db_now(-hours * 3600)))


def test_a_repeat_gets_the_answer_and_another_call_doesn_t(ledger: IdempotencyLedger) -> None:
    assert ledger.begin(1, "k", b"call") is None
    assert ledger.begin(1, "k", b"call") is Clash.UNDER_WAY
    assert ledger.begin(1, "k", b"other") is Clash.OTHER_CALL
    ledger.finish(1, "k", 201, "{}")
    assert ledger.begin(1, "k", b"call") == Answered(201, "{}")
    assert ledger.begin(1, "k", b"other") is Clash.OTHER_CALL
    assert ledger.begin(2, "k", b"other") is None


def test_a_call_that_came_to_nothing_can_be_made_again(ledger: IdempotencyLedger) -> None:
    ledger.begin(1, "k", b"call")
    ledger.give_up(1, "k")
    assert ledger.begin(1, "k", b"call") is None


def test_whoever_died_on_the_way_doesn_t_keep_the_key(
    ledger: IdempotencyLedger, engine: Engine
) -> None:
    ledger.begin(1, "k", b"call")
    age(engine, 0.1)
    assert ledger.begin(1, "k", b"other") is Clash.OTHER_CALL
    assert ledger.begin(1, "k", b"call") is None
    assert ledger.begin(1, "k", b"call") is Clash.UNDER_WAY


def test_an_answer_is_kept_for_two_days_and_swept_then(
    ledger: IdempotencyLedger, engine: Engine
) -> None:
    ledger.begin(1, "k", b"call")
    ledger.finish(1, "k", 202, "{}")
    age(engine, 47.9)
    assert ledger.sweep() is False
    assert ledger.begin(1, "k", b"call") == Answered(202, "{}")
    age(engine, 48.1)
    assert ledger.begin(1, "k", b"another") is None
    age(engine, 48.1)
    ledger.sweep()
    assert ledger.begin(1, "k", b"third") is None
