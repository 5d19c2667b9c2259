"""One event of a USSD dialogue to the screen that answers it."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from hashlib import blake2b

from sms_service.language.context import Context
from sms_service.language.normalise import clean, fold
from sms_service.service.messages import Arrival
from sms_service.service.ports import BillingSource, Busy, Contexts, SourceDown
from sms_service.service.ussd.deadline import Deadline
from sms_service.service.ussd.menu import Ask, How, Menu, Move
from sms_service.service.ussd.ports import Consultant, Event, Kind, Sessions, SessionsAway
from sms_service.service.ussd.session import Kept, Session, Stage
from sms_service.service.ussd.views import Screen, sayable

log = logging.getLogger(__name__)

_LONGEST_INPUT = 40
_MOST_BILLS = 20
_BILLS_SECONDS = 0.5
"""How long a first screen waits for the bills that a phone is registered for."""
_NOBODY = Session()


@dataclass(frozen=True, slots=True)
class People:
    """What is known of phones."""

    contexts: Contexts
    source: BillingSource
    hash_phone: Callable[[str], bytes]
    threads: Executor

    def known(self, phone: bytes, deadline: Deadline) -> tuple[Context, Sequence[str]]:
        """What a phone is known for, and the bills that it is registered for, if told in time.

        Raises Busy where the first isn't known before the deadline.
        """
        registered = self.threads.submit(self.source.bills_of_phone, phone)
        recalled = self.threads.submit(self.contexts.recall, [phone])
        try:
            context = recalled.result(deadline.left).get(phone, Context())
        except TimeoutError:
            raise Busy("not recalled in time") from None
        return context, _bills(registered, min(_BILLS_SECONDS, deadline.left))


@dataclass(frozen=True, slots=True)
class Conversation:
    """Leads dialogues through the menu. Never raises for what a gateway sends."""

    menu: Menu
    sessions: Sessions
    consultant: Consultant
    people: People
    seconds: float
    """An answer that isn't there after so long comes by SMS."""

    def screen(self, event: Event) -> Screen:
        """What the phone is shown next."""
        try:
            return self._screen(event, Deadline.after(self.seconds))
        except (SessionsAway, Busy) as error:
            log.warning("a USSD dialogue ends: %s", type(error).__name__)
        except Exception as error:
            # Its message could hold the phone; what kind it was can't.
            log.error("a USSD step failed: %s", type(error).__name__)  # noqa: TRY400
        return self.menu.views.end("away", _NOBODY)

    def _screen(self, event: Event, deadline: Deadline) -> Screen:
        if event.phone is None:
            return self.menu.views.end("away", _NOBODY)
        phone = self.people.hash_phone(event.phone)
        key = f"{event.gateway}:{phone.hex()}:{event.session}"
        if event.kind is Kind.CLOSE:
            self.sessions.forget(key)
            return Screen("", ends=True)
        kept, unfinished = self.sessions.load(key, phone)
        if kept is not None and not _is_next(event, kept):
            return Screen(kept.screen, kept.ends)
        if kept is None or kept.ends or event.kind is Kind.NEW:
            is_told_all = event.is_whole or event.kind is Kind.NEW
            inputs, before = event.inputs if is_told_all else (), 0
            session = self._begun(phone, deadline, None if inputs else unfinished)
        else:
            before = kept.step if event.is_whole else 0
            inputs, session = event.inputs[before:], kept.session
        screen = self.menu.begun(session)
        for place, typed in enumerate(inputs, before + 1):
            session, screen = _Step(self, event, place, phone, deadline).taken(session, typed)
            if screen.ends:
                break
        self._keep(key, event.step, phone, session, screen)
        return screen

    def _begun(self, phone: bytes, deadline: Deadline, unfinished: Session | None) -> Session:
        context, registered = self.people.known(phone, deadline)
        names = {bill_id: name for name, bill_id in context.saved.items()}
        bills = list(dict.fromkeys([*names, *registered]))[:_MOST_BILLS]
        named = ((one, sayable(names.get(one), latin=context.latin)) for one in bills)
        session = Session(latin=context.latin, bills=tuple(named))
        if unfinished is None:
            return session
        bill_id, years = unfinished.bill_id, unfinished.years
        return replace(session, stage=Stage.RESUME, bill_id=bill_id, years=years)

    def _keep(self, key: str, step: int, phone: bytes, session: Session, screen: Screen) -> None:
        kept = Kept(_NOBODY if screen.ends else session, step, screen.text, screen.ends)
        unfinished = None
        if session.bill_id is not None and not screen.ends:
            unfinished = Session(bill_id=session.bill_id, years=session.years)
        self.sessions.keep(key, kept, phone, unfinished)


@dataclass(frozen=True, slots=True)
class _Step:
    """One input of an event."""

    of: Conversation
    event: Event
    place: int
    """Among the inputs of the event, or of the whole dialogue where the event tells all."""
    phone: bytes
    deadline: Deadline

    def taken(self, session: Session, typed: str) -> tuple[Session, Screen]:
        """The session and the screen after it."""
        move = self.of.menu.turn(session, fold(clean(typed))[:_LONGEST_INPUT].strip())
        if isinstance(move.leads_to, Ask):
            return self._asked(move.session, move.leads_to)
        return self._shown(move, move.leads_to)

    def _asked(self, session: Session, ask: Ask) -> tuple[Session, Screen]:
        menu, consultant = self.of.menu, self.of.consultant
        if ask.how is How.SENT:
            code = consultant.by_sms(self._arrival(ask)).code
            return session, menu.views.end("sent", session, code=code)
        consulted = consultant.at_once(self._arrival(ask), self.phone, self.deadline)
        finding = consulted.finding
        if finding is None:
            return session, menu.views.end("slow", session, code=consulted.code)
        is_history = finding.fulfilment is not None
        session = replace(session, request=consulted.number if is_history else None)
        move = menu.told(session, finding.reading, finding.reply)
        assert isinstance(move.leads_to, Screen)  # noqa: S101  # an answer leads to no question
        return self._shown(move, move.leads_to)

    def _shown(self, move: Move, screen: Screen) -> tuple[Session, Screen]:
        """Once the last page of a history is shown, its request is met."""
        session = move.session
        is_last = session.stage is Stage.PAGES and session.first + 1 >= len(session.pages)
        if session.request is None or not is_last:
            return session, screen
        self.of.consultant.fulfil(session.request)
        return replace(session, request=None), screen

    def _arrival(self, ask: Ask) -> Arrival:
        event = self.event
        where = str(self.place) if event.is_whole else f"{event.step}.{self.place}"
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


def _is_next(event: Event, kept: Kept) -> bool:
    """Whether an event leads on, and isn't a repetition that the gateway sent late."""
    if event.step > kept.step:
        return True
    return event.kind is Kind.NEW and kept.ends and event.step < kept.step


def _bills(registered: "Future[Sequence[str]]", seconds: float) -> Sequence[str]:
    try:
        return registered.result(seconds)
    except (TimeoutError, SourceDown):
        return ()
