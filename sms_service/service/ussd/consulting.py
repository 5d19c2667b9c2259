"""A question of a USSD dialogue: through the ledger like any text, answered at once or by SMS.

The question is durable before anything is looked up. Whoever is first decides: the answer,
which is shown and ends the request; or the deadline, which leaves it to the workers, who
answer by SMS. A process that dies on the way leaves it to them too, by its lease.
"""

import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from sms_service.language.context import Context
from sms_service.language.reading import Problem, Reading
from sms_service.service.desk import Finding, IfDown, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Answer, Arrival, Claim, Recorded, Waiting
from sms_service.service.ports import Contexts, Doorbell, Post

log = logging.getLogger(__name__)

_AT_ONCE = 0.0


class OneText(Protocol):
    """The inbound ledger, as a dialogue needs it."""

    def claim_one(self, code: str) -> Claim[Waiting]:
        """Take the text of this tracking code for one lease; empty where somebody has it."""

    def answer(self, token: int, answers: Sequence[Answer]) -> int:
        """As WaitingTexts does."""

    def fulfil(self, request: int) -> None:
        """Mark a history as told to its end."""


@dataclass(frozen=True, slots=True)
class Consulted:
    """What came of a question. ``finding`` None: the answer comes by SMS."""

    code: str
    number: int | None = None
    """The ledger's number of the request."""
    finding: Finding | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Consulting:
    """Asks the desk on behalf of a dialogue."""

    arrivals: Post[Arrival, Recorded]
    inbound: OneText
    contexts: Contexts
    desk: LimitedDesk
    doorbell: Doorbell
    threads: Executor
    validity: timedelta
    deadline: timedelta

    def by_sms(self, arrival: Arrival) -> Consulted:
        """Leave the question to the workers. Raises Busy when it can't be stored."""
        recorded = self.arrivals.commit(arrival)
        self.doorbell.ring("lookup")
        return Consulted(recorded.code)

    def at_once(self, arrival: Arrival, phone: bytes) -> Consulted:
        """The answer, if it is there before the deadline. Raises Busy when it can't be stored."""
        recorded = self.arrivals.commit(arrival)
        claim = self.inbound.claim_one(recorded.code)
        if not claim.rows:
            return Consulted(recorded.code, None, self._told_again(arrival, phone))
        row, race = claim.rows[0], _Race()
        asked = self.threads.submit(self._answer, claim.token, row, race)
        try:
            finding = asked.result(self.deadline.total_seconds())
        except TimeoutError:
            if race.won():
                self._leave_to_workers(claim.token, row)
                finding = None
            else:
                finding = asked.result()
        return Consulted(row.code, row.id, finding)

    def _told_again(self, arrival: Arrival, phone: bytes) -> Finding | None:
        """The answer to a step that was answered before and whose screen was lost.

        Counted and written down the first time.
        """
        known = self.contexts.recall([phone]).get(phone, Context())
        question = Question(arrival.text, phone, known, if_down=IfDown.WAIT, promised=True)
        asked = self.threads.submit(self.desk.batch().answer, [question])
        try:
            finding = asked.result(self.deadline.total_seconds())[0]
        except TimeoutError:
            return None
        return None if finding.reading.problem is Problem.SOURCE_DOWN else finding

    def _answer(self, token: int, row: Waiting, race: "_Race") -> Finding | None:
        """The finding, once it is written down; None where the workers answer instead."""
        known = self._known(row)
        finding = self._found(row, known)
        if not race.won():
            return None
        if finding is None or finding.reading.problem is Problem.SOURCE_DOWN:
            self._leave_to_workers(token, row)
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
        )
        return finding if self.inbound.answer(token, [told]) else None

    def _known(self, row: Waiting) -> Context:
        return self.contexts.recall([row.phone_hash]).get(row.phone_hash, Context())

    def _found(self, row: Waiting, known: Context) -> Finding | None:
        asked = (row.text, row.phone_hash, known, row.code, row.id, row.received_at)
        try:
            return self.desk.batch().answer([Question(*asked, IfDown.WAIT)])[0]
        except Exception as error:
            # Its message could hold the bill or the phone; what kind it was can't.
            log.error("request %s: %s", row.code, type(error).__name__)  # noqa: TRY400
            return None

    def _leave_to_workers(self, token: int, row: Waiting) -> None:
        promised = Answer(
            row,
            Reading(None, problem=Problem.SOURCE_DOWN),
            None,
            row.claimed_at + self.validity,
            again_in=_AT_ONCE,
        )
        self.inbound.answer(token, [promised])
        self.doorbell.ring("lookup")


class _Race:
    """Won by whoever comes first, once."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def won(self) -> bool:
        return self._lock.acquire(blocking=False)
