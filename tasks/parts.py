"""The parts of whichever worker process asks, made after the fork.

Imported late: beat loads the tasks too, and needs nothing of what they work with.
"""

from typing import TYPE_CHECKING

from tasks.app import settings

if TYPE_CHECKING:
    from sms_service.wiring import Parts, PartsPerProcess

_per_process: "list[PartsPerProcess]" = []


def parts() -> "Parts":
    """The parts of this process."""
    from sms_service.wiring import PartsPerProcess

    if not _per_process:
        _per_process.append(PartsPerProcess(settings))
    return _per_process[0]()
