"""Delivery receipts come when and as they like; a message moves forward only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sms_service.domain.states import OutboundState
from tests.support.four_ledgers import books
from tests.support.service import Service
from tests.support.texting import Taken

pytestmark = pytest.mark.fault("F21")

_TEXTS = 12
_QUEUED, _AT_OPERATOR, _DELIVERED, _UNDELIVERED = 1, 4, 10, 11
_AT_ONCE = 0.0

_PLANS: Mapping[str, Mapping[str, Any]] = {
    "before the gateway's own answer": {"early": True, "steps": [[_AT_ONCE, _DELIVERED]]},
    "late": {"steps": [[3.0, _DELIVERED]]},
    "twice": {"duplicate": 1.0, "steps": [[0.2, _AT_OPERATOR], [0.4, _DELIVERED]]},
    "in any order": {
        "shuffle": True,
        "steps": [[_AT_ONCE, _QUEUED], [0.3, _AT_OPERATOR], [0.6, _DELIVERED]],
    },
    "many in one call": {"batch": 10, "steps": [[0.2, _AT_OPERATOR], [0.4, _DELIVERED]]},
    "first undelivered": {"steps": [[0.2, _UNDELIVERED], [0.8, _DELIVERED]]},
}


@pytest.mark.parametrize("plan", _PLANS.values(), ids=_PLANS)
def test_every_message_ends_delivered_when_receipts_come(
    service: Service, plan: Mapping[str, Any]
) -> None:
    service.gateway.plan_receipts(**plan)
    since = service.last_sms()
    said = service.webhook.hand_over(service.new_texts(_TEXTS))

    assert service.audit(said, since) == {}
    service.wait_until(lambda: _states(service, said) == {OutboundState.DELIVERED: _TEXTS})


def test_lost_receipts_leave_messages_accepted_and_others_alone(on_sqlite: Service) -> None:
    on_sqlite.gateway.plan_receipts(loss=1.0)
    lost = on_sqlite.webhook.hand_over(on_sqlite.new_texts(_TEXTS))
    on_sqlite.audit(lost)
    on_sqlite.gateway.plan_receipts(steps=[[0.1, _DELIVERED]])
    told = on_sqlite.webhook.hand_over(on_sqlite.new_texts(_TEXTS))

    on_sqlite.wait_until(lambda: _states(on_sqlite, told) == {OutboundState.DELIVERED: _TEXTS})
    assert _states(on_sqlite, lost) == {OutboundState.ACCEPTED: _TEXTS}


def test_a_delivered_message_never_goes_back(service: Service) -> None:
    since = service.last_sms()
    said = service.webhook.hand_over(service.new_texts(_TEXTS))
    service.wait_until(lambda: _states(service, said) == {OutboundState.DELIVERED: _TEXTS})

    ids = [sms.messageid for sms in service.sms_since(since)]
    for status in (_UNDELIVERED, _AT_OPERATOR, _QUEUED):
        assert service.webhook.tell(ids, status) == 200
    # What comes after has been joined, so what came before has been too.
    probe = service.webhook.hand_over(service.new_texts(1))
    service.wait_until(lambda: _states(service, probe) == {OutboundState.DELIVERED: 1})

    assert _states(service, said) == {OutboundState.DELIVERED: _TEXTS}


def test_receipts_of_messages_that_are_not_ours_are_taken_and_change_nothing(
    on_sqlite: Service,
) -> None:
    assert on_sqlite.webhook.tell([1, 2, 3], _DELIVERED) == 200

    since = on_sqlite.last_sms()
    said = on_sqlite.webhook.hand_over(on_sqlite.new_texts(1))
    assert on_sqlite.audit(said, since) == {}


def _states(service: Service, said: Sequence[Taken]) -> Mapping[OutboundState, int]:
    went = books(service.engine, [one.text for one in said]).went
    return Counter(row.state for rows in went.values() for row in rows)
