"""The values that move between channels, ledger, use cases and gateways."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from time import monotonic
from typing import Generic, TypeVar

from sms_service.domain.states import Fulfilment, OutboundState
from sms_service.domain.usage import Limit
from sms_service.language.context import Context
from sms_service.language.reading import Reading, Reply

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A text at the door, cleaned, not yet stored."""

    gateway: str
    remote_id: str
    sender: str = field(repr=False)
    """As the gateway wrote it."""
    line: str
    text: str = field(repr=False)
    raw: bytes = field(repr=False)
    """The request as it came, for the erasable side table."""
    phone: str | None = field(default=None, repr=False)
    """E.164; None when no answer can go there."""
    ignored: str | None = None
    """Why it won't be answered, e.g. ``no_mobile``."""
    channel: str = "sms"
    folded_into: int | None = None
    """The row that holds this very text already, under another message id."""
    sent_at: datetime | None = None
    """When the gateway had it, by the gateway's own clock, where it tells."""
    held_for: float = 0
    """Seconds for which whoever records it answers it himself, before any worker may."""


@dataclass(frozen=True, slots=True)
class Polled:
    """An arrival that we fetched ourselves, and when the gateway got it."""

    arrival: Arrival
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an arrival: its tracking code, and whether it had come before.

    It had when its message id is known, or when it was folded into an equal text.
    """

    code: str
    repeated: bool
    held: "Claim[Waiting] | None" = None
    """The text itself, where its recorder holds it and answers it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a gateway says of a message it was given: its id there, its own status code."""

    gateway: str
    remote_id: str
    status: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored text that this worker holds for a while."""

    id: int
    code: str
    channel: str
    phone: str = field(repr=False)
    phone_hash: bytes = field(repr=False)
    text: str = field(repr=False)
    received_at: datetime
    attempts: int
    claimed_at: datetime
    """Now, by the clock that wrote ``received_at``; a worker's own may be wrong."""
    promised: bool = False
    """Whether its phone was told that the answer will come."""
    held_since: float = field(default_factory=monotonic, repr=False, compare=False)
    """When this process took it, by ``time.monotonic``."""


@dataclass(frozen=True, slots=True)
class Delay:
    """Why a text goes back to waiting, and for how long."""

    reason: str
    seconds: float
    is_its_own: bool
    """True when the text itself may be the cause: then it is given up after some attempts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one waiting text is answered with; ``reply`` None ends it in silence."""

    waiting: Waiting
    reading: Reading
    reply: Reply | None
    valid_until: datetime
    before: Context = field(default_factory=Context)
    """What the phone was known for when its text was read."""
    after: Context = field(default_factory=Context)
    """What it is known for from here on."""
    fulfilment: Fulfilment | None = None
    """How far the history that ``request`` asked for has been told now."""
    request: int | None = None
    """The row of the text that asked for that history: this one's, or an earlier one's."""
    limit: Limit | None = None
    """What kept it from an answer of its own; ``reply`` then tells so, or is None."""
    again_in: float | None = None
    """Seconds until the text is due again: the reply only promises its answer."""
    shown: bool = False
    """On the screen of a dialogue, so that no SMS goes."""


class Became(Enum):
    """What became of a question that a dialogue asked."""

    OPEN = auto()
    """Whoever asks holds it still."""
    SHOWN = auto()
    STOPPED = auto()
    """Shown that a limit stops it."""
    LEFT = auto()
    """The workers answer it, by SMS."""


@dataclass(frozen=True, slots=True)
class Departing:
    """An answer that this worker holds to hand over."""

    id: int
    local_id: int
    code: str
    phone: str = field(repr=False)
    text: str = field(repr=False)
    attempts: int
    """Hand-overs begun, without those that came to an end and left it waiting."""
    age_seconds: float
    """Since the first hand-over that may have had its effect; 0 before."""
    parts: int = 1
    valid_seconds: float = 0
    """Left of its validity."""


@dataclass(frozen=True, slots=True)
class Taking:
    """Which queued answers one gateway wants, and how many."""

    gateway: str
    limit: int
    names_by_local_id: bool = False
    """The gateway's receipts will name our local id."""
    takes_free: bool = True
    """False: only those that this gateway may have got before, and no other may have."""
    suspect: bool = False
    """Those that were in the hands of workers that died, again and again; else all others."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a hand-over, or a question about one, makes of a row."""

    departing: Departing
    state: OutboundState
    reason: str | None = None
    retry_seconds: float = 0
    """When to look at the row again, where its state isn't final."""
    remote_id: str | None = None
    cost_rial: int | None = None
    ask_seconds: float | None = None
    """When to ask for its receipt, where the gateway can be asked."""


@dataclass(frozen=True, slots=True)
class Claim(Generic[Row]):
    """Rows held under one fencing token: completing them names it."""

    token: int
    rows: Sequence[Row]
