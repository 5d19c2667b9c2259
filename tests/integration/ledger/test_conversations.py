"""What one phone said and heard among many: every query by an index."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select

from sms_service.database import reading
from sms_service.ledger.bill_requests import requests_about
from sms_service.ledger.conversations import Conversations, Heard, Said
from sms_service.ledger.handles import of_phone
from sms_service.ledger.subscribers import Subscribers
from sms_service.ledger.tables import inbound
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests
from tests.support.plans import watch_plans

UNTIL = datetime(2026, 11, 23, 12, tzinfo=UTC)
BIG = {"inbound", "outbound", "inbound_texts", "outbound_texts", "events"}


def busiest(engine: Engine, column: str) -> bytes:
    """The phone or bill with the most requests."""
    key = inbound.c[column]
    most = select(key).where(key.is_not(None)).group_by(key).order_by(func.count().desc()).limit(1)
    with reading(engine) as connection:
        found: bytes = connection.execute(most).scalar_one()
    return found


def test_no_query_of_a_phone_or_a_bill_reads_a_big_table_whole(
    postgresql_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_requests(postgresql_engine, VAULT, requests=20_000, until=UNTIL)
    phone = busiest(postgresql_engine, "phone_hash")
    bill_id = str(busiest(postgresql_engine, "bill_id"))
    conversations = Conversations(postgresql_engine, VAULT)
    subscribers = Subscribers(postgresql_engine, VAULT)
    plans = watch_plans(monkeypatch)

    assert subscribers.phone_hash(of_phone(phone)) == phone
    subscribers.standing(phone)
    page = conversations.page(phone)
    assert page.older is not None
    conversations.page(phone, page.older)
    assert len(requests_about(postgresql_engine, bill_id)) == 20

    assert len(plans) > 10
    assert [plan & BIG for plan in plans if plan & BIG] == []


def test_pages_follow_one_another_without_a_gap(postgresql_engine: Engine) -> None:
    fill_requests(postgresql_engine, VAULT, requests=3_000, until=UNTIL)
    phone = busiest(postgresql_engine, "phone_hash")
    conversations = Conversations(postgresql_engine, VAULT)
    whole = conversations.page(phone, most=10_000).said
    told: list[Heard | Said] = []
    before = None
    while True:
        page = conversations.page(phone, before, most=7)
        told = [*page.said, *told]
        before = page.older
        if before is None:
            break
    assert [(one.id, one.code) for one in told] == [(one.id, one.code) for one in whole]
    assert [one.id for one in told] == sorted(one.id for one in told)
