"""What it brings to keep the bills on disk by bill ID, or apart by year.

Copies of a filled table ``bills`` are laid out in other ways and read by the same
statement; they are dropped afterwards.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from tests.benchmarks.histories import Reader, measured

_AS_IMPORTED_MONTHLY = "bills_by_period"
_CLUSTERED = "bills_clustered"
_BY_YEAR = "bills_by_year"
_KEY = "PRIMARY KEY (bill_id, serial"


def main() -> int:
    """Lay out copies of the bills of a database, and read from each."""
    arguments = argparse.ArgumentParser(prog="python -m tests.benchmarks.layouts")
    arguments.add_argument("database", help="Its address; filled by make bench-histories.")
    console = Console()
    with psycopg.connect(arguments.parse_args().database, autocommit=True) as driver:
        driver.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '256MB'")
        try:
            console.print(_layouts(driver))
        finally:
            for name in (_AS_IMPORTED_MONTHLY, _CLUSTERED, _BY_YEAR):
                driver.execute(f"DROP TABLE IF EXISTS {name}")
    return 0


def _layouts(driver: psycopg.Connection[Any]) -> Table:
    seconds = {
        "bills": 0.0,
        _AS_IMPORTED_MONTHLY: _timed(driver, *_as_imported_monthly()),
        _BY_YEAR: _timed(driver, *_by_year(driver)),
    }
    seconds[_CLUSTERED] = _clustered(driver)
    for name in seconds:
        driver.execute(f"VACUUM ANALYZE {name}")
        driver.execute(f"SELECT count(amount_rial) FROM {name}")
    bill_ids = [row[0] for row in driver.execute("SELECT bill_id FROM branches")]
    readers = {name: _reader(driver, name) for name in seconds}
    found = measured(readers, bill_ids)
    pages = {name: _pages(driver, name, bill_ids[:: len(bill_ids) // 200]) for name in seconds}
    return _table(found, seconds, pages)


def _timed(driver: psycopg.Connection[Any], *statements: str) -> float:
    started = time.monotonic()
    for statement in statements:
        driver.execute(statement)
    return time.monotonic() - started


def _as_imported_monthly() -> Sequence[str]:
    """One import a period, each by bill ID as the import merges it."""
    in_order = "SELECT * FROM bills ORDER BY sale_year, sale_period, bill_id"
    return (
        f"CREATE TABLE {_AS_IMPORTED_MONTHLY} AS {in_order}",
        f"ALTER TABLE {_AS_IMPORTED_MONTHLY} ADD {_KEY})",
    )


def _clustered(driver: psycopg.Connection[Any]) -> float:
    """What CLUSTER makes of a table that was imported monthly."""
    driver.execute(f"CREATE TABLE {_CLUSTERED} AS TABLE {_AS_IMPORTED_MONTHLY}")
    driver.execute(f"ALTER TABLE {_CLUSTERED} ADD {_KEY})")
    return _timed(driver, f"CLUSTER {_CLUSTERED} USING {_CLUSTERED}_pkey")


def _by_year(driver: psycopg.Connection[Any]) -> Sequence[str]:
    years = [
        row[0] for row in driver.execute("SELECT DISTINCT sale_year FROM bills ORDER BY sale_year")
    ]
    return (
        f"CREATE TABLE {_BY_YEAR} (LIKE bills, {_KEY}, sale_year)) PARTITION BY RANGE (sale_year)",
        *(
            f"CREATE TABLE {_BY_YEAR}_{year} PARTITION OF {_BY_YEAR}"
            f" FOR VALUES FROM ({year}) TO ({year + 1})"
            for year in years
        ),
        f"INSERT INTO {_BY_YEAR} SELECT * FROM bills ORDER BY sale_year, bill_id",
    )


def _reader(driver: psycopg.Connection[Any], name: str) -> Reader:
    statement = f"SELECT * FROM {name} WHERE bill_id = ANY(%s)"

    def read(bill_ids: Sequence[str]) -> object:
        return driver.execute(statement, [bill_ids], prepare=True).fetchall()

    return read


def _pages(driver: psycopg.Connection[Any], name: str, bill_ids: Sequence[str]) -> float:
    """Pages that one history touches, on average."""
    explain = partial(
        driver.execute, f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_ONE} {name}" + _OF
    )
    touched = 0
    for bill_id in bill_ids:
        row = explain([[bill_id]]).fetchone()
        assert row is not None
        plan = row[0][0]["Plan"]
        touched += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return touched / len(bill_ids)


_ONE, _OF = "SELECT * FROM", " WHERE bill_id = ANY(%s)"


def _table(
    found: Mapping[str, Any], seconds: Mapping[str, float], pages: Mapping[str, float]
) -> Table:
    table = Table(
        *("bills laid out", "made in", "pages a history", "one: p50", "p99", "by 100"),
        title="Bills of a history, bare driver, the layouts in turns",
    )
    names = {
        "bills": "as loaded, by bill ID",
        _AS_IMPORTED_MONTHLY: "as imported period by period",
        _CLUSTERED: "the same after CLUSTER",
        _BY_YEAR: "a partition a year",
    }
    for name, read in found.items():
        table.add_row(
            *(names[name], f"{seconds[name]:.0f} s", f"{pages[name]:.1f}"),
            *(f"{read.p50:.0f} µs", f"{read.p99:.0f} µs", f"{read.rate:,.0f}/s"),
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
