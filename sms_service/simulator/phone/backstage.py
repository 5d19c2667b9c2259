"""Behind the scenes: what the service's ledger tells of one phone's requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sms_service.service.spans import spans


class LedgerAway(Exception):
    """The ledger can't be read now."""


@dataclass(frozen=True, slots=True)
class Heading:
    """One request of the phone."""

    code: str
    channel: str
    state: str


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that happened, in machine words."""

    at: datetime
    what: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One SMS that answers the request."""

    state: str
    reason: str | None
    gateway: str | None
    parts: int
    cost_rial: int | None
    attempts: int
    local_id: int


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of one request."""

    heading: Heading
    reason: str | None
    intent: str | None
    problem: str | None
    folded_into: str | None
    hops: Sequence[Hop]
    answers: Sequence[Answer]
    raw: str | None
    """The gateway's call as it came, unmasked; None where it isn't kept."""


class Backstage(Protocol):
    """Where the page looks behind the scenes. Raises LedgerAway."""

    def headings(self, phone: str, most: int) -> Sequence[Heading]:
        """The newest requests of a phone (E.164), newest first."""

    def seen(self, code: str) -> Seen | None:
        """The request with this tracking code."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A hop on the page's scale: when it happened, and a line from the hop before."""

    hop: Hop
    ms: float
    start: float
    width: float


def bars(hops: Sequence[Hop]) -> list[Bar]:
    """The hops on a scale of 0 to 100, logarithmic."""
    drawn = spans([hop.at for hop in hops])
    return [Bar(hop, one.ms, one.start, one.width) for hop, one in zip(hops, drawn, strict=True)]


def answered_after(seen: Seen) -> float | None:
    """Milliseconds until the gateway had the SMS, or until a USSD screen was written."""
    ends = _AT_GATEWAY if seen.answers else _ON_SCREEN
    last = [hop.at for hop in seen.hops if hop.what in ends]
    return (last[0] - seen.hops[0].at).total_seconds() * 1000 if last else None


_AT_GATEWAY = ("accepted", "at_operator", "delivered")
_ON_SCREEN = ("shown",)
