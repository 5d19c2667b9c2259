"""What is remembered of one USSD dialogue between two keystrokes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Self


class Stage(StrEnum):
    """What the screen that is shown asks for; the name of its template."""

    RESUME = "resume"
    BILL = "which_bill"
    MORE = "more"
    MY_BILLS = "my_bills"
    OPINION = "opinion"
    WHAT = "what"
    YEARS = "years"
    PAGES = "page"


@dataclass(frozen=True, slots=True)
class Session:
    """One dialogue; its screen follows from it. Nothing in it is needed once it is over."""

    stage: Stage = Stage.BILL
    bill_id: str | None = field(default=None, repr=False)
    latin: bool = False
    bills: tuple[tuple[str, str | None], ...] = field(default=(), repr=False)
    """The phone's own bills, each with the name that it gave, if any."""
    first: int = 0
    """Of bills, years or pages: the first that the screen shows."""
    years: tuple[int, ...] = ()
    pages: tuple[str, ...] = field(default=(), repr=False)
    back: Stage = Stage.WHAT
    """Where 0 leads from a page."""
    request: int | None = None
    """The ledger's number of the history whose pages are shown, until its last was."""
    mistakes: int = 0
    """Wrong inputs in a row."""
    fault: str | None = None
    """What was wrong with the last of them, in the words that the screen shows."""

    def stored(self) -> dict[str, Any]:
        """What differs from a new dialogue, for JSON."""
        told = ((name, getattr(self, name)) for name in _NAMES)
        return {name: value for name, value in told if value != getattr(_NEW, name)}

    @classmethod
    def loaded(cls, stored: dict[str, Any]) -> Self:
        """The session of a stored form. Raises ValueError or TypeError for any other."""
        values = dict(stored)
        for name, restored in _RESTORED.items():
            if name in values:
                values[name] = restored(values[name])
        return cls(**values)


_NEW = Session()
_NAMES = tuple(one.name for one in fields(Session))
_RESTORED: Mapping[str, Callable[[Any], Any]] = {
    "stage": Stage,
    "back": Stage,
    "bills": lambda bills: tuple((bill_id, name) for bill_id, name in bills),
    "years": tuple,
    "pages": tuple,
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as the store holds it, with the step that led to it and its screen."""

    session: Session
    step: int = 0
    """The number of the gateway's last step; one that isn't newer is a repetition."""
    screen: str = field(default="", repr=False)
    ends: bool = False

    def dumped(self) -> str:
        """The form that is stored."""
        told = [self.step, self.screen, self.ends, self.session.stored()]
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loaded(cls, stored: bytes | None) -> "Self | None":
        """What ``dumped`` gave; None for nothing, and for the form of another release."""
        try:
            told: list[Any] = json.loads(stored or b"null")
            step, screen, ends, session = told
            return cls(Session.loaded(session), int(step), str(screen), bool(ends))
        except (ValueError, TypeError, RecursionError):
            return None
