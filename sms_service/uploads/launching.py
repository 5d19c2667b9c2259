"""The lane ``import``: a process for each upload that waits.

A task of the queue may take a minute at most and an import takes as long as it takes. So the
worker starts a process and forgets it: the process holds the upload by a lease and goes on
when its worker ends. One that dies lets the lease run out, which whoever looks next notes.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

COMMAND = ("billing", "apply-upload")


class Waiting(Protocol):
    """The ledger, as the lane needs it."""

    def has_due(self) -> bool:
        """Whether one waits, or a process has fallen silent."""

    def take(self) -> tuple[int, int] | None:
        """One that waits, held, with its token."""

    def give_up_silent(self) -> int:
        """End those whose process has fallen silent."""


Start = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Launching:
    """Starts what waits."""

    ledger: Waiting
    start: Start

    def run(self) -> int:
        """One turn; how many processes were started."""
        self.ledger.give_up_silent()
        started = 0
        while (taken := self.ledger.take()) is not None:
            upload_id, token = taken
            self.start([*COMMAND, str(upload_id), str(token)])
            started += 1
        return started


def start_process(arguments: Sequence[str]) -> None:
    """Run the command line in a process that outlives this one, in the same environment."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sms_service", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    threading.Thread(target=process.wait, name="upload", daemon=True).start()
