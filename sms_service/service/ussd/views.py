"""What the phone shows at each stage of a dialogue."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sms_service.domain.bill_id import short_name
from sms_service.language.screens import (
    MOST_YEARS,
    BillChoice,
    Screens,
    bills_that_fit,
    fitting_choice,
)
from sms_service.language.style import Style
from sms_service.service.ussd.session import Session, Stage

LONGEST_NAME = 16
_MOST_BILLS_SHOWN = 4
_ID_DIGITS = "13"


@dataclass(frozen=True, slots=True)
class Screen:
    """What the phone shows; ``ends``: the dialogue is over with it."""

    text: str = field(repr=False)
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Views:
    """Screens of sessions in the company's words."""

    screens: Screens
    style: Callable[[bool], Style]
    """The style of Latin letters, or of Persian ones."""
    support_phone: str
    line: str | None = None
    """Where texts can be sent instead."""

    def screen(self, session: Session) -> Screen:
        """What a session's stage shows."""
        return Screen(self._shown(session))

    def fault(self, name: str, session: Session, **facts: str) -> str:
        """What is said of a wrong input."""
        return self.screens.fault(name, self.style(session.latin), **facts)

    def end(self, name: str, session: Session, **facts: object) -> Screen:
        """A last screen; a line to text to leaves a long support phone no room."""
        style, own = self.style(session.latin), {"wanted": _ID_DIGITS, "line": self.line, **facts}
        phone = self.support_phone
        fits = self.screens.fits(name, style, phone=phone, **own)
        text = self.screens.say(name, style, phone=phone if fits else None, **own)
        return Screen(text, ends=True)

    def bills(self, session: Session) -> list[BillChoice]:
        """The bills that the screen of this session offers."""
        style, screen, fault = self.style(session.latin), str(session.stage), session.fault
        numbers = [short_name(bill_id) for bill_id, _ in session.bills]
        told = numbers if len(set(numbers)) == len(numbers) else [b for b, _ in session.bills]
        last = session.first + _MOST_BILLS_SHOWN
        choices = [
            fitting_choice(self.screens, screen, BillChoice(told[place], name), style, fault)
            for place, (_, name) in enumerate(session.bills[session.first : last], session.first)
        ]
        goes_on = session.first + len(choices) < len(session.bills)
        count = bills_that_fit(self.screens, screen, choices, style, more=goes_on, fault=fault)
        return choices[:count]

    def _shown(self, session: Session) -> str:
        style, fault = self.style(session.latin), session.fault
        say = self.screens.say
        match session.stage:
            case Stage.BILL | Stage.MY_BILLS:
                shown = self.bills(session)
                more = session.first + len(shown) < len(session.bills)
                return say(session.stage, style, fault=fault, bills=shown, more=more)
            case Stage.WHAT | Stage.RESUME:
                bill = short_name(session.bill_id or "0")
                return say(session.stage, style, fault=fault, bill=bill)
            case Stage.YEARS:
                years = session.years[session.first : session.first + MOST_YEARS]
                more = session.first + MOST_YEARS < len(session.years)
                told = list(map(str, years))
                return say(session.stage, style, fault=fault, years=told, more=more)
            case Stage.PAGES:
                more = session.first + 1 < len(session.pages)
                text = session.pages[session.first]
                return say(session.stage, style, fault=fault, text=text, more=more)
        return say(session.stage, style, fault=fault)


def sayable(name: str | None, *, latin: bool) -> str | None:
    """The phone's own name for a bill, where a screen's letters and width can hold it."""
    if name is None or len(name) > LONGEST_NAME or not name.isprintable():
        return None
    return name if name.isascii() or not latin else None
