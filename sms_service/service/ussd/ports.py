"""What dialogues need from outside, and the events that gateways tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from sms_service.service.messages import Arrival
from sms_service.service.ussd.consulting import Consulted
from sms_service.service.ussd.deadline import Deadline
from sms_service.service.ussd.session import Kept, Session


class SessionsAway(Exception):
    """The store of sessions can't be reached, or can't hold any more."""


class Sessions(Protocol):
    """Where dialogues are kept between keystrokes. Raises SessionsAway."""

    def load(self, key: str, phone: bytes) -> tuple[Kept | None, Session | None]:
        """What is kept under a key, and what ``keep`` left of the phone's last dialogue."""

    def keep(self, key: str, kept: Kept, phone: bytes, unfinished: Session | None) -> None:
        """Keep a dialogue for the time that it may stand still, and what is to be offered
        should it break off; None: nothing."""

    def forget(self, key: str) -> None:
        """Drop a dialogue; what is to be offered stays."""


class Consultant(Protocol):
    """Whom a dialogue asks."""

    def by_sms(self, arrival: Arrival) -> Consulted:
        """Have it answered by SMS. Raises Busy."""

    def at_once(self, arrival: Arrival, phone: bytes, deadline: Deadline) -> Consulted:
        """The answer, if it is there before the deadline. Raises Busy."""

    def fulfil(self, request: int) -> None:
        """A history was told to its end."""


class Kind(StrEnum):
    NEW = "new"
    INPUT = "input"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Event:
    """What a gateway told of a dialogue, whatever its dialect."""

    gateway: str
    """Name of the dialect."""
    session: str
    """The gateway's id of the dialogue."""
    phone: str | None = field(repr=False)
    """E.164; None when no mobile of ours stands behind it."""
    kind: Kind
    step: int
    """Greater at each step of a dialogue; equal when a step is repeated."""
    inputs: Sequence[str] = field(default=(), repr=False)
    """What was typed; of a new dialogue, what was dialled behind the service code."""
    is_whole: bool = False
    """Whether ``inputs`` are all of the dialogue, ``step`` of them, and not the last alone."""
    service: str = ""
    """The code that was dialled."""
