"""One text from the door to the phone, as the ledger tells it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from sms_service.database import reading
from sms_service.domain.states import OutboundState
from sms_service.ledger.tables import events, inbound_keys
from tests.support.four_ledgers import books
from tests.support.service import Service
from tests.support.texting import Text


def test_the_events_of_a_request_tell_its_way_in_order(service: Service) -> None:
    text = service.new_texts(1)[0]
    service.webhook.hand_over([text])
    service.wait_until(lambda: _is_delivered(service, text))

    happened = _events(service, text)

    assert [row.what for row in happened] == [
        *("received", "answering", "answered", "queued"),
        *("sending", "accepted", "delivered"),
    ]
    assert [row.at for row in happened] == sorted(row.at for row in happened)
    assert text.phone[1:] not in str(happened)


def _is_delivered(service: Service, text: Text) -> bool:
    went = books(service.engine, [text]).went.get(text.messageid, ())
    return [row.state for row in went] == [OutboundState.DELIVERED]


def _events(service: Service, text: Text) -> Sequence[Row[Any, Any, Any]]:
    told = (
        select(events.c.what, events.c.at, events.c.reason)
        .join(inbound_keys, inbound_keys.c.code == events.c.code)
        .where(inbound_keys.c.remote_id == text.messageid)
        .order_by(events.c.id)
    )
    with reading(service.engine) as connection:
        return connection.execute(told).all()
