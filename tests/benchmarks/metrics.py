"""How long a look at /metrics takes with millions of requests in PostgreSQL.

``python -m tests.benchmarks.metrics [REQUESTS]``. The worst of several looks by one process, once
the days are closed; how long closing a year took, and what the counts take by themselves.
"""

import argparse
import sys
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from sms_service.database import db_now, make_engine, reading_at_once
from sms_service.ledger.measures.counts import Stretch, counted, day_at
from sms_service.ledger.measures.days import ClosingDays, closed
from sms_service.settings import load_settings
from sms_service.wiring import Parts
from sms_service.wiring.metrics import MetricsParts
from tests.support.databases import make_schema
from tests.support.environment import service_environment
from tests.support.ledger import VAULT
from tests.support.many_requests import fill_requests
from tests.support.postgres import Postgres

REQUESTS = 2_000_000
LOOK_SECONDS = 0.25
_RUNS = 7
_KEPT_SECONDS = 3.1
"""What was read is told again for three."""


def main() -> int:
    """Fill, close, look, print; 1 when a look took too long."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("requests", type=int, nargs="?", default=REQUESTS)
    wanted = options.parse_args().requests
    with Postgres(durable=True) as server:
        url = server.url(server.create_database())
        make_schema(url)
        engine = make_engine(url)
        fill_requests(engine, VAULT, requests=wanted)
        closing, began = ClosingDays(engine), time.perf_counter()
        while closing.sweep():
            pass
        took = time.perf_counter() - began
        parts = MetricsParts(Parts(load_settings(service_environment(DATABASE_URL=url))))
        looks = [_look(parts) for _ in range(_RUNS)]
        with reading_at_once(engine) as connection:
            now = connection.execute(select(db_now())).scalar_one()
            began = time.perf_counter()
            kept = closed(connection)
            of_closed = time.perf_counter() - began
            first = kept.until_day or day_at(datetime.now(UTC))
            began = time.perf_counter()
            found = counted(connection, Stretch(first), now)
            of_open = time.perf_counter() - began
        engine.dispose()
    table = Table("what", "ms", title=f"{wanted:,} requests in PostgreSQL")
    table.add_row("a look, the first of a process", f"{looks[0] * 1000:,.0f}")
    table.add_row(f"a look, worst of {_RUNS - 1} more", f"{max(looks[1:]) * 1000:,.0f}")
    table.add_row("  closed days", f"{of_closed * 1000:,.0f}")
    rows = sum(value for (name, _), value in found.items() if name == "sms_received_total")
    table.add_row(f"  open days ({rows:,.0f} requests)", f"{of_open * 1000:,.0f}")
    table.add_row("closing the whole year, once", f"{took * 1000:,.0f}")
    Console().print(table)
    return int(max(looks[1:]) > LOOK_SECONDS)


def _look(parts: MetricsParts) -> float:
    """As one process takes it again and again; each reads the ledger anew."""
    time.sleep(_KEPT_SECONDS)
    began = time.perf_counter()
    told = parts.of_all()
    took = time.perf_counter() - began
    assert len(told) > 30  # a look that failed is no figure
    return took


if __name__ == "__main__":
    sys.exit(main())
