"""A value that takes a while to be had: made once for all who ask within a few seconds."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

Made = TypeVar("Made")


class Fresh(Generic[Made]):
    """Keeps what ``make`` returned for a while. Threads may share it.

    One thread makes it at a time, however many wait. Nobody waits longer than ``patience``
    seconds, whatever ``make`` does; then, and when it raised, there is nothing.
    """

    def __init__(
        self,
        make: Callable[[], Made],
        *,
        seconds: float,
        patience: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._seconds = seconds
        self._patience = patience
        self._clock = clock
        self._changed = threading.Condition()
        self._kept: Made | None = None
        self._until = -1.0
        self._being_made = False
        self._turns = 0

    def get(self) -> Made | None:
        """The value, at most so old; None where it can't be had now."""
        with self._changed:
            if self._clock() < self._until:
                return self._kept
            if not self._being_made:
                self._being_made = True
                threading.Thread(target=self._work, name="fresh", daemon=True).start()
            mine = self._turns
            self._changed.wait_for(lambda: self._turns > mine, self._patience)
            return self._kept if self._turns > mine else None

    def _work(self) -> None:
        made: Made | None = None
        try:
            made = self._make()
        except Exception as error:
            # Its message could hold what was asked; what kind it was can't.
            log.warning("figures can't be had: %s", type(error).__name__)
        with self._changed:
            self._kept = made
            self._until = self._clock() + self._seconds if made is not None else -1.0
            self._being_made = False
            self._turns += 1
            self._changed.notify_all()
