"""The slow lane: hands a run's requests to the queue, a few at a time, each once.

One process at a time does it. Little of a run is ever queued, so that a pause or a stop takes
hold at once and nothing piles up before a gateway that is away. A worker may be killed at any
point: an attempt names the one before it, so what was sent already is found and not repeated.
"""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sms_service.domain.roles import Ability
from sms_service.service.auditing import Actor
from sms_service.service.bulk_resending import BULK
from sms_service.service.bulk_terms import Item, LeftOut, Run
from sms_service.service.chore_ports import Chores
from sms_service.service.lanes import Turn
from sms_service.service.ports import Doorbell
from sms_service.service.resending import Refusal, Refused, ResendOrder, Resent

log = logging.getLogger(__name__)

LANES_AWAY, DAILY_CAP, SOURCE_AWAY = "lanes_away", "daily_cap", "source_down"
_TURN_SECONDS = 1.0
_AT_ONCE = 25
_AGAIN_SECONDS, _AGAIN_WHEN_AWAY_SECONDS = 0.5, 3.0
_CATCHES_UP = timedelta(seconds=10)
"""What wasn't fed for longer is not made up for."""
_QUEUED_SHARE = 0.5
"""Of a minute's texts, so many may wait in the queue."""
_MAY = frozenset({Ability.RESEND, Ability.RESEND_OTHERWISE})
_MOVED_ON = {
    Refusal.DELIVERED: LeftOut.DELIVERED,
    Refusal.IN_FLIGHT: LeftOut.IN_FLIGHT,
    Refusal.UNKNOWN: LeftOut.IN_FLIGHT,
    Refusal.JUST_SENT: LeftOut.IN_FLIGHT,
    Refusal.WAITING: LeftOut.IN_FLIGHT,
    Refusal.OVERTAKEN: LeftOut.IN_FLIGHT,
    Refusal.ERASED: LeftOut.ERASED,
}


class FeedBook(Protocol):
    """The runs, as feeding needs them."""

    def running(self) -> Sequence[Run]:
        """Runs that are to be fed, the oldest first."""

    def is_running(self, run: int) -> bool:
        """Whether it still is."""

    def queued(self, run: int) -> int:
        """How many of its attempts wait in the queue."""

    def next_items(self, run: int, limit: int) -> Sequence[Item]:
        """The first that wait for their turn."""

    def ended(self, run: int, items: Sequence[Item]) -> Mapping[int, int | LeftOut]:
        """What needn't be sent any more, by position, as things stand now.

        With the attempt that this run made of it and that wasn't noted, or why it is left out.
        """

    def note_sent(self, run: int, position: int, outbound_id: int) -> None:
        """It is in the queue; of a run that was stopped meanwhile it is taken back."""

    def note_left_out(self, run: int, position: int, reason: str) -> None:
        """It won't be sent by this run."""

    def note_fed(self, run: int, until: datetime) -> None:
        """Up to then the run has had what its pace allows."""

    def finish(self, run: int) -> bool:
        """End it if nothing of it waits."""


@dataclass(frozen=True, slots=True)
class BulkFeeding:
    """The chore."""

    chores: Chores
    book: FeedBook
    resend: Callable[[ResendOrder], Resent | Refused]
    turns: Callable[[], Sequence[Turn]]
    """What the gateways' lanes may be handed now."""
    may_spend: Callable[[], bool]
    doorbell: Doorbell
    passing: tuple[type[Exception], ...] = ()
    """What no request is to blame for: the turn ends, and all of it is tried again."""
    clock: Callable[[], float] = time.monotonic

    def is_due(self) -> bool:
        """Whether there is a run to feed, and nobody feeds it."""
        return bool(self.book.running()) and self.chores.is_due(BULK)

    def run(self) -> int:
        """Feed every run what its pace allows; returns how many texts that were."""
        turn = self.chores.begin(BULK)
        if turn is None:
            return 0
        feed = _Feed(self, turn.now, self.clock() + _TURN_SECONDS, self._room())
        if not self.may_spend():
            feed.waits_for = DAILY_CAP
        for run in self.book.running():
            if feed.waits_for is None:
                feed.serve(run)
        if feed.waits_for is None:
            self.chores.finish(turn, _AGAIN_SECONDS)
        else:
            self.chores.fail(turn, _AGAIN_WHEN_AWAY_SECONDS, feed.waits_for, in_doubt=False)
        if feed.goes_on:
            self.doorbell.ring(BULK)
        return feed.fed

    def _room(self) -> int | None:
        """How many texts the lanes may have in their queue; None: whatever the pace allows.

        A lane that is ill is given as many as it may be tried with: it gets well by nothing else.
        """
        limits = [turn.limit for turn in self.turns() if turn.takes_free]
        if None in limits:
            return None
        return max((limit for limit in limits if limit is not None), default=0)


@dataclass(slots=True)
class _Feed:
    """One turn."""

    of: BulkFeeding
    now: datetime
    ends_at: float
    room: int | None
    fed: int = 0
    waits_for: str | None = None
    goes_on: bool = False

    def serve(self, run: Run) -> None:
        """Hand over what this run may have now."""
        book = self.of.book
        if book.finish(run.id):
            return
        begins, allowed = self._allowed(run)
        done, goes_on = 0, True
        while goes_on and done < allowed:
            items = book.next_items(run.id, min(_AT_ONCE, allowed - done))
            served = self._serve_some(run, items)
            done += served
            goes_on = served == len(items) > 0
        if done:
            book.note_fed(run.id, begins + done * _for_each(run))
            book.finish(run.id)

    def _serve_some(self, run: Run, items: Sequence[Item]) -> int:
        """How many of them had their turn."""
        book = self.of.book
        ended = book.ended(run.id, items) if items else {}
        for done, item in enumerate(items):
            if self.of.clock() >= self.ends_at:
                self.goes_on = True
                return done
            if not book.is_running(run.id) or not self._serve_one(run, item, ended):
                return done
        return len(items)

    def _allowed(self, run: Run) -> tuple[datetime, int]:
        """Since when the run has had nothing, and how many texts it may have for that."""
        each = _for_each(run)
        fed_until = run.fed_until or self.now - max(each, timedelta(seconds=1))
        begins = max(fed_until, self.now - max(each, _CATCHES_UP))
        paced = math.floor((self.now - begins) / each + 1e-6)
        queued = self.of.book.queued(run.id)
        if self.room is not None and queued >= self.room:
            self.waits_for = LANES_AWAY
            return begins, 0
        most = math.ceil(run.texts_per_minute * _QUEUED_SHARE)
        room = most if self.room is None else min(most, self.room)
        return begins, max(0, min(paced, room - queued))

    def _serve_one(self, run: Run, item: Item, ended: Mapping[int, int | LeftOut]) -> bool:
        """False: nothing can be sent now."""
        book, known = self.of.book, ended.get(item.position)
        outcome = self._resent(run, item) if known is None else known
        if outcome is Refusal.SOURCE_DOWN:
            self.waits_for = SOURCE_AWAY
            return False
        if isinstance(outcome, int):
            book.note_sent(run.id, item.position, outcome)
            self.fed += known is None
        else:
            book.note_left_out(run.id, item.position, outcome)
        return True

    def _resent(self, run: Run, item: Item) -> int | str:
        """The attempt, or why there is none."""
        order = ResendOrder(
            item.code,
            Actor(run.confirmed_by or run.made_by, granted=_MAY),
            item.after_id,
            run.reason,
            # Whoever confirmed the run chose those whose end nobody knows knowingly.
            asked_first=True,
            bulk_id=run.id,
        )
        try:
            outcome = self.of.resend(order)
        except self.of.passing:
            raise
        except Exception as error:  # one request that can't be composed must not hold up the rest
            _tell(order, error)
            return LeftOut.ERROR
        if isinstance(outcome, Refused):
            return _MOVED_ON.get(outcome.why, outcome.why)
        return outcome.outbound_id


def _tell(order: ResendOrder, error: Exception) -> None:
    # Its message could hold the text or the phone; what kind it was can't.
    kind, named = type(error).__name__, {"request": order.code}
    log.error("bulk run %s: %s", order.bulk_id, kind, extra=named)


def _for_each(run: Run) -> timedelta:
    """How long a text takes at the run's pace."""
    return timedelta(seconds=60 / run.texts_per_minute)
