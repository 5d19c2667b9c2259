"""What is remembered of one USSD dialogue between two keystrokes."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

_LONGEST = 16_384
"""Bytes of a stored session; a longer one is not kept."""


class Stage(StrEnum):
    """What the screen that is shown asks for."""

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
    """One dialogue. Nothing in it is needed once it is over."""

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
    asked: int = 0
    """How many questions it has put to the ledger; each gets a number of its own."""

    def dumped(self) -> str:
        """The form that is stored."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loaded(cls, stored: str) -> "Self | None":
        """The session of a stored form; None for that of another release."""
        try:
            values: dict[str, Any] = json.loads(stored)
            values["stage"], values["back"] = Stage(values["stage"]), Stage(values["back"])
            values["bills"] = tuple((bill, name) for bill, name in values["bills"])
            values["years"], values["pages"] = tuple(values["years"]), tuple(values["pages"])
            return cls(**values)
        except (ValueError, TypeError, KeyError):
            return None


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as the store holds it, with the step that led to it and its screen."""

    session: Session
    step: str
    """What tells a repeated step from a new one."""
    screen: str = field(repr=False)
    ends: bool

    def dumped(self) -> str:
        """The form that is stored."""
        return json.dumps([self.step, self.screen, self.ends, self.session.dumped()])

    @property
    def is_small(self) -> bool:
        """Whether it is bounded as every session must be."""
        return len(self.dumped()) <= _LONGEST

    @classmethod
    def loaded(cls, stored: str | None) -> "Self | None":
        """What ``dumped`` stored; None for nothing, and for the form of another release."""
        try:
            step, screen, ends, session = json.loads(stored or "null")
            found = Session.loaded(session)
        except (ValueError, TypeError):
            return None
        if found is None or not isinstance(step, str) or not isinstance(screen, str):
            return None
        return cls(found, step, screen, bool(ends))
