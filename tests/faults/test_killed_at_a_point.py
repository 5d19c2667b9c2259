"""Whatever a process was about to do when it died, each text is kept, answered and sent once."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Row, select

from sms_service.database import reading
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.tables import events, inbound, inbound_keys, outbound
from tests.support.service import Service
from tests.support.texting import Taken, Text

_DIES_WITHIN = 20
_TEXTS = 12


@pytest.mark.fault("F1")
def test_a_text_is_kept_once_though_the_web_process_died_before_its_commit(quick: Service) -> None:
    since, texts = quick.last_sms(), quick.new_texts(_TEXTS)
    said = _hand_over_to_a_dying_web(quick, texts, "kill:inbound.before_commit:3")
    kept = _kept(quick, texts)
    said += quick.webhook.hand_over_until_taken(texts, seconds=30)

    assert 0 < kept < len(texts)
    assert sum(one.status == 200 for one in said[: len(texts)]) == kept
    assert quick.audit(said, since) == {}


@pytest.mark.fault("F2")
def test_a_text_stored_by_a_web_process_that_died_before_its_200_is_folded_when_it_comes_again(
    quick: Service,
) -> None:
    since, texts = quick.last_sms(), quick.new_texts(_TEXTS)
    said = _hand_over_to_a_dying_web(quick, texts, "kill:inbound.after_commit:3")
    kept = _kept(quick, texts)
    said += quick.webhook.hand_over_until_taken(texts, seconds=30)

    assert kept == 1 + sum(one.status == 200 for one in said[: len(texts)])
    assert quick.audit(said, since) == {}


@pytest.mark.fault("F3")
def test_a_text_that_nobody_was_rung_for_is_answered_by_the_tick(quick: Service) -> None:
    since, texts = quick.last_sms(), quick.new_texts(_TEXTS)
    said = _hand_over_to_a_dying_web(quick, texts, "kill:outbox.before_ring:3")
    unheard = [one.text for one in said if one.status is None and _kept(quick, [one.text])]
    # Not handed over again, and owed all the same: its row is there.
    said += [Taken(text, 200, 0.0) for text in unheard]

    assert len(unheard) == 1
    assert quick.audit(said, since) == {}


@pytest.mark.fault("F4")
@pytest.mark.parametrize(
    "point",
    [
        "answer.before_commit",
        pytest.param("answer.after_claim", marks=pytest.mark.long),
        pytest.param("answer.after_commit", marks=pytest.mark.long),
    ],
)
def test_texts_held_by_a_worker_that_died_are_answered_once(quick: Service, point: str) -> None:
    since = quick.last_sms()
    said = _hand_over_to_a_dying_worker(quick, f"kill:{point}:1")
    held, waiting = _states(quick, said, inbound), _states(quick, said, outbound)

    if point == "answer.after_commit":
        assert held.count(InboundState.ANSWERED) == len(waiting) > 0
    else:
        assert InboundState.ANSWERING in held
        assert waiting == []
    assert quick.audit(said, since) == {}


@pytest.mark.fault("F4")
def test_answers_held_by_a_worker_that_died_before_the_call_are_sent_once(quick: Service) -> None:
    since = quick.last_sms()
    said = _hand_over_to_a_dying_worker(quick, "kill:send.after_claim:1")
    held, gone = _states(quick, said, outbound), quick.sms_since(since)

    assert OutboundState.SENDING in held
    assert gone == []
    assert quick.audit(said, since) == {}
    assert "worker_lost" in {row.reason for row in _events(quick, said)}


@pytest.mark.fault("F5")
def test_answers_that_the_gateway_had_when_the_worker_died_are_not_sent_again(
    quick: Service,
) -> None:
    since = quick.last_sms()
    said = _hand_over_to_a_dying_worker(quick, "kill:send.after_http:1")
    held, gone = _states(quick, said, outbound), quick.sms_since(since)

    assert OutboundState.SENDING in held
    assert OutboundState.ACCEPTED not in held
    assert 0 < len(gone) <= held.count(OutboundState.SENDING)
    assert quick.audit(said, since) == {}


@pytest.mark.fault("F6")
def test_nothing_more_is_sent_of_what_was_written_down_when_the_worker_died(
    quick: Service,
) -> None:
    since = quick.last_sms()
    said = _hand_over_to_a_dying_worker(quick, "kill:send.after_commit:1")
    gone = quick.sms_since(since)
    # The worker's other child may have been between its claim and its commit.
    settled = [row.code for row in _events(quick, said) if row.what == "accepted"]

    assert len(gone) >= len(settled) > 0
    assert quick.audit(said, since) == {}
    tried = [row.code for row in _events(quick, said) if row.what == "sending"]
    assert [tried.count(code) for code in settled] == [1] * len(settled)


def _hand_over_to_a_dying_web(service: Service, texts: Sequence[Text], fault: str) -> list[Taken]:
    """One after another, so that the passings of the fault's point are texts."""
    with service.broken("web", fault) as web:
        service.wait_for_web()
        said = service.webhook.hand_over(texts, connections=1)
        web.wait(_DIES_WITHIN)
    assert {one.status for one in said} == {200, None}
    return said


def _hand_over_to_a_dying_worker(service: Service, fault: str) -> list[Taken]:
    """All of the texts wait when the worker comes; returns once it is dead."""
    service.kill("worker")
    said = service.webhook.hand_over(service.new_texts(_TEXTS))
    worker = service.launch_with("worker", fault)
    worker.wait(_DIES_WITHIN)
    service.kill("worker")
    service.launch("worker")
    return said


def _kept(service: Service, texts: Sequence[Text]) -> int:
    return len(service.kept(texts).came)


def _states(service: Service, said: Sequence[Taken], table: Any) -> list[str]:
    kept = service.kept([one.text for one in said])
    if table is inbound:
        return [state for states in kept.came.values() for state in states]
    return [row.state for rows in kept.went.values() for row in rows]


def _events(service: Service, said: Sequence[Taken]) -> Sequence[Row[Any, Any, Any]]:
    ids = [one.text.messageid for one in said]
    told = (
        select(events.c.code, events.c.what, events.c.reason)
        .join(inbound_keys, inbound_keys.c.code == events.c.code)
        .where(inbound_keys.c.remote_id.in_(ids))
    )
    with reading(service.engine) as connection:
        return connection.execute(told).all()
