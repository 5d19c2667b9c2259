"""What of a request the agreement counts, what is told apart, and why an answer was late.

The ledger asks by these sets in SQL; docs/explanation/agreement.md gives the reasons.
"""

from enum import StrEnum

from sms_service.domain.states import OutboundState
from sms_service.language.reading import Intent, Problem


class Kind(StrEnum):
    """What a request is to the agreement."""

    COUNTED = "counted"
    """It had a correct bill ID, or nobody has read it yet."""
    CONTINUATION = "continuation"
    """«بعدی»: the rest of what an earlier, counted request asked for."""
    WRONG_ID = "wrong_id"
    WITHOUT_ID = "without_id"
    REFUSED = "refused"
    """A limit, or a bill that isn't this phone's to ask about."""
    DUPLICATE = "duplicate"
    """Folded into the same words of a moment before."""
    IGNORED = "ignored"
    OTHER_WISH = "other_wish"
    """Help, list, stop and what else asks for no records."""


WISHES = (Intent.HISTORY, Intent.BILL, Intent.DEBT, Intent.PAYMENTS)
"""The records of a bill, or a part of them."""
WRONG_IDS = (
    Problem.WRONG_LENGTH,
    Problem.BAD_CHECK_DIGIT,
    Problem.OTHER_UTILITY,
    Problem.OTHER_COMPANY,
    Problem.UNKNOWN_BILL,
)
REFUSALS = (Problem.LIMITED, Problem.NOT_ALLOWED, Problem.SEVERAL_BILLS)
LOST = (OutboundState.FAILED, OutboundState.CANCELLED)
"""Handed over, and given up on the way by the gateway or the operator."""


class Verdict(StrEnum):
    """What became of a request by the clock; all but the first two are breaches."""

    IN_TIME = "in_time"
    OPEN = "open"
    """Younger than the agreement's seconds, and not handed over yet."""
    FAILED = "failed"
    """Never answered: given up."""
    DEFERRED = "deferred"
    """The billing source was away; the phone was promised an answer."""
    WAITING = "waiting"
    """Not answered yet."""
    APOLOGY = "apology"
    """All that went was an apology."""
    REFUSED = "refused"
    EXPIRED = "expired"
    UNRESOLVED = "unresolved"
    UNKNOWN = "unknown"
    QUEUED = "queued"
    """Answered, and not handed over yet."""
    LOST = "lost"
    LATE_DEFERRED = "late_deferred"
    LATE_ANSWER = "late_answer"
    LATE_QUEUE = "late_queue"
    LATE_GATEWAY = "late_gateway"


class State(StrEnum):
    """How far a request's answer came, of what can't be taken back."""

    NONE = "none"
    """Nothing was handed over."""
    HANDED = "handed"
    DELIVERED = "delivered"
    LOST = "lost"
    SHOWN = "shown"
    """On a screen, or to who stood at the counter."""


CLOCKS = ("gateway_to_us", "ours", "us_to_gateway", "gateway_to_phone", "whole")
SHARES = (0.5, 0.95, 0.99)
