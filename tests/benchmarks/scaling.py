"""``make bench-scaling``: answers a second at 1, 2 and 4 worker processes, and what a text costs.

Beside the rate stands the processor time of a text by process: on a machine whose cores are
all busy the rate can't grow with processes, but the time tells how many cores would do what.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import cpu_count
from statistics import median

import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, func, select, table, text

from sms_service.database import make_engine, reading
from sms_service.settings import load_settings
from sms_service.simulator.household import ROLES
from tests.benchmarks.answers import Rates, rates
from tests.benchmarks.site import Site, running

_COUNT, _RUNS = 3000, 3
_PROCESSES = (1, 2, 4)
_GROWING = (
    *("inbound", "inbound_keys", "inbound_texts", "outbound", "outbound_texts"),
    *("events", "recent_texts", "contexts"),
)
_HELD = ("bills", "payments", "branches")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one number of worker processes did."""

    rates: Rates
    busy: float
    """Share of all the machine's cores that was used meanwhile, by whomever."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the texts of a run left in PostgreSQL, a text."""

    table_bytes: Mapping[str, float]
    """By table, indexes and all (pg_total_relation_size)."""
    wal_bytes: float
    row_bytes: Mapping[str, float]
    """Of billing data, a row, by table, indexes and all."""


def main() -> int:
    """Print the tables. Nothing is asserted."""
    measured, footprint = {}, None
    for processes in _PROCESSES:
        worker = (*ROLES["worker"], "--concurrency", str(processes))
        with running({"worker": worker}) as site:
            before = _stored(site)
            psutil.cpu_percent()
            ours = rates(site, _COUNT, _RUNS)
            measured[processes] = Measured(ours, psutil.cpu_percent() / 100)
            footprint = _grown(before, _stored(site), _COUNT * _RUNS, _a_row(site))
    console = Console()
    console.print(_rates(measured))
    console.print(_costs(measured))
    if footprint:
        console.print(_left(footprint))
    return 0


def _rates(measured: Mapping[int, Measured]) -> Table:
    shown = Table(
        *("worker processes", "answers/s", "accepts/s", "ms of processor a text", "machine busy"),
        title=f"{cpu_count()} cores for everything, medians of {_RUNS} runs of {_COUNT} texts",
    )
    for processes, one in measured.items():
        cost = sum(one.rates.costs.values()) / 1000
        rate, accepts = f"{one.rates.answers:.0f}", f"{one.rates.accepts:.0f}"
        shown.add_row(str(processes), rate, accepts, f"{cost:.2f}", f"{one.busy:.0%}")
    return shown


def _costs(measured: Mapping[int, Measured]) -> Table:
    names = list(next(iter(measured.values())).rates.costs)
    head = ("process", *(f"{processes} workers" for processes in measured), "middle")
    shown = Table(*head, title="Processor time of a text by process, µs")
    for name in names:
        each: Sequence[float] = [one.rates.costs[name] for one in measured.values()]
        shown.add_row(name, *(f"{cost:.0f}" for cost in each), f"{median(each):.0f}")
    return shown


def _left(footprint: Footprint) -> Table:
    shown = Table("what", "bytes a text", title="What a text leaves in PostgreSQL")
    for name, grown in footprint.table_bytes.items():
        shown.add_row(f"table {name}, with its indexes", f"{grown:.0f}")
    shown.add_row("all tables", f"{sum(footprint.table_bytes.values()):.0f}")
    shown.add_row("write-ahead log", f"{footprint.wal_bytes:.0f}")
    shown.add_section()
    for name, held in footprint.row_bytes.items():
        shown.add_row(f"beside it: a row of {name}, with its indexes", f"{held:.0f}")
    return shown


def _a_row(site: Site) -> Mapping[str, float]:
    held = {}
    with _looking(site) as connection:
        for name in _HELD:
            size = text("SELECT pg_total_relation_size(to_regclass(:name))")
            rows = connection.execute(select(func.count()).select_from(table(name))).scalar_one()
            held[name] = float(connection.execute(size, {"name": name}).scalar_one()) / rows
    return held


@contextmanager
def _looking(site: Site) -> Iterator[Connection]:
    settings = load_settings(site.household.environment)
    engine = make_engine(settings.database_url.get_secret_value())
    try:
        with reading(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def _stored(site: Site) -> Mapping[str, float]:
    size = text("SELECT pg_total_relation_size(to_regclass(:name))")
    with _looking(site) as connection:
        found = {name: connection.execute(size, {"name": name}).scalar() for name in _GROWING}
        wal = connection.execute(text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")).scalar_one()
    return {name: float(held) for name, held in found.items() if held} | {"wal": float(wal)}


def _grown(
    before: Mapping[str, float],
    after: Mapping[str, float],
    texts: int,
    row_bytes: Mapping[str, float],
) -> Footprint:
    a_text = {name: (after[name] - before[name]) / texts for name in after}
    wal = a_text.pop("wal")
    return Footprint(a_text, wal, row_bytes)


if __name__ == "__main__":
    sys.exit(main())
