"""A value that is worked out once and told again for a while, by one thread at a time."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Values of one process, by key, each for some seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[Hashable, tuple[float, Value]] = {}

    def get(self, key: Hashable, work: Callable[[], Value]) -> Value:
        """The value; ``work`` is done for it when the last one is too old, others wait then."""
        with self._lock:
            now = self._clock()
            self._held = {k: held for k, held in self._held.items() if held[0] > now}
            if key in self._held:
                return self._held[key][1]
            value = work()
            self._held[key] = self._clock() + self._seconds, value
            return value
