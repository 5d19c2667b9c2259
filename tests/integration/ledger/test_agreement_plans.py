"""A month's report is read by ranges of ids, however many months the ledger holds."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Select
from sqlalchemy.dialects import postgresql

from sms_service.domain.agreement import Agreement, Month, pieces
from sms_service.domain.calendar import gregorian_of
from sms_service.ledger.agreement_breaches import AgreementBreaches
from sms_service.ledger.agreement_figures import AgreementFigures
from sms_service.service.agreement_counts import Wanted
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests

TERMS = Agreement("", None, gregorian_of(1420, 12, 29), 10, 0.95)
UNTIL = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MONTH = Month(1405, 4)
BIG = {"inbound", "outbound", "events", "opinions"}


def seq_scans(node: dict[str, Any]) -> set[str]:
    """Tables that a plan reads from one end to the other."""
    mine = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    return mine.union(*(seq_scans(one) for one in node.get("Plans", ())))


@pytest.fixture
def filled(postgresql_engine: Engine) -> Engine:
    fill_requests(postgresql_engine, VAULT, requests=20_000, until=UNTIL)
    return postgresql_engine


def test_no_statement_of_a_month_s_report_reads_a_big_table_whole(
    filled: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[set[str]] = []
    execute = Connection.execute

    def explained(self: Connection, statement: Any, *rest: Any, **more: Any) -> Any:
        if isinstance(statement, Select):
            told = statement.compile(
                dialect=self.dialect, compile_kwargs={"render_postcompile": True}
            )
            assert isinstance(told, postgresql.psycopg.PGCompiler_psycopg)
            explain = f"EXPLAIN (FORMAT JSON) {told}"
            (plan,) = self.exec_driver_sql(explain, told.construct_params()).scalar_one()
            plans.append(seq_scans(plan["Plan"]))
        return execute(self, statement, *rest, **more)

    wanted = Wanted(MONTH, pieces(MONTH.days, [TERMS]), UNTIL)
    figures = AgreementFigures(filled)
    monkeypatch.setattr(Connection, "execute", explained)
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
