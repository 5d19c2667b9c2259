"""The states a text passes through. They move forward only, by rank."""

from enum import StrEnum


class InboundState(StrEnum):
    RECEIVED = "received"
    ANSWERING = "answering"
    ANSWERED = "answered"
    IGNORED = "ignored"
    """Can't or mustn't be answered: no mobile sender, one of our own lines."""
    FAILED = "failed"
    """Given up after repeated crashes; an operator's business."""


class Fulfilment(StrEnum):
    """How far a request for the history was met: the agreement's service ends with all of
    consumption, bills and payments since the start year."""

    SHORTENED = "shortened"
    """The rest was offered; «بعدی» brings it."""
    COMPLETE = "complete"


class OutboundState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    """May or may not have been sent; the gateway is asked before anything else."""
    UNRESOLVED = "unresolved"
    """Still unknown when its window closed; an operator's business."""
    EXPIRED = "expired"
    REFUSED = "refused"
    ACCEPTED = "accepted"
    AT_OPERATOR = "at_operator"
    UNDELIVERED = "undelivered"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    FAILED = "failed"
    DELIVERED = "delivered"


RANK: dict[OutboundState, int] = {
    OutboundState.QUEUED: 0,
    OutboundState.SENDING: 10,
    OutboundState.UNKNOWN: 20,
    OutboundState.UNRESOLVED: 30,
    OutboundState.EXPIRED: 30,
    OutboundState.REFUSED: 30,
    OutboundState.ACCEPTED: 40,
    OutboundState.AT_OPERATOR: 50,
    OutboundState.UNDELIVERED: 60,
    OutboundState.CANCELLED: 60,
    OutboundState.BLOCKED: 60,
    OutboundState.FAILED: 60,
    OutboundState.DELIVERED: 70,
}
"""A receipt may only raise the rank; leases move a row between queued, sending, unknown."""
