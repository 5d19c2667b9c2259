"""Callers without a right token: how often a network may be one before it must wait.

Nobody guesses 32 random bytes. What is kept small is what strangers cost: a look into the
database for each token they make up that could be one. Each web process counts for itself.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil
from threading import Lock

FAILURES = 30
WINDOW_SECONDS = 60.0
_NETWORKS = 10_000
"""Beyond so many, the one that was quiet for the longest is forgotten."""


class Strangers:
    """Counts failures by network; may be asked by many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait_of(self, network: str) -> int | None:
        """Seconds until this network may come again; None: it may come now."""
        now = self._clock()
        with self._lock:
            failures = self._failures.get(network)
            if failures is None or len(failures) < FAILURES:
                return None
            left = failures[0] + WINDOW_SECONDS - now
            return ceil(left) if left > 0 else None

    def failed(self, network: str) -> None:
        """Somebody of this network came without a right token."""
        with self._lock:
            # Of each network the last failures alone are kept: when the oldest was tells enough.
            failures = self._failures.setdefault(network, deque(maxlen=FAILURES))
            failures.append(self._clock())
            self._failures.move_to_end(network)
            if len(self._failures) > _NETWORKS:
                self._failures.popitem(last=False)
