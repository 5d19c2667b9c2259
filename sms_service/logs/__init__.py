"""Logging for every process, secrets and people masked."""

from sms_service.logs.setup import (
    LONGEST_LINE,
    Role,
    own_process,
    set_up_logs,
)

__all__ = [
    "LONGEST_LINE",
    "Role",
    "own_process",
    "set_up_logs",
]
