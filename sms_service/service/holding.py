"""Lanes that are kept from sending by hand, and let go again: by whom, why, since when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from sms_service.service.auditing import Actor
from sms_service.service.lanes import EVERY_LANE


@dataclass(frozen=True, slots=True)
class Hold:
    """Who keeps a lane from sending."""

    by: str
    why: str
    since: datetime


class Holds(Protocol):
    """The holds, as every worker honours them from the moment they are written."""

    def hold(self, lane: str, actor: Actor, why: str) -> bool:
        """Keep the lane from sending, with a deed; False when somebody does already."""

    def release(self, lane: str, actor: Actor, why: str) -> bool:
        """Let it go, with a deed; False when nobody holds it."""

    def held(self) -> Mapping[str, Hold]:
        """The lanes that are held now."""


class Handled(Enum):
    """What came of it."""

    DONE = auto()
    NO_REASON = auto()
    NO_CHANGE = auto()
    """Somebody was faster: it is so already."""


class NoSuchLane(LookupError):
    """No gateway of these settings."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Holds and releases lanes: those of the gateways, and ``EVERY_LANE`` at once."""

    holds: Holds
    order: Sequence[str]
    """The gateways' names."""

    @property
    def names(self) -> Sequence[str]:
        """What can be held."""
        return [*self.order, EVERY_LANE]

    def hold(self, lane: str, actor: Actor, why: str) -> Handled:
        """Keep a lane from sending until it is released. Raises NoSuchLane."""
        return self._change(lane, why, lambda reason: self.holds.hold(lane, actor, reason))

    def release(self, lane: str, actor: Actor, why: str) -> Handled:
        """Let a lane send again. Raises NoSuchLane."""
        return self._change(lane, why, lambda reason: self.holds.release(lane, actor, reason))

    def _change(self, lane: str, why: str, change: Callable[[str], bool]) -> Handled:
        if lane not in self.names:
            raise NoSuchLane(lane)
        reason = " ".join(why.split())
        if not reason:
            return Handled.NO_REASON
        return Handled.DONE if change(reason) else Handled.NO_CHANGE
