"""What was understood of a text, and what is sent back: the values between the parts.

Names are the contract of ``sms-service reply`` and of the ledger: they are stored.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from sms_service.language.cursor import Cursor


class Intent(StrEnum):
    HISTORY = "history"
    BILL = "bill"
    DEBT = "debt"
    PAYMENTS = "payments"
    NEXT = "next"
    HELP = "help"
    STOP = "stop"
    START = "start"
    SAVE = "save"
    LIST = "list"
    FORGET = "forget"
    OPINION = "opinion"


class Problem(StrEnum):
    """Why the wish can't be met; when several hold, the first in this order is told."""

    SEVERAL_BILLS = "several_bills"
    WRONG_LENGTH = "wrong_length"
    BAD_CHECK_DIGIT = "bad_check_digit"
    OTHER_UTILITY = "other_utility"
    OTHER_COMPANY = "other_company"
    NO_BILL_ID = "no_bill_id"
    FUTURE_YEAR = "future_year"
    TOO_OLD_YEAR = "too_old_year"
    UNKNOWN_BILL = "unknown_bill"
    NO_DATA = "no_data"
    NOT_ALLOWED = "not_allowed"
    LIMITED = "limited"
    SOURCE_DOWN = "source_down"


class Note(StrEnum):
    """A reading that was not literal; the answer says so."""

    GREGORIAN_YEAR = "gregorian_year"
    SHORT_YEAR = "short_year"
    DEFAULT_YEAR = "default_year"
    PADDED_BILL_ID = "padded_bill_id"
    CONTEXT_BILL_ID = "context_bill_id"
    REGISTERED_BILL_ID = "registered_bill_id"
    SPELLING = "spelling"


class Script(StrEnum):
    """The letters of an answer."""

    PERSIAN = "persian"
    LATIN = "latin"
    """For phones that can't show Persian ones."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as understood. ``bill_id`` passed check digit and company code, or is None."""

    intent: Intent | None
    bill_id: str | None = field(default=None, repr=False)
    from_year: int | None = None
    """Jalali, as typed or converted; kept even when refused; None when none was typed."""
    problem: Problem | None = None
    notes: tuple[Note, ...] = ()
    number: str | None = field(default=None, repr=False)
    """ASCII digits of the ID-like number that was typed, for an answer that echoes it."""
    more_bill_ids: tuple[str, ...] = field(default=(), repr=False)
    """Second and third bill ID of a text that asks for several."""
    summary: bool = False
    """True for a bare bill ID: debt, last bill and last payment in one part are wanted."""
    period: int | None = None
    """Of ``from_year``, as typed («۱۴۰۳/۴»): the one bill that ``bill`` asks for."""
    month: int | None = None
    """Jalali month 1-12 that ``bill`` asks for; of the latest such bill without ``from_year``."""
    score: int | None = None
    """1-5 of an ``opinion``."""
    name: str | None = None
    """What the phone calls the bill: as ``save`` gives it or ``forget`` drops it, or as saved."""
    script: Script | None = None
    """The letters asked for, from here on; None leaves them as they are."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A composed answer, counted."""

    text: str
    units: int
    """UTF-16 code units for UCS-2, septets for GSM-7."""
    parts: int
    encoding: str = "UCS-2"
    rung: str = ""
    """Name of the rendering that was chosen, e.g. ``rows_with_days``."""
    left_out: tuple[str, ...] = ()
    """What the subscriber was told is missing, e.g. ``older_payments``."""
    fillings: tuple[str, ...] = ()
    """What was added where it cost no part, e.g. ``change``."""
    cursor: Cursor | None = None
    """Where it ended, if «بعدی» can go on from there."""
    offered: tuple[str, ...] = field(default=(), repr=False)
    """Bill IDs of the numbered list that it holds, in its order."""


@dataclass(frozen=True, slots=True)
class Asker:
    """What an answer must know of the phone that asks."""

    registered: bool = False
    """It is the one on the branch record."""
    cursor: Cursor | None = None
    """Where its last answer ended."""
    opinion_due: bool = False
    """It may be asked for its opinion."""
