"""Many subscribers: in the order of their bill IDs, by as many processes as there are cores."""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from sms_service.simulator.subscribers.identifiers import MOST_SUBSCRIBERS, file_number
from sms_service.simulator.subscribers.life import Subscriber, subscriber
from sms_service.simulator.subscribers.span import Span

Made = TypeVar("Made")

CHUNK = 1000
"""Subscribers made at a time: some 50,000 bills in eight years."""
_AHEAD = 2
"""Chunks under way for each process; what waits to be taken stays in memory."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which subscribers to make: numbers 0 to ``count`` of a seed."""

    count: int
    seed: int
    span: Span

    def __post_init__(self) -> None:
        if not 0 < self.count <= MOST_SUBSCRIBERS:
            raise ValueError(f"from 1 to {MOST_SUBSCRIBERS:,} subscribers can be made")
        if self.seed < 0:
            raise ValueError("a seed is 0 or more")

    def numbers(self) -> Sequence[int]:
        """All of them, by rising bill ID."""
        return sorted(range(self.count), key=lambda number: file_number(self.seed, number))

    def subscribers(self, numbers: Sequence[int]) -> Iterator[Subscriber]:
        """These of them."""
        return (subscriber(self.seed, number, self.span) for number in numbers)


@dataclass(frozen=True, slots=True)
class Filling:
    """How these subscribers go into a database."""

    wanted: Wanted
    hash_phone: Callable[[str], bytes]
    """The keyed hash of a number in E.164."""
    processes: int
    report: Callable[[int], None]
    """Hears the number of bills so far."""


@dataclass(slots=True)
class Filled:
    """Rows that went in."""

    bills: int = 0
    payments: int = 0
    branches: int = 0

    def add(self, bills: int, payments: int, branches: int) -> None:
        """Count one more chunk."""
        self.bills += bills
        self.payments += payments
        self.branches += branches


def made_in_order(
    wanted: Wanted, make: Callable[[Wanted, Sequence[int]], Made], processes: int
) -> Iterator[Made]:
    """What ``make`` makes of each chunk of numbers, by rising bill ID.

    With more than one process ``make`` is a function of a module, and what it returns
    can be pickled.
    """
    numbers = wanted.numbers()
    chunks = (numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK))
    if processes == 1:
        for chunk in chunks:
            yield make(wanted, chunk)
        return
    # A fork would share the caller's connections and threads.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=fresh) as pool:
        under_way: deque[Future[Made]] = deque()
        for chunk in islice(chunks, processes * _AHEAD):
            under_way.append(pool.submit(make, wanted, chunk))
        while under_way:
            yield under_way.popleft().result()
            for chunk in islice(chunks, 1):
                under_way.append(pool.submit(make, wanted, chunk))
