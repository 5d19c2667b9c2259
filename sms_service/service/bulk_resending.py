"""Runs that send many answers again: previewed, confirmed, paused, resumed, stopped."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from sms_service.service.auditing import Actor
from sms_service.service.bulk_terms import RESENDABLE, RunState, Wanted
from sms_service.service.ports import Doorbell

BULK = "bulk"
"""The lane, and the chore of feeding it."""
FASTEST = 6000
"""Texts a minute."""


class TooMany(Exception):
    """More requests fit than one run may hold."""


class BulkBook(Protocol):
    """The runs in the ledger. Each change of state is one conditional step with its deed."""

    def preview(self, wanted: Wanted, actor: Actor, texts_per_minute: int) -> int | None:
        """Choose what the wish comes to and keep it; the run's number, or None for nothing.

        Raises TooMany.
        """

    def confirm(self, run: int, actor: Actor, reason: str, total: int) -> bool:
        """Begin to send a preview that isn't old and holds so many items."""

    def move(self, run: int, actor: Actor, state: RunState) -> bool:
        """Pause, resume or stop; False when the run isn't where that can be done."""


class Answer(Enum):
    """What came of a wish."""

    DONE = auto()
    NOTHING = auto()
    """Nothing fits."""
    BAD_WISH = auto()
    """No state, or a range that ends before it begins."""
    TOO_MANY = auto()
    NO_REASON = auto()
    NOT_COUNTED = auto()
    """Whoever confirms didn't say how many texts that means."""
    TOO_LATE = auto()
    """The run is elsewhere by now, or its preview is old."""


@dataclass(frozen=True, slots=True)
class BulkResending:
    """What supervisors do with runs."""

    book: BulkBook
    doorbell: Doorbell

    def preview(self, wanted: Wanted, actor: Actor, texts_per_minute: int) -> int | Answer:
        """A run that sends nothing yet: its number."""
        if not wanted.states or not wanted.states <= set(RESENDABLE) or not _is_a_range(wanted):
            return Answer.BAD_WISH
        pace = max(1, min(texts_per_minute, FASTEST))
        try:
            run = self.book.preview(wanted, actor, pace)
        except TooMany:
            return Answer.TOO_MANY
        return Answer.NOTHING if run is None else run

    def confirm(self, run: int, actor: Actor, reason: str, counted: int | None) -> Answer:
        """Begin to send. ``counted``: how many texts its giver read off the preview."""
        why = " ".join(reason.split())
        if not why:
            return Answer.NO_REASON
        if counted is None:
            return Answer.NOT_COUNTED
        if not self.book.confirm(run, actor, why, counted):
            return Answer.TOO_LATE
        self.doorbell.ring(BULK)
        return Answer.DONE

    def pause(self, run: int, actor: Actor) -> Answer:
        """Hand nothing more to the queue until it is resumed."""
        return self._move(run, actor, RunState.PAUSED)

    def resume(self, run: int, actor: Actor) -> Answer:
        """Go on where it was paused."""
        done = self._move(run, actor, RunState.RUNNING)
        if done is Answer.DONE:
            self.doorbell.ring(BULK)
        return done

    def stop(self, run: int, actor: Actor) -> Answer:
        """Send nothing more of it, ever; what is queued and hasn't left is taken back."""
        return self._move(run, actor, RunState.STOPPED)

    def _move(self, run: int, actor: Actor, state: RunState) -> Answer:
        return Answer.DONE if self.book.move(run, actor, state) else Answer.TOO_LATE


def _is_a_range(wanted: Wanted) -> bool:
    return wanted.since < wanted.until
