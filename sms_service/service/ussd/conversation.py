"""One event of a USSD dialogue to the screen that answers it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from sms_service.language.context import Context
from sms_service.language.normalise import clean, fold
from sms_service.service.messages import Arrival
from sms_service.service.ports import Busy, Post, SourceDown
from sms_service.service.ussd.deadline import Deadline
from sms_service.service.ussd.menu import Ask, How, Menu, Move
from sms_service.service.ussd.ports import (
    Consultant,
    Event,
    Kind,
    Place,
    Sessions,
    Standing,
)
from sms_service.service.ussd.session import Kept, Session, Stage
from sms_service.service.ussd.views import Screen, sayable

log = logging.getLogger(__name__)

_LONGEST_INPUT = 40
_MOST_BILLS = 20
_LAST_SECONDS = 0.6
"""For what follows the deadline: writing down what is shown, keeping where it stands."""
_NOBODY = Session()


@dataclass(frozen=True, slots=True)
class People:
    """What is known of phones, by the hash of their number. Each raises Busy."""

    contexts: Post[bytes, Context]
    bills: Post[bytes, Sequence[str]]
    """Those that a phone is registered for; raises SourceDown too."""
    hash_phone: Callable[[str], bytes]

    async def bills_of(self, phone: bytes) -> Sequence[str]:
        """Those that a phone is registered for, where that is told in time."""
        try:
            return await self.bills.committed(phone)
        except (Busy, SourceDown):
            return ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Leads dialogues through the menu. Never raises for what a gateway sends."""

    menu: Menu
    sessions: Sessions
    consultant: Consultant
    people: People
    seconds: float
    """An answer that isn't there after so long comes by SMS."""

    async def screen(self, event: Event) -> Screen:
        """What the phone is shown next."""
        try:
            async with asyncio.timeout(self.seconds + _LAST_SECONDS):
                return await self._screen(event, Deadline.after(self.seconds))
        except (Busy, TimeoutError) as error:
            log.warning("a USSD dialogue ends: %s", str(error) or "too late")
        except Exception as error:
            # Its message could hold the phone; what kind it was can't.
            log.error("a USSD step failed: %s", type(error).__name__)  # noqa: TRY400
        return self.menu.views.end("away", _NOBODY)

    async def _screen(self, event: Event, deadline: Deadline) -> Screen:
        if event.phone is None:
            return self.menu.views.end("away", _NOBODY)
        phone = self.people.hash_phone(event.phone)
        place = Place(event.gateway, event.session, phone)
        stood = await self.sessions.loads.committed(place)
        kept = stood.kept
        if event.kind is Kind.CLOSE:
            await self.sessions.keeps.committed(replace(stood, kept=None))
            return Screen("", ends=True)
        if kept is not None and not _is_next(event, kept):
            return Screen(kept.screen, kept.ends)
        led = _Steps(self, event, phone, deadline)
        if kept is None or kept.ends or event.kind is Kind.NEW:
            tells_all = event.is_whole or event.kind is Kind.NEW
            inputs = event.inputs if tells_all else ()
            session = await self._begun(phone, None if inputs else stood.unfinished)
            session, screen = await led.onwards(session, inputs)
        else:
            before = kept.step if event.is_whole else 0
            session, screen = await led.onwards(kept.session, event.inputs[before:], before)
        await self.sessions.keeps.committed(_standing(place, event.step, session, screen))
        return screen

    async def _begun(self, phone: bytes, unfinished: Session | None) -> Session:
        context, registered = await asyncio.gather(
            self.people.contexts.committed(phone), self.people.bills_of(phone)
        )
        names = {bill_id: name for name, bill_id in context.saved.items()}
        bills = list(dict.fromkeys([*names, *registered]))[:_MOST_BILLS]
        named = ((one, sayable(names.get(one), latin=context.latin)) for one in bills)
        session = Session(latin=context.latin, bills=tuple(named))
        if unfinished is None:
            return session
        bill_id, years = unfinished.bill_id, unfinished.years
        return replace(session, stage=Stage.RESUME, bill_id=bill_id, years=years)


@dataclass(frozen=True, slots=True)
class _Steps:
    """The inputs of one event, one after another."""

    of: Conversation
    event: Event
    phone: bytes
    deadline: Deadline

    async def onwards(
        self, session: Session, inputs: Sequence[str], before: int = 0
    ) -> tuple[Session, Screen]:
        """The session and the screen after these inputs, of which so many came before."""
        screen: Screen | None = None
        for number, typed in enumerate(inputs, before + 1):
            session, screen = await self._taken(session, typed, number)
            if screen.ends:
                break
        return session, screen or self.of.menu.begun(session)

    async def _taken(self, session: Session, typed: str, number: int) -> tuple[Session, Screen]:
        move = self.of.menu.turn(session, fold(clean(typed))[:_LONGEST_INPUT].strip())
        if isinstance(move.leads_to, Ask):
            return await self._asked(move.session, move.leads_to, number)
        return await self._shown(move, move.leads_to)

    async def _asked(self, session: Session, ask: Ask, number: int) -> tuple[Session, Screen]:
        menu, consultant = self.of.menu, self.of.consultant
        arrival = self._arrival(ask, number)
        if ask.how is How.SENT:
            sent = await consultant.by_sms(arrival)
            return session, menu.views.end("sent", session, code=sent.code)
        consulted = await consultant.at_once(arrival, self.phone, self.deadline)
        finding = consulted.finding
        if finding is None:
            return session, menu.views.end("slow", session, code=consulted.code)
        is_history = finding.fulfilment is not None
        session = replace(session, request=consulted.number if is_history else None)
        move = menu.told(session, finding.reading, finding.reply)
        assert isinstance(move.leads_to, Screen)  # noqa: S101  # an answer leads to no question
        return await self._shown(move, move.leads_to)

    async def _shown(self, move: Move, screen: Screen) -> tuple[Session, Screen]:
        """Once the last page of a history is shown, its request is met."""
        session = move.session
        is_last = session.stage is Stage.PAGES and session.first + 1 >= len(session.pages)
        if session.request is None or not is_last:
            return session, screen
        await self.of.consultant.fulfil(session.request)
        return replace(session, request=None), screen

    def _arrival(self, ask: Ask, number: int) -> Arrival:
        event = self.event
        where = str(number) if event.is_whole else f"{event.step}.{number}"
        # A gateway may give the id of a dialogue again, some day or to another phone.
        told = f"{event.session}\0{where}\0{ask.text}".encode()
        mark = blake2b(told, key=self.phone[:32], digest_size=6).hexdigest()
        return Arrival(
            gateway=f"ussd_{event.gateway}"[:20],
            remote_id=f"{event.session[:32]}/{where}/{mark}",
            sender=event.phone or "",
            line=event.service[:40],
            text=ask.text,
            raw=b"",
            phone=event.phone,
            channel="ussd",
        )


def _standing(place: Place, step: int, session: Session, screen: Screen) -> Standing:
    if screen.ends:
        return Standing(place, Kept(_NOBODY, step, screen.text, ends=True))
    bill_id, years = session.bill_id, session.years
    unfinished = None if bill_id is None else Session(bill_id=bill_id, years=years)
    return Standing(place, Kept(session, step, screen.text), unfinished)


def _is_next(event: Event, kept: Kept) -> bool:
    """Whether an event leads on, and isn't a repetition that the gateway sent late."""
    if event.step > kept.step:
        return True
    return event.kind is Kind.NEW and kept.ends and event.step < kept.step
