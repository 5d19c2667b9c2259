"""The states that texts, answers, receipts and lanes pass through.

Those of a text, an answer and a receipt move forward only, by rank; within a rank, and
below it while a worker's lease decides, a row may be taken up again.
"""

from enum import StrEnum


class InboundState(StrEnum):
    RECEIVED = "received"
    ANSWERING = "answering"
    ANSWERED = "answered"
    IGNORED = "ignored"
    """Can't or mustn't be answered: no mobile sender, one of our own lines."""
    FOLDED = "folded"
    """The same words came from the same phone a moment before: one answer serves both."""
    FAILED = "failed"
    """Given up after repeated crashes; an operator's business."""


class ReplyKind(StrEnum):
    """What a text to a phone is to the request that it belongs to."""

    ANSWER = "answer"
    PROMISE = "promise"
    """That the answer will come."""


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
    SUPERSEDED = "superseded"
    """A promise that hadn't left when its answer was there."""
    REFUSED = "refused"
    ACCEPTED = "accepted"
    AT_OPERATOR = "at_operator"
    UNDELIVERED = "undelivered"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    """Blocked by the line: the phone takes nothing from it."""
    FAILED = "failed"
    DELIVERED = "delivered"


class ReceiptState(StrEnum):
    PARKED = "parked"
    """Waits until its message is known."""
    APPLIED = "applied"
    IDLE = "idle"
    """Its message was known and further on already, or the code says nothing."""
    DROPPED = "dropped"
    """No message of ours turned up for it."""


class LaneState(StrEnum):
    """How a gateway's lane does. No rank: lanes come and go."""

    WORKING = "working"
    PAUSED = "paused"
    """Asked to slow down: it keeps its texts and goes on in seconds."""
    RESTING = "resting"
    """Fails again and again: other lanes take over until a trial succeeds."""
    STOPPED = "stopped"
    """Credit, key or configuration: someone has to act; other lanes take over."""
    RECOVERING = "recovering"
    """A trial succeeded: it gets more with every success, others the rest."""
    HELD = "held"
    """By hand, until it is released by hand: nothing that happens meanwhile changes that."""


INBOUND_RANK: dict[InboundState, int] = {
    InboundState.RECEIVED: 0,
    InboundState.ANSWERING: 10,
    InboundState.FOLDED: 20,
    InboundState.IGNORED: 20,
    InboundState.ANSWERED: 20,
    InboundState.FAILED: 20,
}

RANK: dict[OutboundState, int] = {
    OutboundState.QUEUED: 0,
    OutboundState.SENDING: 10,
    OutboundState.UNKNOWN: 20,
    OutboundState.UNRESOLVED: 30,
    OutboundState.EXPIRED: 30,
    OutboundState.SUPERSEDED: 30,
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

RECEIPT_RANK: dict[ReceiptState, int] = {
    ReceiptState.PARKED: 0,
    ReceiptState.APPLIED: 10,
    ReceiptState.IDLE: 10,
    ReceiptState.DROPPED: 10,
}
