"""Processes that tests start: their output is kept and watched, and none outlives its test."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.environment import process_environment

_PATIENCE = 10.0
_LONGEST_WAIT = 60.0


class Processes:
    """Starts processes in sessions of their own, and ends them with all their children."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, name: str, command: Sequence[str], settings: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a command with these settings; its output goes into ``process_logs``."""
        with (self._logs / f"{len(self._started)}-{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env=process_environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End a process and what it started, in good order or by force."""
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        self.kill(process)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process and what it started at once, as a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end_all(self) -> None:
        """End whatever still runs, the last started first."""
        for process in reversed(self._started):
            self.end(process)


def wait_until(reached: Callable[[], bool]) -> None:
    """Return when it holds; AssertionError when it doesn't within a minute."""
    deadline = time.monotonic() + _LONGEST_WAIT
    while not reached():
        assert time.monotonic() < deadline, "it never came so far"
        time.sleep(0.02)
