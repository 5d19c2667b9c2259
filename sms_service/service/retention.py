"""Erasing what is older than was agreed: small parts with rests between, and a word of it.

Phones, texts, bills that were asked about and raw exchanges go; counts, events and what the
agreement's months rest on stay.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sms_service.domain.calendar import TEHRAN
from sms_service.service.auditing import Actor, Deed
from sms_service.service.chore_ports import Chores

log = logging.getLogger(__name__)

DEED = "retention_run"
CHORE = "retention"
YOUNGEST = timedelta(days=3)
"""Nothing younger is erased, whoever asks: repeats and receipts come for two days."""
_AT_ONCE = 200
"""Rows of one transaction: webhooks wait for no longer than that takes."""
_TURN_SECONDS = 5.0
_REST_MOST = 0.2
_HOUR_OF_NIGHT = 3
_ITSELF = Actor("service")


class Erasing(Protocol):
    """The ledger, as retention needs it."""

    def now(self) -> datetime:
        """The database's clock."""

    def overdue(self, before: datetime) -> Mapping[str, int]:
        """How many of each kind are older and not erased yet."""

    def erase(self, before: datetime, most: int) -> Mapping[str, int]:
        """Erase a part in one short transaction; how many of which kind, nothing at the end."""

    def note(self, deed: Deed) -> None:
        """Write down that it was done."""

    def settle_file(self) -> None:
        """See to it that the database's own files lose what was erased, where that is quick."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """The latest run as the audit log tells of it."""

    at: datetime
    actor: str
    before: str
    """ISO 8601, UTC."""
    details: str
    """JSON: how many of which kind, and whether it came to its end."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What came of one run."""

    before: datetime
    counts: Mapping[str, int]
    is_done: bool
    """Nothing that old is left."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Erases by age."""

    ledger: Erasing
    days: int
    clock: Callable[[], float] = time.monotonic
    rest: Callable[[float], None] = time.sleep

    def cutoff(self) -> datetime:
        """What came before is to be erased by now."""
        return self.ledger.now() - timedelta(days=self.days)

    def run(self, actor: Actor, before: datetime, seconds: float | None = None) -> Erased:
        """Erase what is older, for so many seconds at most; leave a deed and a line.

        After each part it rests as long as that took, so that others get to write. ValueError
        for a moment of the last three days.
        """
        if before > self.ledger.now() - YOUNGEST:
            raise ValueError("the last three days aren't erased")
        until = None if seconds is None else self.clock() + seconds
        counts: Counter[str] = Counter()
        is_done = False
        while not is_done and (until is None or self.clock() < until):
            began = self.clock()
            part = self.ledger.erase(before, _AT_ONCE)
            counts.update(part)
            is_done = not part
            if part:
                self.rest(min(self.clock() - began, _REST_MOST))
        if is_done:
            self.ledger.settle_file()
        return self._noted(actor, Erased(before, dict(counts), is_done))

    def _noted(self, actor: Actor, erased: Erased) -> Erased:
        moment = erased.before.astimezone(UTC).isoformat(timespec="seconds")
        details = {**erased.counts, "done": erased.is_done}
        self.ledger.note(Deed(actor, DEED, "ledger", moment, details=details))
        log.info("retention: %s older than %s", told(erased.counts), moment)
        return erased


@dataclass(frozen=True, slots=True)
class NightlyRetention:
    """The chore: once a night, and at once where nights were missed."""

    chores: Chores
    retention: Retention

    def sweep(self) -> bool:
        """A turn of some seconds; True when there is more to erase."""
        if not self.chores.is_due(CHORE) or (turn := self.chores.begin(CHORE)) is None:
            return False
        erased = self.retention.run(_ITSELF, self.retention.cutoff(), _TURN_SECONDS)
        if erased.is_done:
            self.chores.finish(turn, seconds_until_night(turn.now))
        else:
            self.chores.pause(turn, 0)
        return not erased.is_done


def seconds_until_night(now: datetime) -> float:
    """From a moment until it is next three in the morning in Tehran."""
    local = now.astimezone(TEHRAN)
    night = local.replace(hour=_HOUR_OF_NIGHT, minute=0, second=0, microsecond=0)
    if night <= local:
        night += timedelta(days=1)
    return (night - local).total_seconds()


def told(counts: Mapping[str, int]) -> str:
    """How many of which kind, for a line."""
    return ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing"
