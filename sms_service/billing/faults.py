"""What an export says that can't be taken, as it is told: without personal data."""

from dataclasses import dataclass

from sms_service.billing.reasons import Reason

_SHOWN = 40
_SHORTEST_MASKED = 8
_WITHIN_WORDS = "\u200c"
"""The zero-width non-joiner, a part of Persian spelling."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A value that couldn't be read. ``kept``: the row went in without it."""

    field: str
    """The column's name in the file; empty where the row as a whole is at fault."""
    value: str
    """As it stood in the file; IDs, phones and payment references masked."""
    reason: Reason
    kept: bool = False


def shown(text: str, *, private: bool) -> str:
    """A value fit for a screen and a report."""
    if private and len(text) <= _SHORTEST_MASKED:
        return "…"
    told = f"{text[:2]}…{text[-2:]}" if private else text[:_SHOWN]
    return "".join(a if a.isprintable() or a == _WITHIN_WORDS else "?" for a in told)
