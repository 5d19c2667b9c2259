"""What phones are known for: kept, found again, ended, and never in clear."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.states import Fulfilment
from sms_service.language.context import Context, Wish
from sms_service.language.cursor import Cursor, Series
from sms_service.language.reading import Intent, Reading, Reply
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.inbound import InboundLedger
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import (
    contexts,
    inbound,
    opinions,
    opt_outs,
    outbound,
    phones,
    saved_names,
)
from sms_service.ledger.vault import Vault
from sms_service.service.messages import Answer, Waiting
from tests.support.ledger import (
    BILL,
    PHONE,
    VAULT,
    arrival,
    event_names,
    inbound_ledger,
)

HASH = VAULT.fingerprint(PHONE)
SHORT_LIVED = Context(
    last_bill_id=BILL,
    cursor=Cursor(Series.HISTORY, 1402, (1404, 3), left=1),
    request=77,
    offered=("0012345604420", BILL),
    wish=Wish(Intent.HISTORY, 1402),
)


@pytest.fixture
def ledger(engine: Engine) -> InboundLedger:
    return inbound_ledger(engine)


def waiting(engine: Engine, ledger: InboundLedger, remote_id: str = "1") -> tuple[int, Waiting]:
    Recorder(engine, VAULT).record([arrival(remote_id, f"text {remote_id}")])
    claim = ledger.claim(1)
    return claim.token, claim.rows[0]


def answered(
    engine: Engine,
    after: Context,
    before: Context | None = None,
    read: Reading | None = None,
) -> Waiting:
    """One text of the phone, answered so that this is known of it."""
    ledger = inbound_ledger(engine)
    token, row = waiting(engine, ledger, str(datetime.now(UTC).timestamp()))
    reply = Reply("بدهی ندارد", 10, 1, rung="debt", fillings=("opinion", "change"))
    until = datetime.now(UTC) + timedelta(hours=1)
    read = read or Reading(Intent.DEBT, BILL)
    before = replace(before or Context(), version=known(engine).version)
    assert ledger.answer(token, [Answer(row, read, reply, until, before, after)]) == 1
    return row


def known(engine: Engine, vault: Vault = VAULT) -> Context:
    recalled = ContextLedger(engine, vault, timedelta(days=30)).recall([HASH, b"x" * 32])
    assert set(recalled) <= {HASH}
    return recalled.get(HASH, Context())


@pytest.mark.parametrize(
    "wish",
    [None, Wish(Intent.DEBT), Wish(Intent.HISTORY, 1402), Wish(Intent.HISTORY, summary=True)],
    ids=str,
)
def test_where_an_answer_ended_is_known_at_the_next_text(engine: Engine, wish: Wish | None) -> None:
    after = replace(SHORT_LIVED, wish=wish)
    answered(engine, after)
    assert known(engine) == after


def test_the_last_answer_replaces_what_was_known(engine: Engine) -> None:
    answered(engine, SHORT_LIVED)
    answered(engine, Context(last_bill_id="0012345604420"), SHORT_LIVED)
    assert known(engine) == Context(last_bill_id="0012345604420")


def test_an_answer_that_moves_nothing_leaves_what_was_known(engine: Engine) -> None:
    answered(engine, SHORT_LIVED)
    answered(engine, SHORT_LIVED, SHORT_LIVED, Reading(Intent.HELP))
    assert known(engine) == SHORT_LIVED


def test_a_context_ends_and_what_the_phone_chose_stays(engine: Engine) -> None:
    answered(engine, replace(SHORT_LIVED, latin=True, saved={"خانه": BILL}, changes_today=1))
    with writing(engine) as connection:
        connection.execute(update(contexts).values(expires_at=db_now(-1)))
    assert known(engine) == Context(latin=True, saved={"خانه": BILL}, changes_today=1)


def test_letters_can_be_changed_back(engine: Engine) -> None:
    answered(engine, Context(latin=True))
    answered(engine, Context(), Context(latin=True))
    assert not known(engine).latin


def test_a_phone_that_was_asked_for_its_opinion_is_asked_again_after_ninety_days(
    engine: Engine,
) -> None:
    answered(engine, Context(last_bill_id=BILL, opinion_asked=True))
    assert not known(engine).opinion_due
    with writing(engine) as connection:
        connection.execute(update(phones).values(opinion_asked_at=db_now(-91 * 86_400.0)))
    assert known(engine).opinion_due


def test_names_are_kept_in_the_order_they_were_given_replaced_and_dropped(engine: Engine) -> None:
    two = {"خانه": BILL, "باغ": "0012345604420"}
    answered(engine, Context(saved={"خانه": BILL}, changes_today=1))
    answered(
        engine, Context(saved=two, changes_today=2), Context(saved={"خانه": BILL}, changes_today=1)
    )
    assert list(known(engine).saved.items()) == list(two.items())
    moved = {"خانه": "0012345604420"}
    answered(engine, Context(saved=moved, changes_today=3), Context(saved=two, changes_today=2))
    assert known(engine).saved == moved


def test_a_name_typed_with_other_letters_replaces_its_twin(engine: Engine) -> None:
    answered(engine, Context(saved={"علی": BILL}, changes_today=1))
    answered(
        engine,
        Context(saved={"علي": "0012345604420"}, changes_today=2),
        Context(saved={"علی": BILL}, changes_today=1),
    )
    assert list(known(engine).saved.values()) == ["0012345604420"]


def test_changes_of_names_are_counted_by_the_day(engine: Engine) -> None:
    answered(engine, Context(saved={"خانه": BILL}, changes_today=2), Context(changes_today=1))
    assert known(engine).changes_today == 2
    with writing(engine) as connection:
        connection.execute(update(phones).values(names_changed_at=db_now(-86_400.0)))
    assert known(engine).changes_today == 0


def test_a_name_is_sealed_and_one_whose_key_is_gone_is_forgotten(engine: Engine) -> None:
    answered(engine, Context(saved={"خانه": BILL}, changes_today=1))
    with reading(engine) as connection:
        row = connection.execute(select(saved_names)).one()
    assert "خانه".encode() not in row.name_cipher + row.name_hash
    elsewhere = Vault({9: b"z" * 32}, b"hash key of the tests")
    assert known(engine, elsewhere).saved == {}


def test_an_opinion_is_kept_with_its_score_under_its_text(engine: Engine) -> None:
    row = answered(engine, Context(), read=Reading(Intent.OPINION, score=4))
    with reading(engine) as connection:
        kept = connection.execute(select(opinions)).one()
    assert (kept.inbound_id, kept.code, kept.score) == (row.id, row.code, 4)


def test_stop_is_kept_once_and_start_takes_it_back(engine: Engine) -> None:
    for _ in range(2):
        answered(engine, Context(), read=Reading(Intent.STOP))
    with reading(engine) as connection:
        assert connection.execute(select(opt_outs.c.phone_hash)).scalars().all() == [HASH]
    answered(engine, Context(), read=Reading(Intent.START))
    with reading(engine) as connection:
        assert connection.execute(select(opt_outs)).all() == []


def fulfilment_of(engine: Engine, row: Waiting) -> str | None:
    with reading(engine) as connection:
        kept: str | None = connection.scalar(
            select(inbound.c.fulfilment).where(inbound.c.id == row.id)
        )
    return kept


def history_answered(engine: Engine, fulfilment: Fulfilment, request: int | None = None) -> Waiting:
    """A text that asked for a history, or went on with the one of ``request``."""
    ledger = inbound_ledger(engine)
    token, row = waiting(engine, ledger, str(datetime.now(UTC).timestamp()))
    answer = Answer(
        row,
        Reading(Intent.HISTORY, BILL),
        Reply("سوابق", 5, 1, rung="rows_and_years"),
        datetime.now(UTC) + timedelta(hours=1),
        known(engine),
        fulfilment=fulfilment,
        request=request or row.id,
    )
    assert ledger.answer(token, [answer]) == 1
    return row


def test_a_request_read_to_its_end_is_complete_and_says_so_once(engine: Engine) -> None:
    first = history_answered(engine, Fulfilment.SHORTENED)
    assert fulfilment_of(engine, first) == Fulfilment.SHORTENED
    page = history_answered(engine, Fulfilment.SHORTENED, first.id)
    assert fulfilment_of(engine, first) == Fulfilment.SHORTENED
    for _ in range(2):
        history_answered(engine, Fulfilment.COMPLETE, first.id)
    assert fulfilment_of(engine, first) == Fulfilment.COMPLETE
    assert fulfilment_of(engine, page) is None
    assert event_names(engine, first.code).count("complete") == 1


def test_a_history_that_fits_is_complete_with_its_answer(engine: Engine) -> None:
    row = history_answered(engine, Fulfilment.COMPLETE)
    assert fulfilment_of(engine, row) == Fulfilment.COMPLETE


def test_what_was_added_to_an_answer_is_kept_with_it(engine: Engine) -> None:
    answered(engine, Context(last_bill_id=BILL))
    with reading(engine) as connection:
        assert connection.scalar(select(outbound.c.fillings)) == "opinion,change"
