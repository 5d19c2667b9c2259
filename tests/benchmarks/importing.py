"""Imports beside what the databases can do at best with the very same rows.

``python -m tests.benchmarks.importing [ROWS]`` measures this alone; with the address of a
database and a file it is one import in a process of its own, told as JSON.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from openpyxl import Workbook, load_workbook
from rich.console import Console
from rich.table import Table

from sms_service.billing.importing import import_billing
from sms_service.billing.summary import Progress, Step
from sms_service.database import make_engine
from tests.benchmarks.sales import HEADER, Row, sales, write_csv
from tests.support.billing import TODAY
from tests.support.databases import make_schema
from tests.support.environment import process_environment
from tests.support.postgres import Postgres

ROWS = 1_000_000
SHEET_ROWS = 100_000
_RUNS = 3
_ROWS_AT_ONCE = 10_000
_BLOCK = 1 << 20
_IN_FORCE = (Step.COMPARING, Step.WRITING, Step.CLOSING)
Fresh = Callable[[], str]
Raw = Callable[[str, Path], float]


@dataclass(frozen=True, slots=True)
class Done:
    """One import in a process of its own."""

    rows: int
    seconds: float
    holding: float
    """Seconds in which on SQLite nobody else could write."""
    megabytes: float
    """The most memory that its process ever had."""


def main(rows: int = ROWS) -> None:
    """Measure and print; more rows than usual once only."""
    console = Console()
    with TemporaryDirectory(prefix="sms-service-imports-") as name:
        for table in tables(Path(name), rows, _RUNS if rows <= ROWS else 1):
            console.print(table)


def tables(folder: Path, rows: int = ROWS, runs: int = _RUNS) -> Iterator[Table]:
    """Speed beside raw loads, workbooks, memory; files go into ``folder``."""
    export, copied = folder / "sales.csv", folder / "sales.copy"
    write_csv(export, rows)
    _write_copied(copied, rows)
    speed = Table(
        *("database", "import", "raw load", "of it", "other writers wait"),
        title=f"Import of {rows:,} bills from CSV into empty tables, medians of {runs}",
    )
    memory = Table("rows", "PostgreSQL", "SQLite", title="Most memory of an import, MB")
    with _databases(folder) as (on_postgresql, on_sqlite):
        pairs = (
            ("PostgreSQL, COPY", on_postgresql, _copied),
            ("SQLite, executemany", on_sqlite, _executed),
        )
        most = []
        for title, fresh, raw in pairs:
            ours, theirs = _alternately(runs, fresh, raw, (export, copied))
            most.append(max(done.megabytes for done in ours))
            wait = f"{median(done.holding for done in ours):.1f} s"
            others = wait if fresh is on_sqlite else "–"
            speed.add_row(title, *_beside(ours, rows / median(theirs)), others)
        few = folder / "few.csv"
        write_csv(few, rows // 10)
        less = [_imported(fresh(), few).megabytes for _, fresh, _ in pairs]
        memory.add_row(f"{rows // 10:,}", *(f"{one:.0f}" for one in less))
        memory.add_row(f"{rows:,}", *(f"{one:.0f}" for one in most))
        yield speed
        yield memory
        yield _of_workbook(folder / "sales.xlsx", on_sqlite)


def _beside(ours: Sequence[Done], raw: float) -> tuple[str, str, str]:
    rate = median(done.rows / done.seconds for done in ours)
    return f"{rate:,.0f}/s", f"{raw:,.0f}/s", f"{rate / raw:.0%}"


def _alternately(
    runs: int, fresh: Fresh, raw: Raw, paths: tuple[Path, Path]
) -> tuple[list[Done], list[float]]:
    export, copied = paths
    ours, theirs = [], []
    for _ in range(runs):
        theirs.append(raw(fresh(), copied))
        ours.append(_imported(fresh(), export))
    return ours, theirs


def _of_workbook(path: Path, fresh: Fresh) -> Table:
    _write_workbook(path)
    done = [_imported(fresh(), path) for _ in range(_RUNS)]
    began = time.perf_counter()
    for row in load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True):
        assert row
    reading = SHEET_ROWS / (time.perf_counter() - began)
    rate = median(one.rows / one.seconds for one in done)
    table = Table(
        *("import into SQLite", "reading alone, openpyxl", "of it", "MB"),
        title=f"A workbook (XLSX) of {SHEET_ROWS:,} bills",
    )
    most = max(one.megabytes for one in done)
    table.add_row(f"{rate:,.0f}/s", f"{reading:,.0f}/s", f"{rate / reading:.0%}", f"{most:.0f}")
    return table


def _imported(url: str, export: Path) -> Done:
    command = [sys.executable, "-m", "tests.benchmarks.importing", url, str(export)]
    done = subprocess.run(
        command, env=process_environment({}), stdout=subprocess.PIPE, text=True, check=True
    )
    return Done(**json.loads(done.stdout))


def _import_here(url: str, export: Path) -> None:
    engine = make_engine(url)
    began = holding_since = time.perf_counter()

    def see(progress: Progress) -> None:
        nonlocal holding_since
        if progress.step not in _IN_FORCE:
            holding_since = time.perf_counter()

    summary = import_billing(engine, [export], hash_phone=str.encode, today=TODAY, progress=see)
    ended = time.perf_counter()
    engine.dispose()
    figures = {"rows": summary.tally.total.written, "seconds": ended - began}
    print(json.dumps({**figures, "holding": ended - holding_since, "megabytes": _megabytes()}))


def _megabytes() -> float:
    # ``ru_maxrss`` begins with what the parent had.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _copied(url: str, copied: Path) -> float:
    with psycopg.connect(url) as connection, copied.open("rb") as file:
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY bills FROM STDIN") as copy:
            while block := file.read(_BLOCK):
                copy.write(block)
        connection.commit()
        return time.perf_counter() - began


def _executed(url: str, copied: Path) -> float:
    """Only what SQLite does is timed, so that the rows needn't all be in memory."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            return _timed(driver, copied)
    finally:
        engine.dispose()


def _timed(driver: Any, copied: Path) -> float:
    spent = 0.0
    driver.execute("PRAGMA cache_size = -65536")  # four times what an import has
    driver.execute("BEGIN IMMEDIATE")
    marks = ", ".join("?" * 16)
    with copied.open() as file:
        while rows := [_typed(line) for line in islice(file, _ROWS_AT_ONCE)]:
            began = time.perf_counter()
            driver.executemany(f"INSERT INTO bills VALUES ({marks})", rows)
            spent += time.perf_counter() - began
    began = time.perf_counter()
    driver.execute("COMMIT")
    return spent + time.perf_counter() - began


_TYPES = (str, str, int, int, int, int, int, int, int, str, str, str, str, int, int, int)


def _typed(line: str) -> Row:
    texts = line.rstrip("\n").split("\t")
    return tuple(type_(text) for type_, text in zip(_TYPES, texts, strict=True))


def _write_copied(path: Path, count: int) -> None:
    """The rows as COPY takes them, those of batch 1."""
    with path.open("w") as file:
        file.writelines("\t".join(map(str, sale.row)) + "\t1\n" for sale in sales(count))


def _write_workbook(path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("sales")
    sheet.append(HEADER.split(","))
    for sale in sales(SHEET_ROWS):
        cells = sale.line.split(",")
        # As a workbook holds them: numbers as numbers, days and bill IDs as text.
        sheet.append([cells[0], *(int(c) if c.lstrip("-").isdigit() else c for c in cells[1:])])
    book.save(path)


@contextmanager
def _databases(folder: Path) -> Iterator[tuple[Fresh, Fresh]]:
    """Makers of empty databases with the schema: on PostgreSQL that syncs, and in SQLite."""
    server = Postgres(durable=True)
    server.start()

    def on_postgresql() -> str:
        url = server.url(server.create_database())
        make_schema(url)
        return url

    def on_sqlite() -> str:
        for old in folder.glob("service.db*"):
            old.unlink()
        url = f"sqlite:///{folder / 'service.db'}"
        make_schema(url)
        return url

    try:
        yield on_postgresql, on_sqlite
    finally:
        server.stop()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _import_here(sys.argv[1], Path(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:]))
