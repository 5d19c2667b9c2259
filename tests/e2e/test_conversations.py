"""One phone that texts again: each answer knows what the last one told."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from sms_service.database import reading
from sms_service.domain.states import Fulfilment
from sms_service.language.context import Context
from sms_service.ledger.tables import inbound, inbound_keys
from sms_service.service.desk import Finding, Question
from tests.support.service import Service
from tests.support.small_billing import BILL_IDS
from tests.support.texting import Text, new_text


def test_a_phone_reads_on_to_the_end_and_its_request_is_complete(service: Service) -> None:
    texts = ask(service, [f"سوابق {BILL_IDS[3]} از ۱۴۰۲", *["بعدی"] * 8])
    assert heard(service, texts) == [text.answer for text in texts]
    assert "پایان سوابق از ۱۴۰۲" in texts[-1].answer
    assert fulfilments(service, texts) == [Fulfilment.COMPLETE, *[None] * 8]


def test_a_request_of_which_half_was_read_is_shortened(service: Service) -> None:
    texts = ask(service, [f"{BILL_IDS[4]} 1402", "بعدی"])
    assert fulfilments(service, texts) == [Fulfilment.SHORTENED, None]


def test_names_letters_and_opinions_live_from_text_to_text(service: Service) -> None:
    talk = [
        f"ذخیره خانه {BILL_IDS[5]}",
        "خانه ۱۴۰۴",
        "نظر ۵",
        "لاتین",
        "بدهی خانه",
        "FA",
        "لیست",
        "۱",
    ]
    texts = ask(service, talk)
    assert heard(service, texts) == [text.answer for text in texts]
    assert texts[4].answer.startswith(("Bedehi", "Ta "))
    assert "خانه" in texts[6].answer


def ask(service: Service, messages: Sequence[str]) -> list[Text]:
    """Texts from one new phone, each after the answer to the one before."""
    context, first = Context(), new_text("", "")
    texts: list[Text] = []
    for message in messages:
        finding: Finding = service.parts.desk.answer([Question(message, context=context)])[0]
        assert finding.reply is not None
        context = finding.context
        text = replace(new_text(message, finding.reply.text), phone=first.phone)
        service.let_words_be_new()
        service.webhook.hand_over_until_taken([text], seconds=20)
        service.wait_until(lambda text=text: service.is_settled([text]))  # type: ignore[misc]
        texts.append(text)
    return texts


def heard(service: Service, texts: Sequence[Text]) -> list[str]:
    """What the gateway handed to the phone of these texts, in order."""
    receptors = {text.phone for text in texts}
    sent = [sms for sms in service.gateway.outbox() if sms.receptor in receptors]
    return [sms.message for sms in sorted(sent, key=lambda sms: sms.messageid)]


def fulfilments(service: Service, texts: Sequence[Text]) -> list[str | None]:
    """How far the request of each text was met."""
    kept = select(inbound_keys.c.remote_id, inbound.c.fulfilment).join(
        inbound, inbound.c.id == inbound_keys.c.inbound_id
    )
    with reading(service.engine) as connection:
        found = {row.remote_id: row.fulfilment for row in connection.execute(kept)}
    return [found[text.messageid] for text in texts]
