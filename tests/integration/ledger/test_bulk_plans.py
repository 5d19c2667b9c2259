"""Gateways, queues and runs are read by indexes, however many requests there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from sms_service.database import reading
from sms_service.ledger.bulk_feed import BulkFeedLedger
from sms_service.ledger.bulk_runs import BulkRunLedger
from sms_service.ledger.bulk_view import BulkView
from sms_service.ledger.dead_letters import DeadLetters
from sms_service.ledger.queues import queues, wait_for_bills
from sms_service.service.auditing import Actor
from sms_service.service.bulk_terms import RESENDABLE, Wanted
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests

_LARGE = ("inbound", "outbound", "events", "receipts", "inbound_texts")
_READS = ("SELECT", "(SELECT")


@contextmanager
def whole_tables_read(engine: Engine) -> Iterator[set[str]]:
    """Which large tables are read from end to end meanwhile."""
    read: set[str] = set()

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.lstrip().startswith(_READS):
            return
        asking = cursor.connection.cursor()
        asking.execute("EXPLAIN " + statement, parameters)
        plan = [line for (line,) in asking.fetchall()]
        read.update(table for table in _LARGE for line in plan if f"Seq Scan on {table} " in line)

    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield read
    finally:
        event.remove(engine, "before_cursor_execute", explain)


@pytest.fixture
def filled(postgresql_engine: Engine) -> Engine:
    fill_requests(postgresql_engine, VAULT, requests=20_000)
    return postgresql_engine


def test_no_large_table_is_read_from_end_to_end(filled: Engine) -> None:
    now = datetime.now(UTC)
    wanted = Wanted(now - timedelta(days=2), now, frozenset(RESENDABLE))
    letters, view, feed = DeadLetters(filled), BulkView(filled), BulkFeedLedger(filled)
    with whole_tables_read(filled) as read:
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
    assert read == set()


def test_the_watch_itself_would_notice(filled: Engine) -> None:
    with whole_tables_read(filled) as read, reading(filled) as connection:
        connection.exec_driver_sql("SELECT count(*) FROM inbound WHERE notes = 'x'")
    assert read == {"inbound"}
