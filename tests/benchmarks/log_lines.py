"""What a log line costs, in µs of processor time: ``python -m tests.benchmarks.log_lines``."""

import io
import logging
import sys
import time
from collections.abc import Callable

from sms_service.logs import set_up_logs
from sms_service.service import hops
from sms_service.settings import load_settings
from tests.support.environment import service_environment

_CALLS = 4000
_ROUNDS = 5


def _microseconds(call: Callable[[], object]) -> float:
    """The best of several rounds: others use the machine too."""
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        for _ in range(_CALLS):
            call()
        best = min(best, time.process_time() - began)
    return best / _CALLS * 1e6


def main() -> None:
    """Print the table."""
    log = logging.getLogger("benchmark")
    cases: dict[str, tuple[str, Callable[[], object]]] = {
        "an event of a request": ("INFO", _receipt),
        "the same, left out by its level": ("WARNING", _receipt),
        "a record of a library": ("INFO", lambda: log.info("the lane is well again")),
        "one with numbers to hide": (
            "INFO",
            lambda: log.info("from %s about %s in 12 ms", "09121234567", "62498495 044 2 8"),
        ),
    }
    shown, sys.stderr = sys.stderr, io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        for name, (level, call) in cases.items():
            set_up_logs(load_settings(service_environment(LOG_LEVEL=level)), "worker")
            print(f"{_microseconds(call):8.2f} µs  {name}")
    finally:
        sys.stderr = shown


def _receipt() -> None:
    hops.receipt("12345678", "delivered", "kavenegar", 1.5)


if __name__ == "__main__":
    main()
