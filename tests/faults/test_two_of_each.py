"""Started twice by mistake, beats and workers share the work and double nothing."""

import pytest
from sqlalchemy import func, select

from sms_service.database import reading
from sms_service.ledger.tables import events
from sms_service.simulator.household import ROLES
from tests.support.service import Service


@pytest.mark.fault("F30")
def test_two_beats_and_two_workers_answer_each_text_once(quick: Service) -> None:
    since, sent_before = quick.last_sms(), _hand_overs(quick)
    quick.spawn("second beat", *ROLES["beat"])
    quick.spawn("second worker", *ROLES["worker"])
    try:
        quick.gateway.fault("slow", ms=50)
        said = quick.webhook.hand_over(quick.new_texts(300))
        broken = quick.audit(said, since)
    finally:
        quick.kill("second beat")
        quick.kill("second worker")

    assert {one.status for one in said} == {200}
    assert broken == {}
    assert _hand_overs(quick) - sent_before == len(said)


def _hand_overs(service: Service) -> int:
    """How often any answer was taken to be handed over."""
    with reading(service.engine) as connection:
        return (
            connection.scalar(
                select(func.count()).select_from(events).where(events.c.what == "sending")
            )
            or 0
        )
