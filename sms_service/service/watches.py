"""Lines for the log about what nobody looks at every day, written by whoever sweeps."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sms_service.service.auditing import spelt
from sms_service.service.chore_ports import Chores

log = logging.getLogger(__name__)

MISSES, AUDIT_HEAD = "misses", "audit_head"
_HOUR = timedelta(hours=1)
_LOOKS_EVERY_SECONDS = 600.0
_SAYS_EVERY_SECONDS = 3600.0
_A_DAY = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Misses:
    """Questions for bills that are unknown, or not to be told to who asked."""

    questions: int
    phones: int


@dataclass(frozen=True, slots=True)
class MissWatch:
    """Warns, once an hour at most, when many phones together try out bill IDs.

    One phone is stopped by its own limits; many share the work and stay below them.
    """

    chores: Chores
    count: Callable[[datetime], Misses]
    """Since a moment."""
    most_an_hour: int

    def sweep(self) -> bool:
        """Look, if it is due; there is never more to do."""
        turn = self.chores.begin(MISSES) if self.chores.is_due(MISSES) else None
        if turn is None:
            return False
        missed = self.count(turn.now - _HOUR)
        is_alarming = missed.questions > self.most_an_hour
        if is_alarming:
            log.warning(
                "%d questions of %d phones within an hour were for unknown bills or others' ones: "
                "bill IDs may be being tried out",
                missed.questions,
                missed.phones,
            )
        self.chores.finish(turn, _SAYS_EVERY_SECONDS if is_alarming else _LOOKS_EVERY_SECONDS)
        return False


@dataclass(frozen=True, slots=True)
class AuditHeadWatch:
    """Writes the head of the audit log into the process's log each day.

    Where that is collected on another host, nobody can cut the audit log off or begin it
    anew unnoticed: ``sms-service audit check --noted`` takes what stands there.
    """

    chores: Chores
    head: Callable[[], str]
    """``NUMBER:HASH``."""

    def sweep(self) -> bool:
        """Write it, if it is due; there is never more to do."""
        turn = self.chores.begin(AUDIT_HEAD) if self.chores.is_due(AUDIT_HEAD) else None
        if turn is None:
            return False
        log.info("the audit log ends with %s", spelt(self.head()))
        self.chores.finish(turn, _A_DAY)
        return False
