"""The fault matrix: which test stands for which row, and the table of a run.

``@pytest.mark.fault("F5")`` says that a test injects the fault of a row; with ``--matrix``
a run ends with one line a row. docs/reference/faults.md tells how each is injected.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

ROWS: Mapping[str, str] = {
    "F1": "web killed before the commit",
    "F2": "web killed after the commit, before the 200",
    "F3": "web killed after the commit, before the ring",
    "F4": "worker killed after a claim",
    "F5": "worker killed after the gateway accepted",
    "F6": "worker killed after the result's commit",
    "F7": "whole worker killed under load",
    "F8": "Redis down",
    "F9": "Redis frozen",
    "F10": "Redis emptied",
    "F11": "Redis full, or refusing writes",
    "F12": "reply of Redis cut, connection half-open",
    "F13": "garbage in the queue",
    "F14": "database down, restarted, frozen",
    "F15": "SQLite locked by a long writer",
    "F16": "disk full",
    "F17": "gateway slow, refusing, resetting, TLS wrong",
    "F18": "gateway accepts, then never answers",
    "F19": "gateway answers 500, HTML, half JSON, each code",
    "F20": "one text handed over 50 times at once",
    "F21": "receipts early, late, shuffled, repeated, unknown",
    "F22": "worker out of memory, poison text",
    "F23": "clocks jump or differ, zones change",
    "F24": "database pool used before a fork",
    "F25": "deploy under load",
    "F26": "half-sent, oversized, malformed requests",
    "F27": "hostile texts",
    "F28": "two auto-responders talk",
    "F29": "herd on the bill day",
    "F30": "two beats, two workers",
    "F31": "kills and outages at random, for minutes",
    "F32": "billing interface away, silent, or telling what isn't so",
}


@dataclass(slots=True)
class _Seen:
    """What a run has seen of one row."""

    tests: set[str] = field(default_factory=set)
    outcomes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    seconds: float = 0.0
    reasons: set[str] = field(default_factory=set)

    @property
    def result(self) -> str:
        """The worst that happened."""
        if not self.tests:
            return "not run"
        for worst in ("failed", "passed", "skipped"):
            if self.outcomes[worst]:
                return worst
        return "not run"


class Matrix:
    """Keeps count of a run, and tells it in the end."""

    def __init__(self, *, is_told: bool) -> None:
        self._is_told = is_told
        self._rows_of: dict[str, tuple[str, ...]] = {}
        self._seen = {row: _Seen() for row in ROWS}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._rows_of = {item.nodeid: rows for item in items if (rows := rows_of(item))}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for row in self._rows_of.get(report.nodeid, ()):
            seen = self._seen[row]
            seen.tests.add(report.nodeid)
            seen.seconds += report.duration
            if report.when == "call" or report.outcome != "passed":
                seen.outcomes[report.outcome].add(report.nodeid)
            if report.skipped and isinstance(report.longrepr, tuple):
                seen.reasons.add(report.longrepr[2].removeprefix("Skipped: "))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._is_told:
            return
        terminalreporter.section("fault matrix")
        is_planned = terminalreporter.config.option.collectonly
        for line in self._plan() if is_planned else self._table():
            terminalreporter.line(line)

    def _plan(self) -> Iterable[str]:
        """Which file holds tests for which row, when nothing is run."""
        files = {
            (row, node.partition("::")[0]) for node, rows in self._rows_of.items() for row in rows
        }
        yield from (f"{row} {file}" for row, file in sorted(files))

    def _table(self) -> Iterable[str]:
        yield f"{'row':4} {'fault':51} {'tests':>5} {'result':8} {'seconds':>7}"
        for row, what in ROWS.items():
            seen = self._seen[row]
            line = f"{row:4} {what:51} {len(seen.tests):5} {seen.result:8} {seen.seconds:7.1f}"
            yield line.rstrip()
            yield from (f"     skipped: {reason}" for reason in sorted(seen.reasons))
        results = [seen.result for seen in self._seen.values()]
        told = ", ".join(f"{results.count(one)} {one}" for one in dict.fromkeys(results))
        tests = set().union(*(seen.outcomes["skipped"] for seen in self._seen.values()))
        yield f"{len(ROWS)} rows: {told}; {len(tests)} tests skipped"


def rows_of(item: pytest.Item) -> tuple[str, ...]:
    """Rows that a test stands for. Raises pytest.UsageError for one that isn't there."""
    rows = tuple(row for mark in item.iter_markers("fault") for row in mark.args)
    if unknown := set(rows) - ROWS.keys():
        raise pytest.UsageError(f"{item.nodeid}: no such row of the matrix: {sorted(unknown)}")
    return rows


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix", action="store_true", help="end with the table of the faults")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Matrix(is_told=config.getoption("--matrix")), "fault-matrix")
