"""The menu: from a session and what was typed to the next screen, or to a question.

Pure: it knows no clock, no store, no ledger. What needs a bill's records comes back as an
Ask, whose answer the caller brings to ``told``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from sms_service.language.reading import Intent, Problem, Reading, Reply
from sms_service.language.screen_answers import PAGE_BREAK
from sms_service.language.screens import MOST_YEARS
from sms_service.service.ussd.session import Session, Stage
from sms_service.service.ussd.views import Screen, Views

BACK, NEXT = "0", "9"
_NO_SUCH_BILL = (Problem.UNKNOWN_BILL, Problem.NOT_ALLOWED)
MOST_MISTAKES = 3
_DIGITS = frozenset("0123456789")
"""Superscripts and digits of other scripts are none, whatever ``str.isdigit`` says."""


class How(Enum):
    """How an answer reaches the phone."""

    SHOWN = auto()
    SENT = auto()
    """By SMS; the dialogue ends."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question that the desk must answer before there is a screen."""

    text: str = field(repr=False)
    how: How = How.SHOWN


_WISH_KEYS = {
    "1": ("debt", How.SHOWN),
    "2": ("history", How.SHOWN),
    "3": ("payments", How.SHOWN),
    "4": ("history", How.SENT),
}


@dataclass(frozen=True, slots=True)
class Move:
    """The session after a keystroke, and what it leads to: a screen, or a question."""

    session: Session
    leads_to: Screen | Ask


@dataclass(frozen=True, slots=True)
class Menu:
    """The menu's rules over the company's words."""

    views: Views
    read: Callable[[str], Reading]
    """What a typed text asks for, by itself."""
    wishes: Mapping[str, str] = field(default_factory=dict)
    """The words that the desk understands: ``debt``, ``history``, ``payments``, ``opinion``."""

    def begun(self, session: Session) -> Screen:
        """The first screen of a dialogue."""
        return self.views.screen(session)

    def turn(self, session: Session, typed: str) -> Move:
        """What a keystroke leads to."""
        return _TURNS[session.stage](self, session, typed)

    def told(self, session: Session, reading: Reading, reply: Reply | None) -> Move:
        """What the desk's answer to an Ask leads to: always a screen."""
        if reading.problem in _NO_SUCH_BILL:
            at_bills = replace(session, stage=Stage.BILL, bill_id=None, first=0)
            return self._wrong(at_bills, reading.problem)
        session = replace(session, mistakes=0, fault=None)
        if reading.script is not None:
            return self._go(session)
        if reading.problem is Problem.LIMITED:
            return Move(session, self.views.end("limited", session))
        if reply is None:
            return Move(session, self.views.end("help", session))
        if reading.intent is Intent.OPINION:
            return Move(session, self.views.end("thanks", session))
        return self._shown(session, reading, reply)

    def _shown(self, session: Session, reading: Reading, reply: Reply) -> Move:
        if reading.problem is Problem.NO_DATA and session.years:
            return self._wrong(replace(session, stage=Stage.YEARS), reading.problem)
        if reply.rung == "years":
            years = tuple(map(int, reply.text.split("\n")))
            return self._go(replace(session, stage=Stage.YEARS, years=years, first=0))
        pages = tuple(reply.text.split(PAGE_BREAK))
        back = Stage.YEARS if reading.intent is Intent.HISTORY and session.years else Stage.WHAT
        return self._go(replace(session, stage=Stage.PAGES, pages=pages, first=0, back=back))

    def _resume(self, session: Session, typed: str) -> Move:
        if typed == "1":
            return self._go(replace(session, stage=Stage.WHAT))
        if typed == "2":
            return self._go(replace(session, stage=Stage.BILL, bill_id=None))
        if len(typed) > 1:
            return self._bill(replace(session, stage=Stage.BILL, bill_id=None), typed)
        return self._no_choice(session)

    def _bill(self, session: Session, typed: str) -> Move:
        if typed == BACK:
            if session.first:
                return self._go(replace(session, first=0))
            return self._go(replace(session, stage=Stage.MORE))
        picked = self._picked(session, typed)
        if picked is not None:
            return picked
        reading = self.read(typed)
        if reading.problem is not None or reading.bill_id is None or reading.more_bill_ids:
            return self._wrong(session, _fault_of(reading), typed=str(len(reading.number or "")))
        chosen = replace(session, stage=Stage.WHAT, bill_id=reading.bill_id, years=())
        if reading.from_year is not None:
            return self._history(chosen, reading.from_year)
        return self._go(chosen)

    def _more(self, session: Session, typed: str) -> Move:
        match typed:
            case "0":
                return self._go(replace(session, stage=Stage.BILL, first=0))
            case "1":
                return self._go(replace(session, stage=Stage.MY_BILLS, first=0))
            case "2":
                return self._go(replace(session, stage=Stage.OPINION))
            case "3":
                wish = "persian" if session.latin else "latin"
                changed = replace(session, latin=not session.latin, stage=Stage.BILL, first=0)
                return Move(changed, Ask(self.wishes[wish]))
        return self._no_choice(session)

    def _my_bills(self, session: Session, typed: str) -> Move:
        if typed == BACK:
            return self._go(replace(session, stage=Stage.MORE, first=0))
        return self._picked(session, typed) or self._no_choice(session)

    def _opinion(self, session: Session, typed: str) -> Move:
        if typed == BACK:
            return self._go(replace(session, stage=Stage.MORE))
        if typed in ("1", "2", "3", "4", "5"):
            return Move(session, Ask(f"{self.wishes['opinion']} {typed}"))
        return self._no_choice(session)

    def _what(self, session: Session, typed: str) -> Move:
        if typed == BACK:
            return self._go(replace(session, stage=Stage.BILL, first=0))
        if typed in _WISH_KEYS:
            wish, how = _WISH_KEYS[typed]
            return Move(session, Ask(f"{self.wishes[wish]} {session.bill_id}", how))
        return self._typed_year(session, typed) if len(typed) > 1 else self._no_choice(session)

    def _years(self, session: Session, typed: str) -> Move:
        shown = session.years[session.first : session.first + MOST_YEARS]
        if typed == BACK:
            return self._go(replace(session, stage=Stage.WHAT, first=0))
        if typed == NEXT and session.first + MOST_YEARS < len(session.years):
            return self._go(replace(session, first=session.first + MOST_YEARS))
        if typed in _DIGITS and 1 <= int(typed) <= len(shown):
            return self._history(session, shown[int(typed) - 1])
        return self._typed_year(session, typed) if len(typed) > 1 else self._no_choice(session)

    def _typed_year(self, session: Session, typed: str) -> Move:
        reading = self.read(f"{session.bill_id} {typed}")
        if reading.problem is None and reading.bill_id == session.bill_id and reading.from_year:
            return self._history(session, reading.from_year)
        faults = {Problem.FUTURE_YEAR, Problem.TOO_OLD_YEAR}
        told = reading.problem if reading.problem in faults else None
        return self._wrong(session, told) if told else self._no_choice(session)

    def _history(self, session: Session, year: int) -> Move:
        return Move(session, Ask(f"{self.wishes['history']} {session.bill_id} {year}"))

    def _pages(self, session: Session, typed: str) -> Move:
        if typed == NEXT and session.first + 1 < len(session.pages):
            return self._go(replace(session, first=session.first + 1))
        if typed == BACK and session.first:
            return self._go(replace(session, first=session.first - 1))
        if typed == BACK:
            return self._go(replace(session, stage=session.back, pages=(), first=0, request=None))
        return self._no_choice(session)

    def _picked(self, session: Session, typed: str) -> Move | None:
        """The move of a key of the list of bills; None for another input."""
        shown = self.views.bills(session)
        if typed == NEXT and session.first + len(shown) < len(session.bills):
            return self._go(replace(session, first=session.first + len(shown)))
        if typed not in _DIGITS or not 1 <= int(typed) <= len(shown):
            return None
        bill_id, _ = session.bills[session.first + int(typed) - 1]
        return self._go(replace(session, stage=Stage.WHAT, bill_id=bill_id, first=0, years=()))

    def _no_choice(self, session: Session) -> Move:
        return self._wrong(session, None)

    def _wrong(self, session: Session, problem: Problem | None, **facts: str) -> Move:
        """The same screen with what was wrong; the help at the third time."""
        said = self.views.fault(problem or "no_choice", session, **facts)
        session = replace(session, mistakes=session.mistakes + 1, fault=said)
        if session.mistakes >= MOST_MISTAKES:
            return Move(session, self.views.end("help", session))
        return Move(session, self.views.screen(session))

    def _go(self, session: Session) -> Move:
        session = replace(session, mistakes=0, fault=None)
        return Move(session, self.views.screen(session))


_TURNS: Mapping[Stage, Callable[[Menu, Session, str], Move]] = {
    Stage.RESUME: Menu._resume,
    Stage.BILL: Menu._bill,
    Stage.MORE: Menu._more,
    Stage.MY_BILLS: Menu._my_bills,
    Stage.OPINION: Menu._opinion,
    Stage.WHAT: Menu._what,
    Stage.YEARS: Menu._years,
    Stage.PAGES: Menu._pages,
}
"""What is done with an input while each screen is shown."""


def _fault_of(reading: Reading) -> Problem:
    if reading.more_bill_ids:
        return Problem.SEVERAL_BILLS
    return reading.problem or Problem.NO_BILL_ID
