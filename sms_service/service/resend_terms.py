"""What is said when an answer is to be sent again: the order, the request, the outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sms_service.domain.states import InboundState, OutboundState
from sms_service.language.reading import Intent, Problem, Reply
from sms_service.service.auditing import Actor
from sms_service.service.desk import Finding


class Composed(StrEnum):
    """Where the words of a repeated answer come from; stored with it."""

    FRESH = "fresh"
    """From today's data."""
    SAME = "same"
    """The old ones."""


class Receiver(StrEnum):
    """Who gets it; stored with it."""

    ASKER = "asker"
    OTHER = "other"


class Refusal(StrEnum):
    """Why nothing is sent. Each has Persian words in templates/words/console/resend.toml."""

    NO_SUCH_REQUEST = "no_such_request"
    NOT_ALLOWED = "not_allowed"
    FOLDED = "folded"
    """Another request's answer serves this one: that is the one to send again."""
    IGNORED = "ignored"
    ERASED = "erased"
    """Its phone isn't kept any longer."""
    NO_PHONE = "no_phone"
    """Asked at the counter without a phone: it goes to one that is named, or nowhere."""
    NO_MOBILE = "no_mobile"
    WAITING = "waiting"
    """Its own answer is still to be written."""
    OVERTAKEN = "overtaken"
    """Somebody sent it again since the order's giver looked."""
    IN_FLIGHT = "in_flight"
    UNKNOWN = "unknown"
    """The gateway is being asked whether it has the last attempt."""
    JUST_SENT = "just_sent"
    DELIVERED = "delivered"
    """Of many that are sent again in one run: this one has arrived meanwhile."""
    TOO_OFTEN = "too_often"
    NEEDS_REASON = "needs_reason"
    DELIVERED_LATELY = "delivered_lately"
    """It has just arrived: a reason is needed."""
    ASK_FIRST = "ask_first"
    """Nobody can tell whether it arrived: the subscriber has to be asked, and that be said."""
    BAD_PHONE = "bad_phone"
    NOT_FOR_ANOTHER = "not_for_another"
    """What was asked is about the phone that asked, or names no bill."""
    SAME_TO_OTHER = "same_to_other"
    """The old words may hold what is told to their own phone alone."""
    NO_OLD_TEXT = "no_old_text"
    ONLY_OLD_TEXT = "only_old_text"
    """To write it afresh would do again what was asked, such as saving a name."""
    DATA_CHANGED = "data_changed"
    """The old words aren't today's: a supervisor may send them, with a reason."""
    SOURCE_DOWN = "source_down"
    NO_QUESTION = "no_question"
    """Neither its text is kept nor enough of how it was read."""
    ERROR = "error"
    """To write it breaks the program, which may be why the request was given up."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An answer of this request that went out, or was to."""

    id: int
    parent_id: int | None
    state: OutboundState
    reason: str | None
    created_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    reply: Reply = field(repr=False)
    """Its text is empty where it was erased."""
    by: str | None = None
    """Who had it sent; None for the service itself."""

    @property
    def last_moved_at(self) -> datetime:
        """When it arrived or ended, else when the gateway took it, else when it was written."""
        return self.ended_at or self.accepted_at or self.created_at


@dataclass(frozen=True, slots=True)
class Standing:
    """A request as it stands, as far as sending it again is concerned."""

    inbound_id: int
    code: str
    channel: str
    state: InboundState
    received_at: datetime
    phone: str | None = field(repr=False)
    """None where it was erased."""
    phone_hash: bytes = field(repr=False)
    text: str | None = field(repr=False)
    """None where it was erased."""
    intent: Intent | None
    bill_id: str | None = field(repr=False)
    from_year: int | None
    problem: Problem | None
    notes: Sequence[str]
    first_code: str | None
    """The tracking code of the request that this one was folded into."""
    attempts: Sequence[Attempt]
    """Its answers, oldest first; what only promised one isn't among them."""
    lately: int
    """How often it was sent again within the last hour."""
    now: datetime
    """By the ledger's clock."""

    @property
    def latest(self) -> Attempt | None:
        """The attempt that no other follows."""
        followed = {one.parent_id for one in self.attempts}
        return next((one for one in reversed(self.attempts) if one.id not in followed), None)

    @property
    def latest_id(self) -> int | None:
        """The number of ``latest``, as an order names it."""
        latest = self.latest
        return None if latest is None else latest.id

    def after(self, attempt: int | None) -> Attempt | None:
        """The attempt that follows this one; after None, the first."""
        return next((one for one in self.attempts if one.parent_id == attempt), None)


@dataclass(frozen=True, slots=True)
class ResendOrder:
    """That an answer shall be sent again."""

    code: str
    actor: Actor
    after: int | None = None
    """``Standing.latest_id`` as whoever orders saw it: should another attempt stand there by
    now, nothing is sent."""
    reason: str | None = field(default=None, repr=False)
    to: str | None = field(default=None, repr=False)
    """Another phone, however written; None: the one that asked."""
    same_text: bool = False
    asked_first: bool = False
    """The subscriber said that the last attempt, whose end isn't known, didn't arrive."""
    bulk_id: int | None = None
    """The run of many that this is of; it leaves after answers and single resends."""

    @property
    def lane(self) -> str:
        return "reply" if self.bulk_id is None else "bulk"

    @property
    def priority(self) -> int:
        """Replies of the service have 0 and leave first."""
        return 10 if self.bulk_id is None else 20


@dataclass(frozen=True, slots=True)
class Letter:
    """The words that would go, and to whom."""

    reply: Reply = field(repr=False)
    composed: Composed
    receiver: Receiver
    phone: str = field(repr=False)
    phone_hash: bytes = field(repr=False)
    validity: timedelta
    finding: Finding | None = field(default=None, repr=False)
    """How the request is read now; None for old words that nobody compared."""
    instead: bool = False
    """Not what was asked can be told again, but the bill's history: of «ادامه»."""


@dataclass(frozen=True, slots=True)
class Resent:
    """Queued."""

    code: str
    outbound_id: int
    composed: Composed
    receiver: Receiver
    parts: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was sent."""

    why: Refusal
    by: str | None = None
    """Who was faster, or whose attempt stands in the way; None for the service itself."""
    at: datetime | None = None
    """When that was."""
    first_code: str | None = None
    """The request to send again in this one's place."""
    wait_seconds: float = 0
    """After which it may be asked again."""
