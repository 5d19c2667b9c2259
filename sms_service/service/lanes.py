"""Which gateway may be handed something now, and what its answers make of its lane.

A lane that only slows us down keeps its texts and goes on in seconds. One that fails
three times in a row rests behind a breaker, and one whose account or configuration is
wrong is stopped: others take over meanwhile. A trial of one text tells whether it is
well again; then it gets twice as many with each success, until it has all of them back.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sms_service.domain.states import LaneState
from sms_service.service.lane_health import Health
from sms_service.service.ports import Blame, LaneBook

log = logging.getLogger(__name__)

_FAILURES_IN_A_ROW = 3
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 15.0
_FIRST_REST, _LONGEST_REST = 1.0, 10.0
"""Seconds. Short, since what waits meanwhile is people: a trial costs one call."""
_STOP_SECONDS = 60.0
_WHOLE = 100
"""A lane that has been allowed so many texts a round is well."""
_LOOK_AGAIN_SECONDS = 1.0
_PAUSED_OR_WELL = (LaneState.WORKING, LaneState.PAUSED)
EVERY_LANE = "sending"
"""Where a hold stands that keeps every lane from sending."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a lane may be handed in one round."""

    gateway: str
    limit: int | None
    takes_free: bool
    """False: only texts that no other gateway may have."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a lane did wrong: whose fault it was, and the gateway's word for it."""

    blame: Blame
    reason: str


def after_failure(health: Health, failure: Failure) -> Health:
    """The lane once it has refused all service or fallen silent. Rests spread by a fifth."""
    if health.state is LaneState.HELD:
        return health
    failures = health.failures + 1
    state, seconds = _sentence(health, failure.blame, failures)
    if state is LaneState.WORKING:
        return Health(health.gateway, failures=failures)
    return Health(health.gateway, state, failure.reason, failures, None, _spread(seconds))


def after_success(health: Health) -> Health:
    """The lane once it has taken a round of texts without complaint."""
    if health.state is LaneState.HELD:
        return health
    if health.state in _PAUSED_OR_WELL:
        return Health(health.gateway)
    allowance = 2 * (health.allowance or 1)
    if allowance > _WHOLE:
        return Health(health.gateway)
    return Health(health.gateway, LaneState.RECOVERING, health.reason, 0, allowance)


def turns(healths: Sequence[Health]) -> list[Turn]:
    """What each lane, in the order of preference, may be handed now."""
    found: list[Turn] = []
    free = True
    for health in healths:
        if health.rest_seconds <= 0 and health.state is not LaneState.HELD:
            found.append(Turn(health.gateway, _limit(health), free))
        free = free and health.state not in _PAUSED_OR_WELL
    return found


@dataclass(slots=True)
class Lanes:
    """The lanes of all gateways, in the order of preference, as every worker sees them."""

    book: LaneBook
    order: Sequence[str]
    clock: Callable[[], float] = time.monotonic
    _known: list[Health] = field(default_factory=list)
    _known_until: float = 0
    _all_held: bool = False

    def turns(self) -> list[Turn]:
        """What may be handed to whom now; of lanes that are well this is known for a second."""
        if self.clock() >= self._known_until:
            found = self.book.health([*self.order, EVERY_LANE])
            every = found.get(EVERY_LANE)
            self._all_held = every is not None and every.state is LaneState.HELD
            self._known = [found.get(gateway, Health(gateway)) for gateway in self.order]
            all_well = not self._all_held and all(health.is_well for health in self._known)
            self._known_until = self.clock() + _LOOK_AGAIN_SECONDS if all_well else 0
        return [] if self._all_held else turns(self._known)

    def failed(self, gateway: str, failure: Failure) -> None:
        """Note a failure of the lane itself; the first of a stop is an alarm."""
        self._known_until = 0
        before, after = self.book.change(gateway, lambda health: after_failure(health, failure))
        _tell(before, after)

    def succeeded(self, gateway: str) -> None:
        """Note a round without complaint; costs nothing while the lane is well."""
        if any(health.gateway == gateway and health.is_well for health in self._known):
            return
        self._known_until = 0
        before, after = self.book.change(gateway, after_success)
        _tell(before, after)

    def reserve(self, gateway: str, texts: int) -> int:
        """How many texts the lane's pace allows now, reserved at a part each."""
        return self.book.reserve(gateway, texts)

    def correct(self, gateway: str, parts: int) -> None:
        """Add to what was reserved, or give back (negative)."""
        if parts:
            self.book.correct(gateway, parts)


def _sentence(health: Health, blame: Blame, failures: int) -> tuple[LaneState, float]:
    lasting = failures >= _FAILURES_IN_A_ROW or health.state not in _PAUSED_OR_WELL
    if blame is Blame.STOP:
        return LaneState.STOPPED, _STOP_SECONDS
    if blame is Blame.PAUSE:
        seconds = _doubled(_FIRST_PAUSE, failures - 1, _LONGEST_PAUSE)
        return (LaneState.RESTING if lasting else LaneState.PAUSED), seconds
    if not lasting:
        return health.state, 0
    return LaneState.RESTING, _doubled(_FIRST_REST, failures - _FAILURES_IN_A_ROW, _LONGEST_REST)


def _limit(health: Health) -> int | None:
    if health.state in (LaneState.RESTING, LaneState.STOPPED):
        return 1
    return health.allowance


def _doubled(first: float, times: int, longest: float) -> float:
    return float(min(longest, first * 2 ** max(0, min(times, 10))))


def _spread(seconds: float) -> float:
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311  # disperses crowds, guards nothing


def _tell(before: Health, after: Health) -> None:
    is_new_stop = after.state is LaneState.STOPPED and before.reason != after.reason
    if before.state is after.state and not is_new_stop:
        return
    level = logging.ERROR if after.state is LaneState.STOPPED else logging.WARNING
    log.log(level, "lane %s is %s: %s", after.gateway, after.state, after.reason or "well again")
