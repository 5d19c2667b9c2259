"""What dialogues need from outside, and the events that gateways tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from sms_service.service.messages import Arrival
from sms_service.service.ports import Post
from sms_service.service.ussd.consulting import Consulted
from sms_service.service.ussd.deadline import Deadline
from sms_service.service.ussd.session import Kept, Session


@dataclass(frozen=True, slots=True)
class Place:
    """What a dialogue is kept under. No two phones share one, whatever ids gateways give."""

    gateway: str
    session: str
    phone: bytes = field(repr=False)
    """The hash of its number."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a dialogue stands."""

    place: Place
    kept: Kept | None = None
    """None: nowhere; it is over, or never began."""
    unfinished: Session | None = None
    """What is offered to its phone when it dials anew, should this one break off."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Where dialogues are kept between keystrokes, for a while. Each raises Busy."""

    loads: Post[Place, Standing]
    keeps: Post[Standing, None]


class Consultant(Protocol):
    """Whom a dialogue asks."""

    async def by_sms(self, arrival: Arrival) -> Consulted:
        """Have it answered by SMS. Raises Busy."""

    async def at_once(self, arrival: Arrival, phone: bytes, deadline: Deadline) -> Consulted:
        """The answer, if it is there before the deadline. Raises Busy."""

    async def fulfil(self, request: int) -> None:
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
