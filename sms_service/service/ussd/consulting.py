"""A question of a USSD dialogue: through the ledger like any text, answered at once or by SMS.

The question is durable before anything is looked up, and held: no worker may take it. What is
found before the deadline is written down and shown; else the question is left to the workers,
who answer by SMS. A process that dies on the way leaves it to them too, by its lease.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sms_service.language.context import Context
from sms_service.language.reading import Problem, Reading
from sms_service.service import hops
from sms_service.service.desk import Finding, IfDown, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.messages import Answer, Arrival, Became, Recorded, Waiting
from sms_service.service.ports import Busy, Contexts, Doorbell, Post
from sms_service.service.ussd.deadline import Deadline

log = logging.getLogger(__name__)

_HELD_SECONDS = 10.0
"""A question is left to the workers after so long, should this process die meanwhile."""
_LOOK_EVERY_SECONDS = 0.05

Held = tuple[int, Waiting]
"""A question under the token that it is held by."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A finding, and what its phone was known for before."""

    finding: Finding
    before: Context


@dataclass(frozen=True, slots=True)
class Lookups:
    """Looks up what several dialogues ask, together. Changes nothing."""

    contexts: Contexts
    desk: LimitedDesk

    def __call__(self, questions: Sequence[Question]) -> list[Looked]:
        """Findings in order, each question as its phone is known now."""
        phones = [one.phone_hash or b"" for one in questions]
        recalled = self.contexts.recall(phones)
        known = [recalled.get(phone, Context()) for phone in phones]
        pairs = zip(questions, known, strict=True)
        found = self.desk.batch().answer([replace(one, context=now) for one, now in pairs])
        return [Looked(finding, before) for finding, before in zip(found, known, strict=True)]


@dataclass(frozen=True, slots=True)
class Consulted:
    """What came of a question. ``finding`` None: the answer comes by SMS."""

    code: str
    number: int | None = None
    """The ledger's number of a request that is told for the first time."""
    finding: Finding | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger of questions, as dialogues need it. Each raises Busy."""

    arrivals: Post[Arrival, Recorded]
    finished: Post[tuple[int, Answer], bool]
    """What is shown; False where the workers answer all the same."""
    left: Post[Held, None]
    """Left to the workers, who may take it at once."""
    fulfilled: Post[int, None]
    """Histories that were told to their end."""
    became: Post[str, Became]
    """What became of the question of a tracking code."""


@dataclass(frozen=True, slots=True)
class Consulting:
    """Asks the desk on behalf of dialogues."""

    books: Books
    lookups: Post[Question, Looked]
    doorbell: Doorbell
    validity: timedelta

    async def by_sms(self, arrival: Arrival) -> Consulted:
        """Leave the question to the workers. Raises Busy when it can't be stored."""
        recorded = await self.books.arrivals.committed(arrival)
        hops.received(arrival, recorded)
        self.doorbell.ring("lookup")
        return Consulted(recorded.code)

    async def at_once(self, arrival: Arrival, phone: bytes, deadline: Deadline) -> Consulted:
        """The answer, if it is there before the deadline.

        Raises Busy where nothing is stored, or nobody knows whether an SMS will come.
        """
        held = replace(arrival, held_for=_HELD_SECONDS)
        recorded = await self.books.arrivals.committed(held)
        hops.received(arrival, recorded)
        if recorded.held is None:
            return await self._asked_before(recorded.code, arrival, phone, deadline)
        token, (row,) = recorded.held.token, recorded.held.rows
        asked = (row.text, phone, Context(), row.code, row.id, row.received_at, IfDown.WAIT)
        looked = await self._looked(Question(*asked), deadline)
        if looked is None:
            await self.books.left.committed((token, row))
        elif await self.books.finished.committed((token, self._shown(row, looked))):
            return Consulted(row.code, row.id, looked.finding)
        self.doorbell.ring("lookup")
        return Consulted(row.code)

    async def fulfil(self, request: int) -> None:
        """Mark a history as told to its end; if that can't be stored, it stays as it is."""
        try:
            await self.books.fulfilled.committed(request)
        except Busy:
            log.warning("a history was told to its end, which can't be stored")

    def _shown(self, row: Waiting, looked: Looked) -> Answer:
        finding = looked.finding
        return Answer(
            row,
            finding.reading,
            None,
            row.claimed_at + self.validity,
            looked.before,
            finding.context,
            finding.fulfilment,
            finding.request,
            finding.limit,
            shown=True,
        )

    async def _asked_before(
        self, code: str, arrival: Arrival, phone: bytes, deadline: Deadline
    ) -> Consulted:
        """A step that is repeated, and whose screen is unknown or not decided yet.

        What was shown is looked up again, and neither counted nor written down.
        """
        while (became := await self.books.became.committed(code)) is Became.OPEN:
            if not deadline.left:
                break
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        if became is Became.STOPPED:
            stopped = Finding(Reading(None, problem=Problem.LIMITED), None)
            return Consulted(code, finding=stopped)
        if became is not Became.SHOWN:
            return Consulted(code)
        shown = Question(arrival.text, phone, code=code, if_down=IfDown.WAIT, promised=True)
        looked = await self._looked(shown, deadline)
        if looked is None:
            raise Busy("what was shown can't be told again now")
        return Consulted(code, finding=looked.finding)

    async def _looked(self, question: Question, deadline: Deadline) -> Looked | None:
        """The desk's finding; None where it can't tell now, or not in time."""
        try:
            async with asyncio.timeout(deadline.left):
                looked = await self.lookups.committed(question)
        except (Busy, TimeoutError):
            return None
        except Exception as error:
            # Its message could hold the bill or the phone; what kind it was can't.
            kind, named = type(error).__name__, {"request": question.code}
            log.error("a dialogue's question failed: %s", kind, extra=named)  # noqa: TRY400
            return None
        return None if looked.finding.reading.problem is Problem.SOURCE_DOWN else looked
