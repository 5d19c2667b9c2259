"""How long understanding a text and composing an answer take, without database or network."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from statistics import median
from time import perf_counter_ns

from sms_service.language.parse import parse
from tests.benchmarks.subscribers import Asked
from tests.support.inbound import context_of, inbound_texts
from tests.support.reading import RULES

_RUNS = 9


def parse_microseconds() -> float:
    """Of the median text of tests/data."""
    return _median_microseconds(
        [partial(parse, entry["text"], context_of(entry), RULES) for entry in inbound_texts()]
    )


def compose_microseconds(asked: Iterable[Asked], budget_parts: int) -> float:
    """Of the median subscriber among these."""
    return _median_microseconds([partial(one.answer, budget_parts) for one in asked])


def _median_microseconds(calls: Sequence[Callable[[], object]]) -> float:
    """The median call, each timed in several rounds of all of them after a round to warm up."""
    rounds = [[_nanoseconds(call) for call in calls] for _ in range(_RUNS + 1)][1:]
    each: list[float] = [median(timed) for timed in zip(*rounds, strict=True)]
    return median(each) / 1000


def _nanoseconds(call: Callable[[], object]) -> int:
    started = perf_counter_ns()
    call()
    return perf_counter_ns() - started
