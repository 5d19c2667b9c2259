"""``make bench``: figures of this machine, and what they are measured against."""

import sys
from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    answers,
    desk,
    histories,
    importing,
    kannel,
    memory,
    stages,
    texts,
    ussd,
)
from tests.benchmarks.site import ONE_TASK_A_MESSAGE, running, without_roles

_COUNT, _RUNS = 4000, 3
_STEADY, _SECONDS = 40, 15
_CORES = 2
"""The goal's machine."""


def main() -> int:
    """Measure all in one go: texts and imports first, then the service. Nothing is asserted."""
    console = Console()
    texts.main()
    importing.main()
    for table in _service():
        console.print(table)
    console.print(_kannel())
    for table in histories.tables():
        console.print(table)
    console.print(desk.measured(desk.FEW)[1])
    return 0


def _service() -> Iterator[Table]:
    with without_roles() as site:
        yield _steps(stages.costs(site, _COUNT))
    with running() as site:
        ours = answers.rates(site, _COUNT, _RUNS)
        steady = answers.waits(site, _STEADY, _SECONDS)
        half = answers.waits(site, ours.answers / 2, _SECONDS)
        menus = ussd.table(site)
    yield _processes(ours.costs)
    yield menus
    with running(ONE_TASK_A_MESSAGE) as site:
        usual = answers.rates(site, _COUNT // 4, _RUNS)
    table = Table("figure", "measured", "beside it", title="PostgreSQL, every process on here")
    table.add_row(
        "durable accepts/s",
        f"{ours.accepts:.0f}",
        f"empty route {ours.empty:.0f}/s: {ours.accepts / ours.empty:.0%} of it",
    )
    table.add_row(
        "answers/s end to end",
        f"{ours.answers:.0f}",
        f"one task a message {usual.answers:.0f}/s: {ours.answers / usual.answers:.1f} times",
    )
    table.add_row(f"wait at {_STEADY} texts/s", _waits(steady), "goal p50 15 ms, p99 100 ms")
    table.add_row(f"wait at {ours.answers / 2:.0f} texts/s", _waits(half), "half the peak")
    idle = memory.idle_megabytes()
    table.add_row("idle memory of the demo", f"{idle:.0f} MB PSS", "goal 450 MB")
    yield table


def _kannel() -> Table | str:
    if not kannel.is_installed():
        return "Kannel isn't installed, so there is nothing to measure beside it"
    title = f"Kannel here, {kannel.WINDOW} texts under way, nothing looked up"
    table = Table("Kannel", "texts/s", "p50", "p99", title=title)
    for name, peer in (
        ("a page asked for each reply, store-type file", kannel.asking_a_page(10_000, _RUNS)),
        ("a fixed reply, store-type spool", kannel.with_each_text_on_disk(5_000, _RUNS)),
    ):
        table.add_row(name, f"{peer.rate:.0f}", f"{peer.p50:.0f} ms", f"{peer.p99:.0f} ms")
    return table


def _steps(costs: stages.Costs) -> Table:
    table = Table(
        *("step", "service", "PostgreSQL", "gateway"),
        title="Processor time of a text by step, µs, in batches as under load",
        caption="accept: Flask alone, which hooks go past; PostgreSQL's clock ticks every 10 ms",
    )
    for step, taken in costs.items():
        table.add_row(step, *(f"{taken[p]:.0f}" for p in ("service", "PostgreSQL", "gateway")))
    return table


def _processes(costs: Mapping[str, float]) -> Table:
    total = sum(costs.values())
    table = Table(
        *("process", "µs"),
        title="Processor time of a text by process, under full load",
        caption=f"{_CORES} cores could do {_CORES * 1e6 / total:.0f} texts/s at most",
    )
    for process, microseconds in costs.items():
        table.add_row(process, f"{microseconds:.0f}")
    table.add_section()
    table.add_row("all", f"{total:.0f}")
    return table


def _waits(percentiles: tuple[float, float]) -> str:
    p50, p99 = percentiles
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms"


if __name__ == "__main__":
    sys.exit(main())
