"""What the chores need from outside: turns of their own, and what they work on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sms_service.service.messages import Polled, Receipt


@dataclass(frozen=True, slots=True)
class Turn:
    """One holding of a chore; its end names the token."""

    chore: str
    token: int
    now: datetime
    """The ledger's clock when the turn began."""
    in_doubt: bool
    """A turn before this one began something and never said that it was done."""
    finished_at: datetime | None
    """When the chore last came to its end."""
    failures: int = 0
    """How often it failed since then."""
    reason: str | None = None
    """Why it failed last."""


class Chores(Protocol):
    """Work that one process at a time does. False: the turn is somebody else's by now."""

    def is_due(self, *names: str) -> bool:
        """Whether any of these could be begun now."""

    def begin(self, name: str) -> Turn | None:
        """Take a turn, committed; None when it isn't due or is held."""

    def hold(self, turn: Turn) -> bool:
        """Keep it for one more lease."""

    def finish(self, turn: Turn, again_in: float) -> bool:
        """It came to its end; due again after so many seconds."""

    def pause(self, turn: Turn, again_in: float) -> bool:
        """All that was begun is done, but there is more."""

    def fail(self, turn: Turn, again_in: float, reason: str, *, in_doubt: bool) -> bool:
        """It can't go on now; ``in_doubt`` when what was begun may have had its effect."""


class PolledTexts(Protocol):
    """The inbound ledger, as polling needs it."""

    def store(self, texts: Sequence[Polled]) -> int:
        """Keep those not known yet, durable; how many now wait for an answer."""


class Questions(Protocol):
    """Answers whose receipt is missing."""

    def take_due(self, gateway: str, limit: int) -> tuple[int, Sequence[str]]:
        """How many were due, and the remote ids to ask about; the next time is set already."""

    def ask_sooner(self, gateway: str, remote_ids: Sequence[str], seconds: float) -> None:
        """The question got no answer: again after so many seconds."""


class ReceiptTray(Protocol):
    """Where receipts are put, however they came."""

    def park(self, arrived: Sequence[Receipt]) -> None:
        """Keep them, durable when this returns."""


class Sweepable(Protocol):
    """Rows that needn't be kept."""

    def sweep(self) -> bool:
        """End a bounded part of it; True when there may be more."""
