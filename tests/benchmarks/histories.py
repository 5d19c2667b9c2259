"""How fast histories are read out of millions of bills, beside the bare drivers.

Bare is: prepared statements for the same rows of the same subscribers, fetched as tuples,
one after the other or in one pipeline. Every call of each reader has random subscribers of
its own, and the readers take turns call by call, so that load and caches are the same.
"""

import argparse
import json
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, select

from sms_service.billing.sql import SqlBillingSource
from sms_service.billing.tables import branches
from sms_service.database import make_engine, reading
from sms_service.garbage import collect_seldom
from sms_service.simulator.subscribers.loading import DataThere, load
from sms_service.simulator.subscribers.making import Filling, Wanted
from sms_service.simulator.subscribers.span import span
from tests.benchmarks.load import percentile
from tests.support.billing import hash_phone
from tests.support.databases import make_schema
from tests.support.postgres import Postgres

BILLS, SQLITE_BILLS = 3_000_000, 1_000_000
_YEARS, _UNTIL, _SEED = 8, date(2026, 11, 21), 1
_BILLS_A_SUBSCRIBER = 49.68
_BATCH, _RUNS, _SINGLES, _BATCHES = 100, 5, 1000, 12
_PROCESSES = 2

Reader = Callable[[Sequence[str]], object]

_BILLS = (
    "SELECT bill_id, serial, sale_year, sale_period, amount_rial, mid_kwh, peak_kwh, low_kwh, days,"
    " issued_on, read_from, read_to, due_on, previous_debt_rial, rejected FROM bills WHERE"
)
_PAYMENTS = (
    "SELECT bill_id, paid_on, amount_rial, payment_id, posted_on, tracking, bank_code, channel"
    " FROM payments WHERE"
)
_BRANCHES = (
    "SELECT bill_id, debt_rial, payment_id, due_on, last_read_on, tariff, customer_type, phone_hash"
    " FROM branches WHERE"
)
_LAST = "SELECT max(id) FROM billing_batches WHERE state = 'in_force' AND"
_AS_OF = (
    "SELECT min(data_as_of) FROM billing_batches"
    f" WHERE id IN (({_LAST} bills > 0), ({_LAST} payments > 0), ({_LAST} branches > 0))"
)


@dataclass(frozen=True, slots=True)
class Read:
    """Medians of several runs."""

    p50: float
    """Microseconds for one history."""
    p99: float
    rate: float
    """Histories a second in batches."""


def main() -> int:
    """Read from a database that holds subscribers, or from one made for this."""
    arguments = argparse.ArgumentParser(prog="make bench-histories")
    arguments.add_argument("--bills", type=int, default=BILLS)
    arguments.add_argument("--database", help="Filled first when it is empty.")
    given = arguments.parse_args()
    console = Console()
    with _database(given.database) as url:
        console.print(on_postgresql(url, given.bills))
    return 0


def tables() -> Iterator[Table]:
    """What ``make bench`` shows of this."""
    with _database(None) as url:
        yield on_postgresql(url, BILLS)
    with TemporaryDirectory(prefix="sms-service-bench-") as folder:
        yield on_sqlite(Path(folder) / "histories.db", SQLITE_BILLS)


def on_postgresql(url: str, bills: int) -> Table:
    """Fill the database if it is empty, then read."""
    make_schema(url)
    engine = make_engine(url)
    loaded = _filled(engine, bills)
    driver = psycopg.connect(url, autocommit=True)
    _settle(driver)
    collect_seldom()
    readers = {
        "SqlBillingSource": SqlBillingSource(engine).histories,
        "psycopg, one after another": _one_after_another(driver),
        "psycopg, in a pipeline": _in_a_pipeline(driver),
    }
    found = measured(readers, _bill_ids(engine))
    table = _table(engine, loaded, found)
    driver.close()
    engine.dispose()
    return table


def on_sqlite(path: Path, bills: int) -> Table:
    """The same in a file."""
    url = f"sqlite:///{path}"
    make_schema(url)
    engine = make_engine(url)
    loaded = _filled(engine, bills)
    driver = sqlite3.connect(path)
    readers = {
        "SqlBillingSource": SqlBillingSource(engine).histories,
        "sqlite3": _by_sqlite(driver),
    }
    table = _table(engine, loaded, measured(readers, _bill_ids(engine)))
    driver.close()
    engine.dispose()
    return table


def measured(readers: Mapping[str, Reader], bill_ids: Sequence[str]) -> Mapping[str, Read]:
    """Every reader's figures, all of them read in turns."""
    chance = random.Random(_SEED)
    runs: dict[str, list[Read]] = {name: [] for name in readers}
    _timed(readers, bill_ids, (chance, 1, 100))
    for _ in range(_RUNS):
        singles = _timed(readers, bill_ids, (chance, 1, _SINGLES))
        batches = _timed(readers, bill_ids, (chance, _BATCH, _BATCHES))
        for name, seconds in singles.items():
            rate = _BATCH / median(batches[name])
            p50, p99 = (percentile(seconds, part) * 1000 for part in (50, 99))
            runs[name].append(Read(p50, p99, rate))
    return {
        name: Read(*(median(getattr(run, each) for run in of) for each in ("p50", "p99", "rate")))
        for name, of in runs.items()
    }


def _timed(
    readers: Mapping[str, Reader], bill_ids: Sequence[str], how: tuple[random.Random, int, int]
) -> Mapping[str, list[float]]:
    chance, size, times = how
    seconds: dict[str, list[float]] = {name: [] for name in readers}
    order = list(readers)
    for _ in range(times):
        chance.shuffle(order)
        for name in order:
            asked = chance.sample(bill_ids, size)
            started = time.perf_counter()
            readers[name](asked)
            seconds[name].append(time.perf_counter() - started)
    return seconds


def _one_after_another(driver: psycopg.Connection[Any]) -> Reader:
    statements = [f"{select} bill_id = ANY(%s)" for select in (_BILLS, _PAYMENTS, _BRANCHES)]

    def read(bill_ids: Sequence[str]) -> object:
        found = [driver.execute(each, [bill_ids], prepare=True).fetchall() for each in statements]
        return found, driver.execute(_AS_OF, prepare=True).fetchone()

    return read


def _in_a_pipeline(driver: psycopg.Connection[Any]) -> Reader:
    statements = [f"{select} bill_id = ANY(%s)" for select in (_BILLS, _PAYMENTS, _BRANCHES)]

    def read(bill_ids: Sequence[str]) -> object:
        with driver.pipeline():
            found = [driver.execute(each, [bill_ids], prepare=True) for each in statements]
            as_of = driver.execute(_AS_OF, prepare=True)
        return [cursor.fetchall() for cursor in (*found, as_of)]

    return read


def _by_sqlite(driver: sqlite3.Connection) -> Reader:
    asked = "bill_id IN (SELECT value FROM json_each(?))"
    statements = [f"{select} {asked}" for select in (_BILLS, _PAYMENTS, _BRANCHES)]

    def read(bill_ids: Sequence[str]) -> object:
        found = [driver.execute(each, [json.dumps(bill_ids)]).fetchall() for each in statements]
        return found, driver.execute(_AS_OF).fetchone()

    return read


@contextmanager
def _database(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with Postgres(durable=True) as server:
        yield server.url(server.create_database())


def _filled(engine: Engine, bills: int) -> str:
    started = time.monotonic()
    wanted = Wanted(round(bills / _BILLS_A_SUBSCRIBER), _SEED, span(_YEARS, _UNTIL))
    try:
        filling = Filling(wanted, hash_phone, _PROCESSES, lambda _: None)
        _, filled = load(filling, engine)
    except DataThere:
        return "with the data that were there"
    seconds = time.monotonic() - started
    return (
        f"{filled.bills:,} bills and {filled.payments:,} payments, made and loaded with their"
        f" indexes in {seconds:.0f} s"
    )


def _settle(driver: psycopg.Connection[Any]) -> None:
    """What a load left to be written is written before anything is measured."""
    driver.execute("CHECKPOINT")
    for scan in ("on", "off"):
        driver.execute(f"SET enable_seqscan = {scan}")
        for table in ("bills", "payments", "branches"):
            driver.execute(f"SELECT count(bill_id) FROM {table}")
    driver.execute("RESET enable_seqscan")


def _bill_ids(engine: Engine) -> Sequence[str]:
    with reading(engine) as connection:
        return connection.scalars(select(branches.c.bill_id)).all()


def _table(engine: Engine, loaded: str, found: Mapping[str, Read]) -> Table:
    table = Table(
        *("reader", "one: p50", "p99", "by 100"),
        title=f"Histories from {engine.dialect.name}, the readers in turns",
        caption=loaded,
    )
    ours, *bare = found.values()
    for name, read in found.items():
        table.add_row(name, f"{read.p50:.0f} µs", f"{read.p99:.0f} µs", f"{read.rate:,.0f}/s")
    table.add_section()
    table.add_row(
        "ours against the best of the bare ones, goal 60 %",
        f"{min(read.p50 for read in bare) / ours.p50:.0%}",
        f"{min(read.p99 for read in bare) / ours.p99:.0%}",
        f"{ours.rate / max(read.rate for read in bare):.0%}",
    )
    return table


if __name__ == "__main__":
    sys.exit(main())
