"""Gateways, queues and runs are read by indexes, however many requests there are."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from sms_service.ledger.bulk_feed import BulkFeedLedger
from sms_service.ledger.bulk_runs import BulkRunLedger
from sms_service.ledger.bulk_view import BulkView
from sms_service.ledger.dead_letters import DeadLetters
from sms_service.ledger.queues import queues, wait_for_bills
from sms_service.service.auditing import Actor
from sms_service.service.bulk_terms import RESENDABLE, Wanted
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests
from tests.support.plans import watch_plans

_LARGE = {"inbound", "outbound", "events", "receipts", "inbound_texts"}


@pytest.fixture
def filled(postgresql_engine: Engine) -> Engine:
    fill_requests(postgresql_engine, VAULT, requests=20_000)
    return postgresql_engine


def test_no_large_table_is_read_from_end_to_end(
    filled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    wanted = Wanted(now - timedelta(days=2), now, frozenset(RESENDABLE))
    letters, view, feed = DeadLetters(filled), BulkView(filled), BulkFeedLedger(filled)
    plans = watch_plans(monkeypatch)
    queues(filled)
    wait_for_bills(filled)
    letters.requests(50)
    letters.answers(50)
    run = BulkRunLedger(filled).preview(wanted, Actor("omid"), 300)
    assert run is not None
    view.progress(run)
    items = view.items(run, None, 50)
    assert items
    feed.ended(run, feed.next_items(run, 25))
    feed.queued(run)
    assert len(plans) > 15
    assert set().union(*plans) & _LARGE == set()
