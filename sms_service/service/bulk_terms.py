"""What is said when many answers are to be sent again: the wish, the run, its items."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sms_service.domain.states import OutboundState

FAILED_REQUEST = "failed_request"
"""Beside the states of an answer: the request was given up before it had one."""
RESENDABLE: Sequence[str] = (
    OutboundState.EXPIRED,
    OutboundState.REFUSED,
    OutboundState.UNRESOLVED,
    OutboundState.UNDELIVERED,
    OutboundState.FAILED,
    OutboundState.CANCELLED,
    FAILED_REQUEST,
)
"""How a last attempt may have ended that is worth sending again."""
NO_GATEWAY = "none"
"""Stands in a wish for answers that no gateway ever had."""
MOST_ITEMS = 20_000
"""Of one run."""


class RunState(StrEnum):
    PREVIEWED = "previewed"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    """All of it was handed to the queue, or left out."""


class ItemState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    """Handed to the queue; how that ended, the attempt itself tells."""
    LEFT_OUT = "left_out"


class LeftOut(StrEnum):
    """Why something that fits the wish isn't sent."""

    DELIVERED = "delivered"
    IN_FLIGHT = "in_flight"
    """Another attempt is on its way, or its own answer is still to be written."""
    OPTED_OUT = "opted_out"
    ERASED = "erased"
    ASKED_AGAIN = "asked_again"
    """Its phone asked the same later, and that was answered or is in this run."""
    OTHER_RUN = "other_run"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests: when they came, how their last attempt ended, by which way."""

    since: datetime
    until: datetime
    states: frozenset[str]
    gateway: str | None = None
    channel: str | None = None

    def as_json(self) -> str:
        """To be kept with the run."""
        return json.dumps(
            {
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
                "states": sorted(self.states),
                "gateway": self.gateway,
                "channel": self.channel,
            }
        )


def wanted_from(text: str) -> Wanted:
    """What ``as_json`` wrote."""
    kept = json.loads(text)
    return Wanted(
        datetime.fromisoformat(kept["since"]),
        datetime.fromisoformat(kept["until"]),
        frozenset(kept["states"]),
        kept["gateway"],
        kept["channel"],
    )


@dataclass(frozen=True, slots=True)
class Last:
    """The last attempt of a request."""

    id: int
    state: OutboundState
    gateway: str | None
    parts: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request of which some attempt ended as wished, as it stands now."""

    inbound_id: int
    code: str
    channel: str
    phone_hash: bytes = field(repr=False)
    is_erased: bool
    is_open: bool
    """Its own answer is still to be written."""
    is_failed: bool
    bill_id: str | None = field(repr=False)
    intent: str | None
    last: Last | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a wish comes to."""

    items: Sequence[Candidate]
    """To be sent, the oldest first."""
    left_out: Mapping[LeftOut, int]

    @property
    def parts(self) -> int:
        """SMS parts, if each answer is as long as its last one was."""
        return sum(item.last.parts if item.last else 1 for item in self.items)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands."""

    id: int
    state: RunState
    wanted: Wanted
    left_out: Mapping[str, int]
    reason: str
    made_by: str
    made_at: datetime
    confirmed_by: str | None
    started_at: datetime | None
    ended_at: datetime | None
    total: int
    parts: int
    cost_rial: int | None
    """Expected; None where no gateway ever told a price."""
    texts_per_minute: int
    fed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """One request of a run that waits for its turn."""

    position: int
    inbound_id: int
    code: str
    after_id: int | None
    """The attempt that was the last one when the run was previewed."""
