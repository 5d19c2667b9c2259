"""How long the agreement's report takes with millions of requests in PostgreSQL.

Each figure is the worst of several runs on a warm cache: the report of the busiest month
whole, its statements one by one, the badge of every page, a page of breaches, and a freeze.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from sms_service.database import make_engine
from sms_service.domain.agreement import Agreement, Month, pieces
from sms_service.domain.calendar import gregorian_of, tehran_day
from sms_service.ledger.agreement_breaches import AgreementBreaches
from sms_service.ledger.agreement_figures import AgreementFigures
from sms_service.ledger.agreements import AgreementLedger, OutageLedger
from sms_service.ledger.frozen_months import FrozenLedger
from sms_service.service.agreement_counts import Wanted
from sms_service.service.agreement_evidence import Evidence
from sms_service.service.agreement_months import AgreementMonths
from sms_service.service.agreement_report import report_of
from tests.support.databases import make_schema
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests
from tests.support.postgres import Postgres

REQUESTS = 2_000_000
MONTH_SECONDS, BADGE_SECONDS = 2.0, 0.15
_RUNS = 5
_TERMS = Agreement("", None, gregorian_of(1420, 12, 29), 10, 0.95)


def main() -> int:
    """Fill, measure, print; 1 when the month or the badge took too long."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("requests", type=int, nargs="?", default=REQUESTS)
    wanted = options.parse_args().requests
    console = Console()
    with Postgres(durable=True) as server:
        url = server.url(server.create_database())
        make_schema(url)
        engine = make_engine(url)
        began = time.perf_counter()
        filled = fill_requests(engine, VAULT, requests=wanted)
        console.print(
            f"{filled.requests:,} requests written in {time.perf_counter() - began:.0f} s"
        )
        worst = _measured(engine)
        engine.dispose()
    table = Table("what", "worst of 5, ms", title=f"{wanted:,} requests in PostgreSQL")
    for name, seconds in worst.items():
        table.add_row(name, f"{seconds * 1000:,.0f}")
    console.print(table)
    return int(
        worst["report of the busiest month"] > MONTH_SECONDS or worst["badge"] > BADGE_SECONDS
    )


def _measured(engine: Engine) -> Mapping[str, float]:
    figures, month = AgreementFigures(engine), Month.of(tehran_day(datetime.now(UTC))).before
    terms = AgreementLedger(engine, _TERMS)
    months = AgreementMonths(figures, terms, OutageLedger(engine), FrozenLedger(engine))
    wanted = Wanted(month, pieces(month.days, [_TERMS]), figures.now())
    breaches = AgreementBreaches(engine)
    works: Mapping[str, Callable[[], object]] = {
        "report of the busiest month": lambda: report_of(figures, wanted),
        "its counts": lambda: figures.tallies(wanted),
        "its percentiles": lambda: figures.clocks(wanted),
        "its promises and resends": lambda: figures.spent_beside(wanted),
        "its opinions": lambda: figures.opinions(wanted),
        "its repeats": lambda: figures.repeats(wanted),
        "badge": months.today,
        "first page of breaches": lambda: breaches.page(wanted),
        "evidence of a freeze": lambda: Evidence.of(wanted.pieces, figures.requests(wanted)),
    }
    return {name: _worst(work) for name, work in works.items()}


def _worst(work: Callable[[], object]) -> float:
    """Of several runs, after one that warms the cache."""
    work()
    return max(_timed(work) for _ in range(_RUNS))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
