"""One event of a USSD dialogue to the screen that answers it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from sms_service.language.context import Context
from sms_service.language.normalise import clean, fold
from sms_service.service.messages import Arrival
from sms_service.service.ports import BillingSource, Busy, Contexts, SourceDown
from sms_service.service.ussd.consulting import Consulted, Consulting
from sms_service.service.ussd.menu import Ask, How, Menu, Move
from sms_service.service.ussd.session import Kept, Session, Stage
from sms_service.service.ussd.views import Screen

log = logging.getLogger(__name__)

_LONGEST_INPUT = 40
_MOST_BILLS = 20
_NOBODY = Session()


class SessionsAway(Exception):
    """The store of sessions can't be reached."""


class Sessions(Protocol):
    """Where dialogues are kept between keystrokes. Raises SessionsAway."""

    def load(self, key: str) -> Kept | None:
        """What is kept under a key, and None once its time is over."""

    def keep(self, key: str, kept: Kept) -> None:
        """Keep it for the time that a dialogue may stand still."""

    def forget(self, key: str) -> None:
        """Drop it."""

    def dropped(self, phone: bytes) -> Session | None:
        """Where a dialogue of this phone stood that broke off a moment ago."""

    def note(self, phone: bytes, session: Session | None) -> None:
        """Remember where this phone's dialogue stands, or that there is nothing to go on with."""


class Kind(StrEnum):
    NEW = "new"
    INPUT = "input"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Event:
    """What a gateway told of a dialogue, whatever its dialect."""

    gateway: str
    """Name of the dialect."""
    session: str
    """The gateway's id of the dialogue."""
    phone: str | None = field(repr=False)
    """E.164; None when no mobile of ours stands behind it."""
    kind: Kind
    inputs: Sequence[str] = field(default=(), repr=False)
    """What was typed; of a new dialogue, what was dialled behind the service code."""
    whole: Sequence[str] = field(default=(), repr=False)
    """All inputs of the dialogue, where the gateway tells them every time."""
    step: str = ""
    """Equal for repetitions of one step, different for all others; empty when unknown."""
    service: str = ""
    """The code that was dialled."""

    @property
    def key(self) -> str:
        """What the dialogue is kept under."""
        return f"{self.gateway}:{self.session}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Leads dialogues through the menu. Never raises for what a gateway sends."""

    menu: Menu
    sessions: Sessions
    consulting: Consulting
    contexts: Contexts
    source: BillingSource
    hash_phone: Callable[[str], bytes]

    def screen(self, event: Event) -> Screen:
        """What the phone is shown next."""
        try:
            return self._screen(event)
        except SessionsAway:
            log.warning("USSD sessions can't be reached")
            return self.menu.views.end("away", _NOBODY)
        except Busy:
            return self.menu.views.end("away", _NOBODY)
        except Exception as error:
            # Its message could hold the phone; what kind it was can't.
            log.error("a USSD step failed: %s", type(error).__name__)  # noqa: TRY400
            return self.menu.views.end("away", _NOBODY)

    def _screen(self, event: Event) -> Screen:
        if event.kind is Kind.CLOSE:
            self.sessions.forget(event.key)
            return Screen("", ends=True)
        kept = self.sessions.load(event.key)
        if kept is not None and event.step and kept.step == event.step:
            return Screen(kept.screen, kept.ends)
        if event.phone is None:
            return self.menu.views.end("away", _NOBODY)
        phone = self.hash_phone(event.phone)
        if kept is None or kept.ends or event.kind is Kind.NEW:
            session, screen = self._begun(event, phone)
        else:
            session, screen = kept.session, None
        for typed in event.inputs if screen is None else event.whole or event.inputs:
            session, screen = self._after(event, session, typed)
            if screen.ends:
                break
        shown = screen or self.menu.begun(session)
        self._keep(event, phone, session, shown)
        return shown

    def _begun(self, event: Event, phone: bytes) -> tuple[Session, Screen]:
        context = self.contexts.recall([phone]).get(phone, Context())
        session = Session(latin=context.latin, bills=self._bills(phone, context))
        dropped = None if event.inputs else self.sessions.dropped(phone)
        if dropped is not None and dropped.bill_id:
            session = replace(
                session, stage=Stage.RESUME, bill_id=dropped.bill_id, years=dropped.years
            )
        return session, self.menu.begun(session)

    def _bills(self, phone: bytes, context: Context) -> tuple[tuple[str, str | None], ...]:
        """The phone's saved bills with their names, then those it is registered for."""
        try:
            registered = self.source.bills_of_phone(phone)
        except SourceDown:
            registered = ()
        names = {bill_id: name for name, bill_id in context.saved.items()}
        found = dict.fromkeys([*names, *registered])
        return tuple((bill_id, names.get(bill_id)) for bill_id in list(found)[:_MOST_BILLS])

    def _after(self, event: Event, session: Session, typed: str) -> tuple[Session, Screen]:
        move = self.menu.turn(session, fold(clean(typed))[:_LONGEST_INPUT].strip())
        if isinstance(move.leads_to, Screen):
            return self._marked(move.session), move.leads_to
        return self._asked(event, move, move.leads_to)

    def _asked(self, event: Event, move: Move, ask: Ask) -> tuple[Session, Screen]:
        session = replace(move.session, asked=move.session.asked + 1)
        arrival = _arrival(event, session, ask)
        if ask.how is How.SENT:
            return session, self.menu.views.end(
                "sent", session, code=self.consulting.by_sms(arrival).code
            )
        consulted = self.consulting.at_once(arrival, self.hash_phone(arrival.phone or ""))
        if consulted.finding is None:
            return session, self.menu.views.end("slow", session, code=consulted.code)
        return self._told(session, consulted)

    def _told(self, session: Session, consulted: Consulted) -> tuple[Session, Screen]:
        finding = consulted.finding
        assert finding is not None  # noqa: S101  # the caller looked
        is_history = finding.fulfilment is not None
        session = replace(session, request=consulted.number if is_history else None)
        move = self.menu.told(session, finding.reading, finding.reply)
        assert isinstance(move.leads_to, Screen)  # noqa: S101  # an answer leads to no question
        return self._marked(move.session), move.leads_to

    def _marked(self, session: Session) -> Session:
        """The session; once the last page of a history is shown, its request is met."""
        is_last = session.stage is Stage.PAGES and session.first + 1 >= len(session.pages)
        if session.request is None or not is_last:
            return session
        self.consulting.inbound.fulfil(session.request)
        return replace(session, request=None)

    def _keep(self, event: Event, phone: bytes, session: Session, screen: Screen) -> None:
        kept = Kept(session, event.step, screen.text, screen.ends)
        self.sessions.keep(event.key, kept if kept.is_small else replace(kept, session=Session()))
        goes_on = not screen.ends and session.bill_id is not None
        self.sessions.note(phone, replace(session, pages=()) if goes_on else None)


def _arrival(event: Event, session: Session, ask: Ask) -> Arrival:
    return Arrival(
        gateway=f"ussd_{event.gateway}"[:20],
        remote_id=f"{event.session}/{session.asked}"[:64],
        sender=event.phone or "",
        line=event.service[:40],
        text=ask.text,
        raw=b"",
        phone=event.phone,
        channel="ussd",
    )
