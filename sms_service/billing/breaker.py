"""A circuit breaker: whoever is away isn't asked again before there is a chance."""

import threading
import time
from collections.abc import Callable
from enum import StrEnum


class BreakerState(StrEnum):
    """``half_open``: the next call is the one trial."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Opens after so many failures in a row, or at once when told for how long.

    Open, it admits nobody until its time is over, then one call, whose success closes it.
    A trial that never says how it ended is followed by another after the same time.
    Threads may share it. Each call brings its permit back, so that one that began before
    the breaker opened doesn't close it.
    """

    def __init__(
        self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._opened = 0
        """How often it has opened: the permits of each time are their own."""
        self._closed = True
        self._opens_again_at = 0.0
        self.reason: str | None = None
        """Why it opened last; None while it is closed."""

    @property
    def state(self) -> BreakerState:
        """As it is now."""
        with self._lock:
            if self._closed:
                return BreakerState.CLOSED
            waits = self._clock() < self._opens_again_at
            return BreakerState.OPEN if waits else BreakerState.HALF_OPEN

    def admit(self) -> int | None:
        """A permit for one call, or None."""
        with self._lock:
            if not self._closed:
                now = self._clock()
                if now < self._opens_again_at:
                    return None
                self._opens_again_at = now + self._seconds
            return self._opened

    def succeed(self, permit: int) -> bool:
        """The call was answered; True when that closed the breaker."""
        with self._lock:
            if permit != self._opened:
                return False
            was_open = not self._closed
            self._failures, self._closed, self.reason = 0, True, None
            return was_open

    def fail(self, permit: int, reason: str, pause: float | None = None) -> bool:
        """The call wasn't answered; ``pause``: for so many seconds none will be.

        True when that opened the breaker.
        """
        with self._lock:
            if permit != self._opened:
                return False
            self._failures += 1
            was_closed = self._closed
            if was_closed and pause is None and self._failures < self._limit:
                return False
            self._opened += 1
            self._closed, self.reason = False, reason
            self._opens_again_at = self._clock() + (self._seconds if pause is None else pause)
            return was_closed
