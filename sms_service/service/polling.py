"""Texts that the webhook missed, fetched from the gateway's own inbox.

Fetching takes: what the gateway has returned is read for it from then on. So a turn is
noted as begun before the gateway is asked, and as done when all that came is stored.
Where one began and was never done, what the gateway has handed out since the inbox was
last seen empty is read again before anything else; what is known already does no harm.
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, count

from sms_service.service.arriving import arrival_of
from sms_service.service.chore_ports import Chores, PolledTexts, Turn
from sms_service.service.messages import Polled
from sms_service.service.ports import ArrivedText, Blame, Doorbell, Inbox, InboxPage, NoPage

log = logging.getLogger(__name__)

POLL = "poll_inbox"
RECHECK = "recheck_inbox"

_TURN_SECONDS = 10.0
_RECHECK_EVERY_SECONDS = 3600.0
_RECHECKED = timedelta(hours=2)
_MARGIN = timedelta(minutes=10)
"""The gateway's clock and ours differ by less, and so do a text's date and its showing up."""
_KEPT = timedelta(hours=47, minutes=50)
"""Kavenegar reads two days again at most; ten minutes for the clocks."""
_LONGEST_REST_SECONDS = 900.0

_Pages = Iterator[InboxPage | NoPage]


@dataclass(frozen=True, slots=True)
class PollRules:
    """How often one line is polled, and which of its texts are answered."""

    every_seconds: float
    validity: timedelta
    """A text that reached the gateway longer ago is kept and not answered."""
    own_lines: frozenset[str]


@dataclass(frozen=True, slots=True)
class Polling:
    """The inbox of one line."""

    chores: Chores
    inbox: Inbox
    texts: PolledTexts
    doorbell: Doorbell
    rules: PollRules
    clock: Callable[[], float] = time.monotonic

    def is_due(self) -> bool:
        """Whether there is anything to be fetched, or to be read again, by now."""
        return self.chores.is_due(POLL, RECHECK)

    def run(self) -> int:
        """One turn of what is due; returns how many new texts wait for an answer."""
        return self._poll() + self._recheck()

    def _poll(self) -> int:
        turn = self.chores.begin(POLL)
        if turn is None:
            return 0
        pages = self._unread(self.clock() + _TURN_SECONDS)
        if turn.in_doubt:
            pages = chain(self._read(_last_sure(turn), turn.now), pages)
        return self._go_through(turn, pages, self.rules.every_seconds)

    def _recheck(self) -> int:
        """What was lost in no turn of ours: the gateway got a 200 and our database lost it."""
        turn = self.chores.begin(RECHECK)
        if turn is None:
            return 0
        pages = self._read(turn.now - _RECHECKED, turn.now)
        return self._go_through(turn, pages, _RECHECK_EVERY_SECONDS)

    def _go_through(self, turn: Turn, pages: _Pages, again_in: float) -> int:
        new, has_more = 0, False
        for page in pages:
            if isinstance(page, NoPage):
                self._rest(turn, page)
                return new
            new += self._store(turn, page)
            has_more = page.has_more
            if not self.chores.hold(turn):
                return new
        if has_more:
            self.chores.pause(turn, 0)
            self.doorbell.ring("poll")
        else:
            self.chores.finish(turn, again_in)
        return new

    def _unread(self, turn_ends: float) -> _Pages:
        while True:
            page = self.inbox.take_unread()
            yield page
            if isinstance(page, NoPage) or not page.has_more or self.clock() >= turn_ends:
                return

    def _read(self, since: datetime, until: datetime) -> _Pages:
        for number in count(1):
            page = self.inbox.read_again(since, until, number)
            yield page
            if isinstance(page, NoPage) or not page.has_more:
                return

    def _store(self, turn: Turn, page: InboxPage) -> int:
        new = self.texts.store([self._polled(one, turn.now) for one in page.texts])
        if new:
            self.doorbell.ring("lookup")
        unreadable = sum(not one.is_readable for one in page.texts)
        if unreadable:
            log.warning("%d of %d polled entries are no texts", unreadable, len(page.texts))
        return new

    def _polled(self, text: ArrivedText, now: datetime) -> Polled:
        arrival = arrival_of(self.inbox.gateway, text, self.rules.own_lines)
        if not text.is_readable:
            arrival = replace(arrival, ignored="unreadable")
        elif not arrival.ignored and self._is_old(text, now):
            arrival = replace(arrival, ignored="too_old")
        return Polled(arrival, text.sent_at)

    def _is_old(self, text: ArrivedText, now: datetime) -> bool:
        return text.sent_at is not None and now - text.sent_at > self.rules.validity

    def _rest(self, turn: Turn, page: NoPage) -> None:
        """Back off; the first failure of a kind is said, an alarm where someone must act."""
        in_doubt = page.in_doubt or turn.in_doubt
        seconds = _rest_seconds(page.blame, self.rules.every_seconds, turn.failures)
        held = self.chores.fail(turn, seconds, page.reason, in_doubt=in_doubt)
        if held and page.reason != turn.reason:
            level = logging.ERROR if page.blame is Blame.STOP else logging.WARNING
            log.log(level, "the inbox of %s can't be read: %s", self.inbox.gateway, page.reason)


def _last_sure(turn: Turn) -> datetime:
    """Since when texts may have been handed out that aren't stored."""
    oldest = turn.now - _KEPT
    return max(oldest, turn.finished_at - _MARGIN) if turn.finished_at else oldest


def _rest_seconds(blame: Blame, every_seconds: float, failures: int) -> float:
    """Twice as long each time; at once the longest where only a person can help."""
    if blame is Blame.STOP:
        return _LONGEST_REST_SECONDS
    doubled = every_seconds * 2.0 ** min(failures, 10)
    return min(_LONGEST_REST_SECONDS, doubled) * random.uniform(1.0, 1.2)  # noqa: S311  # disperses, guards nothing
