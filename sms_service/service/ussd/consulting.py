"""A question of a USSD dialogue: through the ledger like any text, answered at once or by SMS.

The question is durable before anything is looked up. Whoever is first decides: the answer,
which is shown and ends the request; or the deadline, which leaves it to the workers, who
answer by SMS. A process that dies on the way leaves it to them too, by its lease.
"""

import logging
import threading
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Protocol

from sms_service.language.context import Context
from sms_service.language.reading import Problem, Reading
from sms_service.service.desk import Finding, IfDown, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Answer, Arrival, Became, Recorded, Waiting
from sms_service.service.ports import Busy, Contexts, Doorbell, Post
from sms_service.service.ussd.deadline import Deadline

log = logging.getLogger(__name__)

_HELD_SECONDS = 10.0
"""A question is left to the workers after so long, should this process die meanwhile."""
_LAST_SECONDS = 0.3
"""For an answer that is there at the deadline to be written down, and no longer."""
_LOOK_EVERY_SECONDS = 0.05


class Questions(Protocol):
    """The ledger of questions, as dialogues need it."""

    def became(self, code: str) -> Became:
        """What became of the question of this tracking code."""

    def leave(self, token: int, row: Waiting) -> None:
        """Leave a question to the workers."""


@dataclass(frozen=True, slots=True)
class Consulted:
    """What came of a question. ``finding`` None: the answer comes by SMS."""

    code: str
    number: int | None = None
    """The ledger's number of a request that is told for the first time."""
    finding: Finding | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Consulting:
    """Asks the desk on behalf of dialogues."""

    arrivals: Post[Arrival, Recorded]
    finished: Post[tuple[int, Answer], bool]
    fulfilled: Post[int, None]
    questions: Questions
    contexts: Contexts
    desk: LimitedDesk
    doorbell: Doorbell
    threads: Executor
    validity: timedelta

    def by_sms(self, arrival: Arrival) -> Consulted:
        """Leave the question to the workers. Raises Busy when it can't be stored."""
        recorded = self.arrivals.commit(arrival)
        self.doorbell.ring("lookup")
        return Consulted(recorded.code)

    def at_once(self, arrival: Arrival, phone: bytes, deadline: Deadline) -> Consulted:
        """The answer, if it is there before the deadline.

        Raises Busy where it can't be told whether an SMS will bring it, or nothing is stored.
        """
        recorded = self.arrivals.commit(replace(arrival, held_for=_HELD_SECONDS))
        if recorded.held is None:
            return self._asked_before(recorded.code, arrival, phone, deadline)
        token, (row,), race = recorded.held.token, recorded.held.rows, _Race()
        asked = self.threads.submit(self._answer, token, row, race)
        try:
            finding = asked.result(deadline.left)
        except TimeoutError:
            if race.won():
                asked.cancel()
                self.threads.submit(self._leave, token, row)
                return Consulted(row.code)
            finding = _in_time(asked, _LAST_SECONDS)
        return Consulted(row.code, row.id, finding)

    def fulfil(self, request: int) -> None:
        """Mark a history as told to its end; if that can't be stored, it stays as it is."""
        try:
            self.fulfilled.commit(request)
        except Busy:
            log.warning("a history was told to its end, which can't be stored")

    def _answer(self, token: int, row: Waiting, race: "_Race") -> Finding | None:
        """The finding, once it is written down; None where the workers answer instead."""
        if race.is_over:
            return None
        known = self.contexts.recall([row.phone_hash]).get(row.phone_hash, Context())
        asked = (row.text, row.phone_hash, known, row.code, row.id, row.received_at)
        finding = self._found(Question(*asked, IfDown.WAIT))
        if not race.won():
            return None
        if finding is None:
            self._leave(token, row)
            return None
        told = Answer(
            row,
            finding.reading,
            None,
            row.claimed_at + self.validity,
            known,
            finding.context,
            finding.fulfilment,
            finding.request,
            finding.limit,
            shown=True,
        )
        if self.finished.commit((token, told)):
            return finding
        self.doorbell.ring("lookup")
        return None

    def _asked_before(
        self, code: str, arrival: Arrival, phone: bytes, deadline: Deadline
    ) -> Consulted:
        """What a question came to that was asked before and whose screen was lost."""
        asked = self.threads.submit(self._told_again, code, arrival, phone, deadline)
        return Consulted(code, None, _in_time(asked, deadline.left + _LAST_SECONDS))

    def _told_again(
        self, code: str, arrival: Arrival, phone: bytes, deadline: Deadline
    ) -> Finding | None:
        """Counted and written down the first time; None where an SMS tells it."""
        while (became := self.questions.became(code)) is Became.OPEN and deadline.left:
            time.sleep(_LOOK_EVERY_SECONDS)
        if became is Became.STOPPED:
            return Finding(Reading(None, problem=Problem.LIMITED), None)
        if became is not Became.SHOWN:
            return None
        known = self.contexts.recall([phone]).get(phone, Context())
        found = self._found(
            Question(arrival.text, phone, known, code, if_down=IfDown.WAIT, promised=True)
        )
        if found is None:
            raise Busy("an answer that was shown can't be told again now")
        return found

    def _found(self, question: Question) -> Finding | None:
        """The desk's finding; None where it can't tell now."""
        try:
            finding = self.desk.batch().answer([question])[0]
        except Exception as error:
            # Its message could hold the bill or the phone; what kind it was can't.
            log.error("request %s: %s", question.code, type(error).__name__)  # noqa: TRY400
            return None
        return None if finding.reading.problem is Problem.SOURCE_DOWN else finding

    def _leave(self, token: int, row: Waiting) -> None:
        self.questions.leave(token, row)
        self.doorbell.ring("lookup")


def _in_time(asked: "Future[Finding | None]", seconds: float) -> Finding | None:
    try:
        return asked.result(seconds)
    except TimeoutError:
        raise Busy("not known in time") from None


class _Race:
    """Won by whoever comes first, once."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return self._lock.locked()

    def won(self) -> bool:
        return self._lock.acquire(blocking=False)
