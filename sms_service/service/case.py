"""All that is known of one request, as it is shown to whoever has to explain it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sms_service.domain.states import (
    Fulfilment,
    InboundState,
    OutboundState,
    ReceiptState,
    ReplyKind,
)
from sms_service.domain.usage import Limit

AT_GATEWAY = "at_gateway"
"""That the gateway had the text, which it told us of afterwards."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One thing that happened; states and reasons are machine words."""

    at: datetime
    what: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class SeenReceipt:
    """What a gateway said of one of the answers, and what became of that."""

    at: datetime
    status: int
    state: ReceiptState
    reason: str | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """Who had an answer sent again, and why."""

    by: str
    reason: str | None
    composed: str
    receiver: str
    bulk_id: int | None


@dataclass(frozen=True, slots=True)
class Sent:
    """One text to a phone: an answer, or the promise of one."""

    id: int
    parent_id: int | None
    kind: ReplyKind
    state: OutboundState
    reason: str | None
    gateway: str | None
    local_id: int
    remote_id: str | None
    phone: str | None = field(repr=False)
    text: str | None = field(repr=False)
    encoding: str
    units: int
    parts: int
    rung: str
    left_out: Sequence[str]
    cost_rial: int | None
    attempts: int
    created_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    valid_until: datetime
    ordered: Ordered | None
    """None for what the service sent by itself."""
    receipts: Sequence[SeenReceipt]


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote beside the request; None where it can't be opened any longer."""

    at: datetime
    by: str
    text: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Lane:
    """How the way out by one gateway does."""

    state: str
    """A word of ``LaneState``."""
    reason: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """One request with everything that hangs on it."""

    id: int
    code: str
    channel: str
    gateway: str
    line: str
    phone: str | None = field(repr=False)
    """E.164; None where it was erased, and where the counter asked without one."""
    phone_hash: bytes = field(repr=False)
    state: InboundState
    reason: str | None
    received_at: datetime
    sent_at: datetime | None
    """When the gateway got it, where it says so."""
    promised_at: datetime | None
    attempts: int
    intent: str | None
    bill_id: str | None = field(repr=False)
    from_year: int | None
    problem: str | None
    notes: Sequence[str]
    fulfilment: Fulfilment | None
    first_code: str | None
    """The tracking code of the request that answers this one as well."""
    twins: Sequence[str]
    """Those of the requests that this one answers as well."""
    text: str | None = field(repr=False)
    is_erased: bool
    """Whether its phone and text were erased; they may be unreadable, too, or never have been."""
    raw: str | None = field(repr=False)
    """The call as the gateway made it; None where it was erased or there was none."""
    sent: Sequence[Sent]
    hops: Sequence[Hop]
    remarks: Sequence[Remark]
    lanes: Mapping[str, Lane]
    """By gateway; a lane that nothing is known of is well. ``all``: the day's cap."""
    now: datetime

    @property
    def answers(self) -> Sequence[Sent]:
        """Without promises, in the order in which one followed the other."""
        by_parent = {one.parent_id: one for one in self.sent if one.kind is ReplyKind.ANSWER}
        chain: list[Sent] = []
        following = by_parent.get(None)
        while following is not None and len(chain) < len(by_parent):
            chain.append(following)
            following = by_parent.get(following.id)
        return chain

    @property
    def latest(self) -> Sent | None:
        """The answer that no other follows."""
        chain = self.answers
        return chain[-1] if chain else None

    @property
    def limit(self) -> Limit | None:
        """What kept the request from an answer of its own."""
        answered = [hop.reason for hop in self.hops if hop.what == InboundState.ANSWERED]
        return next((Limit(why) for why in answered if why in set(Limit)), None)

    @property
    def is_shown(self) -> bool:
        """Whether its answer was shown, on a phone's screen or at the counter."""
        return any(hop.what == "shown" for hop in self.hops)

    @property
    def answered_after(self) -> timedelta | None:
        """How long after its arrival the gateway had an answer, or one was shown."""
        begins = self.received_at
        had = [one.accepted_at for one in self.answers if one.accepted_at is not None]
        had += [hop.at for hop in self.hops if hop.what == "shown"]
        return min(had) - begins if had else None
