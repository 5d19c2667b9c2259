"""``make bench``: figures of this machine, and what they are measured against."""

import sys

from rich.console import Console
from rich.table import Table

from tests.benchmarks import answers, kannel, memory, texts
from tests.benchmarks.site import ONE_TASK_A_MESSAGE, running

_COUNT, _RUNS = 4000, 3


def main() -> int:
    """Measure everything in one go: texts first, then the service. Nothing is asserted."""
    texts.main()
    with running() as site:
        ours = answers.rates(site, _COUNT, _RUNS)
        p50, p99 = answers.waits(site, per_second=20, seconds=30)
    with running(ONE_TASK_A_MESSAGE) as site:
        usual = answers.rates(site, _COUNT // 4, _RUNS)
    idle = memory.idle_megabytes()
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
    table.add_row("wait at 20 texts/s", f"p50 {p50:.0f} ms, p99 {p99:.0f} ms", "goal p99 100 ms")
    table.add_row("idle memory of the demo", f"{idle:.0f} MB PSS", "goal 450 MB")
    Console().print(table, _kannel())
    return 0


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


if __name__ == "__main__":
    sys.exit(main())
