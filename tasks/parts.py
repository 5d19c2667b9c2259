"""This worker process's own parts, made after the fork."""

from sms_service.wiring import Parts, parts_of_this_process
from tasks.app import settings


def parts() -> Parts:
    """The parts of this process."""
    return parts_of_this_process(lambda: settings)
