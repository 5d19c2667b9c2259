"""What the first page counts is read by indexes, and is what the requests say one by one."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from sms_service.database import reading
from sms_service.domain.agreement import pieces
from sms_service.domain.calendar import tehran_day
from sms_service.ledger.overview import OverviewLedger
from sms_service.ledger.queues import queues
from sms_service.ledger.tables import inbound
from tests.support.agreement import TERMS
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests
from tests.support.plans import watch_plans

UNTIL = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SINCE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PIECES = pieces([tehran_day(SINCE), tehran_day(UNTIL)], [TERMS])
HOUR = timedelta(hours=1)


def test_every_request_of_the_day_is_in_its_hour(engine: Engine) -> None:
    fill_requests(engine, VAULT, requests=4_000, until=UNTIL)
    came = select(inbound.c.received_at).where(inbound.c.received_at >= SINCE)
    with reading(engine) as connection:
        expected = Counter((at - SINCE) // HOUR for at in connection.execute(came).scalars())
    assert expected.total() > 0
    hours = OverviewLedger(engine).hours(SINCE, UNTIL, PIECES)
    assert [hour.begins_at for hour in hours] == [SINCE + HOUR * at for at in range(25)]
    assert [hour.received for hour in hours] == [expected[at] for at in range(25)]
    for hour in hours:
        assert 0 <= hour.in_time <= hour.counted - hour.still_open <= hour.received
        assert hour.late >= 0


def test_no_large_table_is_read_from_one_end_to_the_other(
    postgresql_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_requests(postgresql_engine, VAULT, requests=60_000, until=UNTIL)
    plans = watch_plans(monkeypatch)
    ledger = OverviewLedger(postgresql_engine)
    ledger.hours(SINCE, UNTIL, PIECES)
    ledger.failed(SINCE)
    queues(postgresql_engine)
    assert plans
    assert [plan & {"inbound", "outbound", "events"} for plan in plans] == [set()] * len(plans)
