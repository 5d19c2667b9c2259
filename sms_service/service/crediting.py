"""What a gateway's account has left: asked seldom, however many look."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sms_service.service.chore_ports import Chores

CREDIT = "credit"
_SELDOM_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Credit:
    """What was left when it was last told."""

    rial: int
    at: datetime


class CreditBook(Protocol):
    """Where it is kept."""

    def credit(self, gateway: str) -> Credit | None:
        """What is known of a gateway's account."""

    def note_credit(self, gateway: str, rial: int) -> None:
        """The gateway said so now."""


@dataclass(frozen=True, slots=True)
class Crediting:
    """Asks one gateway, once a minute at most over all processes."""

    gateway: str
    chores: Chores
    book: CreditBook
    ask: Callable[[], int | None]

    def refresh(self) -> None:
        """Ask if the minute is over; an answer that doesn't come changes nothing."""
        turn = self.chores.begin(CREDIT)
        if turn is None:
            return
        rial = self.ask()
        if rial is None:
            self.chores.fail(turn, _SELDOM_SECONDS, "no_answer", in_doubt=False)
            return
        self.book.note_credit(self.gateway, rial)
        self.chores.finish(turn, _SELDOM_SECONDS)
