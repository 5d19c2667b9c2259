"""``python -m tests.benchmarks.texts``: how short, complete and fast the answers are.

Over the subscribers of the demo data, their records cut to the newest so many bills.
"""

import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from statistics import mean

from rich.console import Console
from rich.table import Table

from sms_service.language.parts import count
from sms_service.language.reading import Reply, Script
from tests.benchmarks.entropy import BITS_A_SIGN, BITS_A_UNIT, SYNTHETIC, Bits, bits_of
from tests.benchmarks.sentences import in_sentences
from tests.benchmarks.speed import compose_microseconds, parse_microseconds
from tests.benchmarks.subscribers import (
    ALL_ROWS,
    BILLS,
    DAYS,
    ROWS_OR_YEARS,
    Asked,
    asking_for,
    asking_from,
    everybody,
)

_BUDGET = 3
"""Parts that the service gives a history in Persian letters."""
_YEARS_FROM = 18
"""Bills from which on totals of whole years are meant to be told."""
_GOALS = {
    (6, "in 2"): 80,
    (6, "with days"): 95,
    (18, "or years"): 90,
}
"""Percent, by number of bills and column."""
_RIAL_A_PART = {Script.PERSIAN: 116, Script.LATIN: 289}
"""The regulator's ceilings since Mehr 1404."""


def tables() -> Iterator[Table]:
    """Every table, each worked out when its turn comes."""
    yield _fitting()
    yield _beside_sentences()
    bits = bits_of(everybody())
    yield _bits(bits)
    yield _beside_bound(bits)
    yield _rungs()
    yield _letters()
    yield _speed()


def _fitting() -> Table:
    columns = "in 1", "in 2", "in 3", "with days", "or years"
    table = Table(
        *("bills", "asked", "chars", "parts", *columns),
        title=f"Answers in {_BUDGET} parts at most, and shares with every bill on a row in 1 to 3",
        caption=f"with days of payment, or with totals of whole years: in {_BUDGET}; ≥: a goal",
    )
    for bills in BILLS:
        asked = asking_for(bills)
        by_budget = [_answers(asked, parts) for parts in (1, 2, 3)]
        ours = by_budget[_BUDGET - 1]
        shares = [_share(replies, ALL_ROWS) for replies in by_budget]
        shares.append(_share(ours, {DAYS}))
        if bills >= _YEARS_FROM:
            shares.append(_share(ours, ROWS_OR_YEARS))
        goals = (_GOALS.get((bills, column)) for column in columns)
        beside = (f"\n≥ {goal}%" if goal else "" for goal in goals)
        told = (share + goal for share, goal in zip(shares, beside, strict=False))
        table.add_row(f"{bills}", f"{len(asked)}", *_size(ours), *told)
    return table


def _beside_sentences() -> Table:
    table = Table(
        *("bills", "characters", "parts", "in sentences", "parts", "times shorter"),
        "times fewer parts",
        title="The same answers beside whole sentences",
    )
    for bills in BILLS:
        asked = asking_for(bills)
        ours = _answers(asked, _BUDGET)
        sentences = [count(in_sentences(one.history)) for one in asked]
        characters = mean(counted.units for counted in sentences)
        parts = mean(counted.parts for counted in sentences)
        table.add_row(
            f"{bills}",
            *_size(ours),
            f"{characters:.0f}",
            f"{parts:.1f}",
            f"{characters / mean(reply.units for reply in ours):.1f}",
            f"{parts / mean(reply.parts for reply in ours):.1f}",
        )
    return table


def _bits(bits: Bits) -> Table:
    table = Table("bits a bill", "demo data", "synthetic", title="What a bill tells")
    for name, attribute in (
        ("kWh", "kwh"),
        ("amount in thousand toman", "thousand_toman"),
        ("paid, unpaid, in part", "state"),
        ("core: these three", "core"),
        ("day of payment", "payment_day"),
        ("core with the day", "with_days"),
        ("day due", "due_day"),
        ("amount in thousand rial", "thousand_rial"),
        ("full: kWh, rial, state, both days", "full"),
    ):
        beside = (f"{getattr(of, attribute):.2f}" for of in (bits, SYNTHETIC))
        table.add_row(name, *beside)
    return table


def _beside_bound(bits: Bits) -> Table:
    table = Table(
        *("bills", "told", "bits", f"÷{BITS_A_UNIT}", f"bound: ÷{BITS_A_SIGN:.2f}"),
        *("characters", "to bound"),
        title="Every bill on a row, beside the fewest signs that could tell it",
        caption=f"signs: digits and a separator; bits: the bills' and {bits.period:.1f} once",
    )
    for bills in BILLS:
        asked = asking_for(bills)
        for told, rungs, bits_a_bill in (
            ("rows", ALL_ROWS, bits.core),
            ("with days", {DAYS}, bits.with_days),
        ):
            characters = mean(one.shortest(rungs).units for one in asked)
            needed = bits.period + bills * bits_a_bill
            table.add_row(
                f"{bills}",
                told,
                f"{needed:.0f}",
                f"{needed / BITS_A_UNIT:.0f}",
                f"{needed / BITS_A_SIGN:.0f}",
                f"{characters:.0f}",
                f"{characters * BITS_A_SIGN / needed:.1f}",
            )
    return table


def _rungs() -> Table:
    found = {
        (parts, bills): Counter(reply.rung for reply in _answers(asking_for(bills), parts))
        for parts in (_BUDGET, 2)
        for bills in BILLS
    }
    seen = dict.fromkeys(rung for rungs in found.values() for rung in rungs)
    names = (rung.replace("_", " ") for rung in seen)
    table = Table("parts", "bills", *names, title="Rungs, by the most parts allowed")
    for (parts, bills), rungs in found.items():
        shares = (f"{rungs[rung] / rungs.total():.1%}" if rungs[rung] else "" for rung in seen)
        table.add_row(f"{parts}", f"{bills}", *shares, end_section=bills == BILLS[-1])
    return table


def _letters() -> Table:
    table = Table(
        *("bills", "letters", "characters", "parts", "rial", "all rows"),
        *("parts for all rows", "rial"),
        title="Letters: within the budget of each, and in the fewest parts with all rows",
    )
    for bills in (6, 18):
        for script, rial in _RIAL_A_PART.items():
            asked = asking_for(bills)
            sent = [one.answer(script=script) for one in asked]
            whole = mean(one.shortest(ALL_ROWS, script).parts for one in asked)
            table.add_row(
                *(f"{bills}", script, *_size(sent)),
                f"{rial * mean(reply.parts for reply in sent):.0f}",
                _share(sent, ALL_ROWS),
                f"{whole:.2f}",
                f"{rial * whole:.0f}",
            )
    return table


def _speed() -> Table:
    table = Table("figure", "median", "goal", title="Processor time, one process, warm")
    table.add_row("understanding a text", f"{parse_microseconds():.0f} µs", "60 µs")
    six = compose_microseconds(asking_for(6), _BUDGET)
    table.add_row(f"composing 6 bills in {_BUDGET} parts", f"{six:.0f} µs", "150 µs")
    long = compose_microseconds(asking_from(1402), _BUDGET)
    table.add_row(f"composing all since 1402 in {_BUDGET} parts", f"{long:.0f} µs", "")
    return table


def _answers(asked: Sequence[Asked], budget_parts: int) -> list[Reply]:
    return [one.answer(budget_parts) for one in asked]


def _size(replies: Sequence[Reply]) -> tuple[str, str]:
    characters = mean(reply.units for reply in replies)
    return f"{characters:.0f}", f"{mean(reply.parts for reply in replies):.2f}"


def _share(replies: Sequence[Reply], rungs: Collection[str]) -> str:
    return f"{mean(reply.rung in rungs for reply in replies):.1%}"


def main() -> int:
    """Print every table. Nothing is asserted."""
    console = Console()
    for table in tables():
        console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
