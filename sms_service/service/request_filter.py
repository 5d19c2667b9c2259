"""Which requests an operator wants to see: the pills of the list and the filters beside them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Pill(StrEnum):
    """The kinds that the list counts; what each means stands in ``ledger/request_kinds.py``."""

    ALL = "all"
    MOVING = "moving"
    DELIVERED = "delivered"
    FAILED = "failed"
    NO_DATA = "no_data"
    UNCLEAR = "unclear"
    LATE = "late"


class Standing(StrEnum):
    """Where a request stands, in one word: that of its newest answer once it has one."""

    WAITING = "waiting"
    """Received, and its answer isn't written yet."""
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    HANDED = "handed"
    """The gateway or the operator has it; no report of its end."""
    DELIVERED = "delivered"
    SHOWN = "shown"
    """On a screen, or to who stood at the counter: no text goes."""
    SILENT = "silent"
    """Answered by nothing: a limit that was told of before."""
    UNRESOLVED = "unresolved"
    EXPIRED = "expired"
    REFUSED = "refused"
    UNDELIVERED = "undelivered"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    FAILED = "failed"
    GIVEN_UP = "given_up"
    """Its answer could not be written."""
    IGNORED = "ignored"
    FOLDED = "folded"


CHANNELS = ("sms", "ussd", "counter", "api")


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """What is wanted; None stands for whatever it is."""

    pill: Pill = Pill.ALL
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that isn't wanted any more."""
    channel: str | None = None
    intent: str | None = None
    problem: str | None = None
    standing: Standing | None = None
    phone_hash: bytes | None = field(default=None, repr=False)
    bill_id: str | None = field(default=None, repr=False)
    code: str | None = None

    @property
    def is_of_one(self) -> bool:
        """Whether it asks for one phone, one bill or one request, of which there are few."""
        return not (self.phone_hash is None and self.bill_id is None and self.code is None)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: below an id, or above one; of neither, at the newest."""

    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; with ``more``, at least so many."""

    value: int
    more: bool = False
