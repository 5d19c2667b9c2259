"""Dialogues with all of their surroundings in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sms_service.language.context import Context
from sms_service.service.messages import Arrival
from sms_service.service.ports import Busy
from sms_service.service.ussd.alone import AtOnce, Memory, Trial
from sms_service.service.ussd.consulting import Consulted
from sms_service.service.ussd.conversation import Conversation, People
from sms_service.service.ussd.deadline import Deadline
from sms_service.settings import load_settings
from sms_service.wiring import Parts
from sms_service.wiring.ussd import make_talk
from tests.support.desk import FakeSource
from tests.support.environment import service_environment
from tests.support.histories import YESTERDAY, history, two_monthly
from tests.support.ussd import SUBSCRIBER, Phone

HISTORY = history(two_monthly(1402, 1405), debt=2_500_000, as_of=YESTERDAY)


@dataclass(slots=True)
class Asked(Trial):
    """A trial that remembers what it was asked, and can be too slow or too busy."""

    arrivals: list[Arrival] = field(default_factory=list)
    fulfilled: list[int] = field(default_factory=list)
    is_slow: bool = False
    is_busy: bool = False

    async def at_once(self, arrival: Arrival, phone: bytes, deadline: Deadline) -> Consulted:
        self.arrivals.append(arrival)
        if self.is_busy:
            raise Busy
        if self.is_slow:
            return Consulted("12345678")
        # Named, since slots leave no closure for a bare super().
        consulted = await Trial.at_once(self, arrival, phone, deadline)
        return replace(consulted, number=len(self.arrivals))

    async def fulfil(self, request: int) -> None:
        self.fulfilled.append(request)


class Dialogues:
    """One conversation with all of its surroundings in memory."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.contexts: dict[bytes, Context] = {}
        self.registered: Callable[[bytes], Sequence[str]] = lambda _: ()
        parts = Parts(load_settings(service_environment(TODAY="1405-09-02", USSD_CODE="*1521#")))
        vars(parts)["source"] = FakeSource(HISTORY)
        talk = make_talk(parts)
        self.consultant = Asked(talk.desk, self.contexts)
        self.hash_phone = parts.hash_phone
        self.conversation = Conversation(
            talk.menu,
            self.memory.sessions(),
            self.consultant,
            People(AtOnce(self._known), AtOnce(self._registered), parts.hash_phone),
            1.0,
        )

    def forget(self) -> None:
        """As they were when they were made."""
        self.memory.dialogues.clear()
        self.memory.last.clear()
        self.contexts.clear()
        self.registered = lambda _: ()
        self.consultant.is_slow = self.consultant.is_busy = False

    def phone(self, number: str = SUBSCRIBER, session: str = "") -> Phone:
        return Phone(self.conversation, number, session)

    def saves(self, **names: str) -> None:
        """The subscriber's names for bills."""
        self.contexts[self.hash_phone(SUBSCRIBER)] = Context(saved=names)

    def _known(self, phones: Sequence[bytes]) -> list[Context]:
        return [self.contexts.get(phone, Context()) for phone in phones]

    def _registered(self, phones: Sequence[bytes]) -> list[Sequence[str]]:
        return [self.registered(phone) for phone in phones]
