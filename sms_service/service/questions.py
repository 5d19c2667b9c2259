"""A question at the desk, and what came of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto

from sms_service.domain.states import Fulfilment
from sms_service.domain.usage import Limit
from sms_service.language.context import Context
from sms_service.language.reading import Reading, Reply

_NEVER = datetime.fromtimestamp(0, UTC)


class IfDown(Enum):
    """What the phone is told while the source can't tell of its bill."""

    WAIT = auto()
    """Nothing yet: a moment later it may answer."""
    PROMISE = auto()
    """That the answer will come."""
    APOLOGISE = auto()
    """That it won't."""


@dataclass(frozen=True, slots=True)
class Question:
    """One text to be answered, and who asks."""

    text: str = field(repr=False)
    phone_hash: bytes | None = field(default=None, repr=False)
    context: Context = field(default_factory=Context)
    code: str = ""
    number: int | None = None
    """The ledger's number of this request, where it has one."""
    asked_at: datetime = _NEVER
    """When it came, by the ledger's clock; limits are judged by it and by nothing else."""
    if_down: IfDown = IfDown.PROMISE
    promised: bool = False
    """Whether its answer was promised: then no limit stops it."""
    at_counter: bool = False
    """Asked by an operator for a subscriber who stands there: told as to the registered phone."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How a text was understood, and its reply; None when nothing would be sent."""

    reading: Reading
    reply: Reply | None
    context: Context = field(default_factory=Context)
    """What the phone is known for from here on."""
    fulfilment: Fulfilment | None = None
    """How far a history has been told now; None when this answer told none of it."""
    request: int | None = None
    """The number of the request that asked for that history: this one, or an earlier one."""
    misses: int = 0
    """IDs in the text that are wrong, unknown or not the phone's to ask about."""
    limit: Limit | None = None
    """What kept it from an answer of its own."""
