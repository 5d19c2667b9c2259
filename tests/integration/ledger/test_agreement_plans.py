"""A month's report is read by ranges of ids, however many months the ledger holds."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from sms_service.domain.agreement import Agreement, Month, pieces
from sms_service.domain.calendar import gregorian_of
from sms_service.ledger.agreement_breaches import AgreementBreaches
from sms_service.ledger.agreement_figures import AgreementFigures
from sms_service.service.agreement_counts import Wanted
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests
from tests.support.plans import watch_plans

TERMS = Agreement("", None, gregorian_of(1420, 12, 29), 10, 0.95)
UNTIL = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MONTH = Month(1405, 4)
BIG = {"inbound", "outbound", "events", "opinions"}


@pytest.fixture
def filled(postgresql_engine: Engine) -> Engine:
    fill_requests(postgresql_engine, VAULT, requests=20_000, until=UNTIL)
    return postgresql_engine


def test_no_statement_of_a_month_s_report_reads_a_big_table_whole(
    filled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Wanted(MONTH, pieces(MONTH.days, [TERMS]), UNTIL)
    figures = AgreementFigures(filled)
    plans = watch_plans(monkeypatch)
    figures.tallies(wanted)
    figures.clocks(wanted)
    figures.opinions(wanted)
    figures.repeats(wanted)
    figures.spent_beside(wanted)
    figures.lost(wanted)
    next(iter(figures.requests(wanted)))
    AgreementBreaches(filled).page(wanted)
    assert len(plans) == 8
    assert set().union(*plans) & BIG == set()
