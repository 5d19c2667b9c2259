"""What the phone shows at each stage of a dialogue."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sms_service.domain.bill_id import short_name
from sms_service.language.screen_answers import PAGE_BREAK
from sms_service.language.screens import (
    MOST_YEARS,
    BillChoice,
    Screens,
    bills_that_fit,
    fitting_choice,
    in_digits,
)
from sms_service.language.style import Style
from sms_service.service.ussd.session import Session, Stage

_LONGEST_NAME = 16
_MOST_BILLS_SHOWN = 4


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

    def screen(self, session: Session, fault: str | None = None, **facts: str) -> Screen:
        """What a session's stage shows; ``fault``: what was wrong with the last input."""
        style = self.style(session.latin)
        said = self.screens.fault(fault, style, **facts) if fault else None
        return Screen(self._shown(session, said))

    def end(self, name: str, session: Session, **facts: str) -> Screen:
        """A last screen."""
        own = {"wanted": "13", "line": self.line, "phone": self.support_phone}
        text = self.screens.say(name, self.style(session.latin), **own, **facts)
        return Screen(text, ends=True)

    def last_words(self, session: Session, text: str) -> Screen:
        """A whole answer of the desk as a last screen."""
        first_page = text.split(PAGE_BREAK, maxsplit=1)[0]
        return Screen(in_digits(first_page, self.style(session.latin)), ends=True)

    def bills(self, session: Session) -> list[BillChoice]:
        """The bills that the screen of this session offers."""
        style = self.style(session.latin)
        screen = str(session.stage)
        rest = session.bills[session.first : session.first + _MOST_BILLS_SHOWN]
        numbers = [short_name(bill_id) for bill_id, _ in session.bills]
        told = numbers if len(set(numbers)) == len(numbers) else [b for b, _ in session.bills]
        choices = [
            fitting_choice(
                self.screens, screen, BillChoice(told[place], _sayable(name, session.latin)), style
            )
            for place, (_, name) in enumerate(rest, session.first)
        ]
        goes_on = session.first + len(choices) < len(session.bills)
        count = bills_that_fit(self.screens, screen, choices, style, more=goes_on)
        return choices[:count]

    def _shown(self, session: Session, fault: str | None = None) -> str:
        style = self.style(session.latin)
        say = self.screens.say
        match session.stage:
            case Stage.BILL | Stage.MY_BILLS:
                shown = [] if fault else self.bills(session)
                more = session.first + len(shown) < len(session.bills) and not fault
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
                return say(session.stage, style, text=session.pages[session.first], more=more)
        return say(session.stage, style, fault=fault)


def _sayable(name: str | None, latin: bool) -> str | None:
    """The phone's own name for a bill, where this screen's letters and width can hold it."""
    if name is None or len(name) > _LONGEST_NAME or not name.isprintable():
        return None
    return name if name.isascii() or not latin else None
