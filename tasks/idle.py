"""A worker's own tick: what is due is done even when broker and beat are both away."""

import logging
import random
import threading

from tasks.parts import parts

log = logging.getLogger(__name__)

_LAST_TURN_SECONDS = 20


class OwnTick:
    """Looks for due rows on a thread of its own, in each worker process."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start ticking in this process."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="tick", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the turn that is under way finish, then end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_LAST_TURN_SECONDS)

    def _run(self) -> None:
        mine = parts()
        while not self._stopping.wait(_spread(mine.settings.tick_seconds)):
            try:
                self._tend()
            except Exception as error:  # the next tick tries again, whatever it was
                log.warning("tick: %s", type(error).__name__)

    def _tend(self) -> None:
        mine = parts()
        for lane in mine.upkeep.due_lanes():
            if not self._stopping.is_set():
                mine.upkeep.work(lane)
        mine.chores.mark("worker")


own_tick = OwnTick()


def _spread(seconds: float) -> float:
    """So that the processes of a worker don't all look at the same moment."""
    return seconds * random.uniform(1.0, 1.5)  # noqa: S311  # disperses, guards nothing
