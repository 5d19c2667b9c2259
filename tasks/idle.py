"""A worker's own tick: what is due is done even when broker and beat are both away."""

import logging
import random
import threading

from sms_service.service.upkeep import Upkeep
from tasks.parts import parts

log = logging.getLogger(__name__)

_stopping = threading.Event()
_thread: threading.Thread | None = None


def start() -> None:
    """Start this worker process's ticking thread."""
    global _thread
    _stopping.clear()
    _thread = threading.Thread(target=_run, name="tick", daemon=True)
    _thread.start()


def stop() -> None:
    """Let the thread finish what it does, then end it."""
    _stopping.set()
    if _thread is not None:
        _thread.join(timeout=20)


def _run() -> None:
    mine = parts()
    every = mine.settings.tick_seconds
    # Spread out, so that the processes of a worker don't all look at the same moment.
    while not _stopping.wait(every * random.uniform(1.0, 1.5)):
        try:
            _tend(mine.upkeep)
        except Exception as error:
            log.warning("tick: %s", type(error).__name__)


def _tend(upkeep: Upkeep) -> None:
    for lane in upkeep.due_lanes():
        if _stopping.is_set():
            return
        upkeep.work(lane)
