"""A dialogue of one process for trying out: everything at once, nothing kept behind it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sms_service.language.context import Context
from sms_service.language.reading import Problem
from sms_service.service.desk import Desk, IfDown, Question
from sms_service.service.messages import Arrival
from sms_service.service.ussd.consulting import Consulted
from sms_service.service.ussd.deadline import Deadline
from sms_service.service.ussd.ports import Place, Sessions, Standing

Item = TypeVar("Item")
Result = TypeVar("Result")

_NO_CODE = "00000000"


class AtOnce(Generic[Item, Result]):
    """A Post that does the work in its caller's time."""

    def __init__(self, work: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._work = work

    def commit(self, item: Item) -> Result:
        return self._work([item])[0]

    async def committed(self, item: Item) -> Result:
        return self.commit(item)


@dataclass(slots=True)
class Memory:
    """Dialogues of this process, without an end to their lives."""

    dialogues: dict[Place, Standing] = field(default_factory=dict)
    last: dict[bytes, Standing] = field(default_factory=dict)
    """Each phone's dialogue that was kept last."""

    def load(self, places: Sequence[Place]) -> list[Standing]:
        """Where dialogues stand."""
        return [self._loaded(place) for place in places]

    def keep(self, standings: Sequence[Standing]) -> list[None]:
        """Keep them as they stand now."""
        for one in standings:
            self.dialogues[one.place] = self.last[one.place.phone] = one
        return [None] * len(standings)

    def sessions(self) -> Sessions:
        """This memory, as dialogues want it."""
        return Sessions(AtOnce(self.load), AtOnce(self.keep))

    def _loaded(self, place: Place) -> Standing:
        here, last = self.dialogues.get(place), self.last.get(place.phone)
        kept = None if here is None else here.kept
        return Standing(place, kept, None if last is None else last.unfinished)


@dataclass(slots=True)
class Trial:
    """A consultant that writes nothing down and sends nothing; it remembers phones itself."""

    desk: Desk
    contexts: dict[bytes, Context]

    async def by_sms(self, arrival: Arrival) -> Consulted:
        """Nothing is sent: there is a code to show and no request behind it."""
        return Consulted(_NO_CODE)

    async def at_once(self, arrival: Arrival, phone: bytes, deadline: Deadline) -> Consulted:
        """The desk's answer, which no limit stops, however long it takes."""
        known = self.contexts.get(phone, Context())
        question = Question(arrival.text, phone, known, _NO_CODE, if_down=IfDown.WAIT)
        finding = (await asyncio.to_thread(self.desk.answer, [question]))[0]
        if finding.reading.problem is Problem.SOURCE_DOWN:
            return Consulted(_NO_CODE)
        self.contexts[phone] = finding.context
        return Consulted(_NO_CODE, None, finding)

    async def fulfil(self, request: int) -> None:
        """There is no request."""
