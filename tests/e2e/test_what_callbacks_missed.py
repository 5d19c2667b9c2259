"""The gateway's calls get lost; people are answered and receipts known all the same."""

from collections.abc import Sequence

import pytest
from sqlalchemy import update

from sms_service.database import db_now, writing
from sms_service.domain.states import InboundState, OutboundState
from sms_service.ledger.tables import outbound
from sms_service.simulator.household import LINE
from tests.support.four_ledgers import Went
from tests.support.service import Service
from tests.support.texting import Text


@pytest.mark.fault("F1")
def test_texts_whose_callbacks_were_lost_are_answered_once(service: Service) -> None:
    texts = service.new_texts(5)
    since = service.last_sms()
    service.gateway.lose_callbacks()
    for text in texts:
        send(service, text)
    service.wait_until(lambda: service.is_settled(texts))

    assert heard(service, since) == {text.phone: [text.answer] for text in texts}
    assert states(service, texts) == [InboundState.ANSWERED] * 5


def test_a_text_told_under_another_id_than_the_inbox_holds_is_answered_once(
    service: Service,
) -> None:
    text = service.new_texts(1)[0]
    since = service.last_sms()
    # The webhook takes it, and to the gateway it is as if that had failed.
    service.webhook.hand_over([text])
    service.gateway.lose_callbacks()
    copy = service.gateway.text(text.phone, LINE, text.message)
    other = Text(str(copy.messageid), text.phone, text.message, text.answer)
    service.wait_until(lambda: service.is_settled([text, other]))

    assert states(service, [text, other]) == [InboundState.ANSWERED, InboundState.FOLDED]
    assert heard(service, since) == {text.phone: [text.answer]}


@pytest.mark.fault("F21")
def test_a_receipt_that_was_lost_is_asked_for(service: Service) -> None:
    service.gateway.plan_receipts(loss=1.0, steps=[[0.001, 10]])
    text = service.new_texts(1)[0]
    service.webhook.hand_over([text])
    service.wait_until(lambda: OutboundState.ACCEPTED in answer_states(service, text))
    with writing(service.engine) as connection:
        lost = outbound.c.remote_id.in_([row.remote_id for row in answers(service, text)])
        connection.execute(update(outbound).where(lost).values(ask_at=db_now(-1)))

    service.wait_until(lambda: answer_states(service, text) == [OutboundState.DELIVERED])


def send(service: Service, text: Text) -> None:
    service.gateway.text(text.phone, LINE, text.message, int(text.messageid))


def heard(service: Service, since: int) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {}
    for sms in service.sms_since(since):
        told.setdefault(sms.receptor, []).append(sms.message)
    return told


def states(service: Service, texts: list[Text]) -> list[InboundState]:
    came = service.kept(texts).came
    return [state for text in texts for state in came[text.messageid]]


def answer_states(service: Service, text: Text) -> list[OutboundState]:
    return [row.state for row in answers(service, text)]


def answers(service: Service, text: Text) -> Sequence[Went]:
    return service.kept([text]).went.get(text.messageid, ())
